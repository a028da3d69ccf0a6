//! Secrets that the official client left in its encrypted files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_core::error::{Code, Result};
use evercred_core::providers::Origin;
use serde_json::Value;

const HOUR: Duration = Duration::from_secs(3600);
const ID: &str = "EXAMPLE-AK-1";

/// A recorded case: the secret's name, its file below the folder, its text, its salt.
fn recorded(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/aliyun_file_cache.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    vectors["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap().clone()
}

fn text<'a>(case: &'a Value, pointer: &str) -> &'a str {
    case.pointer(pointer).and_then(Value::as_str).unwrap()
}

fn left_behind(test: &str, case: &Value) -> Folder {
    let folder = Folder::new(&format!("import-{test}-{}", text(case, "/name")));
    let path = format!("{}/stage_acscurrent.json", text(case, "/inputs/secret_name"));
    folder.write(&path, text(case, "/expected_official/file_text"));
    folder
}

fn open(world: &World, name: &str, more: &[(&str, &str)]) -> Result<Arc<Source>> {
    let host = world.emulator.host_port();
    let options = [
        ("aliyun_kms_endpoint", host.as_str()),
        ("aliyun_scheme", "http"),
        ("aliyun_access_key_id", SECRET_ID),
        ("aliyun_access_key_secret", SECRET_KEY),
        ("max_attempts", "1"),
    ];
    world.client(&[&options, more].concat()).open_managed(None, name)
}

#[test]
fn both_generations_are_read_in_an_outage_of_kms() {
    for name in ["store-basic", "store-name-with-slash", "v2-store-basic"] {
        let case = recorded(name);
        let folder = left_behind("generations", &case);
        let world = World::new();
        world.remember("example-secret-key-1");
        world.password();
        world.emulator.stop();
        let options = [
            ("aliyun_import_cache_dir", folder.path().to_str().unwrap()),
            ("aliyun_import_cache_salt", text(&case, "/inputs/salt")),
        ];
        let source = open(&world, text(&case, "/inputs/secret_name"), &options).unwrap();
        let credential = get(&source);
        let material = credential.material();
        assert_eq!((material.access_key_id.expose(), material.origin), (ID, Origin::FileCache));
        assert_eq!(material.access_key_secret.expose(), "example-secret-key-1");
        let status = source.status();
        assert_eq!((status.state, status.last_error.unwrap().code()), (State::Stale, Code::Network));
        assert_eq!(status.last_success_at_ms, case["inputs"]["refresh_time_stamp_ms"].as_i64().unwrap());
        // For a day, like any other stale key.
        world.platform.advance(23 * HOUR);
        assert_eq!(get(&source).state(), State::Stale);
        world.platform.advance(2 * HOUR);
        assert!(source.get(Some(Duration::ZERO)).is_err());
    }
}

#[test]
fn kms_and_fetched_values_have_precedence_over_the_file() {
    let case = recorded("store-basic");
    let folder = left_behind("order", &case);
    let world = World::new();
    world.emulator.add_access_key(SECRET_ID, SECRET_KEY);
    let name = text(&case, "/inputs/secret_name");
    world.emulator.add_ram_secret(name);
    let options = [
        ("aliyun_import_cache_dir", folder.path().to_str().unwrap()),
        ("aliyun_import_cache_salt", text(&case, "/inputs/salt")),
    ];
    let source = open(&world, name, &options).unwrap();
    let credential = get(&source);
    assert_eq!(credential.material().origin, Origin::Cloud);
    world.remember(credential.material().access_key_secret.expose());
    world.password();
    world.emulator.stop();
    world.platform.advance(40 * HOUR);
    status_where(&source, "KMS was asked again", |status| status.failures > 0);
    assert!(source.get(Some(Duration::ZERO)).is_err());
    assert_eq!(source.status().origin, Origin::Cloud);
}

#[test]
fn unreadable_files_are_logged_and_no_name_leaves_the_folder() {
    let case = recorded("store-basic");
    let folder = left_behind("unreadable", &case);
    let world = World::new();
    world.password();
    world.emulator.stop();
    let inside = folder.path().join("example-secret");
    for (name, folder, salt, said) in [
        ("example-secret", folder.path(), "another salt", "check that the salt is the one"),
        ("../example-secret", &inside, "example-salt-1", "lead out of"),
    ] {
        let options = [("aliyun_import_cache_dir", folder.to_str().unwrap()), ("aliyun_import_cache_salt", salt)];
        assert_eq!(code_of(&open(&world, name, &options).unwrap()), Code::Network);
        assert!(world.logged("aliyun_import_cache_dir: ") && world.logged(said));
    }
}

#[test]
fn a_missing_salt_is_refused() {
    let case = recorded("init-salt-none");
    assert_eq!((text(&case, "/kind"), &case["inputs"]["salt"]), ("init", &Value::Null));
    assert_eq!(case["expected_official"]["result"], "error");
    let world = World::new();
    let error = open(&world, "example-secret", &[("aliyun_import_cache_dir", "/no/such/folder")]).unwrap_err();
    assert_eq!(error.code(), Code::InvalidOption);
    assert!(error.message().starts_with("aliyun_import_cache_salt: "), "{error}");
}
