//! Look-ups of names that hang.

use std::any::Any;
use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use evercred_core::client::{Client, Format};
use evercred_core::error::{Code, Progress};
use evercred_core::platform::{BoxFuture, GenerationCell, Moment, Platform, StdPlatform};
use evercred_core::providers::Origin;

use crate::support::*;

/// A platform on which the look-up of `hangs-….example` hangs until it is released.
#[derive(Default)]
pub struct Hanging {
    real: RealTime,
    machine: StdPlatform,
    look_ups: AtomicUsize,
    released: Mutex<bool>,
    changed: Condvar,
}

impl Hanging {
    pub fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }

    pub fn release(&self) {
        *self.released.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

impl Platform for Hanging {
    fn look_up(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.look_ups.fetch_add(1, Ordering::SeqCst);
        if host.starts_with("hangs-") {
            let released = self.released.lock().unwrap();
            drop(self.changed.wait_while(released, |released| !*released).unwrap());
            return Err(io::ErrorKind::NotFound.into());
        }
        self.machine.look_up(host)
    }

    fn now(&self) -> Moment {
        self.real.now()
    }

    fn wall_ms(&self) -> i64 {
        self.real.wall_ms()
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        self.real.sleep(until)
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.real.variable(name)
    }

    fn random(&self) -> f64 {
        self.real.random()
    }

    fn fork_epoch(&self) -> u64 {
        self.real.fork_epoch()
    }

    fn generation_cell(&self) -> GenerationCell {
        self.real.generation_cell()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        self.real.block_signals()
    }
}

/// Sources of this client whose endpoints hang.
fn hanging_sources(client: &Client, count: usize, fallback: &str) -> Vec<Arc<evercred_core::cache::Source>> {
    let open = |number: usize| {
        let mut overrides = evercred_core::client::Config::new();
        overrides.set("tencent_endpoint", &format!("hangs-{number}.example")).unwrap();
        overrides.set("fallback_file", fallback).unwrap();
        client.open_database(Some(&overrides), REGION, &format!("cdb-{number}"), USER).unwrap()
    };
    (0..count).map(open).collect()
}

#[test]
fn a_look_up_that_hangs_delays_nothing_else() {
    let world = World::new();
    let folder = Folder::new("look-ups");
    world.remember("left-by-an-operator");
    let fallback = folder.write("password", "left-by-an-operator");
    let platform = Arc::new(Hanging::default());
    let config = world.config(&[("total_timeout_ms", "500"), ("max_attempts", "1")]);
    let client = world.kept(Client::new(config, Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let hanging = hanging_sources(&client, 20, &fallback);
    hanging.iter().for_each(|source| source.prefetch().unwrap());

    // Another source is not delayed.
    let began = Instant::now();
    assert_eq!(password_of(&get(&world.source(&client))), world.password());
    assert!(began.elapsed() < LONG / 4, "{:?}", began.elapsed());
    // The deadline holds, and then the file is read.
    for source in &hanging {
        let credential = get(source);
        assert_eq!(credential.material().origin, Origin::FallbackFile);
        let error = source.status().last_error.unwrap();
        assert!(matches!(error.code(), Code::Timeout | Code::Network), "{error}");
    }
    let closing = Instant::now();
    client.close();
    assert!(closing.elapsed() < LONG / 4, "{:?}", closing.elapsed());
    platform.release();
}

/// The turns of fetches that hang are used by others.
#[test]
fn more_look_ups_hang_than_fetches_may_be_in_progress() {
    let world = World::new();
    let platform = Arc::new(Hanging::default());
    let options = [("connect_timeout_ms", "120000"), ("total_timeout_ms", "120000"), ("max_concurrent_fetches", "8")];
    let client = world.kept(Client::new(world.config(&options), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let hanging = hanging_sources(&client, 16, "");
    hanging.iter().for_each(|source| source.prefetch().unwrap());
    eventually("their look-ups hang", || platform.look_ups.load(Ordering::SeqCst) >= 8);
    assert_eq!(password_of(&get(&world.source(&client))), world.password());
    client.close();
    platform.release();
}

#[test]
fn there_is_no_bound_on_the_look_ups_that_lend_their_turns() {
    let world = World::new();
    let platform = Arc::new(Hanging::default());
    let options = [("connect_timeout_ms", "120000"), ("total_timeout_ms", "120000"), ("max_concurrent_fetches", "2")];
    let client = world.kept(Client::new(world.config(&options), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let hanging = hanging_sources(&client, 8, "");
    hanging.iter().for_each(|source| source.prefetch().unwrap());
    eventually("all look-ups hang", || platform.look_ups() == 8);
    assert_eq!(password_of(&get(&world.source(&client))), world.password());
    // What hangs is shown.
    let shows = |format, text: &str| client.report(format).text().contains(text);
    eventually("the jobs are counted", || shows(Format::Json, "\"left_behind_jobs\":8"));
    assert!(shows(Format::Prometheus, "\nevercred_left_behind_jobs 8\n"));
    eventually("it is logged", || world.logged("the look-up of a name hangs, so its thread was replaced"));
    client.close();
    platform.release();
}

#[test]
fn a_name_that_hangs_is_looked_up_once() {
    let world = World::new();
    let platform = Arc::new(Hanging::default());
    let options = [
        ("tencent_endpoint", "hangs-here.example"),
        ("connect_timeout_ms", "100"),
        ("total_timeout_ms", "2000"),
        ("max_attempts", "3"),
    ];
    let client = world.kept(Client::new(world.config(&options), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let source = world.source(&client);
    let error = get_error(&source);
    assert_eq!((error.code(), error.progress()), (Code::Network, Progress::NotSent), "{error}");
    assert_eq!(platform.look_ups.load(Ordering::SeqCst), 1);
    platform.release();
    client.close();
}

#[test]
fn waiting_callers_get_their_timeout() {
    let world = World::new();
    let platform = Arc::new(Hanging::default());
    let options = [("tencent_endpoint", "hangs-here.example"), ("max_concurrent_fetches", "1")];
    let client = world.kept(Client::new(world.config(&options), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let source = world.source(&client);
    let asked = Instant::now();
    let error = source.get(Some(Duration::from_millis(50))).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(asked.elapsed() < LONG / 4);
    platform.release();
    client.close();
}
