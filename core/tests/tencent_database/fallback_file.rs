//! The fallback password file: where it is found, when it is used, when it expires, and when it cannot be used.

use std::sync::Arc;
use std::time::Duration;

use crate::child::in_child;
use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_core::providers::Origin;

const PASSWORD: &str = "password-left-by-an-operator";

fn name() -> String {
    format!("{REGION}_{INSTANCE}_{USER}.pwd")
}

/// Where the official SDK of a language looks, below the working directory.
fn legacy(language: &str) -> String {
    format!(".com.tencentcloudapi/tencentcloud-dbauth-sdk-{language}/input/{}", name())
}

/// A source in an outage of the cloud.
fn without_cloud(world: &World, options: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    world.remember(PASSWORD);
    world.fail_times(u64::MAX, 503, None);
    let client = world.client(&[options, &[("max_attempts", "1")]].concat());
    let source = world.source(&client);
    (client, source)
}

#[test]
fn the_folders_of_the_official_sdks_are_read() {
    for language in ["python", "go", "java"] {
        let folder = Folder::new(&format!("legacy-{language}"));
        folder.write(&legacy(language), PASSWORD);
        if !in_child("fallback_file::the_folders_of_the_official_sdks_are_read", &[], folder.path()) {
            continue;
        }
        let world = World::new();
        let (client, source) = without_cloud(&world, &[]);
        let credential = get(&source);
        assert_eq!(password_of(&credential), PASSWORD);
        assert_eq!(credential.material().origin, Origin::FallbackFile);
        world.assert_no_secret(&client, &[]);
        // The working directory is that of the opening: the host may go elsewhere meanwhile.
        let source = client.open_database(None, REGION, INSTANCE, "another_user").unwrap();
        assert_eq!(source.get(Some(LONG)).unwrap_err().code(), Code::Service, "another account's file is not taken");
        return;
    }
}

#[test]
fn configured_paths_have_precedence_over_the_official_folders() {
    let folder = Folder::new("order");
    folder.write(&legacy("python"), "the-legacy-password");
    folder.write(&format!("folder/{}", name()), "the-folders-password");
    folder.write("file", "the-files-password\n");
    if !in_child("fallback_file::configured_paths_have_precedence_over_the_official_folders", &[], folder.path()) {
        return;
    }
    let world = World::new();
    // Relative paths are below the working directory.
    for (options, expected) in [
        (&[("fallback_file", "file"), ("fallback_dir", "folder")][..], "the-files-password"),
        (&[("fallback_dir", "folder")], "the-folders-password"),
        (&[("fallback_file", "absent"), ("fallback_dir", "absent")], "the-legacy-password"),
    ] {
        let (_client, source) = without_cloud(&world, options);
        assert_eq!(password_of(&get(&source)), expected);
    }
}

#[test]
fn a_fallback_password_expires_after_a_day_and_is_read_again() {
    let world = World::new();
    let folder = Folder::new("day");
    let file = folder.write("file", PASSWORD);
    let (client, source) = without_cloud(&world, &[("fallback_file", &file), ("max_stale_ms", "0")]);
    let first = get(&source);
    assert_eq!(first.expires_at_ms() - world.platform.wall_ms(), 24 * 3600 * 1000);
    assert_eq!(source.status().state, State::Due, "something better is sought all the time");

    // While it is good it is not read again: failed tries leave its end where it was.
    folder.write("file", "another-password");
    world.remember("another-password");
    world.advance(DAY - MINUTE);
    world.landed(&source);
    let second = get(&source);
    assert_eq!(password_of(&second), PASSWORD);
    assert_eq!(second.expires_at_ms(), first.expires_at_ms());
    world.advance(2 * MINUTE);
    eventually("the file is read again after its end", || {
        source.get(Some(LONG)).is_ok_and(|credential| password_of(&credential) == "another-password")
    });
    let third = get(&source);
    assert!(third.expires_at_ms() > first.expires_at_ms() + 1000);

    // A file that is gone by then leaves no value.
    std::fs::remove_file(&file).unwrap();
    world.advance(DAY + MINUTE);
    world.landed(&source);
    assert_eq!(source.get(Some(Duration::from_millis(10))).unwrap_err().code(), Code::Service);
    assert_eq!(source.status().state, State::Ended);
    world.assert_no_secret(&client, &[]);
}

