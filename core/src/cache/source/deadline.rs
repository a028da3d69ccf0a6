//! The moment at which a caller stops waiting.

use std::time::{Duration, Instant};

/// A caller's deadline; none where it lies beyond the clock's end.
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    pub(super) fn new(timeout: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(timeout))
    }

    pub(super) fn left(&self) -> Duration {
        const LONG: Duration = Duration::from_secs(3600);
        self.0.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()).min(LONG))
    }
}
