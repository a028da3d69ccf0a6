//! The identity that the host program hands over, for both clouds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use evercred_core::cache::policy::State;
use evercred_core::cache::{Source, Status};
use evercred_core::client::{Client, Config};
use evercred_core::error::{Class, Code, Error};
use evercred_core::providers::{IdentityCallback, Origin, SuppliedKey};
use support::*;

const NAME: &str = "acs/ram/user/app";
const HOUR: Duration = Duration::from_secs(3600);

/// What the callback of a test is to do, and how often it was called.
#[derive(Default)]
struct Host {
    calls: AtomicU64,
    at_once: AtomicU64,
    most_at_once: AtomicU64,
    /// How long until the keys end; none: not known.
    life: Mutex<Option<Duration>>,
    error: Mutex<Option<Error>>,
    gate: Mutex<Option<mpsc::Receiver<()>>>,
    panics: AtomicBool,
}

/// Hands over keys `<prefix>1`, `<prefix>2`, … that the emulator knows.
fn callback(world: &World, host: &Arc<Host>, id: &'static str, secret: &'static str) -> IdentityCallback {
    let (host, platform) = (Arc::clone(host), Arc::clone(&world.platform));
    IdentityCallback::new(move || {
        let together = host.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        host.most_at_once.fetch_max(together, Ordering::SeqCst);
        host.calls.fetch_add(1, Ordering::SeqCst);
        let gate = host.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            let _opened = gate.recv_timeout(LONG).is_ok();
        }
        host.at_once.fetch_sub(1, Ordering::SeqCst);
        assert!(!host.panics.load(Ordering::SeqCst), "a defect");
        if let Some(error) = host.error.lock().unwrap().clone() {
            return Err(error);
        }
        let now = evercred_core::platform::Platform::wall_ms(&*platform);
        let ends = host.life.lock().unwrap().map_or(0, |life| now + life.as_millis() as i64);
        SuppliedKey::new(id, secret, None, ends)
    })
}

struct Scene {
    world: World,
    host: Arc<Host>,
    client: Arc<Client>,
}

/// A client for both clouds that logs in by a callback.
fn scene(cloud: &str, more: &[(&str, &str)]) -> Scene {
    let world = World::new();
    world.emulator.add_access_key("LTAIhanded", "handed-by-the-host");
    world.emulator.add_key("AKIDhanded", "handed-by-the-host");
    world.emulator.add_ram_secret(NAME);
    world.remember("handed-by-the-host");
    let host = Arc::new(Host::default());
    let mut config = world.bare_config();
    let address = world.emulator.host_port();
    for (name, value) in [("aliyun_kms_endpoint", address.as_str()), ("aliyun_scheme", "http")].iter().chain(more) {
        config.set(name, value).unwrap();
    }
    let id = if cloud == "tencent" { "AKIDhanded" } else { "LTAIhanded" };
    config.identity_callback = Some(callback(&world, &host, id, "handed-by-the-host"));
    let client = world.client_of(config);
    Scene { world, host, client }
}

impl Scene {
    fn source(&self, cloud: &str) -> Arc<Source> {
        if cloud == "tencent" { self.world.source(&self.client) } else { self.client.open_managed(None, NAME).unwrap() }
    }

    fn calls(&self) -> u64 {
        self.host.calls.load(Ordering::SeqCst)
    }

    fn identity(&self) -> Status {
        self.client.statuses().into_iter().find(|status| status.name.ends_with("/callback")).unwrap()
    }
}

#[test]
fn a_callback_signs_for_both_clouds_and_has_precedence() {
    for cloud in ["tencent", "aliyun"] {
        // An unknown static key would be refused.
        let others = [("tencent_secret_id", "x"), ("tencent_secret_key", "y"), ("aliyun_access_key_id", "x")];
        let scene = scene(cloud, &others);
        let source = scene.source(cloud);
        let material = get(&source).material().clone();
        let secret = if cloud == "tencent" { &material.password } else { &material.access_key_secret };
        scene.world.remember(secret.expose());
        let status = scene.identity();
        assert_eq!((status.origin, status.name), (Origin::Callback, format!("identity/{cloud}/callback")));
        assert_eq!(source.status().identity_explanation.as_deref(), Some("callback: used"));
        assert_eq!(scene.calls(), 1);
    }
}

