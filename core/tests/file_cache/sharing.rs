//! The file in which the processes of a host share what one of them fetched.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::child::Folder;
use evercred_core::cache::policy::State;
use evercred_core::cache::{Credential, Source};
use evercred_core::client::{Client, Config};
use evercred_core::error::Code;
use evercred_core::platform::{ManualPlatform, Platform, StdPlatform};
use evercred_core::providers::Origin;
use evercred_emulator::{Fault, FaultKind};
use crate::support::*;

const KEY: &str = "the-key-of-the-file-that-nobody-may-see";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const SECRET_NAME: &str = "acs/ram/user/app";
const ACTION: &str = "GetSecretValue";

/// A world with a file that its clients may share.
struct Host {
    world: World,
    folder: Folder,
}

impl Host {
    fn new(test: &str) -> Host {
        let world = World::new();
        world.remember(KEY);
        world.password();
        world.emulator.add_access_key(SECRET_ID, SECRET_KEY);
        world.emulator.add_ram_secret(SECRET_NAME);
        Host { world, folder: Folder::new(&format!("file-cache-{test}")) }
    }

    fn file(&self) -> String {
        self.folder.path().join("cache").to_str().unwrap().to_owned()
    }

    /// As another process has it.
    fn process(&self, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
        let file = self.file();
        let client = self.world.client(&[&[("cache_file", file.as_str()), ("cache_secret", KEY)], more].concat());
        let source = self.world.source(&client);
        (client, source)
    }

    fn managed(&self, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
        let (file, host) = (self.file(), self.world.emulator.host_port());
        let options = [
            ("cache_file", file.as_str()),
            ("cache_secret", KEY),
            ("aliyun_kms_endpoint", &host),
            ("aliyun_scheme", "http"),
            ("aliyun_access_key_id", SECRET_ID),
            ("aliyun_access_key_secret", SECRET_KEY),
        ];
        let client = self.world.client(&[&options, more].concat());
        let source = client.open_managed(None, SECRET_NAME).unwrap();
        (client, source)
    }

    /// Time passes while no client is open.
    fn pass(&self, by: Duration) {
        self.world.emulator.advance_clock(by);
        self.world.platform.advance(by);
    }

