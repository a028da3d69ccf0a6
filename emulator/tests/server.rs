//! The server itself: its limits, its clock, its roles, its control endpoints and its file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::time::{Duration, Instant};

use evercred_emulator::{Emulator, EmulatorError, Options};
use serde_json::json;
use wire::Wire;

const ROLES: &str = "/latest/meta-data/cam/security-credentials/";
const ACCOUNT: (&str, &str, &str) = ("r", "i", "u");

fn password(emulator: &Emulator) -> String {
    emulator.password(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2).unwrap()
}

#[test]
fn only_on_loopback() {
    let options = Options { listen: Some("0.0.0.0:0".parse().unwrap()), ..Options::default() };
    assert!(matches!(Emulator::start(options), Err(EmulatorError::NotLoopback(_))));
}

#[test]
fn stops_on_request_and_by_itself() {
    let emulator = Emulator::http().unwrap();
    let mut idle = Wire::to(&emulator.host_port());
    assert_eq!(idle.get(ROLES).status, 404);
    let start = Instant::now();
    emulator.stop();
    assert!(start.elapsed() < Duration::from_secs(2) && !emulator.is_running());
    assert_eq!(idle.rest().unwrap_or_default(), b"");
    assert!(std::net::TcpStream::connect(emulator.host_port()).is_err());
    assert_eq!(emulator.requests("metadata"), 1);

    let emulator = Emulator::start(Options { max_requests: 2, ..Options::default() }).unwrap();
    let mut wire = Wire::to(&emulator.host_port());
    assert_eq!((wire.get("/x").status, wire.get("/x").status), (404, 404));
    wire.send("GET /x HTTP/1.1\r\n\r\n");
    assert!(wire.read().is_err());
    ended(&emulator);
    ended(&Emulator::start(Options { max_lifetime: Duration::from_millis(50), ..Options::default() }).unwrap());
}

