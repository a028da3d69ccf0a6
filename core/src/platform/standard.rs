//! The platform of the standard library.

use std::any::Any;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{BoxFuture, GenerationCell, LONGEST_SLEEP, Moment, Platform};

/// The clocks of `std`, the system's random numbers and the process's environment. It neither detects forks nor masks signals, and
/// its clock stops during a suspend. The C layer's platform has none of these limits.
#[derive(Debug, Default)]
pub struct StdPlatform;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static SPARE_CELLS: Mutex<Vec<&'static AtomicU64>> = Mutex::new(Vec::new());

/// A counter for the life of a source; a dropped one is reused.
pub(super) fn lend_cell() -> GenerationCell {
    let spare = SPARE_CELLS.lock().unwrap_or_else(PoisonError::into_inner).pop();
    GenerationCell::new(spare.unwrap_or_else(|| Box::leak(Box::new(AtomicU64::new(0)))), |cell| {
        cell.store(0, Ordering::Release);
        SPARE_CELLS.lock().unwrap_or_else(PoisonError::into_inner).push(cell);
    })
}

/// Milliseconds since 1970 on the system's clock; negative before 1970.
pub(super) fn system_wall_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// A random number in [0, 1) from the system: there is no generator state that a fork would copy.
pub(super) fn system_random() -> f64 {
    let bits = getrandom::u64().unwrap_or_else(|_| {
        // Without a random source (only in a broken sandbox), jitter from the clock is better than none.
        START.elapsed().subsec_nanos().into()
    });
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Sleeps within the library's runtime, for platforms with their own clock.
pub async fn sleep_for(wait: Duration) {
    tokio::time::sleep(wait).await;
}

impl Platform for StdPlatform {
    fn now(&self) -> Moment {
        Moment::from_ms(u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn wall_ms(&self) -> i64 {
        system_wall_ms()
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        let wait = until.since(self.now()).min(LONGEST_SLEEP);
        Box::pin(tokio::time::sleep(wait))
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn random(&self) -> f64 {
        system_random()
    }

    fn fork_epoch(&self) -> u64 {
        1
    }

    fn generation_cell(&self) -> GenerationCell {
        lend_cell()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        Box::new(())
    }
}