    /// Nobody answers any more.
    fn without_network(&self) {
        self.world.password();
        self.world.emulator.stop();
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn mode(&self) -> u32 {
        fs::metadata(self.file()).unwrap().permissions().mode() & 0o7777
    }
}

fn origin_of(credential: &Credential) -> Origin {
    credential.material().origin
}

#[test]
fn a_start_without_the_network_costs_nothing() {
    let host = Host::new("cold");
    let (first, source) = host.process(&[]);
    let before = get(&source);
    assert_eq!(origin_of(&before), Origin::Cloud);
    first.close();
    host.without_network();

    let (_second, source) = host.process(&[]);
    let after = get(&source);
    assert_eq!(password_of(&after), password_of(&before));
    assert_eq!((origin_of(&after), after.state()), (Origin::FileCache, State::Fresh));
    assert_eq!(after.expires_at_ms(), before.expires_at_ms());
    assert!(source.status().failures == 0 && after.is_current());

    // And for as long as it lives, and an hour after that, but not longer.
    host.world.advance(HOUR);
    let later = get(&source);
    assert_eq!((later.generation(), password_of(&later)), (after.generation(), password_of(&before)));
    assert!(status_where(&source, "it was asked for", |status| status.failures > 0).last_error.is_some());
}

#[test]
fn an_ended_value_is_second_best_for_an_hour() {
    let host = Host::new("stale");
    host.world.emulator.hold_rotation(true);
    let (first, source) = host.process(&[]);
    let before = get(&source);
    first.close();
    host.without_network();
    let life = u64::try_from(before.expires_at_ms() - host.world.platform.wall_ms()).unwrap();
    host.world.platform.advance(Duration::from_millis(life) + 30 * MINUTE);

    let (second, source) = host.process(&[("max_attempts", "1")]);
    let stale = get(&source);
    assert_eq!((stale.state(), password_of(&stale)), (State::Stale, password_of(&before)));
    assert_eq!(source.status().last_error.unwrap().code(), Code::Network);
    second.close();

    host.world.platform.advance(31 * MINUTE);
    let (_third, source) = host.process(&[("max_attempts", "1")]);
    assert_eq!(code_of(&source), Code::Network);
}

#[test]
fn the_cloud_is_asked_right_after_a_warm_start_and_the_generation_stays() {
    let host = Host::new("generation");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    host.pass(HOUR);

    let (_second, source) = host.process(&[]);
    let warm = get(&source);
    assert_eq!((origin_of(&warm), warm.generation()), (Origin::FileCache, 1));
    host.world.advance(Duration::from_secs(1));
    status_where(&source, "the cloud confirms it", |status| status.origin == Origin::Cloud);
    let confirmed = get(&source);
    assert_eq!((origin_of(&confirmed), confirmed.generation()), (Origin::Cloud, 1));
    assert!(warm.is_current());
    assert_eq!(host.world.requests(), 2);
    // A report of the one is a report of the other.
    source.report_rejected(&warm).unwrap();
    assert_eq!(source.status().rejections, 1);
}

#[test]
fn in_lazy_mode_it_is_due_at_the_next_get() {
    let host = Host::new("lazy");
    let (first, source) = host.process(&[("refresh", "lazy")]);
    get(&source);
    first.close();
    host.pass(HOUR);
    let (_second, source) = host.process(&[("refresh", "lazy")]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.requests(), 1);
    host.world.platform.advance(Duration::from_secs(1));
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn two_processes_make_the_requests_of_one() {
    let host = Host::new("hour");
    let (_first, one) = host.process(&[]);
    let (_second, other) = host.process(&[]);
    get(&one);
    get(&other);
    assert_eq!(host.world.requests(), 1);
    let start = host.world.platform.wall_ms();
    while host.world.platform.wall_ms() - start < 3_600_000 {
        for source in [&one, &other] {
            host.world.landed(source);
        }
        let next = one.status().next_refresh_at_ms.min(other.status().next_refresh_at_ms);
        let left = u64::try_from(next - host.world.platform.wall_ms()).unwrap_or_default().max(1);
        host.world.advance(Duration::from_millis(left));
    }
    // A poll every five minutes, at the soonest after nine tenths of that.
    let requests = host.world.requests();
    assert!((10..=15).contains(&requests), "{requests} requests");
    assert_eq!((one.status().generation, other.status().generation), (1, 1));
    assert_eq!(one.status().failures + other.status().failures, 0);
}

#[test]
fn what_one_learns_by_a_refusal_the_other_takes() {
    let host = Host::new("rejected");
    let (_first, one) = host.process(&[]);
    let (_second, other) = host.process(&[]);
    let (dead, same) = (get(&one), get(&other));
    host.world.rotate();
    one.report_rejected(&dead).unwrap();
    let fresh = get(&one);
    assert_ne!(password_of(&fresh), password_of(&dead));
    other.report_rejected(&same).unwrap();
    assert_eq!(password_of(&get(&other)), password_of(&fresh));
    // One at the start, one for both reports.
    assert_eq!(host.world.requests(), 2);
    // Asked for by name it is the cloud that answers.
    other.refresh(Some(LONG)).unwrap();
    assert_eq!(host.world.requests(), 3);
}

#[test]
fn whoever_is_closed_gives_its_turn_back() {
    let host = Host::new("closed");
    host.world.inject(1, FaultKind::Delay(LONG));
    let (first, source) = host.process(&[]);
    source.prefetch().unwrap();
    eventually("it asks", || host.world.requests() == 1);
    let (second, other) = host.process(&[]);
    other.prefetch().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(host.world.requests(), 1, "the other one waits for its turn");
    first.close();
    assert_eq!(origin_of(&get(&other)), Origin::Cloud);
    assert!(!host.world.logged("another process has been asking for long"));
    // Who waits for a turn is closed at once, too.
    host.world.inject(1, FaultKind::Delay(LONG));
    let refreshing = std::thread::spawn(move || other.refresh(Some(LONG)).is_ok());
    eventually("it asks again", || host.world.requests() == 3);
    host.world.emulator.rotate(REGION, INSTANCE, USER);
    let (third, source) = host.process(&[]);
    let credential = get(&source);
    source.report_rejected(&credential).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(host.world.requests(), 3);
    third.close();
    second.close();
    assert!(!refreshing.join().unwrap());
}

#[test]
fn a_refused_value_is_not_taken_out_of_the_file_again() {
    let host = Host::new("still-rejected");
    let (first, source) = host.process(&[]);
    let dead = get(&source);
    source.report_rejected(&dead).unwrap();
    // The cloud stands by it; it is not the file that answers.
    status_where(&source, "the cloud was asked", |_| host.world.requests() == 2);
    first.close();
}

#[test]
fn managed_secrets_start_warm_too() {
    let host = Host::new("managed");
    let (first, source) = host.managed(&[]);
    let before = get(&source);
    host.world.remember(before.material().access_key_secret.expose());
    first.close();
    let facts = source.status().secret;
    assert!(facts.next_rotation_at_ms.is_some());
    let (second, source) = host.managed(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.emulator.requests(ACTION), 1);
    // What the secret says of itself is known as well.
    assert_eq!(source.status().secret, facts);
    second.close();
    host.without_network();
    host.world.platform.advance(20 * HOUR);
    let (third, source) = host.managed(&[]);
    let after = get(&source);
    assert_eq!(after.material().access_key_id, before.material().access_key_id);
    assert_eq!(after.material().version_id, before.material().version_id);
    third.close();
    // Another place, another stage: another value.
    let (_fourth, source) = host.managed(&[("aliyun_version_stage", "ACSPrevious"), ("max_attempts", "1")]);
    assert_eq!(code_of(&source), Code::Network);
    // Another asker: the same.
    let (_fifth, source) = host.managed(&[("aliyun_access_key_id", "LTAIanother")]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
}

#[test]
fn the_file_tells_nothing() {
    let host = Host::new("tells-nothing");
    let (_client, source) = host.process(&[]);
    let password = password_of(&get(&source));
    let (_client, source) = host.managed(&[]);
    let key = get(&source);
    assert_eq!(host.mode(), 0o600);
    let text = host.text();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["entries"].as_array().unwrap().len(), 2);
    for hidden in [
        &password,
        KEY,
        SECRET_KEY,
        REGION,
        INSTANCE,
        USER,
        SECRET_NAME,
        key.material().access_key_id.expose(),
        key.material().access_key_secret.expose(),
        "database",
        "managed",
    ] {
        assert!(!text.contains(hidden), "the file shows something");
        let names: Vec<_> = fs::read_dir(host.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_str().unwrap().contains(hidden)), "{names:?}");
    }
}

/// What is done to a good file, and what the log says of it.
fn is_of_no_use(test: &str, reason: &str, spoil: impl Fn(&Path)) {
    let host = Host::new(test);
    let (first, source) = host.process(&[]);
    let password = password_of(&get(&source));
    first.close();
    spoil(Path::new(&host.file()));
    let (second, source) = host.process(&[]);
    let credential = get(&source);
    assert_eq!((origin_of(&credential), password_of(&credential)), (Origin::Cloud, password.clone()));
    assert!(host.world.logged(&format!("cache_file {} is not used: ", host.file())), "{test}: the file is named");
    assert!(host.world.logged(reason), "{test}: {reason}");
    second.close();
    // It was replaced.
    assert_eq!(host.mode(), 0o600);
    assert!(!fs::symlink_metadata(host.file()).unwrap().is_symlink());
    let (_third, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn a_file_of_no_use_costs_nobody_a_value() {
    let damaged = "damaged, or no file of this format";
    is_of_no_use("empty", damaged, |file| fs::write(file, "").unwrap());
    is_of_no_use("cut", damaged, |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    });
    is_of_no_use("binary", damaged, |file| fs::write(file, [0xff; 5000]).unwrap());
    is_of_no_use("version", damaged, |file| {
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
    });
    is_of_no_use("large", "holds more than", |file| fs::write(file, vec![b' '; 2 << 20]).unwrap());
    is_of_no_use("wide", "others than its owner", |file| {
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
    });
    is_of_no_use("link", "symbolic link", |file| {
        let aside = file.with_file_name("elsewhere");
        fs::rename(file, &aside).unwrap();
        symlink(&aside, file).unwrap();
    });
    is_of_no_use("altered", "was altered", |file| {
        let mut document: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let sealed = document["entries"][0]["sealed"].as_str().unwrap().to_owned();
        let other = if sealed.starts_with('A') { "B" } else { "A" };
        document["entries"][0]["sealed"] = format!("{other}{}", &sealed[1..]).into();
        fs::write(file, document.to_string()).unwrap();
    });
}

#[test]
fn entries_of_another_key_stay() {
    let host = Host::new("another-key");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    let (second, source) = host.process(&[("cache_secret", "another-key-of-the-file")]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert!(host.world.logged("another cache_secret or cache_key_file"));
    second.close();
    for key in [KEY, "another-key-of-the-file"] {
        let (client, source) = host.process(&[("cache_secret", key)]);
        assert_eq!(origin_of(&get(&source)), Origin::FileCache);
        client.close();
    }
    // Entries of nobody are dropped in the end.
    host.pass(31 * DAY);
    let (_client, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    let document: serde_json::Value = serde_json::from_str(&host.text()).unwrap();
    assert_eq!(document["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn where_nothing_can_be_written_the_value_is_served_and_it_is_said_once() {
    let host = Host::new("unwritable");
    // A folder that is not there, one in which nothing can be made whoever asks, one that is a file, the name of a folder.
    host.folder.write("plain", "");
    host.folder.write("folder/inside", "");
    let inside = |name: &str| host.folder.path().join(name).to_str().unwrap().to_owned();
    for file in [inside("absent/cache"), String::from("/proc/evercred-cache"), inside("plain/cache"), inside("folder")]
    {
        let client = host.world.client(&[("cache_file", &file), ("cache_secret", KEY)]);
        let source = host.world.source(&client);
        assert_eq!(origin_of(&get(&source)), Origin::Cloud);
        let count = || host.world.count_logged(&format!("cache_file {file} is not used"));
        let said = count();
        assert!((1..=2).contains(&said), "{file}: {said}");
        for _ in 0..3 {
            host.world.advance(6 * MINUTE);
            host.world.landed(&source);
        }
        assert_eq!(count(), said, "it is said once");
        assert_eq!(source.status().failures, 0);
        client.close();
    }
}

#[test]
fn another_boot_goes_by_the_wall_clock_and_never_lengthens_a_life() {
    let host = Host::new("boot");
    let (first, source) = host.process(&[]);
    let before = get(&source);
    first.close();
    host.without_network();
    let open = |wall_ms: i64, since_boot: Duration| {
        let platform = ManualPlatform::new(wall_ms - i64::try_from(since_boot.as_millis()).unwrap());
        platform.reboot();
        platform.advance(since_boot);
        let file = host.file();
        let options = [("cache_file", file.as_str()), ("cache_secret", KEY), ("max_attempts", "1")];
        let config = host.world.config(&options);
        let client = host.world.kept(Client::new(config, Arc::new(platform)).unwrap());
        (host.world.source(&client), client)
    };
    let wall = host.world.platform.wall_ms();
    // Two hours later, on a machine that has been up for a minute.
    let (source, _client) = open(wall + 7_200_000, MINUTE);
    let after = get(&source);
    assert_eq!((origin_of(&after), after.expires_at_ms()), (Origin::FileCache, before.expires_at_ms()));
    // The clock was set back: nobody knows how much of its life is left, so it has ended, and is second best.
    let (source, _client) = open(wall - 7_200_000, MINUTE);
    assert_eq!(get(&source).state(), State::Stale);
    // It ended two hours ago.
    let (source, _client) = open(before.expires_at_ms() + 7_200_000, MINUTE);
    assert_eq!(code_of(&source), Code::Network);
}

#[test]
fn the_key_may_be_a_file_and_bad_options_are_named() {
    let host = Host::new("options");
    let key = host.folder.write("key", "\u{0}bytes of a key\n");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o440);
    let file = host.file();
    let open = |options: &[(&str, &str)]| {
        host.world.client(options).open_database(None, REGION, INSTANCE, USER).map_err(|error| {
            assert_eq!(error.code(), Code::InvalidOption);
            error.message().to_owned()
        })
    };
    let with_file = [("cache_file", file.as_str()), ("cache_key_file", &key)];
    get(&open(&with_file).unwrap());
    assert_eq!(origin_of(&get(&open(&with_file).unwrap())), Origin::FileCache);

    let refused = |options: &[(&str, &str)], start: &str| {
        let message = open(options).unwrap_err();
        assert!(message.starts_with(start), "{message}");
    };
    refused(&[("cache_file", &file)], "cache_file: ");
    refused(&[("cache_file", "/"), ("cache_secret", KEY)], "cache_file: ");
    refused(&[("cache_file", &file), ("cache_secret", KEY), ("cache_key_file", &key)], "cache_key_file: ");
    refused(&[("cache_file", &file), ("cache_key_file", "/no/such/file")], "cache_key_file: /no/such/file: ");
    refused(&[("cache_file", &file), ("cache_key_file", "/dev/null")], "cache_key_file: /dev/null: ");
    mode(0o444);
    refused(&with_file, "cache_key_file: ");
    mode(0o600);
    fs::write(&key, "").unwrap();
    refused(&with_file, "cache_key_file: ");
    // Without a file the key is of no interest.
    get(&open(&[("cache_secret", KEY)]).unwrap());
}

// Processes of their own. Each is this program again, told by its environment to do what the first test here says.

const PART: &str = "EVERCRED_TEST_PROCESS";

/// The part of the other process: it gets the value and says what it got.
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
    let client = Client::new(config, Arc::new(StdPlatform)).unwrap();
    let source = client.open_database(None, REGION, INSTANCE, USER).unwrap();
    assert_eq!(source.get(Some(3 * LONG)).unwrap().material().username.expose(), USER);
}

fn process_of_its_own(host: &Host, wrapper: &[&str]) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut words: Vec<&str> = wrapper.to_vec();
    words.extend([program.to_str().unwrap(), "--exact", "sharing::a_process_of_its_own"]);
    Command::new(words[0])
        .args(&words[1..])
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
    assert!(!host.world.logged("another process has been asking for long"), "the turn came by the other's end");
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    let host = Host::new("full");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    // What it holds is of another password by now; the process may make no file larger than nothing.
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
fn another_process_that_asks_for_long_is_not_waited_for_for_ever() {
    let host = Host::new("slow");
    host.world.emulator.inject(Fault { action: Some(CAM.into()), times: 1, kind: FaultKind::Delay(LONG) });
    let mut child = process_of_its_own(&host, &[]);
    eventually("the other process asks", || host.world.requests() == 1);
    let (_client, source) = host.process(&[("total_timeout_ms", "4000")]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert!(host.world.logged("another process has been asking for long"));
    child.kill().unwrap();
    child.wait().unwrap();
}
