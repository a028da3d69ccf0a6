//! The vendor's own client has to work against the emulator, and to be refused where the service refuses it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::process::Command;
use std::time::Duration;

use evercred_emulator::{Emulator, Options};
use wire::python;

const PACKAGES: [&str; 3] =
    ["tencentcloud-sdk-python-common==3.1.195", "tencentcloud-sdk-python-cam==3.1.181", "pycryptodome==3.23.0"];

/// The same keys, roles and account in both servers, so that keys of either work.
fn furnish(emulator: &Emulator) {
    emulator.add_key("lasting-id", "lasting-key");
    emulator.add_session_key("session-id", "session-key", "session-token", Some(Duration::from_secs(600)));
    emulator.add_session_key("ended-id", "ended-key", "ended-token", Some(Duration::ZERO));
    emulator.add_account("ap-guangzhou", "cdb-example1", "app_user");
    assert!(emulator.rotate_to("ap-guangzhou", "cdb-example1", "app_user", "p'w\"\\用户 1"));
    emulator.set_role_arn("qcs::cam::uin/1:roleName/app", Some("outside"), Duration::from_secs(3600));
    emulator.set_oidc_token("provider", "web-token");
    emulator.set_role("cvm-role", Duration::from_secs(3600));
}

#[test]
fn the_official_client_works_and_is_refused_as_by_the_service() {
    let python = python::with("official-sdk", &PACKAGES);
    let https = Emulator::https().unwrap();
    let http = Emulator::start(Options::default()).unwrap();
    furnish(&https);
    furnish(&http);
    let world = serde_json::json!({
        "https": https.url(), "http": http.url(), "ca": https.ca_path(),
        "region": "ap-guangzhou", "instance": "cdb-example1", "user": "app_user",
        "password": https.password("ap-guangzhou", "cdb-example1", "app_user"),
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tencent_sdk.py");
    let mut command = Command::new(python);
    // A proxy of the surroundings must not come between.
    command.env("NO_PROXY", "127.0.0.1,localhost").arg("-B").arg(script).arg(world.to_string());
    let text = python::run(&mut command);
    assert!(text.trim_end().ends_with("done"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("ok ")).count(), 55, "{text}");
    // 3 methods x 2 verbs x (2 good + 6 refused), unsigned payload, and the two that used temporary keys.
    assert_eq!(https.requests("BuildDataFlowAuthToken"), 51);
    assert_eq!(https.requests("AssumeRole"), 2);
    assert_eq!(https.requests("AssumeRoleWithWebIdentity"), 2);
    assert_eq!((http.requests("metadata"), http.requests("BuildDataFlowAuthToken")), (2, 2));
    let last = https.last_request("AssumeRoleWithWebIdentity").unwrap();
    assert_eq!(last.header("authorization"), Some("SKIP"));
}