fn ended(emulator: &Emulator) {
    let start = Instant::now();
    while emulator.is_running() {
        assert!(start.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn malformed_requests() {
    let emulator = Emulator::http().unwrap();
    for (text, status) in [
        ("frob\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(), 501),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfrob\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(70_000)), 431),
    ] {
        let mut wire = Wire::to(&emulator.host_port());
        wire.send(&text);
        let answer = wire.read().unwrap();
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")));
    }
    let mut wire = Wire::to(&emulator.host_port());
    wire.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(wire.read().unwrap().status, 100);
    wire.send("{}");
    assert_eq!(wire.read().unwrap().json()["Response"]["Error"]["Code"], "MissingParameter");
}

#[test]
fn chunked_requests() {
    let emulator = Emulator::http().unwrap();
    let mut wire = Wire::to(&emulator.host_port());
    let head = "HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    wire.send(&format!("POST /_emulator/clock {head}9;x=y\r\n{{\"offset_\r\nB\r\nms\":-5000}}\n\r\n0\r\nA: b\r\n\r\n"));
    assert_eq!(wire.read().unwrap().json()["offset_ms"], -5000);
    // The connection stays usable, also after an empty body.
    wire.send(&format!("POST /_emulator/clear-faults {head}0\r\n\r\n"));
    assert_eq!(wire.read().unwrap().status, 200);
    wire.send(&format!("POST / {}\r\n", head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n")));
    assert_eq!(wire.read().unwrap().status, 100);
    wire.send("2\r\n{}\r\n0\r\n\r\n");
    assert_eq!(wire.read().unwrap().json()["Response"]["Error"]["Code"], "MissingParameter");
    assert_eq!(emulator.last_request("").unwrap().body, b"{}");
}

#[test]
fn long_requests() {
    let emulator = Emulator::http().unwrap();
    let mut wire = Wire::to(&emulator.host_port());
    let filler = "x".repeat(5_000_000);
    let answer = wire.post("/", &format!("{{\"Filler\":\"{filler}\"}}"));
    assert_eq!(answer.json()["Response"]["Error"]["Code"], "MissingParameter");
    assert_eq!(emulator.last_request("unknown").unwrap().body.len(), 1024 * 1024);
    // A refused request is answered although the client still sends.
    let mut refused = Wire::to(&emulator.host_port());
    refused.send("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n");
    for piece in filler.as_bytes().chunks(100_000) {
        refused.send(std::str::from_utf8(piece).unwrap());
    }
    assert_eq!(refused.read().unwrap().status, 501);
    // Too long for a call: refused in the form of the service, and the connection stays usable.
    let answer = wire.post("/", &"x".repeat(64 * 1024 * 1024 + 1));
    assert_eq!((answer.status, &answer.json()["Response"]["Error"]["Code"]), (413, &"RequestSizeLimitExceeded".into()));
    assert_eq!(wire.get("/_emulator/state").status, 200);
}

#[test]
fn roles_and_clock() {
    let emulator = Emulator::http().unwrap();
    let mut wire = Wire::to(&emulator.host_port());
    assert_eq!(wire.get(ROLES).status, 404);
    emulator.set_role("app", Duration::from_secs(100));
    assert_eq!(wire.get(ROLES).text(), "app");
    assert_eq!(wire.get(&format!("{ROLES}other")).status, 404);
    let first = wire.get(&format!("{ROLES}app")).json();
    assert_eq!(first["Code"], "Success");
    let end = first["ExpiredTime"].as_i64().unwrap() * 1000;
    assert!((99_000..=101_000).contains(&(end - emulator.now_ms())));
    emulator.advance_clock(Duration::from_secs(45));
    assert_eq!(wire.get(&format!("{ROLES}app")).json(), first);
    emulator.advance_clock(Duration::from_secs(10));
    let second = wire.get(&format!("{ROLES}app")).json();
    assert_ne!(second["TmpSecretId"], first["TmpSecretId"]);
    // Ended by hand, a key is not handed out again.
    emulator.expire_key(second["TmpSecretId"].as_str().unwrap());
    assert_ne!(wire.get(&format!("{ROLES}app")).json()["TmpSecretId"], second["TmpSecretId"]);
    // Answers are dated by the emulator's clock.
    emulator.set_clock_offset_ms(784_111_777_000 - (emulator.now_ms() - 55_000));
    assert!(wire.get(ROLES).header("date").unwrap().starts_with("Sun, 06 Nov 1994 08:49:"));
}

#[test]
fn rotations() {
    let emulator = Emulator::http().unwrap();
    emulator.add_account(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2);
    let first = password(&emulator);
    assert_eq!(emulator.previous_password(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2), None);
    emulator.advance_clock(Duration::from_secs(24 * 3600 + 1));
    let second = password(&emulator);
    assert_ne!(first, second);
    assert_eq!(emulator.previous_password(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2), Some(first));
    assert!(emulator.rotate(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2) && !emulator.rotate("x", "y", "z"));
    let third = password(&emulator);
    emulator.hold_rotation(true);
    emulator.set_next_rotation_in(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2, Duration::from_secs(5));
    emulator.advance_clock(Duration::from_secs(60));
    assert_eq!(password(&emulator), third);
    let now = emulator.now_ms();
    assert!(emulator.next_rotation_ms(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2).unwrap() < now);
    emulator.hold_rotation(false);
    assert_ne!(password(&emulator), third);
    let next = emulator.next_rotation_ms(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2).unwrap();
    assert!((next - now - 24 * 3_600_000).abs() < 2000);
    // By itself, while nobody asks: slots missed until somebody does would count as one.
    let before = emulator.rotations(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2);
    emulator.set_rotation_period(Duration::from_millis(100));
    std::thread::sleep(Duration::from_millis(450));
    assert!(emulator.rotations(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2) >= before + 3);
}

#[test]
fn control() {
    let emulator = Emulator::https().unwrap();
    assert!(emulator.ca_pem().unwrap().contains("BEGIN CERTIFICATE"));
    let path = emulator.ca_path().unwrap();
    assert!(path.exists());
    drop(emulator);
    assert!(!path.exists() && !path.parent().unwrap().exists());

    let emulator = Emulator::http().unwrap();
    let mut wire = Wire::to(&emulator.host_port());
    let mut post = |name: &str, body: serde_json::Value| {
        let answer = wire.post(&format!("/_emulator/{name}"), &body.to_string());
        (answer.status, answer.json())
    };
    let account = json!({"region": "r", "instance": "i", "user": "u"});
    let with = |extra: serde_json::Value| {
        let mut object = account.as_object().unwrap().clone();
        object.extend(extra.as_object().unwrap().clone());
        serde_json::Value::Object(object)
    };
    let made = post("accounts", account.clone());
    assert_eq!((made.0, made.1["password"].as_str()), (200, Some(password(&emulator).as_str())));
    assert_eq!(post("password", account.clone()).1, made.1);
    let rotated = post("rotate", with(json!({"password": "known"}))).1;
    assert_eq!((&rotated["password"], &rotated["previous"]), (&json!("known"), &made.1["password"]));
    for (name, body) in [
        ("keys", json!({"secret_id": "a", "secret_key": "b", "token": "c", "expires_in_ms": 1000})),
        ("expire-key", json!({"secret_id": "a"})),
        ("remove-key", json!({"secret_id": "a"})),
        ("next-rotation", with(json!({"in_ms": 50_000}))),
        ("account-enabled", with(json!({"enabled": false}))),
        ("rotation-period", json!({"period_ms": 3_600_000})),
        ("hold-rotation", json!({"hold": true})),
        ("rotation-report", json!({"status": null, "message": "m", "cost_ms": 5})),
        ("clock", json!({"advance_ms": 5000})),
        ("role", json!({"name": "app", "life_ms": 1000})),
        ("role-arn", json!({"arn": "x", "external_id": "e", "life_ms": 1000})),
        ("oidc", json!({"provider_id": "p", "token": "t"})),
        ("signed-host", json!({"host": "h"})),
        ("fault", json!({"kind": "answer", "action": "metadata", "times": 1, "status": 500, "code": "X"})),
        ("fault", json!({"kind": "raw", "status": 200, "headers": [["a", "b"]], "body_base64": "AA=="})),
        ("fault", json!({"kind": "delay", "ms": 5})),
        ("fault", json!({"kind": "truncate", "bytes": 5})),
        ("fault", json!({"kind": "drop"})),
        ("fault", json!({"kind": "close-early"})),
        ("fault", json!({"kind": "oversize", "bytes": 5})),
        ("fault", json!({"kind": "redirect", "location": "x"})),
    ] {
        assert_eq!(post(name, body.clone()).0, 200, "{name} {body}");
    }
    for (name, body, status, part) in [
        ("frob", json!({}), 404, "no control endpoint"),
        ("keys", json!({"secret_id": "a"}), 400, "missing field `secret_key`"),
        ("keys", json!([1]), 400, "invalid"),
        ("role", json!({"name": "a", "life": 5}), 400, "unknown field `life`"),
        ("fault", json!({"kind": "frob"}), 400, "unknown kind frob"),
        ("fault", json!({"kind": "delay"}), 400, "needs ms"),
        ("rotate", json!({"region": "", "instance": "", "user": ""}), 400, "no such account"),
        ("expire-key", json!({"secret_id": "a"}), 400, "no such key"),
    ] {
        let (got, answer) = post(name, body);
        let error = answer["error"].as_str().unwrap();
        assert!(got == status && error.contains(part), "{name}: {got} {error}");
        assert_eq!(got == 404, answer["names"].is_array());
    }
    let state = wire.get("/_emulator/state").json();
    assert_eq!(
        (&state["faults"], &state["clock_offset_ms"], &state["hold_rotation"]),
        (&json!(8), &json!(5000), &json!(true))
    );
    assert!(!state.to_string().contains("known"));
    assert_eq!(wire.post("/_emulator/clear-faults", "{}").status, 200);
    wire.get(ROLES);
    let requests = wire.get("/_emulator/requests").json();
    assert_eq!(requests, json!({"total": 1, "actions": {"metadata": 1}, "connections": 1}));
    assert_eq!(wire.get("/_emulator/last-request?action=metadata").json()["target"], ROLES);
    wire.send("POST /_emulator/state HTTP/1.1\r\nHost: evil.example.com\r\n\r\n");
    assert_eq!(wire.read().unwrap().status, 403);
}

#[test]
fn state_file() {
    let path = std::env::temp_dir().join(format!("evercred-emulator-test-{}.json", std::process::id()));
    std::fs::remove_file(&path).ok();
    let options = Options { state_file: Some(path.clone()), ..Options::default() };
    let emulator = Emulator::start(options.clone()).unwrap();
    emulator.add_account(ACCOUNT.0, ACCOUNT.1, ACCOUNT.2);
    emulator.set_role("app", Duration::from_secs(5));
    emulator.advance_clock(Duration::from_secs(1000));
    let (kept, now) = (password(&emulator), emulator.now_ms());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("1000000"), "{text}");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o600);
    drop(emulator);
    let emulator = Emulator::start(options.clone()).unwrap();
    assert_eq!(password(&emulator), kept);
    assert!((0..5000).contains(&(emulator.now_ms() - now)));
    assert_eq!(Wire::to(&emulator.host_port()).get(ROLES).text(), "app");
    drop(emulator);
    std::fs::write(&path, "{").unwrap();
    assert!(matches!(Emulator::start(options), Err(EmulatorError::State(_))));
    std::fs::remove_file(&path).unwrap();
}
