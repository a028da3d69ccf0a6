//! The file itself: what it hides, when it is not used, its key and its options.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use crate::setup::*;
use crate::support::*;
use evercred_core::error::Code;
use evercred_core::providers::Origin;

#[test]
fn the_file_reveals_nothing() {
    let host = Host::new("reveals-nothing");
    let (first, source) = host.process(&[]);
    let password = password_of(&get(&source));
    let (second, source) = host.managed(&[]);
    let key = get(&source);
    first.close();
    second.close();
    assert_eq!(host.mode(), 0o600);
    let text = host.text();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["entries"].as_array().unwrap().len(), 2);
    for hidden in [
        &password,
        KEY,
        SECRET_KEY,
        REGION,
        INSTANCE,
        USER,
        SECRET_NAME,
        key.material().access_key_id.expose(),
        key.material().access_key_secret.expose(),
        "database",
        "managed",
    ] {
        assert!(!text.contains(hidden), "the file shows something");
        let names: Vec<_> = fs::read_dir(host.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_str().unwrap().contains(hidden)), "{names:?}");
    }
}

/// Damages a valid file, and expects this reason in the log.
fn is_replaced(test: &str, reason: &str, spoil: impl Fn(&Path)) {
    let host = Host::new(test);
    let (first, source) = host.process(&[]);
    let password = password_of(&get(&source));
    first.close();
    spoil(Path::new(&host.file()));
    let (second, source) = host.process(&[]);
    let credential = get(&source);
    assert_eq!((origin_of(&credential), password_of(&credential)), (Origin::Cloud, password.clone()));
    assert!(host.world.logged(&format!("cache_file {} is not used: ", host.file())), "{test}: the file is named");
    assert!(host.world.logged(reason), "{test}: {reason}");
    second.close();
    // It was replaced.
    assert_eq!(host.mode(), 0o600);
    assert!(!fs::symlink_metadata(host.file()).unwrap().is_symlink());
    let (_third, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn an_unusable_file_is_replaced() {
    let damaged = "damaged, or has another format";
    is_replaced("empty", damaged, |file| fs::write(file, "").unwrap());
    is_replaced("cut", damaged, |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    });
    is_replaced("binary", damaged, |file| fs::write(file, [0xff; 5000]).unwrap());
    is_replaced("version", damaged, |file| {
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
    });
    is_replaced("large", "has more than", |file| fs::write(file, vec![b' '; 2 << 20]).unwrap());
    is_replaced("wide", "others than its owner", |file| {
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
    });
    is_replaced("link", "symbolic link", |file| {
        let aside = file.with_file_name("elsewhere");
        fs::rename(file, &aside).unwrap();
        symlink(&aside, file).unwrap();
    });
    is_replaced("altered", "was modified", |file| {
        let mut document: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let sealed = document["entries"][0]["sealed"].as_str().unwrap().to_owned();
        let other = if sealed.starts_with('A') { "B" } else { "A" };
        document["entries"][0]["sealed"] = format!("{other}{}", &sealed[1..]).into();
        fs::write(file, document.to_string()).unwrap();
    });
}

#[test]
fn a_file_of_another_user_is_neither_used_nor_replaced() {
    let host = Host::new("foreign");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    let before = host.text();
    if std::os::unix::fs::chown(host.file(), Some(12_345), None).is_err() {
        // Written directly: the harness hides what a test prints that succeeds.
        std::io::stderr().write_all(b"skipped: only root can give a file to another user\n").unwrap();
        return;
    }
    let (second, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    second.close();
    assert!(host.world.logged(&format!("cache_file {} is not used: it belongs to another user", host.file())));
    assert_eq!((host.text(), fs::metadata(host.file()).unwrap().uid()), (before, 12_345));
}

#[test]
fn entries_of_another_key_stay() {
    let host = Host::new("another-key");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    let (second, source) = host.process(&[("cache_secret", "another-key-of-the-file")]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert!(host.world.logged("another cache_secret or cache_key_file"));
    second.close();
    for key in [KEY, "another-key-of-the-file"] {
        let (client, source) = host.process(&[("cache_secret", key)]);
        assert_eq!(origin_of(&get(&source)), Origin::FileCache);
        client.close();
    }
    // Entries that are not used are dropped in the end.
    host.pass(31 * DAY);
    let (last, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    last.close();
    let document: serde_json::Value = serde_json::from_str(&host.text()).unwrap();
    assert_eq!(document["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unwritable_file_is_logged_once_and_the_value_is_served() {
    let host = Host::new("unwritable");
    // In a missing folder, in one that not even root can write to, below a file, and the name of a folder.
    host.folder.write("plain", "");
    host.folder.write("folder/inside", "");
    let inside = |name: &str| host.folder.path().join(name).to_str().unwrap().to_owned();
    for file in [inside("absent/cache"), String::from("/proc/evercred-cache"), inside("plain/cache"), inside("folder")]
    {
        let client = host.world.client(&[("cache_file", &file), ("cache_secret", KEY)]);
        let source = host.world.source(&client);
        assert_eq!(origin_of(&get(&source)), Origin::Cloud);
        let count = || host.world.count_logged(&format!("cache_file {file} is not used"));
        // Below a file, the reading and the writing fail for different reasons.
        let said = if file.contains("plain") { 2 } else { 1 };
        eventually("the writer has tried", || count() >= said);
        for _ in 0..3 {
            host.world.advance(6 * MINUTE);
            host.world.landed(&source);
        }
        assert_eq!(count(), said, "it is said once");
        assert_eq!(source.status().failures, 0);
        client.close();
    }
}

#[test]
fn the_key_may_be_a_file_and_bad_options_are_named() {
    let host = Host::new("options");
    let key = host.folder.write("key", "\u{0}bytes of a key\n");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o440);
    let file = host.file();
    let open = |options: &[(&str, &str)]| {
        host.world.client(options).open_database(None, REGION, INSTANCE, USER).map_err(|error| {
            assert_eq!(error.code(), Code::InvalidOption);
            error.message().to_owned()
        })
    };
    let with_file = [("cache_file", file.as_str()), ("cache_key_file", &key)];
    get(&open(&with_file).unwrap());
    assert_eq!(origin_of(&get(&open(&with_file).unwrap())), Origin::FileCache);

    let refused = |options: &[(&str, &str)], start: &str| {
        let message = open(options).unwrap_err();
        assert!(message.starts_with(start), "{message}");
    };
    refused(&[("cache_file", &file)], "cache_file: ");
    refused(&[("cache_file", "/"), ("cache_secret", KEY)], "cache_file: ");
    refused(&[("cache_file", &file), ("cache_secret", KEY), ("cache_key_file", &key)], "cache_key_file: ");
    refused(&[("cache_file", &file), ("cache_key_file", "/no/such/file")], "cache_key_file: /no/such/file: ");
    refused(&[("cache_file", &file), ("cache_key_file", "/dev/null")], "cache_key_file: /dev/null: ");
    mode(0o444);
    refused(&with_file, "cache_key_file: ");
    mode(0o600);
    fs::write(&key, "").unwrap();
    refused(&with_file, "cache_key_file: ");
    // Without a file the key is ignored.
    get(&open(&[("cache_secret", KEY)]).unwrap());
}
