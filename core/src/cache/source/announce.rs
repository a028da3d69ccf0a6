//! What a source tells: events for who listens, and whether a service's code means that its value was refused.

use super::{LiveState, Source};
use crate::cache::event::{Event, EventKind};
use crate::cache::policy::State;
use crate::error::{Code, Error};

/// What a landing is compared with.
#[derive(Clone, Copy)]
pub(super) struct Before {
    version: u64,
    failures: u32,
}

impl Before {
    pub(super) fn of(state: &LiveState) -> Before {
        Before { version: state.entry.version, failures: state.entry.failures }
    }
}

impl Source {
    /// Whether a code that the service answered with means that it refuses the value, so that it should be reported. The
    /// option `rejected_codes` lists these codes; case and white space around them do not matter.
    pub fn judge(&self, provider_code: &str) -> bool {
        let code = provider_code.trim();
        self.rejected_codes.iter().any(|one| one.eq_ignore_ascii_case(code))
    }

    /// Tells of a flight that ended; the error is why it brought nothing, or only a second-best value. The lock is held,
    /// so that events come in the order of what they tell of.
    pub(super) fn tell_landing(&self, state: &LiveState, before: Before, error: Option<&Error>) {
        match error {
            Some(error) if error.code() == Code::Closed => return,
            Some(error) => self.tell(EventKind::RefreshFailed, state, Some(error)),
            None if before.failures > 0 => self.tell(EventKind::Recovered, state, None),
            None => {}
        }
        if state.entry.version != before.version {
            self.tell(EventKind::Changed, state, None);
        }
    }

    /// Tells of what time has brought: an end, a rotation that does not come. The lock is held, and what is published is
    /// up to date.
    pub(super) fn tell_what_time_brought(&self, state: &mut LiveState) {
        let version = state.entry.version;
        if state.published == (version, State::Ended) && state.end_told != Some(version) {
            state.end_told = Some(version);
            let error = state.entry.last_error.clone();
            self.tell(EventKind::Ended, state, error.as_ref());
        }
        if state.entry.overdue_is_news(self.platform.now()) {
            self.tell(EventKind::RotationOverdue, state, None);
        }
    }

    pub(super) fn tell(&self, kind: EventKind, state: &LiveState, error: Option<&Error>) {
        if self.runner.listens() {
            self.runner.emit(Event {
                kind,
                source: self.name.clone(),
                generation: state.generation,
                error: error.cloned(),
                time_ms: self.platform.wall_ms(),
                dropped: 0,
            });
        }
    }
}
