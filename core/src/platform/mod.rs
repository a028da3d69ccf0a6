//! The services of the operating system: clocks, sleep, random numbers, the environment, fork detection, signal masks. Start
//! with [`Platform`].
//!
//! The C layer has its own [`Platform`], because a full one needs `unsafe`, which this crate forbids. [`StdPlatform`]
//! uses the standard library only; [`ManualPlatform`] is for tests.

use std::any::Any;
use std::ffi::OsString;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::ops::Deref;
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

mod forkable;
mod gate;
mod manual;
mod standard;

pub use forkable::Forkable;
pub use gate::Gate;
pub use manual::ManualPlatform;
pub use standard::{StdPlatform, sleep_for};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The longest sleep of the timer thread: it notices a suspend of the machine within this time.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// A moment on a steady clock that continues while the machine is suspended, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment `ms` milliseconds after the clock's start.
    pub fn from_ms(ms: u64) -> Moment {
        Moment(ms)
    }

    /// Milliseconds since the clock's start.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// The moment `wait` later; the last possible moment on overflow.
    #[must_use]
    pub fn after(self, wait: Duration) -> Moment {
        Moment(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The time until `later` in milliseconds; negative if it is earlier.
    pub fn ms_until(self, later: Moment) -> i64 {
        let ms = |wait: Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        if later >= self { ms(later.since(self)) } else { -ms(self.since(later)) }
    }

    /// The time from `earlier` to this moment; 0 if `earlier` is later.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// The services of the process and the machine that the core uses.
pub trait Platform: Send + Sync + 'static {
    /// The current moment, on a clock that continues during a suspend.
    fn now(&self) -> Moment;

    /// Identifies the start of the clock of [`Platform::now`]: moments of two processes are comparable if it is equal.
    /// `None`: they are valid in this process only.
    fn boot_id(&self) -> Option<String> {
        None
    }

    /// The wall clock, in milliseconds since 1970. It is used in reports and signatures, never for schedules.
    fn wall_ms(&self) -> i64;

    /// Sleeps until a moment. It may return early (the caller reads the clock again), and returns at most about
    /// [`LONGEST_SLEEP`] late after a suspend. Called within the library's runtime.
    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()>;

    /// The value of an environment variable; `None` if it is not set.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The value of an environment variable; `None` if it is not set, empty, or not UTF-8.
    fn text_variable(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// A random number in [0, 1). Forked processes must not draw the same numbers.
    fn random(&self) -> f64;

    /// A number that differs between a process and its forked children.
    fn fork_epoch(&self) -> u64;

    /// A counter with a stable address and the value 0. In a forked child it is 0 again.
    fn generation_cell(&self) -> GenerationCell;

    /// Blocks all signals but the synchronous ones, for a thread that starts now and inherits the mask. Dropping the
    /// guard restores the caller's mask.
    fn block_signals(&self) -> Box<dyn Any>;

    /// The addresses of a host, by the system's resolver. It may block for a long time: it is called on a thread of its
    /// own. The host is a name or an address without brackets.
    fn look_up(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        (host, 0).to_socket_addrs().map(|addresses| addresses.map(|address| address.ip()).collect())
    }

    /// Called before a child program starts: it must not inherit the mask of [`Platform::block_signals`].
    fn prepare_child(&self, _command: &mut Command) {}
}

/// A counter with a stable address, returned to its platform on drop unless [`GenerationCell::keep`] was called.
pub struct GenerationCell {
    cell: &'static AtomicU64,
    release: fn(&'static AtomicU64),
    kept: AtomicBool,
}

impl GenerationCell {
    /// A counter and the function that returns it to its platform.
    pub fn new(cell: &'static AtomicU64, release: fn(&'static AtomicU64)) -> GenerationCell {
        GenerationCell { cell, release, kept: AtomicBool::new(false) }
    }

    /// Keeps the counter for the life of the process: its address was handed out, and a reader may be late.
    pub fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
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
        self.cell.store(0, Ordering::Release);
        if !self.kept.load(Ordering::Relaxed) {
            (self.release)(self.cell);
        }
    }
}

impl fmt::Debug for GenerationCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GenerationCell({:?})", self.cell)
    }
}
