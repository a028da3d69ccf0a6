//! The control endpoints for Alibaba Cloud.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use evercred_emulator::{Emulator, Options};
use serde_json::{Value, json};
use wire::Wire;
use wire::rpc::{Key, code, identity, secret};

fn post(emulator: &Emulator, name: &str, body: &Value) -> (u16, Value) {
    let answer = Wire::to(&emulator.plain_host_port()).post(&format!("/_emulator/{name}"), &body.to_string());
    (answer.status, answer.json())
}

#[test]
fn every_endpoint_works() {
    let emulator = Emulator::http().unwrap();
    for (name, body) in [
        ("access-keys", json!({"id": "a", "secret": "b"})),
        ("access-keys", json!({"id": "s", "secret": "b", "token": "c", "expires_in_ms": 60_000})),
        ("access-key-active", json!({"id": "a", "active": false})),
        ("access-key-active", json!({"id": "a", "active": true})),
        ("secrets", json!({"name": "ram", "user": "app"})),
        ("secrets", json!({"name": "db", "kind": "rds"})),
        ("secrets", json!({"name": "text", "kind": "text", "data": "x"})),
        ("secrets", json!({"name": "bytes", "kind": "binary", "data": "AA=="})),
        ("secret-rotation", json!({"name": "ram", "interval_ms": 3_600_000, "overlap_ms": 5000, "next_in_ms": 9000})),
        ("secret-data", json!({"name": "text", "data": "y"})),
        ("secret-field", json!({"name": "text", "field": "CreateTime", "value": null})),
        ("secret-denied", json!({"name": "text", "key_id": "*", "denied": true})),
        ("secret-timestamps", json!({"name": "ram", "timestamps": true})),
        ("ram-role", json!({"arn": "acs:ram::1:role/x", "external_id": "e", "life_ms": 1000})),
        ("ram-oidc", json!({"provider_arn": "p", "token": "t", "expires_in_ms": 1000})),
        ("ram-oidc-file", json!({"provider_arn": "p", "expires_in_ms": 1000})),
        ("ecs-role", json!({"name": "app", "life_ms": 1000})),
        ("ecs-metadata", json!({"v1": false, "v2": true, "hop_limited": true})),
        ("buckets", json!({"name": "b", "domains": ["b.example.com"]})),
        ("remove-client-key", json!({"id": "k"})),
        ("remove-secret", json!({"name": "bytes"})),
    ] {
        assert_eq!(post(&emulator, name, &body).0, 200, "{name} {body}");
    }
    for (name, body, part) in [
        ("access-keys", json!({"id": "a"}), "missing field `secret`"),
        ("revoke-access-key", json!({"id": "nobody"}), "no such key"),
        ("expire-access-key", json!({"id": "a"}), "no such session"),
        ("secrets", json!({"name": "x", "kind": "frob"}), "unknown kind frob"),
        ("secrets", json!({"name": "x", "kind": "text"}), "needs data"),
        ("rotate-secret", json!({"name": "x", "overlap_ms": 0}), "no such secret"),
        ("region", json!({"region": "x", "frob": 1}), "unknown field"),
    ] {
        let (status, answer) = post(&emulator, name, &body);
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{name}: {answer}");
    }
    let (_, before) = post(&emulator, "secret", &json!({"name": "ram"}));
    let (_, after) = post(&emulator, "rotate-secret", &json!({"name": "ram", "overlap_ms": 600_000}));
    assert_eq!((&after["previous_access_key_id"], &after["rotations"]), (&before["access_key_id"], &json!(1)));
    assert!(after["data"].as_str().unwrap().contains("ExpireTimestamp"));
    let key = Key::of(&serde_json::from_str(after["data"].as_str().unwrap()).unwrap());
    assert_eq!(identity(&emulator, &key), "");
    assert_eq!(post(&emulator, "revoke-access-key", &json!({"id": key.id})).0, 200);
    assert_eq!(identity(&emulator, &key), "InvalidAccessKeyId.NotFound");
    let (_, made) = post(&emulator, "client-key", &json!({"password": "p"}));
    assert!(made["json"].as_str().unwrap().contains(made["key_id"].as_str().unwrap()));
    let state = Wire::to(&emulator.host_port()).get("/_emulator/state").json();
    let aliyun = &state["aliyun"];
    assert_eq!(aliyun["client_keys"], json!([made["key_id"]]));
    assert_eq!((&aliyun["buckets"], &aliyun["ecs_roles"]), (&json!(["b"]), &json!(["app"])));
    assert!(!state.to_string().contains(&key.secret));
    let names = post(&emulator, "frob", &json!({})).1["names"].to_string();
    assert!(names.contains("rotate-secret") && names.contains("rotation-period"));
}

#[test]
fn regions_and_ports() {
    let emulator = Emulator::https().unwrap();
    let (_, plain) = post(&emulator, "plain", &json!({}));
    assert_eq!(plain["host_port"], emulator.plain_host_port());
    let (_, region) = post(&emulator, "region", &json!({"region": "r", "throttle": 1, "delay_ms": 1}));
    assert_eq!(region["url"], emulator.region("r").url());
    let emulator = Emulator::http().unwrap();
    emulator.add_access_key("a", "b");
    emulator.add_ram_secret("s");
    let (_, region) = post(&emulator, "region", &json!({"region": "r", "throttle": 1, "throttle_code": "Throttling"}));
    let key = Key::lasting("a", "b");
    let to = region["host_port"].as_str().unwrap();
    assert_eq!(code(&secret(&emulator, to, &key, "s")), "Throttling");
    assert_eq!(secret(&emulator, to, &key, "s").status, 200);
    assert_eq!(post(&emulator, "region", &json!({"region": "r"})).1["requests"], 2);
}

#[test]
fn the_state_file_keeps_it() {
    let path = std::env::temp_dir().join(format!("evercred-emulator-aliyun-{}.json", std::process::id()));
    std::fs::remove_file(&path).ok();
    let options = Options { state_file: Some(path.clone()), ..Options::default() };
    let emulator = Emulator::start(options.clone()).unwrap();
    emulator.add_access_key("a", "b");
    emulator.add_ram_secret("s");
    let data = emulator.secret_data("s");
    drop(emulator);
    let emulator = Emulator::start(options).unwrap();
    assert_eq!(emulator.secret_data("s"), data);
    assert_eq!(identity(&emulator, &Key::lasting("a", "b")), "");
    std::fs::remove_file(&path).unwrap();
}