#[test]
fn an_unusable_file_is_logged_and_skipped() {
    let folder = Folder::new("bad");
    let directory = folder.write("directory/something", "");
    let contents: [(&str, &[u8]); 5] = [
        ("long", &[b'x'; 201]),
        ("two-lines", b"first-line\nsecond-line"),
        ("empty", b""),
        ("binary", &[0xff, 0xfe]),
        ("nul", b"a\0b"),
    ];
    let mut bad: Vec<String> = contents.iter().map(|(name, content)| folder.write(name, content)).collect();
    bad.push(directory.trim_end_matches("/something").to_owned());
    let good = folder.write(&format!("good/{}", name()), PASSWORD);
    let good = good.trim_end_matches(&name());
    for path in &bad {
        let world = World::new();
        let (client, source) = without_cloud(&world, &[("fallback_file", path), ("fallback_dir", good)]);
        assert_eq!(password_of(&get(&source)), PASSWORD, "the next path is read after {path}");
        assert!(world.logged(&format!("fallback password file {path}")), "{path} is not in the log");
        for content in ["first-line", "second-line", &"x".repeat(201)] {
            world.remember(content);
        }
        world.assert_no_secret(&client, &[]);

        // Without another file the caller gets the cloud's error.
        let (_client, source) = without_cloud(&world, &[("fallback_file", path)]);
        let error = source.get(Some(Duration::from_millis(500))).unwrap_err();
        assert_eq!(error.code(), Code::Service, "{path}: {error:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_that_would_block_is_skipped() {
    let folder = Folder::new("fifo");
    let path = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let world = World::new();
    let path = path.to_str().unwrap();
    let (_client, source) = without_cloud(&world, &[("fallback_file", path)]);
    assert_eq!(source.get(Some(LONG)).unwrap_err().code(), Code::Service);
    assert!(world.logged("it is not a regular file"));
}

#[test]
fn an_unreachable_identity_is_an_outage() {
    let world = World::new();
    let folder = Folder::new("identity");
    let file = folder.write("file", PASSWORD);
    let mut config = world.bare_config();
    for (option, value) in [
        ("tencent_identity", "cvm_role"),
        ("tencent_metadata_endpoint", "127.0.0.1:1"),
        ("fallback_file", &file),
        ("max_attempts", "1"),
    ] {
        config.set(option, value).unwrap();
    }
    let client = world.client_of(config);
    assert_eq!(password_of(&get(&world.source(&client))), PASSWORD);
}

#[test]
fn a_fallback_file_is_used_only_in_an_outage() {
    let world = World::new();
    let folder = std::env::temp_dir().join(format!("evercred-fallback-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{REGION}_{INSTANCE}_{USER}.pwd"));
    std::fs::write(&file, "password-left-by-an-operator").unwrap();
    world.remember("password-left-by-an-operator");
    let client = world.client(&[("fallback_dir", folder.to_str().unwrap())]);
    let source = world.source(&client);

    world.fail_times(u64::MAX, 503, None);
    let credential = get(&source);
    assert_eq!(password_of(&credential), "password-left-by-an-operator");
    assert_eq!(credential.material().origin, Origin::FallbackFile);
    assert!((credential.expires_at_ms() - world.emulator.now_ms() - 24 * 3600 * 1000).abs() < 20_000);
    assert!(source.status().last_error.is_some());

    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    eventually("the cloud's own password comes back", || password_of(&get(&source)) == world.password());
    assert_eq!(source.status().origin, Origin::Cloud);

    // Never instead of a valid password, and never after a refusal.
    world.fail_times(u64::MAX, 503, None);
    world.advance(6 * MINUTE);
    status_where(&source, "the poll fails", |status| status.failures > 0);
    assert_eq!(get(&source).material().origin, Origin::Cloud);
    world.emulator.clear_faults();
    world.fail("ResourceNotFound.DataFlowAuthClose");
    let fresh = world.client(&[("fallback_dir", folder.to_str().unwrap())]);
    assert_eq!(code_of(&world.source(&fresh)), Code::Refused);
    world.assert_no_secret(&client, &[]);
    std::fs::remove_dir_all(&folder).unwrap();
}
