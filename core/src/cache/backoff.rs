//! How long to wait after failures, and how often a refresh may be forced.

use std::time::Duration;

use crate::error::{Class, Code, Error};
use crate::platform::Moment;

/// The limits of the waits between refreshes that fail.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The first wait's upper bound.
    pub initial: Duration,
    /// The upper bound of every wait, but those that the service or a refusal asks for.
    pub max: Duration,
    /// How long a refusal is remembered.
    pub refused: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { initial: Duration::from_secs(1), max: Duration::from_secs(60), refused: Duration::from_secs(10) }
    }
}

/// The least wait: a full jitter may draw 0, and a failing loop must not spin.
const LEAST: Duration = Duration::from_millis(100);
/// A code that nobody knows waits ten times as long, to minutes.
const UNKNOWN_FACTOR: u32 = 10;
const UNKNOWN_MAX: Duration = Duration::from_secs(5 * 60);
/// A refusal that stays is asked about every few minutes: somebody may have mended it.
const REFUSED_MAX: Duration = Duration::from_secs(5 * 60);
/// What a service may ask for at the most: a mistaken header must not silence a source for days.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// A random time up to `initial` doubled `failures - 1` times, at most `max`: exponential with full jitter.
pub fn full_jitter(initial: Duration, max: Duration, failures: u32, random: f64) -> Duration {
    let doubled = initial.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1).min(31)).unwrap_or(u32::MAX));
    doubled.min(max).mul_f64(random.clamp(0.0, 1.0)).max(LEAST.min(max))
}

/// How long to leave the service alone after the `failures`-th failure in a row.
pub fn after_failure(limits: &Limits, error: &Error, failures: u32, random: f64) -> Duration {
    let wait = match error.class() {
        Class::Refused | Class::Local | Class::Identity | Class::Clock => {
            // Doubling, with the first one as long as a refusal is remembered; a little random part spreads processes.
            let doubled = limits.refused.saturating_mul(1_u32 << failures.saturating_sub(1).min(8));
            doubled.min(REFUSED_MAX.max(limits.refused)).mul_f64(1.0 + random / 10.0)
        }
        Class::Unknown => {
            full_jitter(limits.initial.saturating_mul(UNKNOWN_FACTOR), UNKNOWN_MAX.max(limits.max), failures, random)
        }
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

/// A token bucket: `capacity` at once, and after that one each `period / capacity`. So within any time there are at most
/// `capacity` and as many more as flowed in meanwhile: in one period at most twice the capacity.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    capacity: u64,
    period_ms: u64,
    /// What flowed in and was not taken: `capacity` each millisecond, so that nothing is lost by rounding. A token costs
    /// `period_ms` of it.
    saved: u64,
    updated: Moment,
}

impl Bucket {
    /// A full bucket.
    pub fn new(capacity: u32, period: Duration, now: Moment) -> Bucket {
        let capacity = u64::from(capacity);
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        Bucket { capacity, period_ms, saved: capacity.saturating_mul(period_ms), updated: now }
    }

    /// Takes a token, or says how long until there is one.
    pub fn take(&mut self, now: Moment) -> Result<(), Duration> {
        let passed_ms = u64::try_from(now.since(self.updated).as_millis()).unwrap_or(u64::MAX);
        let full = self.capacity.saturating_mul(self.period_ms);
        self.saved = self.saved.saturating_add(passed_ms.saturating_mul(self.capacity)).min(full);
        self.updated = self.updated.max(now);
        if self.capacity == 0 {
            return Err(Duration::from_millis(self.period_ms));
        }
        match self.saved.checked_sub(self.period_ms) {
            Some(rest) => {
                self.saved = rest;
                Ok(())
            }
            None => {
                let lacking = self.period_ms.saturating_sub(self.saved);
                Err(Duration::from_millis(lacking.div_ceil(self.capacity)))
            }
        }
    }
}
