//! What callers demand of an entry: reports of a rejected value, forced refreshes, and their limits.

use std::sync::Arc;
use std::time::Duration;

use super::Entry;
use super::rejection::Rejection;
use crate::platform::Moment;
use crate::providers::Material;

impl Entry {
    /// The held value, if it was reported as rejected.
    pub fn rejected(&self) -> Option<Arc<Material>> {
        self.rejected.and(self.held.as_ref()).map(|held| Arc::clone(&held.material))
    }

    /// Whether the service stands by a rejected value: it returned the same one after the settle time.
    pub fn is_reconfirmed(&self) -> bool {
        self.rejected.is_some_and(|rejection| rejection.is_reconfirmed)
    }

    /// Whether a report of the held value has not caused its fetch yet, because there were too many reports.
    pub fn is_deferred(&self) -> bool {
        self.rejected.is_some_and(|rejection| rejection.is_deferred())
    }

    /// The held value was reported as rejected. Returns whether the report causes a refresh: it does not while an
    /// earlier one still looks for another value.
    ///
    /// # Errors
    /// There were too many reports: the time until a refresh is allowed. The value is rejected nevertheless: a value that
    /// its service does not accept must not count as a good one. It is fetched again when a refresh is allowed, and
    /// callers do not wait for that.
    pub fn reject(&mut self, now: Moment) -> Result<bool, Duration> {
        if self.rejected.is_some_and(|rejection| !rejection.is_reconfirmed && !rejection.is_deferred()) {
            return Ok(false);
        }
        if let Err(wait) = self.reports.take(now) {
            let allowed = now.after(wait);
            let was_reconfirmed = self.is_reconfirmed();
            if self.rejected.is_none() || was_reconfirmed {
                let mut rejection = Rejection::deferred(now, allowed, allowed.after(self.settings.settle));
                rejection.renewed = was_reconfirmed;
                self.rejected = Some(rejection);
            }
            self.refresh_at = Some(self.refresh_at.map_or(allowed, |planned| planned.min(allowed)));
            return Err(wait);
        }
        self.rejections = self.rejections.saturating_add(1);
        let mut rejection = Rejection::new(now.after(self.settings.settle));
        rejection.renewed = self.rejected.is_some_and(|rejection| rejection.is_reconfirmed);
        if self.in_flight {
            rejection.look(now, self.settings.refresh_wait);
            rejection.after_request = true;
        }
        self.rejected = Some(rejection);
        self.refresh_at = Some(now);
        self.failing = None;
        self.retry_at = None;
        Ok(true)
    }

    /// Prepares a forced refresh, which is counted and ignores the back-off. Returns the number of the landing that
    /// ends it: its flight starts after this call. If a flight is in progress, the forced one follows it.
    ///
    /// # Errors
    /// There were too many: the time until the next one may be made.
    pub fn force(&mut self, now: Moment) -> Result<u64, Duration> {
        if !self.in_flight {
            self.refreshes.take(now)?;
            self.forced = true;
            return Ok(self.landed.saturating_add(1));
        }
        if !self.forced_next {
            self.refreshes.take(now)?;
            self.forced_next = true;
        }
        Ok(self.landed.saturating_add(2))
    }

    /// Whether a forced flight must start now, after the one that landed.
    pub fn follow(&mut self) -> bool {
        let follows = std::mem::take(&mut self.forced_next);
        self.forced |= follows;
        follows
    }

    /// Whether the flight in progress is a forced refresh.
    pub fn is_forced(&self) -> bool {
        self.forced
    }
}
