//! A report that the service rejected the held value.

use std::time::Duration;

use crate::cache::backoff::full_jitter;
use crate::cache::policy::Rejected;
use crate::platform::Moment;

/// The bounds of the waits between fetches while the service still returns a value that was reported as rejected.
const REJECTED_INITIAL: Duration = Duration::from_millis(500);
const REJECTED_MAX: Duration = Duration::from_secs(10);
/// The longest wait between these fetches after the settle time. It matters for a source that is not polled.
const REJECTED_LATER: Duration = Duration::from_secs(5 * 60);

/// A report of the held value. It stays until another value comes: an answer with the same value does not show that
/// the service accepts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rejection {
    /// Until then another value is looked for every few seconds.
    until: Moment,
    /// Until then callers wait for the first fetch; `None` before it starts.
    wait_until: Option<Moment>,
    /// Fetches that ended since the report.
    pub(super) fetches: u32,
    /// The value was reported before, and the service stood by it: callers wait for one fetch only.
    pub(super) renewed: bool,
    /// The service stands by the value: it returned the same one after the settle time. A new report looks again.
    pub(super) is_reconfirmed: bool,
    /// The flight in progress began before the report: its answer does not show what the service says now.
    pub(super) after_request: bool,
    /// There were too many reports: this one causes a fetch at this moment, unless another one brings a value before.
    deferred_until: Option<Moment>,
}

impl Rejection {
    pub(super) fn new(until: Moment) -> Rejection {
        Rejection {
            until,
            wait_until: None,
            fetches: 0,
            renewed: false,
            is_reconfirmed: false,
            after_request: false,
            deferred_until: None,
        }
    }

    /// A report that causes no fetch now, so that there is nothing to wait for.
    pub(super) fn deferred(now: Moment, allowed: Moment, until: Moment) -> Rejection {
        Rejection { wait_until: Some(now), deferred_until: Some(allowed), ..Rejection::new(until) }
    }

    pub(super) fn is_deferred(&self) -> bool {
        self.deferred_until.is_some()
    }

    /// A flight begins. Whether it is the one that the report causes: callers wait for it.
    pub(super) fn ends_deferral(&mut self, now: Moment) -> bool {
        let ends = self.deferred_until.is_some_and(|allowed| now >= allowed);
        if ends {
            (self.deferred_until, self.wait_until) = (None, None);
        }
        ends
    }

    pub(super) fn view(&self) -> Rejected {
        let first = self.wait_until.unwrap_or(Moment::from_ms(u64::MAX));
        let until = match self.fetches {
            0 => first,
            _ if self.renewed || self.is_reconfirmed => Moment::from_ms(0),
            _ => first.min(self.until),
        };
        Rejected { until, fetched_since: self.fetches > 0 }
    }

    /// Callers wait for a flight from now on.
    pub(super) fn look(&mut self, now: Moment, refresh_wait: Duration) {
        self.wait_until.get_or_insert(now.after(refresh_wait));
    }

    /// The service returned the rejected value again. Returns the moment of the next fetch; `planned` is the one of a
    /// good value.
    pub(super) fn repeated(&mut self, now: Moment, planned: Option<Moment>, random: f64) -> Moment {
        if std::mem::take(&mut self.after_request) {
            return now;
        }
        if let Some(allowed) = self.deferred_until {
            return planned.map_or(allowed, |planned| planned.min(allowed)).max(now);
        }
        self.fetches = self.fetches.saturating_add(1);
        if now >= self.until {
            self.is_reconfirmed = true;
            let later = now.after(REJECTED_LATER.mul_f64(0.9 + random / 10.0));
            return planned.map_or(later, |planned| planned.min(later));
        }
        let wait = full_jitter(REJECTED_INITIAL, REJECTED_MAX, self.fetches, 0.5 + random / 2.0);
        now.after(wait).min(self.until)
    }
}
