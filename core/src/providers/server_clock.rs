//! The difference between a cloud's clock and this machine's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use crate::http::Response;
use crate::platform::Platform;

/// A smaller difference comes from the `Date` header, which has whole seconds, and is not a wrong clock.
const MIN_SKEW_MS: i64 = 2000;
/// A `Date` that differs more than this from our time is not believed.
const MAX_DATE_DIFFERENCE_MS: u64 = 5 * 60 * 1000;
/// The longest life that is believed when only a doubtful `Date` says that there is one.
const MAX_DOUBTFUL_LIFE: Duration = Duration::from_secs(15 * 60);

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

    /// The server's time at an answer.
    pub fn server_time(&self, platform: &dyn Platform, response: &Response) -> ServerTime {
        ServerTime { ours_ms: self.cloud_ms(platform), date_ms: date_ms(response) }
    }

    /// Takes the difference from an answer. Returns whether it changed.
    pub(super) fn update(&self, platform: &dyn Platform, response: &Response) -> bool {
        let Some(date) = date_ms(response) else { return false };
        let skew = date.saturating_sub(platform.wall_ms());
        let skew = if skew.abs() < MIN_SKEW_MS { 0 } else { skew };
        let before = self.0.swap(skew, Ordering::Relaxed);
        before.abs_diff(skew) >= MIN_SKEW_MS.unsigned_abs()
    }
}

/// The server's time from the `Date` of its answer, in milliseconds since 1970.
fn date_ms(response: &Response) -> Option<i64> {
    let date = httpdate::parse_http_date(response.header("Date")?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// A server's time at an answer: the `Date` of the answer where that is near to our time, otherwise our time. A server, or
/// a proxy before it, may have a wrong clock; ours is corrected when a service refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerTime {
    ours_ms: i64,
    date_ms: Option<i64>,
}

impl ServerTime {
    /// This time, in milliseconds since 1970, for an answer without a `Date`.
    pub fn ours(ours_ms: i64) -> ServerTime {
        ServerTime { ours_ms, date_ms: None }
    }

    /// The server's time at an answer of a service that never refuses our time, such as a metadata service.
    pub fn of(platform: &dyn Platform, response: &Response) -> ServerTime {
        ServerTime { ours_ms: platform.wall_ms(), date_ms: date_ms(response) }
    }

    /// The time, in milliseconds since 1970.
    pub fn ms(&self) -> i64 {
        self.date_ms.filter(|_| !self.is_doubtful()).unwrap_or(self.ours_ms)
    }

    /// The time that is left until `end_ms`, in milliseconds since 1970 on the server's clock; `None` if it has passed. If
    /// the `Date` is not near to our time, this is the shorter of the two times, and short if only the `Date` says that
    /// there is any.
    pub fn until(&self, end_ms: i64) -> Option<Duration> {
        let left = |now_ms: i64| {
            let left = u64::try_from(end_ms.saturating_sub(now_ms)).ok().filter(|left| *left > 0);
            left.map(Duration::from_millis)
        };
        if !self.is_doubtful() {
            return left(self.ms());
        }
        match (left(self.ours_ms), self.date_ms.and_then(left)) {
            (Some(ours), Some(date)) => Some(ours.min(date)),
            (Some(ours), None) => Some(ours),
            (None, date) => date.map(|date| date.min(MAX_DOUBTFUL_LIFE)),
        }
    }

    fn is_doubtful(&self) -> bool {
        self.date_ms.is_some_and(|date| date.abs_diff(self.ours_ms) > MAX_DATE_DIFFERENCE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DOUBTFUL_LIFE, ServerTime};
    use std::time::Duration;

    const HOUR_MS: i64 = 3_600_000;
    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn a_date_is_believed_only_near_to_our_time() {
        let time = |date_ms| ServerTime { ours_ms: NOW, date_ms };
        assert_eq!(time(None).ms(), NOW);
        assert_eq!(time(Some(NOW + 300_000)).ms(), NOW + 300_000);
        assert_eq!(time(Some(NOW - 300_001)).ms(), NOW);
        assert_eq!(time(Some(0)).ms(), NOW);
    }

    #[test]
    fn a_doubtful_date_never_lengthens_a_life() {
        let left = |date_ms, end_ms| ServerTime { ours_ms: NOW, date_ms }.until(end_ms);
        let hours = |count: u64| Some(Duration::from_secs(3600 * count));
        assert_eq!(left(None, NOW + HOUR_MS), hours(1));
        assert_eq!(left(Some(NOW + 60_000), NOW + HOUR_MS), Some(Duration::from_secs(3540)));
        assert_eq!(left(Some(0), NOW + HOUR_MS), hours(1));
        // Our clock is behind, or the server's is ahead.
        assert_eq!(left(Some(NOW + 2 * HOUR_MS), NOW + 3 * HOUR_MS), hours(1));
        assert_eq!(left(Some(NOW + 4 * HOUR_MS), NOW + 3 * HOUR_MS), hours(3));
        // Our clock is ahead, or the server's is behind.
        assert_eq!(left(Some(NOW - 2 * HOUR_MS), NOW - HOUR_MS), Some(MAX_DOUBTFUL_LIFE));
        assert_eq!(left(Some(NOW - 2 * HOUR_MS), NOW - 2 * HOUR_MS + 1000), Some(Duration::from_secs(1)));
        assert_eq!(left(Some(NOW - 2 * HOUR_MS), NOW - 3 * HOUR_MS), None);
        assert_eq!(left(None, NOW), None);
    }
}
