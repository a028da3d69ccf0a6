//! Calls with another wait than `get`: for a newer value than the caller's, and no wait at all.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::deadline::Deadline;
use super::wait::{Step, last_error};
use super::{Caller, LiveState, Source, lock};
use crate::cache::credential::Credential;
use crate::cache::need::Need;
use crate::cache::policy::{Decision, decide};
use crate::error::Result;
use crate::platform::Moment;

impl Source {
    pub(super) fn get_newer_for(
        self: &Arc<Self>,
        caller: Caller<'_>,
        generation: u64,
        timeout: Option<Duration>,
    ) -> Result<Arc<Credential>> {
        let live = self.live();
        let deadline = Deadline::new(timeout.unwrap_or(self.settings.total_timeout));
        let mut joined = None;
        let mut state = lock(&live);
        loop {
            let until = match self.step_to_newer(caller, &mut state, generation, &mut joined) {
                Err(error) => return Err(error),
                Ok(Some(until)) => until,
                Ok(None) => {
                    drop(state);
                    return self.get_for(caller, Some(deadline.left()));
                }
            };
            let left = deadline.left();
            if left.is_zero() {
                return self.timed_out(&state, false, true);
            }
            self.await_flight(&state, Need::Caller);
            let pause = until.map(|moment| moment.since(self.platform.now()));
            let wait = pause.map_or(left, |pause| pause.min(left)).max(Duration::from_millis(1));
            state = live.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// `None`: the value is another one than that of the generation. Otherwise wait for the next change, or until the
    /// moment.
    fn step_to_newer(
        self: &Arc<Self>,
        caller: Caller<'_>,
        state: &mut LiveState,
        generation: u64,
        joined: &mut Option<u64>,
    ) -> Result<Option<Option<Moment>>> {
        let watched = self.prepare(caller, state)?;
        if !state.published.had(generation) {
            return Ok(None);
        }
        let now = self.platform.now();
        let view = state.entry.view();
        let decision = decide(now, &view);
        let failed = joined.is_some_and(|joined| state.entry.landed != joined);
        if decision == Decision::Fail || failed && (view.is_refused() || view.is_lasting()) {
            return Err(last_error(&state.entry, now));
        }
        if state.entry.in_flight {
            joined.get_or_insert(state.entry.landed);
            return Ok(Some(None));
        }
        // A good value is fetched again by its schedule only. In lazy mode nobody else follows it.
        let is_good = matches!(decision, Decision::Serve(_)) && state.entry.rejected().is_none();
        if is_good && !state.entry.refresh_is_due(now) {
            watched?;
            return Ok(Some(state.entry.next_wake(now)));
        }
        let not_before = match decision {
            Decision::Wait(None) => state.entry.not_before_without_value(now),
            _ => state.entry.not_before(now),
        };
        if not_before.is_none() {
            watched?;
            self.launch(state)?;
            *joined = Some(state.entry.landed);
        }
        Ok(Some(not_before))
    }

    pub(super) fn try_get_for(self: &Arc<Self>, caller: Caller<'_>) -> Result<Option<Arc<Credential>>> {
        caller.check()?;
        if let Some(credential) = self.get_fresh() {
            return Ok(Some(credential));
        }
        let live = self.live();
        let mut state = lock(&live);
        let until = match self.step(caller, &mut state, &mut None, false) {
            Step::Done(result) => return result.map(Some),
            Step::Wait { until, serve } => {
                state.entry.wanted_better |= serve && !self.settings.lazy;
                until
            }
        };
        if until.is_some() && self.settings.lazy {
            // There is no timer that would start the next fetch.
            return Err(last_error(&state.entry, self.platform.now()));
        }
        state.entry.wanted = true;
        self.await_flight(&state, Need::Caller);
        if until.is_some() || state.entry.wanted_better {
            self.rearm(&mut state);
            self.publish(&mut state);
        }
        Ok(None)
    }
}
