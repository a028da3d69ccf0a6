//! Processes of their own. Each is this program again; an environment variable makes it run `a_process_of_its_own`.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::client::{Client, Config};
use evercred_core::providers::Origin;
use evercred_emulator::{Fault, FaultKind};

const PART: &str = "EVERCRED_TEST_PROCESS";
const WRITER: &str = "EVERCRED_TEST_WRITER";

/// The part of the other process: it gets the value.
#[test]
fn a_process_of_its_own() {
    let Ok(host) = std::env::var(PART) else { return };
    let mut config = Config::new();
    for (name, value) in [
        ("tencent_endpoint", host.as_str()),
        ("tencent_scheme", "http"),
        ("tencent_secret_id", SECRET_ID),
        ("tencent_secret_key", SECRET_KEY),
        ("proxy", "none"),
        ("cache_file", "cache"),
        ("cache_secret", KEY),
    ] {
        config.set(name, value).unwrap();
    }
    let client = Client::new(config, Arc::new(RealTime::default())).unwrap();
    let source = client.open_database(None, REGION, INSTANCE, USER).unwrap();
    assert_eq!(source.get(Some(3 * LONG)).unwrap().material().username.expose(), USER);
}

pub fn process_of_its_own(host: &Host, wrapper: &[&str]) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command: Vec<&str> = wrapper.to_vec();
    command.extend([program.to_str().unwrap(), "--exact", "processes::a_process_of_its_own"]);
    Command::new(command[0])
        .args(&command[1..])
        .env(PART, host.world.emulator.host_port())
        .current_dir(host.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn processes_that_start_together_ask_once() {
    let host = Host::new("processes");
    host.world.inject(1, FaultKind::Delay(Duration::from_millis(500)));
    let children: Vec<Child> = (0..4).map(|_| process_of_its_own(&host, &[])).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(host.world.requests(), 1);
    assert_eq!(host.mode(), 0o600);
}

#[test]
fn a_killed_process_leaves_no_lock_behind() {
    let host = Host::new("killed");
    host.world.inject(1, FaultKind::Delay(LONG));
    let mut child = process_of_its_own(&host, &[]);
    eventually("the other process asks", || host.world.requests() == 1);
    let (_client, source) = host.process(&[]);
    let credential = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(&source));
        // It waits for its turn.
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(host.world.requests(), 1);
        child.kill().unwrap();
        child.wait().unwrap();
        waiting.join().unwrap()
    });
    assert_eq!(origin_of(&credential), Origin::Cloud);
    assert!(!host.world.logged("another process takes too long to fetch it"), "the turn came by the other's end");
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    let host = Host::new("full");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    // The file holds no value any more; the process may not write a single byte.
    let before = host.text();
    let mut document: serde_json::Value = serde_json::from_str(&before).unwrap();
    document["entries"] = serde_json::json!([]);
    fs::write(host.file(), document.to_string()).unwrap();
    let before = host.text();
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    assert!(process_of_its_own(&host, &limited).wait().unwrap().success());
    assert_eq!(host.world.requests(), 2);
    assert_eq!(host.text(), before);
    assert!(!Path::new(&format!("{}.tmp", host.file())).exists(), "nothing half written");
    // And with room again it is written.
    assert!(process_of_its_own(&host, &["sh", "-c", "exec \"$@\"", "sh"]).wait().unwrap().success());
    assert_ne!(host.text(), before);
}

#[test]
fn the_wait_for_another_process_is_bounded() {
    let host = Host::new("slow");
    host.world.emulator.inject(Fault { action: Some(CAM.into()), times: 1, kind: FaultKind::Delay(LONG) });
    let mut child = process_of_its_own(&host, &[]);
    eventually("the other process asks", || host.world.requests() == 1);
    let (_client, source) = host.process(&[("total_timeout_ms", "4000")]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert!(host.world.logged("another process takes too long to fetch it"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The part of a process that writes into the file for as long as it lives.
#[test]
fn a_process_that_writes() {
    let Ok(file) = std::env::var(WRITER) else { return };
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(file).unwrap();
    let _lock = file_guard::try_lock(&file, file_guard::Lock::Exclusive, 0, 1).unwrap();
    fs::write("writes", "").unwrap();
    std::thread::sleep(3 * LONG);
}

/// A process that writes into the file until it is dropped.
pub struct OtherWriter(Child);

impl OtherWriter {
    pub fn start(host: &Host) -> OtherWriter {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::a_process_that_writes"])
            .env(WRITER, format!("{}.lock", host.file()))
            .current_dir(host.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let writer = OtherWriter(child);
        eventually("the other process writes", || host.folder.path().join("writes").exists());
        writer
    }
}

impl Drop for OtherWriter {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
