//! Connection options of one source: proxy, CA file. They apply to its login too.

use std::net::TcpListener;
use std::sync::Arc;

use crate::support::*;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_emulator::{Options, Proxy};

const OTHER: &str = "cdb-example2";
const ARN: &str = "qcs::cam::uin/100000000001:roleName/evercred-test";

fn overrides(options: &[(&str, &str)]) -> Config {
    let mut config = Config::new();
    options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
    config
}

fn tls_world() -> World {
    World::with(Options { tls: true, ..Options::default() })
}

#[test]
fn a_proxy_of_one_source_is_not_used_by_another() {
    let world = tls_world();
    world.emulator.set_role_arn(ARN, None, std::time::Duration::from_secs(7200));
    let proxy = Proxy::start(None).unwrap();
    let client = world.client(&[("tencent_role_arn", ARN)]);
    let direct = world.source(&client);
    get(&direct);
    assert_eq!((proxy.connects(), world.emulator.requests("AssumeRole")), (0, 1));
    let url = proxy.url();
    let proxied = client.open_database(Some(&overrides(&[("proxy", &url)])), REGION, INSTANCE, USER).unwrap();
    assert!(!Arc::ptr_eq(&direct, &proxied));
    get(&proxied);
    // Its login went through the proxy too, so it is another one.
    assert_eq!(world.emulator.requests("AssumeRole"), 2);
    assert!(proxy.connects() >= 1);
    let connects = proxy.connects();
    direct.refresh(Some(LONG)).unwrap();
    assert_eq!(proxy.connects(), connects);
    // A login identity that is opened by itself has its own proxy as well. The timeout makes it another connection.
    let options = [("proxy", url.as_str()), ("connect_timeout_ms", "9000")];
    let identity = client.open_identity(Some(&overrides(&options)), "tencent").unwrap();
    world.remember(get(&identity).material().access_key_secret.expose());
    assert!(proxy.connects() > connects);
}

#[test]
fn a_connect_timeout_of_one_source_is_not_that_of_another() {
    let world = tls_world();
    world.emulator.add_account(REGION, OTHER, USER);
    // It takes connections and never answers the TLS handshake.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = silent.local_addr().unwrap().to_string();
    let client = world.client(&[("max_attempts", "1"), ("tencent_endpoint", &endpoint)]);
    let open = |instance, timeout| {
        client.open_database(Some(&overrides(&[("connect_timeout_ms", timeout)])), REGION, instance, USER).unwrap()
    };
    let (quick, slow) = (open(INSTANCE, "200"), open(OTHER, "25000"));
    slow.prefetch().unwrap();
    let error = get_error(&quick);
    assert!(error.code() == Code::Network && error.is_retryable(), "{error:?}");
    let status = slow.status();
    assert_eq!((status.fetches, status.failures), (1, 0));
    client.close();
}

#[test]
fn a_dead_proxy_of_one_source_fails_only_that_source() {
    let world = tls_world();
    world.emulator.add_account(REGION, OTHER, USER);
    let client = world.client(&[("max_attempts", "1")]);
    let options = overrides(&[("proxy", "http://127.0.0.1:1")]);
    let dead = client.open_database(Some(&options), REGION, OTHER, USER).unwrap();
    assert_eq!(code_of(&dead), Code::Network);
    get(&world.source(&client));
    // Except for the hosts that are reached without it.
    let options = overrides(&[("proxy", "http://127.0.0.1:1"), ("no_proxy", "127.0.0.1")]);
    get(&client.open_database(Some(&options), REGION, OTHER, USER).unwrap());
}

#[test]
fn a_ca_file_of_one_source_is_trusted_by_it_alone() {
    let (world, other) = (tls_world(), tls_world());
    let (ca, foreign) = (world.emulator.ca_path().unwrap(), other.emulator.ca_path().unwrap());
    let client = world.client(&[("ca_file", foreign.to_str().unwrap()), ("max_attempts", "1")]);
    let options = overrides(&[("ca_file", ca.to_str().unwrap())]);
    let trusting = client.open_database(Some(&options), REGION, INSTANCE, USER).unwrap();
    get(&trusting);
    let error = get_error(&world.source(&client));
    assert!(error.code() == Code::Tls && error.message().contains("the option ca_file"), "{error}");
    assert!(trusting.status().tls_verified);
}

#[test]
fn a_bad_ca_file_of_a_source_is_named_at_its_open() {
    let world = World::new();
    let folder = Folder::new("ca-of-a-source");
    let empty = folder.write("empty.pem", "no certificate");
    let client = world.client(&[]);
    for path in ["/no-such-folder/ca.pem", empty.as_str()] {
        let options = overrides(&[("ca_file", path)]);
        let error = client.open_database(Some(&options), REGION, INSTANCE, USER).unwrap_err();
        assert!(error.message().starts_with("ca_file: "), "{error}");
        let error = client.open_identity(Some(&options), "tencent").unwrap_err();
        assert!(error.message().starts_with("ca_file: "), "{error}");
    }
    assert!(client.statuses().is_empty());
}
