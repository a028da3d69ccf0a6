//! The default chain: its order, the error when it finds nothing, and when it changes the identity.

use std::time::Instant;

use crate::setup::*;
use crate::support::*;
use evercred_core::error::Code;
use evercred_emulator::FaultKind;

#[test]
fn a_default_chain_that_finds_nothing_lists_what_it_tried() {
    let folder = Folder::new("nothing");
    let world = World::new();
    world.set_home(folder.path());
    // The metadata service knows no role, or does not exist. Only the second may change, and is retryable.
    for (endpoint, retryable) in [(world.emulator.host_port().as_str(), false), ("127.0.0.1:1", true)] {
        let start = Instant::now();
        let error = get_error(&open(&world, &[("tencent_metadata_endpoint", endpoint)]).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error:?}");
        assert!(error.is_retryable() == retryable && start.elapsed() < 10 * SECOND);
        for part in [
            "tencent_secret_id",
            "environment: skipped, the environment variable TENCENTCLOUD_SECRET_ID is not set",
            "profile: skipped, there is no profile file",
            ".tencentcloud/credentials",
            "cvm_role: skipped, ",
            "oidc: skipped, neither the environment variable TKE_WEB_IDENTITY_TOKEN_FILE",
        ] {
            assert!(error.message().contains(part), "{part} is not in: {error}");
        }
    }
    assert_eq!(world.requests(), 0);
    // A metadata service that fails may work again.
    break_down(&world, METADATA, answer(500, None));
    let error = open(&world, &[("max_attempts", "1")]).1.get(Some(SECOND)).unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_chain_goes_in_order_and_keeps_the_identity_that_worked() {
    let folder = Folder::new("chain");
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.set_role("reader", 2 * HOUR);
    let (client, source) = open(&world, &[]);
    get(&source);
    let said = explanation(&source);
    assert!(said.starts_with("environment: skipped, ") && said.ends_with("cvm_role: reader used"), "{said}");

    // The service fails for a while: that does not change the identity.
    for kind in [FaultKind::CloseEarly, answer(500, None)] {
        break_down(&world, METADATA, kind);
        world.emulator.expire_key(&signer(&world).0);
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll fails", |status| status.failures > 0);
        assert!(status.last_error.unwrap().is_retryable());
        world.emulator.clear_faults();
        // The back-off of the poll is a minute at most.
        world.advance(2 * MINUTE);
        status_where(&source, "it recovers", |status| status.failures == 0);
        assert_eq!(explanation(&source), said);
    }

    // Once it is gone for good, the chain is walked again. What is configured by then is used.
    break_down(&world, METADATA, answer(404, None));
    world.emulator.expire_key(&signer(&world).0);
    world.advance(6 * MINUTE);
    let status = status_where(&source, "there is none", |status| status.failures > 0);
    assert_eq!(status.last_error.unwrap().code(), Code::NoIdentity);
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    world.emulator.add_key("AKIDhome", "home-profile-key");
    eventually("the next in order is used", || {
        world.advance(2 * MINUTE);
        world.landed(&source);
        signer(&world).0 == "AKIDhome"
    });
    eventually("and said to be", || explanation(&source).contains("profile: [default] of "));
    world.remember("home-profile-key");
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn a_link_with_precedence_that_appears_is_taken_at_the_next_renewal() {
    let folder = Folder::new("precedence");
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.set_role("reader", 2 * HOUR);
    let (client, source) = open(&world, &[]);
    get(&source);
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    world.emulator.add_key("AKIDhome", "home-profile-key");
    world.remember("home-profile-key");
    world.advance(6 * MINUTE);
    world.landed(&source);
    assert_ne!(signer(&world).0, "AKIDhome", "not before the renewal");
    world.advance(97 * MINUTE);
    eventually("it is used", || {
        world.advance(6 * MINUTE);
        world.landed(&source);
        signer(&world).0 == "AKIDhome"
    });
    let said = explanation(&source);
    assert!(said.starts_with("switched from cvm_role to profile; environment: skipped, "), "{said}");
    assert!(world.logged("Warn the login identity has changed: switched from cvm_role to profile"));
    assert_no_secret(&world, &client, &[]);
}

/// Replaces the key in the profile file, while the service refuses the old one: first what a reader sees who comes in
/// the middle, then the new key.
#[test]
fn a_profile_that_is_being_rewritten_does_not_make_the_process_somebody_else() {
    for (name, middle) in [("empty", Some("")), ("half", Some("[default]\nsecret_id = AKIDnew\n")), ("gone", None)] {
        let folder = Folder::new(&format!("rewritten-{name}"));
        let path = ".tencentcloud/credentials";
        folder.write(path, format!("[default]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n"));
        let world = World::new();
        world.set_home(folder.path());
        world.emulator.set_role("the-machines-role", 2 * HOUR);
        let (client, source) = open(&world, &[("max_attempts", "1")]);
        get(&source);
        assert_eq!(signer(&world).0, SECRET_ID);

        world.emulator.add_key("AKIDnew", "another-key-that-nobody-may-see");
        world.remember("another-key-that-nobody-may-see");
        world.emulator.remove_key(SECRET_ID);
        match middle {
            Some(text) => drop(folder.write(path, text)),
            None => std::fs::remove_file(folder.path().join(path)).unwrap(),
        }
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll fails", |status| status.failures > 0);
        let error = status.last_error.unwrap();
        assert!(error.is_retryable() && error.cloud_could_not_be_asked(), "{name}: {error:?}");
        assert_eq!(world.emulator.requests(METADATA), 0, "{name}: the machine's role is not asked for");
        folder.write(path, "[default]\nsecret_id = AKIDnew\nsecret_key = another-key-that-nobody-may-see\n");
        world.advance(2 * MINUTE);
        eventually("the new key is used", || signer(&world).0 == "AKIDnew");
        status_where(&source, "it recovers", |status| status.failures == 0);
        assert_eq!(world.emulator.requests(METADATA), 0);
        assert_no_secret(&world, &client, &[error]);
    }
}

#[test]
fn a_profile_that_is_deleted_is_left_after_a_while_and_taken_again_at_a_renewal() {
    let folder = Folder::new("deleted");
    let path = ".tencentcloud/credentials";
    let profile = format!("[default]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n");
    folder.write(path, &profile);
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.set_role("the-machines-role", 2 * HOUR);
    let (_client, source) = open(&world, &[("max_attempts", "1")]);
    get(&source);
    std::fs::remove_file(folder.path().join(path)).unwrap();
    world.emulator.expire_key(SECRET_ID);
    eventually("the machine's role is used", || {
        world.advance(2 * MINUTE);
        world.landed(&source);
        signer(&world).0 != SECRET_ID
    });
    eventually("and said to be", || explanation(&source).starts_with("switched from profile to cvm_role; "));
    assert!(world.logged("the login identity has changed: switched from profile to cvm_role"));

    folder.write(path, &profile);
    world.emulator.add_key(SECRET_ID, SECRET_KEY);
    world.advance(97 * MINUTE);
    eventually("the profile is used again", || {
        world.advance(6 * MINUTE);
        world.landed(&source);
        signer(&world).0 == SECRET_ID
    });
    assert!(world.logged("switched from cvm_role to profile"));
}

/// A home folder with a profile of the command line, whose key works, and a world that reads it.
fn with_command_line(name: &str) -> (Folder, World) {
    let folder = Folder::new(name);
    let world = World::new();
    world.set_home(folder.path());
    folder.write(".tccli/default.credential", r#"{"secretId":"AKIDcli","secretKey":"a-cli-key"}"#);
    world.emulator.add_key("AKIDcli", "a-cli-key");
    world.emulator.add_key("AKIDhome", "home-profile-key");
    ["a-cli-key", "home-profile-key"].iter().for_each(|secret| world.remember(secret));
    (folder, world)
}

#[test]
fn a_profile_that_is_half_written_at_the_first_read_is_used_once_it_is_whole() {
    let (folder, world) = with_command_line("half-at-first");
    let path = ".tencentcloud/credentials";
    folder.write(path, "[default]\nsecret_id = AKIDhome\n");
    let (client, source) = open(&world, &[]);
    get(&source);
    assert_eq!(signer(&world).0, "AKIDcli");
    let status = identity_status(&client, "chain");
    let error = status.last_error.unwrap();
    assert!(status.failures > 0 && error.message().contains("has no secret_key"), "{error}");

    folder.write(path, "[default]\nsecret_id = AKIDhome\nsecret_key = home-profile-key\n");
    eventually("the profile is used", || {
        world.advance(MINUTE);
        world.landed(&source);
        signer(&world).0 == "AKIDhome"
    });
    assert!(world.logged("the login identity has changed: switched from cli_profile to profile"));
    assert_eq!(identity_status(&client, "chain").failures, 0);
    assert_no_secret(&world, &client, &[error]);
}

#[test]
fn a_profile_that_stays_unusable_costs_few_fetches_and_one_warning() {
    let (folder, world) = with_command_line("stays-half");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id = AKIDhome\n");
    let (client, source) = open(&world, &[]);
    get(&source);
    for _ in 0..120 {
        world.advance(30 * SECOND);
        world.landed(&source);
    }
    let status = identity_status(&client, "chain");
    // The waits double from 10 seconds to 5 minutes: at most 6 fetches before they are that long, and 12 an hour.
    assert!(status.failures > 5 && status.fetches <= 25, "{}", status.fetches);
    assert_eq!(world.count_logged(": degraded value in use"), 1);
}

#[test]
fn a_key_without_an_end_does_not_replace_what_is_in_front_of_it_forever() {
    let (_folder, world) = with_command_line("one-404");
    world.emulator.set_role("reader", 2 * HOUR);
    let (client, source) = open(&world, &[]);
    get(&source);
    assert!(signer(&world).1.is_some(), "the role's key");
    // The metadata service does not know the role for a moment.
    break_down(&world, METADATA, answer(404, None));
    world.emulator.expire_key(&signer(&world).0);
    eventually("the next key is used", || {
        world.advance(MINUTE);
        world.landed(&source);
        signer(&world).0 == "AKIDcli"
    });
    let status = identity_status(&client, "chain");
    assert!(status.renew_at_ms > 0 && status.expires_at_ms == 0 && status.failures == 0);
    let generation = status.generation;
    world.advance(12 * MINUTE);
    world.landed(&source);
    assert_eq!(identity_status(&client, "chain").generation, generation, "the same key is the same value");
    world.emulator.clear_faults();
    eventually("the role is used again", || {
        world.advance(6 * MINUTE);
        world.landed(&source);
        signer(&world).1.is_some()
    });
    assert!(world.logged("switched from cli_profile to cvm_role"));
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn a_profile_that_cannot_be_looked_at_does_not_count_as_deleted() {
    let folder = Folder::new("loop");
    let path = ".tencentcloud/credentials";
    folder.write(path, format!("[default]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n"));
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.set_role("the-machines-role", 2 * HOUR);
    let (client, source) = open(&world, &[("max_attempts", "1")]);
    get(&source);
    // A link to itself cannot be looked at, as little as a file on a file system that is away.
    let file = folder.path().join(path);
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&file, &file).unwrap();
    world.emulator.expire_key(SECRET_ID);
    for minute in 0..5 {
        world.advance(2 * MINUTE);
        world.landed(&source);
        assert_eq!(world.emulator.requests(METADATA), 0, "the machine's role is not asked for, {minute}");
    }
    let error = status_where(&source, "it fails", |status| status.failures > 1).last_error.unwrap();
    assert!(error.is_retryable(), "{error:?}");
    assert_no_secret(&world, &client, &[error]);
}
