//! When an entry refreshes and wakes next.

use std::time::Duration;

use super::Entry;
use super::steady::clock_moved;
use crate::platform::Moment;
use crate::providers::Windows;

/// The random deviation of the poll interval, as a fraction of it. The mean does not change.
const POLL_JITTER: f64 = 0.1;
/// The longest random delay of a refresh after `renew_at`: the processes of a host must not refresh at the same time.
const RENEW_JITTER: Duration = Duration::from_secs(2);
/// The shortest time between a success and the next refresh.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The wait before a value is fetched once more because the clocks moved during its fetch.
const DOUBTED_PAUSE: Duration = Duration::from_secs(1);
/// How late a rotation may be before it counts as overdue: it takes minutes to settle, and the official plugin fetches
/// the next value up to 15 minutes after it.
const ROTATION_GRACE: Duration = Duration::from_secs(15 * 60);

impl Entry {
    /// The earliest moment of the next refresh; `None` if it may start now.
    pub fn not_before(&self, now: Moment) -> Option<Moment> {
        let failing = self.failing.map(|failing| failing.until);
        let settling = self.rejected.and(self.refresh_at);
        failing.max(settling).filter(|moment| *moment > now)
    }

    /// Like [`Entry::not_before`] for a caller without a usable value: it need not wait for the background's back-off,
    /// which grows with each failure.
    pub fn not_before_without_value(&self, now: Moment) -> Option<Moment> {
        let moment = if self.failing.is_some() { self.retry_at } else { self.rejected.and(self.refresh_at) };
        moment.filter(|moment| *moment > now)
    }

    /// Whether the rotation is overdue: the service returned the old value after the time of the rotation.
    pub fn rotation_overdue(&self, now: Moment) -> bool {
        self.overdue_at().is_some_and(|overdue| now >= overdue)
    }

    /// Whether the rotation became overdue since the last call.
    pub fn became_overdue(&mut self, now: Moment) -> bool {
        let overdue = self.rotation_overdue(now);
        let known = std::mem::replace(&mut self.overdue_notified, overdue);
        overdue && !known
    }

    fn overdue_at(&self) -> Option<Moment> {
        let held = self.held.as_ref()?;
        let due = held.notes.rotation_due_at?;
        // An older answer does not say whether the value was rotated since.
        let fetched_since = held.fetched_at >= due;
        let replaced_since = self.replaced_at.is_some_and(|replaced| replaced >= due);
        (fetched_since && !replaced_since).then(|| due.after(ROTATION_GRACE))
    }

    /// The next moment at which the state changes without an event.
    pub fn next_wake(&self, now: Moment) -> Option<Moment> {
        let view = self.view();
        let windows = view.windows.unwrap_or_default();
        [
            if self.in_flight { None } else { self.refresh_at },
            if self.in_flight { None } else { self.wanted_at() },
            windows.renew_at,
            windows.mandatory_at,
            windows.ends_at,
            view.stale_until(),
            self.overdue_at(),
        ]
        .into_iter()
        .flatten()
        .filter(|moment| *moment > now)
        .chain(if self.refresh_is_due(now) { Some(now) } else { None })
        // It is due until the tick that notifies of it.
        .chain(self.wait_ends_at().map(|end| end.max(now)))
        .min()
    }

    /// Whether the background thread must refresh now.
    pub fn refresh_is_due(&self, now: Moment) -> bool {
        let at = |moment: Option<Moment>| moment.is_some_and(|moment| now >= moment);
        !self.in_flight && (at(self.refresh_at) || at(self.wanted_at()))
    }

    /// When a caller that does not wait may have its fetch.
    fn wanted_at(&self) -> Option<Moment> {
        self.retry_at.filter(|_| self.wanted)
    }

    /// Notices that the wall clock moved against the steady clock since the held value was fetched: the machine was
    /// paused, or a clock was set. Then the value's windows are not reliable, and a refresh is mandatory. Returns
    /// whether this is new.
    pub fn doubt_clock(&mut self, now: Moment, wall_ms: i64) -> bool {
        let Some(held) = self.held.as_ref().filter(|_| !self.doubted) else { return false };
        if !clock_moved(held.fetched_wall_ms, held.fetched_at, now, wall_ms) {
            return false;
        }
        self.doubt(now, now);
        self.retry_at = None;
        self.failing = None;
        true
    }

    /// The clocks moved against each other during the flight that landed with a value: its windows may have been
    /// computed before or after that, so the value is fetched once more.
    pub fn doubt_landing(&mut self, now: Moment) {
        let pause = now.after(DOUBTED_PAUSE);
        self.doubt(now, self.failing.map_or(pause, |failing| failing.until.max(pause)));
    }

    fn doubt(&mut self, now: Moment, refresh_at: Moment) {
        let Some(held) = self.held.as_mut() else { return };
        held.windows.mandatory_at = Some(held.windows.mandatory_at.map_or(now, |moment| moment.min(now)));
        self.doubted = true;
        self.refresh_at = Some(refresh_at);
    }

    /// When a good value is fetched again. `ago`: how long ago the cloud confirmed it.
    pub(super) fn planned(&self, now: Moment, ago: Option<Duration>, windows: &Windows, random: f64) -> Option<Moment> {
        let poll = self.settings.poll_interval.map(|interval| {
            let interval = interval.mul_f64(1.0 - POLL_JITTER + 2.0 * POLL_JITTER * random);
            now.after(interval.saturating_sub(ago.unwrap_or_default()))
        });
        let renewal = windows.renew_at.map(|due| {
            // A short life does not allow the whole jitter.
            let jitter = RENEW_JITTER.min(due.since(now) / 10);
            due.after(jitter.mul_f64(random))
        });
        let planned = match (poll, renewal) {
            (Some(poll), Some(renewal)) => Some(poll.min(renewal)),
            (poll, renewal) => poll.or(renewal),
        };
        // A value that is due on arrival must not be fetched again without a pause.
        planned.map(|moment| moment.max(now.after(SHORTEST_PAUSE)))
    }
}
