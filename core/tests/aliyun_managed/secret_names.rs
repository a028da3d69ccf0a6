//! The option `secret_names`: secrets that are fetched as soon as the client is made.

use std::path::Path;
use std::sync::Arc;

use crate::support::aliyun_managed::{ACTION, ASKER, ASKER_SECRET, add_asker};
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::{Client, Config, Format};
use evercred_core::error::Code;
use evercred_core::platform::Platform;

fn world() -> World {
    let world = World::new();
    add_asker(&world);
    for name in ["app/one", "app/two"] {
        world.emulator.add_ram_secret(name);
    }
    world
}

/// The official file, with the options that reach the emulator.
fn official(world: &World, names: &str, more: &str) -> Config {
    let host = world.emulator.host_port();
    let folder = Folder::new(&format!("secret-names-{}", host.replace(':', "-")));
    let path = folder.write(
        "managed_credentials_providers.properties",
        format!(
            "credentials_type=ak\ncredentials_access_key_id={ASKER}\ncredentials_access_secret={ASKER_SECRET}\n\
             cache_client_region_id=[{{\"regionId\":\"cn-hangzhou\",\"endpoint\":\"{host}\"}}]\n\
             secret_names={names}\naliyun_kms_endpoint={host}\naliyun_scheme=http\n{more}\n"
        ),
    );
    let mut config = world.bare_config();
    config.load_file_with(Path::new(&path), |_| None).unwrap();
    config
}

#[test]
fn secrets_that_are_named_are_fetched_at_once_and_shared() {
    for mode in ["refresh=background", "refresh=lazy"] {
        let world = world();
        let client = world.client_of(official(&world, "app/one, app/two,", mode));
        eventually("both are fetched", || {
            let states: Vec<_> = client
                .statuses()
                .iter()
                .filter(|status| status.name.starts_with("managed/"))
                .map(|status| status.state)
                .collect();
            states == [State::Fresh, State::Fresh]
        });
        assert_eq!(world.emulator.requests(ACTION), 2);
        let report = client.report(Format::Json);
        assert!(report.text().contains("managed/app/one") && report.text().contains("managed/app/two"));
        let source = client.open_managed(None, "app/one").unwrap();
        let key = get(&source).material().access_key_id.expose().to_owned();
        assert_eq!(Some(key), world.emulator.secret_access_key_id("app/one"));
        assert_eq!(source.name(), "managed/app/one");
        assert_eq!(world.emulator.requests(ACTION), 2, "{mode}");
        client.close();
    }
}

#[test]
fn an_invalid_name_is_refused_before_any_request() {
    let world = world();
    let config = official(&world, &format!("app/one,{}", "x".repeat(300)), "");
    let error = Client::new(config, Arc::clone(&world.platform) as Arc<dyn Platform>).map(drop).unwrap_err();
    assert_eq!(error.code(), Code::InvalidOption);
    assert_eq!(error.message(), "secret_names: a name must not be longer than 256 bytes");
    assert_eq!(world.emulator.requests(ACTION), 0);
    // So are missing options.
    let mut config = official(&world, "app/one", "");
    config.set("aliyun_access_key_secret", "").unwrap();
    let error = Client::new(config, Arc::clone(&world.platform) as Arc<dyn Platform>).map(drop).unwrap_err();
    assert!(error.message().starts_with("aliyun_access_key_secret"), "{error}");
}

#[test]
fn a_missing_secret_does_not_fail_the_client() {
    let world = world();
    let client = world.client_of(official(&world, "app/gone,app/one", ""));
    eventually("the other one is fetched", || {
        client.statuses().iter().any(|status| status.name == "managed/app/one" && status.state == State::Fresh)
    });
    eventually("the failure is in the status", || {
        client.statuses().iter().any(|status| status.name == "managed/app/gone" && status.last_error.is_some())
    });
}

#[test]
fn the_names_belong_to_the_client() {
    let world = world();
    let client = world.client_of(official(&world, "", ""));
    let mut overrides = Config::new();
    overrides.set("secret_names", "app/one").unwrap();
    let error = client.open_managed(Some(&overrides), "app/one").map(drop).unwrap_err();
    assert!(error.message().starts_with("secret_names: "), "{error}");
}
