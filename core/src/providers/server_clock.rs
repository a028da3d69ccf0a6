//! The difference between a cloud's clock and this machine's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use crate::http::Response;
use crate::platform::Platform;

/// A smaller difference comes from the `Date` header, which has whole seconds, and is not a wrong clock.
const MIN_SKEW_MS: i64 = 2000;

/// How far a cloud's clock is ahead of this machine's. Taken from the `Date` of an answer that refused the signing
/// time.
#[derive(Debug, Default)]
pub struct Clock(AtomicI64);

impl Clock {
    /// How far the cloud's clock is ahead, in milliseconds.
    pub fn skew_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The cloud's time, in milliseconds since 1970: this machine's time with the known difference.
    pub fn cloud_ms(&self, platform: &dyn Platform) -> i64 {
        platform.wall_ms().saturating_add(self.skew_ms())
    }

    /// The server's time from the `Date` of its answer, in milliseconds since 1970.
    pub fn date_ms(response: &Response) -> Option<i64> {
        let date = httpdate::parse_http_date(response.header("Date")?).ok()?;
        i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
    }

    /// Takes the difference from an answer. Returns whether it changed.
    pub(super) fn update(&self, platform: &dyn Platform, response: &Response) -> bool {
        let Some(date) = Clock::date_ms(response) else { return false };
        let skew = date.saturating_sub(platform.wall_ms());
        let skew = if skew.abs() < MIN_SKEW_MS { 0 } else { skew };
        let before = self.0.swap(skew, Ordering::Relaxed);
        before.abs_diff(skew) >= MIN_SKEW_MS.unsigned_abs()
    }
}
