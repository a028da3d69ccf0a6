//! What belongs to the process and the machine: clocks, sleep, randomness, the environment, forks, memory that a child finds
//! wiped.
//!
//! The C layer hands the core its own [`Platform`], since some of this needs what this crate forbids; [`StdPlatform`] is what
//! plain Rust can offer, and [`ManualPlatform`] has a clock and an environment that tests set.

use std::any::Any;
use std::ffi::OsString;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

mod forkable;
mod manual;
mod standard;

pub use forkable::Forkable;
pub use manual::ManualPlatform;
pub use standard::{StdPlatform, sleep_for};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The longest that the timer thread sleeps in one go: a suspend of the machine is noticed within this time.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// A moment on a clock that never jumps and that counts a suspended machine's sleep; in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment so many milliseconds after the clock's start.
    pub fn from_ms(ms: u64) -> Moment {
        Moment(ms)
    }

    /// Milliseconds since the clock's start.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// The moment so much later; the far end of time where it does not fit.
    #[must_use]
    pub fn after(self, wait: Duration) -> Moment {
        Moment(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The time from `earlier` to here; nothing where `earlier` is later.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// The process and the machine, as the core sees them.
pub trait Platform: Send + Sync + 'static {
    /// Now, on a clock that counts a suspend.
    fn now(&self) -> Moment;

    /// What the moments of [`Platform::now`] count from, so that another process can tell whether its own count from there
    /// too; `None`: from something that only this process knows.
    fn boot_id(&self) -> Option<String> {
        None
    }

    /// The wall clock, in milliseconds since 1970: reported and signed with, never compared.
    fn wall_ms(&self) -> i64;

    /// Sleeps until a moment; it may return early (the caller looks at the clock again), never much later than
    /// [`LONGEST_SLEEP`] after a suspend. Called within the library's runtime.
    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()>;

    /// The value of an environment variable; `None` if it is not set.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The value of an environment variable; `None` if it is not set, empty, or not UTF-8.
    fn text_variable(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// A random number from 0 (included) to 1 (excluded); never one that a forked sibling draws too.
    fn random(&self) -> f64;

    /// A number that differs between a process and its forked children.
    fn fork_epoch(&self) -> u64;

    /// A counter whose address stays, holding 0, and which a forked child finds 0 again.
    fn generation_cell(&self) -> GenerationCell;

    /// Called around the start of a thread: the new thread must take no signal but the synchronous ones. The guard's
    /// drop restores the caller's mask.
    fn block_signals(&self) -> Box<dyn Any>;

    /// Called before a program is started, which must not inherit what [`Platform::block_signals`] did to the thread that
    /// starts it.
    fn prepare_child(&self, _command: &mut Command) {}
}

/// A counter with a stable address; given back when dropped.
pub struct GenerationCell {
    cell: &'static AtomicU64,
    give_back: fn(&'static AtomicU64),
}

impl GenerationCell {
    /// A lent counter and what takes it back.
    pub fn new(cell: &'static AtomicU64, give_back: fn(&'static AtomicU64)) -> GenerationCell {
        GenerationCell { cell, give_back }
    }
}

impl Deref for GenerationCell {
    type Target = AtomicU64;

    fn deref(&self) -> &AtomicU64 {
        self.cell
    }
}

impl Drop for GenerationCell {
    fn drop(&mut self) {
        (self.give_back)(self.cell);
    }
}

impl fmt::Debug for GenerationCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GenerationCell({:?})", self.cell)
    }
}
