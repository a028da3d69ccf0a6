//! The program: its first line, its ends, its refusals.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use wire::Wire;

struct Running(Child, Value);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Running {
    fn ends(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn ca(&self) -> PathBuf {
        PathBuf::from(self.1["ca_path"].as_str().unwrap())
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_evercred-emulator"))
}

fn run(arguments: &[&str]) -> Running {
    let mut child = program().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line).unwrap();
    Running(child, ready)
}

fn signal(child: &Child, name: &str) {
    // One process, by its id.
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn says_where_it_is_and_ends_on_signals() {
    for name in ["-TERM", "-INT"] {
        let mut running = run(&["--tls", "--key", "id:key", "--account", "r/i/u"]);
        assert_eq!(running.1["pid"], running.0.id());
        assert!(running.1["url"].as_str().unwrap().starts_with("https://127.0.0.1:"));
        let ca = running.ca();
        assert!(ca.exists());
        signal(&running.0, name);
        assert!(running.ends());
        assert!(!ca.exists());
    }
}

#[test]
fn serves_what_the_command_line_says() {
    let running =
        run(&["--listen", "127.0.0.1:0", "--key", "id:key", "--account", "r/i/u", "--rotation-period-ms", "777"]);
    let mut wire = Wire::to(running.1["host_port"].as_str().unwrap());
    let state = wire.get("/_emulator/state").json();
    assert_eq!((&state["keys"][0]["secret_id"], &state["accounts"][0]["user"]), (&"id".into(), &"u".into()));
    assert_eq!(state["rotation_period_ms"], 777);
    assert_eq!((&running.1["ca_path"], &running.1["plain"]), (&Value::Null, &Value::Null));
    let arguments = ["--tls", "--plain", "--access-key", "a:b", "--secret", "s", "--region", "r"];
    let mut running = run(&arguments);
    let plain = running.1["plain"].as_str().unwrap().strip_prefix("http://").unwrap();
    let state = &Wire::to(plain).get("/_emulator/state").json()["aliyun"];
    assert_eq!((&state["access_keys"][0]["id"], &state["secrets"][0]["name"]), (&"a".into(), &"s".into()));
    assert!(running.1["regions"]["r"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    // Its CA file goes with an orderly end only.
    signal(&running.0, "-TERM");
    assert!(running.ends());
}

#[test]
fn ends_by_itself() {
    assert!(run(&["--lifetime-s", "1"]).ends());
    let mut running = run(&["--until-stdin-closes", "--tls"]);
    let ca = running.ca();
    std::thread::sleep(Duration::from_millis(200));
    assert!(running.0.try_wait().unwrap().is_none());
    drop(running.0.stdin.take());
    assert!(running.ends() && !ca.exists());
    let mut running = run(&[]);
    let mut wire = Wire::to(running.1["host_port"].as_str().unwrap());
    wire.send("POST /_emulator/stop HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(running.ends());
}

#[test]
fn refuses() {
    for (arguments, part) in [
        (vec!["--listen", "0.0.0.0:0"], "not a loopback address"),
        (vec!["--listen", "127.0.0.1"], "not an address and port"),
        (vec!["--frob"], "unknown option"),
        (vec!["--mysql", "mysql://root@127.0.0.1:1/"], "database"),
    ] {
        let output = program().args(&arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(part), "{arguments:?}: {text}");
        assert!(output.stdout.is_empty());
    }
}