#[test]
fn a_key_is_renewed_before_its_end() {
    let scene = scene("tencent", &[]);
    *scene.host.life.lock().unwrap() = Some(2 * HOUR);
    let source = scene.source("tencent");
    get(&source);
    let ends = scene.identity().expires_at_ms;
    assert_eq!(ends, evercred_core::platform::Platform::wall_ms(&*scene.world.platform) + 2 * 3_600_000);
    // Due at 80 % of two hours.
    scene.world.advance(Duration::from_secs(95 * 60 - 10 * 60));
    assert_eq!(scene.calls(), 1);
    scene.world.advance(Duration::from_secs(12 * 60));
    eventually("the key is asked for again", || scene.calls() == 2);
    eventually("it lives longer", || scene.identity().expires_at_ms > ends);
}

#[test]
fn a_key_of_unknown_life_is_asked_for_again_within_a_quarter_of_an_hour() {
    let scene = scene("aliyun", &[]);
    let source = scene.source("aliyun");
    scene.world.remember(get(&source).material().access_key_secret.expose());
    scene.world.advance(Duration::from_secs(5 * 60));
    assert_eq!(scene.calls(), 1);
    scene.world.advance(Duration::from_secs(9 * 60));
    eventually("the key is asked for again", || scene.calls() == 2);
}

#[test]
fn a_refused_key_is_asked_for_once_more() {
    let scene = scene("tencent", &[]);
    *scene.host.life.lock().unwrap() = Some(2 * HOUR);
    let source = scene.source("tencent");
    get(&source);
    scene.world.emulator.expire_key("AKIDhanded");
    scene.world.rotate();
    let before = scene.calls();
    assert!(source.refresh(Some(LONG)).is_err());
    assert!((1..=2).contains(&(scene.calls() - before)), "{}", scene.calls() - before);
    scene.world.emulator.add_key("AKIDhanded", "handed-by-the-host");
    source.refresh(Some(LONG)).unwrap();
}

#[test]
fn errors_and_panics_are_reported() {
    let reported = |edit: &dyn Fn(&Host)| {
        let scene = scene("aliyun", &[("max_attempts", "1")]);
        edit(&scene.host);
        get_error(&scene.source("aliyun"))
    };
    let refused = Error::new(Code::NoIdentity, "the vault is sealed");
    let error = reported(&|host| *host.error.lock().unwrap() = Some(refused.clone()));
    assert_eq!((error.code(), error.class()), (Code::NoIdentity, Class::Refused));
    assert_eq!(error.message(), "the login identity: the identity callback: the vault is sealed");
    let passing = refused.clone().with_class(Class::Transient);
    assert!(reported(&|host| *host.error.lock().unwrap() = Some(passing.clone())).is_retryable());
    let error = reported(&|host| *host.life.lock().unwrap() = Some(Duration::ZERO));
    assert_eq!(error.code(), Code::Malformed, "{error}");
    assert!(error.message().contains("already expired"), "{error}");
    let error = reported(&|host| host.panics.store(true, Ordering::SeqCst));
    assert_eq!((error.code(), error.message().contains("panicked")), (Code::Internal, true), "{error}");
}

#[test]
fn a_slow_callback_is_left_at_the_deadline_and_not_called_twice_at_once() {
    slow("background");
    // The thread of the library ends in between.
    slow("lazy");
}

