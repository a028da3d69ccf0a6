//! What is known of a cloud's clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use crate::http::Response;
use crate::platform::Platform;

/// Less than this is the whole-second `Date` header, not a wrong clock.
const LEAST_SKEW_MS: i64 = 2000;

/// How far a cloud's clock is ahead of ours. Learned from the `Date` of an answer that refused our time.
#[derive(Debug, Default)]
pub struct Clock(AtomicI64);

impl Clock {
    /// How far the cloud is ahead, in milliseconds.
    pub fn skew_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The cloud's time, in milliseconds since 1970, as far as we know.
    pub fn cloud_ms(&self, platform: &dyn Platform) -> i64 {
        platform.wall_ms().saturating_add(self.skew_ms())
    }

    /// The server's clock as its answer tells it, in milliseconds since 1970.
    pub fn date_ms(response: &Response) -> Option<i64> {
        let date = httpdate::parse_http_date(response.header("Date")?).ok()?;
        i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
    }

    /// Learns from an answer; whether that changes anything.
    pub(super) fn learn(&self, platform: &dyn Platform, response: &Response) -> bool {
        let Some(date) = Clock::date_ms(response) else { return false };
        let skew = date.saturating_sub(platform.wall_ms());
        let skew = if skew.abs() < LEAST_SKEW_MS { 0 } else { skew };
        let before = self.0.swap(skew, Ordering::Relaxed);
        before.abs_diff(skew) >= LEAST_SKEW_MS.unsigned_abs()
    }
}
