//! A platform in real time, with an empty environment.

use std::any::Any;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evercred_core::platform::{BoxFuture, GenerationCell, LONGEST_SLEEP, Moment, Platform, StdPlatform, sleep_for};

/// The standard platform without the environment of the process that runs the tests. It can be suspended as a machine can:
/// its clocks move on, its timers do not.
#[derive(Default)]
pub struct RealTime {
    machine: StdPlatform,
    slept_ms: AtomicU64,
}

impl RealTime {
    pub fn sleep_through(&self, time: Duration) {
        self.slept_ms.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Platform for RealTime {
    fn now(&self) -> Moment {
        self.machine.now().after(Duration::from_millis(self.slept_ms.load(Ordering::SeqCst)))
    }

    fn wall_ms(&self) -> i64 {
        self.machine.wall_ms().saturating_add_unsigned(self.slept_ms.load(Ordering::SeqCst))
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        Box::pin(sleep_for(until.since(self.now()).min(LONGEST_SLEEP)))
    }

    fn variable(&self, _name: &str) -> Option<OsString> {
        None
    }

    fn random(&self) -> f64 {
        self.machine.random()
    }

    fn fork_epoch(&self) -> u64 {
        self.machine.fork_epoch()
    }

    fn generation_cell(&self) -> GenerationCell {
        self.machine.generation_cell()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        self.machine.block_signals()
    }
}
