//! The deadline of a caller.

use std::time::{Duration, Instant};

/// The moment at which a caller stops waiting; `None` if it is out of the clock's range.
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
