//! Forced refreshes, and reports of a rejected value.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::deadline::Deadline;
use super::{Caller, LiveState, Source, lock};
use crate::cache::credential::Credential;
use crate::cache::event::EventKind;
use crate::cache::need::Need;
use crate::error::{Code, Error, Result};
use crate::log::Level;

impl Source {
    /// Asks the cloud now, also if the held value is fresh, and waits for the answer at most `timeout`. The fetch
    /// starts after this call: one that is in progress may have been answered before.
    ///
    /// # Errors
    /// Why the refresh failed; [`Code::RateLimited`] after too many calls.
    pub fn refresh(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.refresh_for(Caller::NONE, timeout)
    }

    pub(super) fn refresh_for(
        self: &Arc<Self>,
        caller: Caller<'_>,
        timeout: Option<Duration>,
    ) -> Result<Arc<Credential>> {
        self.check_open(caller)?;
        let live = self.live();
        let deadline = Deadline::new(timeout.unwrap_or(self.settings.total_timeout));
        let mut state = lock(&live);
        let landing = state.entry.force(self.platform.now()).map_err(too_many_refreshes)?;
        self.launch(&mut state)?;
        while state.entry.landed < landing {
            self.check_open(caller)?;
            let left = deadline.left();
            if left.is_zero() {
                return self.timed_out(&state, false, true);
            }
            self.await_flight(&state, Need::Caller);
            state = live.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.check_open(caller)?;
        match &state.entry.last_error {
            // A later fetch may have failed since.
            Some(error) if state.entry.succeeded < landing => Err(error.clone()),
            _ => self.slot.load_full().ok_or_else(|| Error::new(Code::Internal, "a refresh succeeded without a value")),
        }
    }

    /// Reports that the service rejected the credential. A report of an old credential is ignored; several reports of
    /// the current one cause one refresh.
    ///
    /// # Errors
    /// [`Code::RateLimited`] after too many reports: the value is rejected, and is fetched again when that is allowed;
    /// [`Code::InvalidArgument`] for another source's credential.
    pub fn report_rejected(self: &Arc<Self>, credential: &Credential) -> Result<()> {
        self.report_credential_for(Caller::NONE, credential)
    }

    pub(super) fn report_credential_for(self: &Arc<Self>, caller: Caller<'_>, credential: &Credential) -> Result<()> {
        if !Arc::ptr_eq(&credential.cell, &self.cell) {
            return Err(Error::argument("credential", "it belongs to another source; report it to that one"));
        }
        self.report_for(caller, |state| {
            state.entry.held.as_ref().is_some_and(|held| held.material.same_as(&credential.material))
        })
    }

    /// Like [`Source::report_rejected`], by the generation of the credential. A generation that is not of the present
    /// value is ignored.
    ///
    /// # Errors
    /// [`Code::RateLimited`] after too many reports.
    pub fn report_rejected_generation(self: &Arc<Self>, generation: u64) -> Result<()> {
        self.report_generation_for(Caller::NONE, generation)
    }

    pub(super) fn report_generation_for(self: &Arc<Self>, caller: Caller<'_>, generation: u64) -> Result<()> {
        self.report_for(caller, |state| state.published.had(generation))
    }

    fn report_for(self: &Arc<Self>, caller: Caller<'_>, is_present: impl Fn(&LiveState) -> bool) -> Result<()> {
        self.check_open(caller)?;
        let live = self.live();
        let outcome = {
            let mut state = lock(&live);
            if !is_present(&state) {
                return Ok(());
            }
            let is_news = state.entry.rejected().is_none() || state.entry.is_reconfirmed();
            let outcome = match state.entry.reject(self.platform.now()) {
                Ok(false) => return Ok(()),
                Ok(true) if self.settings.lazy => Ok(()),
                Ok(true) => self.launch(&mut state),
                Err(wait) => Err(too_many_reports(wait)),
            };
            self.rearm(&mut state);
            self.publish(&mut state);
            if !is_news {
                return outcome;
            }
            self.notify(EventKind::Rejected, &state, None);
            outcome
        };
        self.log.write(Level::Warn, || match &outcome {
            Ok(()) => format!("{}: the value was reported as rejected; fetching another one", self.name),
            Err(error) => format!("{}: the value was reported as rejected: {error}", self.name),
        });
        outcome
    }
}

fn too_many_refreshes(wait: Duration) -> Error {
    let text =
        format!("too many calls: this refresh had no effect; the next one is allowed in {} ms", wait.as_millis());
    Error::new(Code::RateLimited, text).with_retry_after(Some(wait))
}

fn too_many_reports(wait: Duration) -> Error {
    let text =
        format!("too many reports: the rejected value is fetched again in {} ms at the latest", wait.as_millis());
    Error::new(Code::RateLimited, text).with_retry_after(Some(wait))
}
