//! Notifies subscribers of the events of a source.

use super::{LiveState, Source};
use crate::cache::event::{Event, EventKind};
use crate::cache::policy::State;
use crate::error::{Code, Error};

/// The state before a landing, for comparison.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) version: u64,
    failures: u32,
    is_reconfirmed: bool,
    /// Somebody asked for this landing or waits for it.
    is_wanted: bool,
}

impl Before {
    pub(super) fn of(state: &LiveState) -> Before {
        let entry = &state.entry;
        Before {
            version: entry.version,
            failures: entry.failures,
            is_reconfirmed: entry.is_reconfirmed(),
            is_wanted: entry.wanted || entry.is_forced(),
        }
    }
}

impl Source {
    /// Notifies of a landing. `error` is the reason if it brought no value or a degraded one. The lock is held, so
    /// that the events of a source are in order.
    pub(super) fn notify_landing(&self, state: &LiveState, before: Before, error: Option<&Error>) {
        match error {
            Some(error) if error.code() == Code::Closed => return,
            Some(error) => self.notify(EventKind::RefreshFailed, state, Some(error)),
            None if before.failures > 0 => self.notify(EventKind::Recovered, state, None),
            None => {}
        }
        if state.entry.version != before.version {
            self.notify(EventKind::Changed, state, None);
        } else if state.entry.is_reconfirmed() && !before.is_reconfirmed {
            self.notify(EventKind::Reconfirmed, state, None);
        } else if error.is_none() && before.failures == 0 && before.is_wanted {
            self.notify(EventKind::Refreshed, state, None);
        }
    }

    /// Notifies of changes by time: an expired value, an overdue rotation. The lock is held, and the published state
    /// is up to date.
    pub(super) fn notify_time_events(&self, state: &mut LiveState) {
        let version = state.entry.version;
        if state.published.is(version, State::Ended) && state.end_notified != Some(version) {
            state.end_notified = Some(version);
            let error = state.entry.last_error.clone();
            self.notify(EventKind::Ended, state, error.as_ref());
        }
        if state.entry.wait_ended(self.platform.now()) && !state.published.is(version, State::Ended) {
            self.notify(EventKind::WaitEnded, state, None);
        }
        if state.entry.became_overdue(self.platform.now()) {
            self.notify(EventKind::RotationOverdue, state, None);
        }
    }

    pub(super) fn notify(&self, kind: EventKind, state: &LiveState, error: Option<&Error>) {
        if self.runner.has_subscribers() {
            self.runner.emit(Event {
                kind,
                source: self.name.clone(),
                generation: state.published.generation(),
                error: error.cloned(),
                time_ms: self.platform.wall_ms(),
                dropped: 0,
            });
        }
    }
}
