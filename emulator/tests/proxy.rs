//! The proxy.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::time::Duration;

use evercred_emulator::{Emulator, Proxy};
use wire::Wire;

const ROLES: &str = "/latest/meta-data/cam/security-credentials/";

#[test]
fn tunnels_and_forwards() {
    let emulator = Emulator::http().unwrap();
    emulator.set_role("app", Duration::from_secs(60));
    let (proxy, target) = (Proxy::start(None).unwrap(), emulator.host_port());
    let mut wire = Wire::to(&proxy.host_port());
    wire.send(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"));
    assert_eq!(wire.read().unwrap().status, 200);
    assert_eq!((wire.get(ROLES).text(), wire.get(ROLES).text()), ("app".into(), "app".into()));
    let mut wire = Wire::to(&proxy.host_port());
    assert_eq!(wire.get(&format!("http://{target}{ROLES}")).text(), "app");
    let mut wire = Wire::to(&proxy.host_port());
    let answer = wire.post(&format!("http://{target}/"), "{}");
    assert_eq!(answer.json()["Response"]["Error"]["Code"], "MissingParameter");
    assert_eq!((proxy.connects(), proxy.forwards(), proxy.refused()), (1, 2, 0));
    let last = emulator.last_request("metadata").unwrap();
    assert_eq!((last.target.as_str(), last.header("connection")), (ROLES, Some("close")));
}

#[test]
fn refuses() {
    let emulator = Emulator::http().unwrap();
    let (proxy, target) = (Proxy::start(Some(("user", "pass"))).unwrap(), emulator.host_port());
    let mut wire = Wire::to(&proxy.host_port());
    wire.send(&format!("CONNECT {target} HTTP/1.1\r\n\r\n"));
    let answer = wire.read().unwrap();
    assert_eq!(answer.status, 407);
    assert!(answer.header("proxy-authenticate").unwrap().starts_with("Basic"));
    // Again on the same connection, with "user:pass".
    wire.send(&format!("CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"));
    assert_eq!(wire.read().unwrap().status, 200);
    for host in ["example.com:443", "10.0.0.1:80", "127.0.0.1.example.com:80", "localhost.example:1"] {
        let mut wire = Wire::to(&proxy.host_port());
        wire.send(&format!("CONNECT {host} HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"));
        assert_eq!(wire.read().unwrap().status, 403, "{host}");
    }
    assert_eq!((proxy.connects(), proxy.refused()), (1, 5));
}
