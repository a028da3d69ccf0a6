//! Keys that a program prints, and the errors of programs that print none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::Config;
use evercred_core::error::{Class, Code, Error};
use evercred_core::platform::Platform as _;
use evercred_core::providers::aliyun::identity::Process;
use evercred_core::providers::{Fetched, Origin};
use evercred_core::sign::utc;

const PROCESS: (&str, &str) = ("aliyun_identity", "process");

/// A command that runs the shell, which the library itself never does. A file that was just written is not run itself: a
/// process that another test starts meanwhile may hold it open.
fn script(folder: &Folder, name: &str, body: &str) -> String {
    format!("/bin/sh '{}'", folder.write(name, body))
}

fn printing(json: &str) -> String {
    format!("cat <<'END'\n{json}\nEND")
}

fn lasting_key() -> String {
    format!(r#"{{"mode":"AK","access_key_id":"{ASKER}","access_key_secret":"{ASKER_SECRET}"}}"#)
}

fn run(world: &World, command: &str, timeout: Duration) -> Result<Fetched, Error> {
    fetch(world, &Process { command: command.to_owned(), timeout, clock: Arc::default() })
}

/// Whether a process of this number runs.
fn runs(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

fn exists(pid: &str) -> bool {
    std::path::Path::new("/proc").join(pid.trim()).exists()
}

#[test]
fn a_program_prints_a_key_that_ends_and_is_run_again() {
    let world = world();
    let folder = Folder::new("aliyun-process");
    world.emulator.add_sts_key("STS.printed", "printed-secret", "printed-token", Some(HOUR));
    world.remember("printed-secret");
    world.remember("printed-token");
    let json = |hours: i64| {
        let end = utc::iso(world.emulator.now_ms() / 1000 + hours * 3600);
        printing(&format!(
            r#"{{"mode":"StsToken","access_key_id":"STS.printed","access_key_secret":"printed-secret","sts_token":"printed-token","expiration":"{end}"}}"#
        ))
    };
    let count = folder.path().join("count");
    let body =
        |hours| format!("echo run >> '{}'\n[ \"$1\" = 'two words' ] || exit 7\n{}", count.display(), json(hours));
    let command = format!("{} \"two words\"", script(&folder, "my helper", &body(1)));
    let options = [PROCESS, ("aliyun_process_command", command.as_str())];
    let (client, source) = open(&world, &options);
    assert_live(&world, &source);
    assert_eq!((explanation(&source), signer(&world)), ("process: used".into(), "STS.printed".into()));
    let runs = || std::fs::read_to_string(&count).unwrap().lines().count();
    assert_eq!(runs(), 1);
    let end = identity_status(&client, "process").expires_at_ms - world.platform.wall_ms();
    assert!((3_590_000..=3_601_000).contains(&end), "{end}");
    world.advance(46 * MINUTE);
    eventually("it is run again", || runs() == 2);
    // After a refusal it is run again, once.
    status_where(&source, "it lands", |_| identity_status(&client, "process").state == State::Fresh);
    world.emulator.revoke_access_key("STS.printed");
    script(&folder, "my helper", &format!("echo run >> '{}'\n{}", count.display(), printing(&lasting_key())));
    source.refresh(Some(LONG)).unwrap();
    assert_eq!((runs(), signer(&world)), (3, ASKER.into()));
}

#[test]
fn a_key_without_an_end_is_asked_for_again_after_a_while() {
    let world = world();
    let folder = Folder::new("aliyun-process-endless");
    let path = script(&folder, "helper", &printing(&lasting_key()));
    let fetched = run(&world, &path, LONG).unwrap();
    assert_eq!(fetched.material.origin, Origin::Process);
    assert!(fetched.windows.renew_at.unwrap() < world.platform.now().after(15 * MINUTE));
    let (_client, source) = open(&world, &[PROCESS, ("aliyun_process_command", &path)]);
    assert_live(&world, &source);
    assert_eq!(source.status().state, State::Fresh);
}

#[test]
fn programs_that_print_no_key_are_errors_without_their_output() {
    let world = world();
    let folder = Folder::new("aliyun-process-wrong");
    world.remember("s3cr3t-that-was-printed");
    for (name, body, code, class, part) in [
        ("garbage", "echo s3cr3t-that-was-printed", Code::NoIdentity, Class::Unknown, "not JSON"),
        ("silence", "exit 0", Code::NoIdentity, Class::Unknown, "not JSON"),
        ("failure", "echo s3cr3t-that-was-printed >&2; exit 3", Code::NoIdentity, Class::Unknown, "exit status: 3"),
        ("death", "kill -9 $$", Code::NoIdentity, Class::Unknown, "signal: 9"),
        (
            "half",
            r#"echo '{"access_key_id":"s3cr3t-that-was-printed"}'"#,
            Code::NoIdentity,
            Class::Unknown,
            "access_key_secret",
        ),
        ("flood", "while :; do echo s3cr3t-that-was-printed; done", Code::NoIdentity, Class::Unknown, "65536 bytes"),
        (
            "flood-on-stderr",
            "i=0; while [ $i -lt 5000 ]; do echo s3cr3t-that-was-printed >&2; i=$((i+1)); done",
            Code::NoIdentity,
            Class::Unknown,
            "not JSON",
        ),
        ("reading", "read line && exit 0; exit 4", Code::NoIdentity, Class::Unknown, "exit status: 4"),
    ] {
        let path = script(&folder, name, body);
        let error = run(&world, &path, LONG).unwrap_err();
        assert_eq!((error.code(), error.class()), (code, class), "{name}: {error:?}");
        assert!(error.message().contains(part), "{name}: {error}");
        assert!(!error.to_string().contains("s3cr3t"), "{name}: {error}");
    }
    let ended = printing(
        r#"{"access_key_id":"a","access_key_secret":"s3cr3t-that-was-printed","sts_token":"t","expiration":"2001-01-01T00:00:00Z"}"#,
    );
    let error = run(&world, &script(&folder, "ended", &ended), LONG).unwrap_err();
    assert!(error.message().contains("already expired"), "{error}");
    // A missing file, a folder, and shell syntax, which is not interpreted.
    for command in ["/nowhere/helper an-argument", folder.path().to_str().unwrap(), "echo$IFS{}"] {
        let error = run(&world, command, LONG).unwrap_err();
        assert_eq!((error.code(), error.class()), (Code::NoIdentity, Class::Local), "{error:?}");
        assert!(error.message().contains("cannot be started") && !error.message().contains("an-argument"), "{error}");
    }
    let (client, source) = open(&world, &[PROCESS, ("aliyun_process_command", "/nowhere/helper")]);
    assert!(get_error(&source).message().contains("/nowhere/helper"));
    assert_eq!(identity_status(&client, "process").state, State::Empty);
}

#[test]
fn a_command_of_a_shell_with_a_password_is_refused_and_not_quoted() {
    let world = world();
    world.remember("hunter2");
    let command = "PASSWORD=hunter2 /nowhere/helper";
    let error = Config::new().set("aliyun_process_command", command).unwrap_err();
    assert!(error.message().starts_with("aliyun_process_command: it begins with an assignment"), "{error}");
    let error = run(&world, command, LONG).unwrap_err();
    assert!(!error.to_string().contains("hunter2") && error.message().contains("env NAME=value program"), "{error}");
}

#[test]
fn a_slow_program_is_killed_and_reaped() {
    let world = world();
    let folder = Folder::new("aliyun-process-slow");
    let pid = folder.path().join("pid");
    // `exec` replaces the shell, so that the process that is killed is the one that sleeps.
    let body = format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 300", pid.display());
    let path = script(&folder, "helper", &body);
    let start = Instant::now();
    let error = run(&world, &path, Duration::from_millis(500)).unwrap_err();
    assert!(error.message().contains("500 ms") && error.is_retryable(), "{error}");
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    let number = std::fs::read_to_string(&pid).unwrap();
    eventually("it is killed and collected", || !exists(&number));

    // A program that closes its output and keeps running is killed too.
    std::fs::remove_file(&pid).unwrap();
    let path = script(&folder, "quiet", &format!("{}\nexec >&- \n{body}", printing(&lasting_key())));
    assert!(run(&world, &path, Duration::from_millis(500)).is_err());
    let number = std::fs::read_to_string(&pid).unwrap();
    eventually("it is killed and collected", || !exists(&number));

    // A child of the program that holds its output open does not extend the timeout.
    std::fs::remove_file(&pid).unwrap();
    let body = format!("sleep 300 &\necho $! > '{0}.new'; mv '{0}.new' '{0}'", pid.display());
    let left = script(&folder, "left", &body);
    let start = Instant::now();
    assert!(run(&world, &left, Duration::from_millis(500)).is_err());
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    eventually("it says its number", || pid.exists());
    let number = std::fs::read_to_string(&pid).unwrap();
    assert!(runs(&number), "what a program starts is its own");
    assert!(std::process::Command::new("kill").arg(number.trim()).status().unwrap().success());
}

#[test]
fn closing_the_client_ends_a_program() {
    let world = world();
    let folder = Folder::new("aliyun-process-close");
    let pid = folder.path().join("pid");
    let path =
        script(&folder, "helper", &format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 300", pid.display()));
    let (client, source) = open(&world, &[PROCESS, ("aliyun_process_command", &path)]);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| source.get(Some(LONG)).map(drop));
        eventually("it runs", || pid.exists());
        client.close();
        assert_eq!(waiter.join().unwrap().unwrap_err().code(), Code::Closed);
    });
    let number = std::fs::read_to_string(&pid).unwrap();
    eventually("it is killed and collected", || !exists(&number));
}
