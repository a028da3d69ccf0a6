//! Precedence of files, variables and the overrides of a source that set the same.

use std::path::Path;

use crate::setup::*;
use evercred_core::client::Config;

#[test]
fn a_later_identity_replaces_the_earlier_and_regions_and_names_are_merged() {
    let folder = folder("official-order");
    let file = folder.write(
        "app.conf",
        "credentials_type=ram_role\ncredentials_access_key_id=a\ncredentials_access_secret=#b#c # said\n\
         credentials_role_session_name=s\ncredentials_role_arn=r\nsecret_names=one,two\n\
         cache_client_region_id=[{\"regionId\":\"cn-a\"},{\"regionId\":\"cn-b\",\"vpc\":true}]\n\
         poll_interval_ms=60000\naliyun_role_external_id=mine\n",
    );
    let environment = [
        ("credentials_type", "ecs_ram_role"),
        ("credentials_role_name", "machine"),
        ("cache_client_region_id", r#"[{"regionId":"cn-b","vpc":true},{"regionId":"cn-c"}]"#),
        ("secret_names", "two, three"),
        ("EVERCRED_POLL_INTERVAL_MS", "70000"),
    ];
    let mut config = Config::new();
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(config.text("aliyun_access_key_secret"), "#b#c");
    assert_eq!((config.number("poll_interval_ms"), config.text("aliyun_role_external_id")), (60_000, "mine"));
    let again = options_of(&config);
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(options_of(&config), again, "loading twice is loading once");

    config.load_environment(variables(&environment)).unwrap();
    let regions = |config: &Config| -> Vec<String> {
        backends(config).iter().map(|backend| said(backend, "regionId").unwrap()).collect()
    };
    assert_eq!(regions(&config), ["cn-a", "cn-b", "cn-c"]);
    assert_eq!(config.text("secret_names").replace(' ', ""), "one,two,three");
    assert_eq!((config.text("aliyun_identity"), config.number("poll_interval_ms")), ("ecs_ram_role", 70_000));
    for gone in ["aliyun_access_key_id", "aliyun_access_key_secret", "aliyun_role_arn", "aliyun_role_external_id"] {
        assert!(!config.is_set(gone), "{gone}");
    }

    // In the other order, the identity of the file counts.
    let mut config = Config::new();
    config.load_environment(variables(&environment)).unwrap();
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(regions(&config), ["cn-b", "cn-c", "cn-a"]);
    assert_eq!(config.text("aliyun_identity"), "ram_role");
    assert!(!config.is_set("aliyun_ecs_role_name"));
}

#[test]
fn a_sources_own_identity_replaces_the_clients() {
    let client = config(&[
        ("aliyun_access_key_id", "clients"),
        ("aliyun_access_key_secret", "clients"),
        ("aliyun_security_token", "clients"),
        ("aliyun_role_external_id", "clients"),
        ("aliyun_sts_endpoint", "clients"),
        ("tencent_session_token", "clients"),
        ("poll_interval_ms", "60000"),
    ]);
    let folder = folder("official-override");
    let file = folder.write(
        "app.conf",
        "credentials_type=ram_role\ncredentials_access_key_id=a\ncredentials_access_secret=b\n\
         credentials_role_session_name=s\ncredentials_role_arn=r\n",
    );
    let mut own = Config::new();
    own.load_file_with(Path::new(&file), no_variable).unwrap();
    let merged = client.overlaid(&own).unwrap();
    assert_eq!((merged.text("aliyun_access_key_id"), merged.number("poll_interval_ms")), ("a", 60_000));
    for gone in ["aliyun_security_token", "aliyun_role_external_id", "aliyun_sts_endpoint"] {
        assert!(!merged.is_set(gone), "{gone}");
    }

    // Without official settings each option is overridden by itself, except that a token belongs to its key.
    let merged = client.overlaid(&config(&[("aliyun_access_key_id", "a"), ("aliyun_access_key_secret", "b")])).unwrap();
    assert!(!merged.is_set("aliyun_security_token") && merged.is_set("tencent_session_token"));
    assert!(merged.is_set("aliyun_role_external_id"));
    let merged = client.overlaid(&config(&[("aliyun_access_key_id", "a"), ("aliyun_security_token", "c")])).unwrap();
    assert_eq!(merged.text("aliyun_security_token"), "c");
}
