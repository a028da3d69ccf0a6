//! A platform for tests, which set its clock and its environment.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::poll_fn;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::standard::{lend_cell, system_random};
use super::{BoxFuture, GenerationCell, Moment, Platform};

/// A platform whose time changes only when a test advances it, so that a day passes in milliseconds. Its environment is empty
/// until a test sets variables; it never reads that of the process.
#[derive(Debug)]
pub struct ManualPlatform {
    now: AtomicU64,
    wall_offset_ms: AtomicI64,
    epoch: AtomicU64,
    boot: AtomicU64,
    next_sleeper: AtomicU64,
    sleepers: Mutex<BTreeMap<(Moment, u64), Waker>>,
    variables: Mutex<BTreeMap<String, OsString>>,
}

impl ManualPlatform {
    /// A clock that starts one hour after "boot", with the wall clock at `wall_ms`.
    pub fn new(wall_ms: i64) -> ManualPlatform {
        let start: u64 = 3_600_000;
        ManualPlatform {
            now: AtomicU64::new(start),
            wall_offset_ms: AtomicI64::new(wall_ms.saturating_sub_unsigned(start)),
            epoch: AtomicU64::new(1),
            boot: AtomicU64::new(1),
            next_sleeper: AtomicU64::new(0),
            sleepers: Mutex::new(BTreeMap::new()),
            variables: Mutex::new(BTreeMap::new()),
        }
    }

    /// Advances the time and wakes the sleepers that are due.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let now = Moment::from_ms(self.now.fetch_add(by, Ordering::SeqCst).saturating_add(by));
        let awake = {
            let mut sleepers = self.sleepers();
            let later = sleepers.split_off(&(Moment::from_ms(now.as_ms().saturating_add(1)), 0));
            std::mem::replace(&mut *sleepers, later)
        };
        awake.into_values().for_each(Waker::wake);
    }

    /// Shifts the wall clock only, to simulate a wrong clock.
    pub fn shift_wall(&self, by_ms: i64) {
        self.wall_offset_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Simulates a fork: the state of the parent process is ignored from now on.
    pub fn fork(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Simulates a reboot: another process must not interpret stored moments of the steady clock, which continues.
    pub fn reboot(&self) {
        self.boot.fetch_add(1, Ordering::SeqCst);
    }

    /// Sets an environment variable of this platform.
    pub fn set_variable(&self, name: &str, value: impl Into<OsString>) {
        self.variables().insert(name.to_owned(), value.into());
    }

    /// When the next sleeper wakes.
    pub fn next_wake(&self) -> Option<Moment> {
        self.sleepers().first_key_value().map(|((moment, _), _)| *moment)
    }

    fn sleepers(&self) -> MutexGuard<'_, BTreeMap<(Moment, u64), Waker>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn variables(&self) -> MutexGuard<'_, BTreeMap<String, OsString>> {
        self.variables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a sleeper from the list when its future is dropped.
struct Sleeper<'a>(&'a ManualPlatform, (Moment, u64));

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.0.sleepers().remove(&self.1);
    }
}

impl Platform for ManualPlatform {
    fn now(&self) -> Moment {
        Moment::from_ms(self.now.load(Ordering::SeqCst))
    }

    fn boot_id(&self) -> Option<String> {
        Some(format!("boot {}", self.boot.load(Ordering::SeqCst)))
    }

    fn wall_ms(&self) -> i64 {
        self.wall_offset_ms.load(Ordering::SeqCst).saturating_add_unsigned(self.now.load(Ordering::SeqCst))
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        let sleeper = Sleeper(self, (until, self.next_sleeper.fetch_add(1, Ordering::SeqCst)));
        Box::pin(async move {
            // Moves the whole value: the closure below would capture copies of its fields, and drop the sleeper early.
            let sleeper = sleeper;
            poll_fn(|context| {
                let mut sleepers = sleeper.0.sleepers();
                if sleeper.0.now() >= until {
                    return Poll::Ready(());
                }
                sleepers.insert(sleeper.1, context.waker().clone());
                Poll::Pending
            })
            .await;
        })
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables().get(name).cloned()
    }

    fn random(&self) -> f64 {
        system_random()
    }

    fn fork_epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn generation_cell(&self) -> GenerationCell {
        lend_cell()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        Box::new(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use super::{ManualPlatform, Platform as _};

    #[test]
    fn only_its_own_variables_are_seen() {
        let platform = ManualPlatform::new(0);
        assert!(std::env::var_os("PATH").is_some() && platform.variable("PATH").is_none());
        platform.set_variable("TEXT", "value");
        platform.set_variable("EMPTY", "");
        platform.set_variable("BYTES", OsString::from_vec(vec![0xff]));
        assert_eq!(platform.text_variable("TEXT").as_deref(), Some("value"));
        for name in ["EMPTY", "BYTES"] {
            assert!(platform.variable(name).is_some() && platform.text_variable(name).is_none(), "{name}");
        }
    }
}
