//! Every fault as a client sees it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use evercred_emulator::{Emulator, Fault, FaultKind};
use wire::Wire;

const ROLES: &str = "/latest/meta-data/cam/security-credentials/";

fn emulator() -> Emulator {
    let emulator = Emulator::http().unwrap();
    emulator.set_role("app", Duration::from_secs(60));
    emulator
}

fn once(emulator: &Emulator, kind: FaultKind) -> Wire {
    emulator.inject(Fault { action: Some("metadata".into()), times: 1, kind });
    Wire::to(&emulator.host_port())
}

fn answer(status: u16, code: Option<&str>) -> FaultKind {
    FaultKind::Answer {
        status,
        code: code.map(str::to_owned),
        message: None,
        content_type: None,
        retry_after: Some("7".into()),
    }
}

#[test]
fn answers() {
    let emulator = emulator();
    let mut wire = once(&emulator, answer(200, Some("InternalError")));
    let got = wire.get(ROLES);
    assert_eq!((got.status, got.header("retry-after")), (200, Some("7")));
    assert_eq!(got.json()["Response"]["Error"]["Code"], "InternalError");
    // The connection goes on, and the fault is used up.
    assert_eq!(wire.get(ROLES).text(), "app");
    emulator.inject(Fault { action: None, times: u64::MAX, kind: answer(503, None) });
    for _ in 0..3 {
        let got = wire.get(ROLES);
        assert_eq!((got.status, got.body.len()), (503, 0));
    }
    // Faults for any request spare control.
    assert_eq!(wire.get("/_emulator/state").status, 200);
    emulator.clear_faults();
    assert_eq!(wire.get(ROLES).text(), "app");
    assert_eq!((emulator.connections(), emulator.requests("metadata"), emulator.requests("")), (1, 6, 6));
}

#[test]
fn raw_and_redirect() {
    let emulator = emulator();
    let headers = vec![("X-Odd".to_owned(), "1".to_owned()), ("Date".to_owned(), "never".to_owned())];
    let mut wire = once(&emulator, FaultKind::Raw { status: 418, headers, body: b"\xff\0".to_vec() });
    let got = wire.get(ROLES);
    assert_eq!((got.status, got.header("x-odd"), got.header("date")), (418, Some("1"), Some("never")));
    assert_eq!(got.body, b"\xff\0");
    let mut wire = once(&emulator, FaultKind::Redirect { location: "http://127.0.0.1:1/".into() });
    let got = wire.get(ROLES);
    assert_eq!((got.status, got.header("location")), (302, Some("http://127.0.0.1:1/")));
}

#[test]
fn delay() {
    let emulator = emulator();
    let mut wire = once(&emulator, FaultKind::Delay(Duration::from_millis(300)));
    let start = Instant::now();
    assert_eq!(wire.get(ROLES).text(), "app");
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn truncate() {
    let emulator = emulator();
    let mut wire = once(&emulator, FaultKind::Truncate { bytes: 2 });
    let got = wire.get(ROLES);
    assert_eq!((got.header("content-length"), got.body.as_slice()), (Some("3"), b"ap".as_slice()));
    assert_eq!(wire.rest(), Ok(Vec::new()));
}

#[test]
fn drop_and_close_early() {
    let emulator = emulator();
    let mut wire = once(&emulator, FaultKind::Drop);
    wire.send(&format!("GET {ROLES} HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_eq!(wire.rest(), Ok(Vec::new()));
    let mut wire = once(&emulator, FaultKind::CloseEarly);
    // The body never comes, and nobody waits for it.
    wire.send(&format!("POST {ROLES} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"));
    assert_eq!(wire.rest(), Err(ErrorKind::ConnectionReset));
    emulator.inject(Fault { action: None, times: u64::MAX, kind: FaultKind::CloseEarly });
    let mut wire = Wire::to(&emulator.host_port());
    wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    assert_eq!(wire.rest(), Err(ErrorKind::ConnectionReset));
    assert_eq!(Wire::to(&emulator.host_port()).post("/_emulator/clear-faults", "").status, 200);
    assert_eq!(Wire::to(&emulator.host_port()).get(ROLES).text(), "app");
    assert_eq!((emulator.requests("metadata"), emulator.requests("unknown")), (3, 1));
}

#[test]
fn oversize() {
    let emulator = emulator();
    let mut wire = once(&emulator, FaultKind::Oversize { bytes: 100_000 });
    wire.send(&format!("GET {ROLES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    let all = wire.rest().unwrap();
    let text = String::from_utf8(all).unwrap();
    assert!(text.contains("Transfer-Encoding: chunked"));
    assert!(text.len() > 100_000 && text.ends_with("\r\n0\r\n\r\n"));
    // Without an end, a client may go away in the middle.
    let mut wire = once(&emulator, FaultKind::Oversize { bytes: usize::MAX });
    wire.send(&format!("GET {ROLES} HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_eq!(wire.read().unwrap().status, 200);
    drop(wire);
    assert_eq!(Wire::to(&emulator.host_port()).get(ROLES).text(), "app");
}
