//! The waits after failed refreshes, and the limit of forced refreshes.

use std::time::Duration;

use crate::error::{Class, Code, Error};
use crate::platform::Moment;

/// The bounds of the waits after failed refreshes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The upper bound of the first wait.
    pub initial: Duration,
    /// The upper bound of every wait, except after a refusal or if the service asks for a longer one.
    pub max: Duration,
    /// How long a refusal is remembered.
    pub refused: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { initial: Duration::from_secs(1), max: Duration::from_secs(15), refused: Duration::from_secs(10) }
    }
}

/// The shortest wait: full jitter may draw 0, and a failing loop must not spin.
const SHORTEST: Duration = Duration::from_millis(100);
/// After an unknown code the waits begin ten times as long.
const UNKNOWN_FACTOR: u32 = 10;
/// After refusals the library retries every few minutes: a user may have corrected the cause.
const REFUSED_MAX: Duration = Duration::from_secs(5 * 60);
/// The longest wait that a service can ask for: a wrong header must not stop a source for days.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// A random time up to `initial` doubled `failures - 1` times, at most `max`: exponential with full jitter.
pub fn full_jitter(initial: Duration, max: Duration, failures: u32, random: f64) -> Duration {
    let doubled = initial.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1).min(31)).unwrap_or(u32::MAX));
    doubled.min(max).mul_f64(random.clamp(0.0, 1.0)).max(SHORTEST.min(max))
}

/// The wait before the next refresh after `failures` consecutive failures.
pub fn after_failure(limits: &Limits, error: &Error, failures: u32, random: f64) -> Duration {
    let wait = match error.class() {
        Class::Refused | Class::Local | Class::Identity | Class::Clock => {
            // Doubles from the time that a refusal is remembered. A small random part spreads the processes of a host.
            let doubled = limits.refused.saturating_mul(1_u32 << failures.saturating_sub(1).min(8));
            doubled.min(REFUSED_MAX.max(limits.refused)).mul_f64(1.0 + random / 10.0)
        }
        Class::Unknown => full_jitter(limits.initial.saturating_mul(UNKNOWN_FACTOR), limits.max, failures, random),
        Class::Transient if error.code() == Code::Throttled => {
            full_jitter(limits.initial.saturating_mul(4), limits.max, failures, random)
        }
        Class::Transient => full_jitter(limits.initial, limits.max, failures, random),
    };
    match error.retry_after() {
        Some(asked) => wait.max(asked.min(RETRY_AFTER_MAX)),
        None => wait,
    }
}

/// A token bucket: `capacity` tokens at first, and a new one every `period / capacity`. In one period at most twice the
/// capacity can be taken.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    capacity: u64,
    period_ms: u64,
    /// The fill level: it grows by `capacity` each millisecond, and a token takes `period_ms`. These units avoid
    /// rounding.
    level: u64,
    updated: Moment,
}

impl Bucket {
    /// A full bucket.
    pub fn new(capacity: u32, period: Duration, now: Moment) -> Bucket {
        let capacity = u64::from(capacity);
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        Bucket { capacity, period_ms, level: capacity.saturating_mul(period_ms), updated: now }
    }

    /// Takes a token, or returns the time until there is one.
    pub fn take(&mut self, now: Moment) -> Result<(), Duration> {
        let passed_ms = u64::try_from(now.since(self.updated).as_millis()).unwrap_or(u64::MAX);
        let full = self.capacity.saturating_mul(self.period_ms);
        self.level = self.level.saturating_add(passed_ms.saturating_mul(self.capacity)).min(full);
        self.updated = self.updated.max(now);
        if self.capacity == 0 {
            return Err(Duration::from_millis(self.period_ms));
        }
        match self.level.checked_sub(self.period_ms) {
            Some(rest) => {
                self.level = rest;
                Ok(())
            }
            None => {
                let lacking = self.period_ms.saturating_sub(self.level);
                Err(Duration::from_millis(lacking.div_ceil(self.capacity)))
            }
        }
    }
}
