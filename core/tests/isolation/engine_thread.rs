//! The background thread ends by a defect, or finds that the clocks have moved.

use std::any::Any;
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evercred_core::client::Client;
use evercred_core::platform::{BoxFuture, GenerationCell, Moment, Platform};

use crate::support::*;

/// A platform whose timer fails once when it is told to.
#[derive(Default)]
struct Failing {
    real: RealTime,
    fails: AtomicBool,
}

impl Platform for Failing {
    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        assert!(!self.fails.swap(false, Ordering::SeqCst), "the timer of this test fails");
        self.real.sleep(until)
    }

    fn now(&self) -> Moment {
        self.real.now()
    }

    fn wall_ms(&self) -> i64 {
        self.real.wall_ms()
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

#[test]
fn nothing_is_published_after_the_thread_has_ended_by_a_defect() {
    let world = World::new();
    let platform = Arc::new(Failing::default());
    let client = world.kept(Client::new(world.config(&[]), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let source = world.source(&client);
    let held = get(&source);
    assert!(held.is_current());
    platform.fails.store(true, Ordering::SeqCst);
    client.open_database(None, REGION, "cdb-another", USER).unwrap().prefetch().unwrap();
    eventually("nobody watches the value", || !held.is_current());
    // The next call starts another thread.
    assert!(get(&source).is_current());
}

#[test]
fn a_clock_that_jumped_is_noticed_at_the_next_work_of_any_source() {
    let world = World::new();
    world.emulator.add_account(REGION, "cdb-another", USER);
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    let by = Duration::from_secs(2 * 3600);
    world.emulator.advance_clock(by);
    world.platform.shift_wall(by.as_millis() as i64);
    get(&client.open_database(None, REGION, "cdb-another", USER).unwrap());
    eventually("the value of the other source is fetched again", || world.requests() >= 3);
    assert!(world.logged(&format!("{}: the wall clock moved", source.name())));
}