fn slow(refresh: &str) {
    let scene = scene("aliyun", &[("total_timeout_ms", "150"), ("max_attempts", "1"), ("refresh", refresh)]);
    let (open, gate) = mpsc::channel();
    *scene.host.gate.lock().unwrap() = Some(gate);
    let source = scene.source("aliyun");
    let error = source.get(Some(Duration::from_millis(50))).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    eventually("the fetch is given up", || scene.identity().failures > 0);
    scene.world.advance(Duration::from_secs(120));
    assert!(source.get(Some(Duration::from_millis(300))).is_err());
    assert_eq!(scene.calls(), 1, "it is still under way");
    open.send(()).unwrap();
    eventually("what it brings is taken", || {
        scene.world.advance(Duration::from_secs(120));
        source.get(Some(Duration::from_millis(300))).is_ok()
    });
    scene.world.remember(get(&source).material().access_key_secret.expose());
    assert_eq!((scene.calls(), scene.host.most_at_once.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_late_key_that_was_rejected_meanwhile_is_discarded() {
    let scene = scene("tencent", &[("total_timeout_ms", "400"), ("max_attempts", "1")]);
    *scene.host.life.lock().unwrap() = Some(2 * HOUR);
    let source = scene.source("tencent");
    get(&source);
    // The key is due, and the host takes its time.
    let (open, gate) = mpsc::channel();
    *scene.host.gate.lock().unwrap() = Some(gate);
    scene.world.advance(Duration::from_secs(97 * 60));
    eventually("the fetch is given up", || scene.identity().failures > 0);
    assert_eq!((scene.calls(), scene.identity().state), (2, State::Due));
    // What it would hand over now is the very key that the cloud does not accept any more.
    scene.world.emulator.expire_key("AKIDhanded");
    let refused = std::thread::spawn(move || source.refresh(Some(LONG)).is_err());
    eventually("the key was refused", || scene.identity().rejections == 1);
    open.send(()).unwrap();
    assert!(refused.join().unwrap());
    eventually("the host is asked again", || scene.calls() >= 3);
}

#[test]
fn close_does_not_wait_for_a_callback() {
    let scene = scene("aliyun", &[]);
    let (open, gate) = mpsc::channel();
    *scene.host.gate.lock().unwrap() = Some(gate);
    let source = scene.source("aliyun");
    let waiting = std::thread::spawn(move || get_error(&source).code());
    eventually("it is called", || scene.calls() == 1);
    scene.client.close();
    assert_eq!(waiting.join().unwrap(), Code::Closed);
    assert_eq!(scene.host.at_once.load(Ordering::SeqCst), 1, "it is left to itself");
    open.send(()).unwrap();
    eventually("it ends", || scene.host.at_once.load(Ordering::SeqCst) == 0);
}

#[test]
fn a_source_may_have_its_own_and_another_callback_is_another_identity() {
    let scene = scene("tencent", &[]);
    let host = Arc::new(Host::default());
    let mut overrides = Config::new();
    overrides.identity_callback = Some(callback(&scene.world, &host, "AKIDhanded", "handed-by-the-host"));
    let shared = scene.source("tencent");
    let own = scene.client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert!(!Arc::ptr_eq(&shared, &own) && Arc::ptr_eq(&shared, &scene.source("tencent")));
    get(&shared);
    get(&own);
    assert_eq!((scene.calls(), host.calls.load(Ordering::SeqCst)), (1, 1));
    let names: Vec<_> = scene.client.statuses().into_iter().map(|status| status.name).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("identity/tencent/callback")).count(), 2, "{names:?}");
}

#[test]
fn a_callback_can_be_the_base_of_a_role() {
    let arn = "qcs::cam::uin/1:roleName/app";
    let scene = scene("tencent", &[("tencent_identity", "assume_role"), ("tencent_role_arn", arn)]);
    scene.world.emulator.set_role_arn(arn, None, HOUR);
    let source = scene.source("tencent");
    get(&source);
    let used = source.status().identity_explanation.unwrap();
    assert_eq!(used, "assume_role: used, by callback: used");
    assert_eq!(scene.calls(), 1);
}

#[test]
fn a_role_of_the_official_configuration_is_assumed_with_its_own_key() {
    let world = World::new();
    world.emulator.add_access_key("LTAIfile", "secret-of-the-file");
    world.emulator.add_ram_secret(NAME);
    world.emulator.set_ram_role("acs:ram::1:role/app", None, HOUR);
    world.remember("secret-of-the-file");
    let path = std::env::temp_dir().join(format!("evercred-official-role-{}.conf", std::process::id()));
    let text = "credentials_type=ram_role\ncredentials_access_key_id=LTAIfile\n\
                credentials_access_secret=secret-of-the-file\ncredentials_role_session_name=app\n\
                credentials_role_arn=acs:ram::1:role/app\n";
    std::fs::write(&path, text).unwrap();
    let (mut config, host) = (world.bare_config(), Arc::new(Host::default()));
    let address = world.emulator.host_port();
    let loaded = config.load_file(&path);
    std::fs::remove_file(&path).unwrap();
    loaded.unwrap();
    let options =
        [("aliyun_kms_endpoint", address.as_str()), ("aliyun_sts_endpoint", &address), ("aliyun_scheme", "http")];
    options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
    config.identity_callback = Some(callback(&world, &host, "LTAIhanded", "handed-by-the-host"));
    let source = world.client_of(config).open_managed(None, NAME).unwrap();
    get(&source);
    assert_eq!(source.status().identity_explanation.unwrap(), "ram_role: app used, by static: used");
    assert_eq!(host.calls.load(Ordering::SeqCst), 0);
}

#[test]
fn a_cached_value_is_found_by_the_callback_of_another_process() {
    let file = std::env::temp_dir().join(format!("evercred-callback-{}", std::process::id()));
    let path = file.to_str().unwrap().to_owned();
    let options = [("cache_file", path.as_str()), ("cache_secret", "a-long-text-of-the-file"), ("max_attempts", "1")];
    for cloud in ["tencent", "aliyun"] {
        let scene = scene(cloud, &options);
        let before = get(&scene.source(cloud));
        scene.client.close();
        // A process that has set other callbacks before: this one has another number.
        let mut config = scene.world.bare_config();
        let address = scene.world.emulator.host_port();
        for (name, value) in
            [("aliyun_kms_endpoint", address.as_str()), ("aliyun_scheme", "http")].iter().chain(&options)
        {
            config.set(name, value).unwrap();
        }
        config.identity_callback = Some(callback(&scene.world, &scene.host, "nobody", "nothing"));
        let next = scene.world.client_of(config);
        let source =
            if cloud == "tencent" { scene.world.source(&next) } else { next.open_managed(None, NAME).unwrap() };
        let after = get(&source);
        assert_eq!(after.material().origin, Origin::FileCache, "{cloud}");
        assert!(after.material().same_as(before.material()));
    }
    for name in std::fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|entry| entry.path()) {
        if name.to_str().unwrap().starts_with(&path) {
            std::fs::remove_file(name).unwrap();
        }
    }
}

#[test]
fn without_a_callback_the_option_is_refused() {
    let world = World::new();
    let host = world.emulator.host_port();
    let refused = |options: &[(&str, &str)], start: &str| {
        let mut config = world.bare_config();
        config.set("aliyun_kms_endpoint", &host).unwrap();
        options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
        let client = world.client_of(config);
        let error = match start.starts_with("tencent") {
            true => client.open_database(None, REGION, INSTANCE, USER).map(|_| ()).unwrap_err(),
            false => client.open_managed(None, NAME).map(|_| ()).unwrap_err(),
        };
        assert!(error.code() == Code::InvalidOption && error.message().starts_with(start), "{error}");
    };
    refused(&[("tencent_identity", "callback")], "tencent_identity: ");
    refused(&[("aliyun_identity", "callback")], "aliyun_identity: ");
    let role = [
        ("tencent_identity", "assume_role"),
        ("tencent_role_arn", "qcs::cam::uin/1:roleName/app"),
        ("tencent_role_base_identity", "callback"),
    ];
    refused(&role, "tencent_role_base_identity: ");
}
