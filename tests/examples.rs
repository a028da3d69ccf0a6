//! The managed credential example, as in the second part of the demo, and the event loop, under the sanitizers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use evercred_emulator::{Emulator, Fault, FaultKind};
use support::{Folder, compile, link_shared, repository, run, text, wait};

const NAME: &str = "acs/ram/user/app";
const ASKER: &str = "LTAIevercredexample";
const ASKER_SECRET: &str = "evercredExamplesAskersKey000000";

/// The running example, which makes a call at its start and one for each line of input.
struct Example {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    _folder: Folder,
}

impl Example {
    fn start(cloud: &Emulator, options: &[(&str, &str)]) -> Example {
        let folder = Folder::new("example");
        let program = folder.0.join("managed_credential");
        let mut flags = link_shared();
        flags.push("-fsanitize=address,undefined".to_owned());
        compile(&repository("examples/c/managed_credential.c"), &program, &flags);
        let mut command = Command::new(program);
        command.arg(NAME).arg(cloud.plain_host_port()).env_clear();
        command.env("EVERCRED_ALIYUN_ACCESS_KEY_ID", ASKER).env("EVERCRED_ALIYUN_ACCESS_KEY_SECRET", ASKER_SECRET);
        command.env("EVERCRED_CA_FILE", cloud.ca_path().unwrap()).env("EVERCRED_PROXY", "none");
        command.envs(options.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        // The thread ends with the child, whose output it reads.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send(line).ok();
            }
        });
        Example { child, input, lines, _folder: folder }
    }

    /// The lines that it prints for one call, up to its success.
    fn call(&mut self, first: bool) -> Vec<String> {
        if !first {
            self.input.as_mut().unwrap().write_all(b"\n").unwrap();
        }
        let mut said = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("it said {said:?}"));
            assert!(!line.contains(ASKER_SECRET));
            said.push(line);
            if said.last().is_some_and(|line| line.starts_with("call: Success!")) {
                return said;
            }
        }
    }

    fn ends_well(mut self) {
        drop(self.input.take());
        assert!(wait(&mut self.child, Duration::from_secs(30)).is_some_and(|status| status.success()));
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // This has no effect if the child has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn cloud() -> Emulator {
    let cloud = Emulator::https().unwrap();
    cloud.add_access_key(ASKER, ASKER_SECRET);
    cloud.add_ram_secret(NAME);
    cloud
}

/// The lines of a call with a key that was revoked.
fn refused_and_replaced(said: &[String], old: &str, new: &str) {
    let starts = [
        &format!("key: {old}, "),
        "call: refused with InvalidAccessKeyId.NotFound",
        "report_rejected: ",
        &format!("key: {new}, "),
        "call: Success! It was made by acs:ram::100000000000:user/app",
    ];
    assert_eq!(said.len(), starts.len(), "{said:?}");
    assert!(said.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{said:?}");
}

#[test]
fn the_loss_of_a_region_costs_no_call() {
    let cloud = cloud();
    let (near, far) = (cloud.region("cn-hangzhou"), cloud.region("cn-beijing"));
    let entry = |region: &evercred_emulator::Region| {
        format!(r#"{{"regionId":"{}","endpoint":"{}"}}"#, region.name(), region.host_port())
    };
    let regions = format!("[{},{}]", entry(&near), entry(&far));
    let mut example = Example::start(&cloud, &[("EVERCRED_ALIYUN_REGIONS", &regions)]);
    let old = cloud.secret_access_key_id(NAME).unwrap();
    assert_eq!(example.call(true).len(), 2);
    assert_eq!((near.requests(), far.requests()), (1, 0));
    near.set_down(true);
    assert!(cloud.rotate_secret(NAME, Duration::ZERO));
    let new = cloud.secret_access_key_id(NAME).unwrap();
    refused_and_replaced(&example.call(false), &old, &new);
    assert_eq!(far.requests(), 1);
    example.ends_well();
}

#[test]
fn a_revoked_key_is_replaced_within_the_call() {
    let cloud = cloud();
    let endpoint = cloud.host_port();
    let mut example = Example::start(&cloud, &[("EVERCRED_ALIYUN_KMS_ENDPOINT", &endpoint)]);
    let old = cloud.secret_access_key_id(NAME).unwrap();
    let said = example.call(true);
    assert!(said.len() == 2 && said[0].starts_with(&format!("key: {old}, ")), "{said:?}");
    assert!(cloud.rotate_secret(NAME, Duration::ZERO));
    let new = cloud.secret_access_key_id(NAME).unwrap();
    refused_and_replaced(&example.call(false), &old, &new);
    assert_eq!((example.call(false).len(), cloud.requests("GetSecretValue")), (2, 2));
    example.ends_well();
}

/// The example with 1,000 accounts, of which the cloud refuses one, and whose first fetches fail.
#[test]
fn an_event_loop_serves_a_thousand_accounts() {
    const KEY: &str = "evercredTestsKey0000000000000000";
    let cloud = Emulator::http().unwrap();
    cloud.add_key("AKIDevercredtests", KEY);
    // app0 is missing.
    (1..1000).for_each(|number| cloud.add_account("ap-guangzhou", "cdb-example1", &format!("app{number}")));
    let kind = FaultKind::Answer {
        status: 503,
        code: Some("InternalError".to_owned()),
        message: None,
        content_type: None,
        retry_after: None,
    };
    cloud.inject(Fault { action: Some("BuildDataFlowAuthToken".to_owned()), times: 20, kind });
    let folder = Folder::new("example");
    let program = folder.0.join("event_loop");
    let mut flags = link_shared();
    flags.push("-fsanitize=address,undefined".to_owned());
    compile(&repository("examples/c/event_loop.c"), &program, &flags);
    let mut command = Command::new(program);
    command.args(["ap-guangzhou", "cdb-example1", "app"]).env_clear();
    command.env("EVERCRED_TENCENT_SECRET_ID", "AKIDevercredtests").env("EVERCRED_TENCENT_SECRET_KEY", KEY);
    command.env("EVERCRED_TENCENT_ENDPOINT", cloud.host_port()).env("EVERCRED_TENCENT_SCHEME", "http");
    // So that the failures are seen by the program, and it need not wait long for the next fetch.
    command.env("EVERCRED_PROXY", "none").env("EVERCRED_MAX_ATTEMPTS", "1").env("EVERCRED_BACKOFF_MAX_MS", "500");
    let output = run(&mut command, Duration::from_secs(120));
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    // Each account logs in three times.
    assert!(stdout.starts_with("2997 logins served, 3 refused, "), "{stdout}{stderr}");
    assert!(!stdout.contains(", 0 fetches repeated"), "{stdout}");
    assert!(stderr.lines().all(|line| line.starts_with("database/ap-guangzhou/cdb-example1/app0: ")), "{stderr}");
    assert!(!stdout.contains(KEY) && !stderr.contains(KEY));
}
