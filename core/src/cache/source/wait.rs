//! `get` without a fresh value: the policy decides, and the caller waits here if it must.

use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::deadline::Deadline;
use super::{LiveState, Source, lock};
use crate::cache::credential::Credential;
use crate::cache::entry::Entry;
use crate::cache::need::Need;
use crate::cache::policy::{Decision, decide};
use crate::error::{Code, Error, Result};
use crate::platform::Moment;

enum Step {
    Done(Result<Arc<Credential>>),
    /// Wait for the next change, or until the moment. `serve`: when the caller's timeout ends, return the held value.
    Wait {
        until: Option<Moment>,
        serve: bool,
    },
}

impl Source {
    #[cold]
    pub(super) fn get_or_wait(self: &Arc<Self>, timeout: Duration) -> Result<Arc<Credential>> {
        let live = self.live();
        let deadline = Deadline::new(timeout);
        let mut joined = None;
        let mut state = lock(&live);
        loop {
            let (until, serve) = match self.step(&mut state, &mut joined) {
                Step::Done(result) => return result,
                Step::Wait { until, serve } => (until, serve),
            };
            let left = deadline.left();
            let pause = until.map(|moment| moment.since(self.platform.now()));
            let pointless = !serve && pause.is_some_and(|pause| pause > left);
            if left.is_zero() || pointless {
                return self.timed_out(&state, serve, left.is_zero());
            }
            self.await_flight(&state, Need::Caller);
            let wait = pause.map_or(left, |pause| pause.min(left)).max(Duration::from_millis(1));
            state = live.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// `get` for a provider on the library's thread. If the held value may be returned, the call waits at most
    /// `max_wait` for a better one. If there is none, the caller bounds the time, and the call fails at once if the
    /// back-off is longer than `max_wait`.
    pub async fn get_from_runtime(self: &Arc<Self>, max_wait: Duration) -> Result<Arc<Credential>> {
        let live = self.live();
        let deadline = Deadline::new(max_wait);
        let mut joined = None;
        loop {
            let (changed, pause) = {
                let mut state = lock(&live);
                match self.step(&mut state, &mut joined) {
                    Step::Done(result) => return result,
                    Step::Wait { serve: true, .. } if deadline.left().is_zero() => return self.held(),
                    Step::Wait { until, serve } => {
                        let pause = until.map(|moment| moment.since(self.platform.now()));
                        if !serve && pause.is_some_and(|pause| pause > deadline.left()) {
                            return self.timed_out(&state, false, false);
                        }
                        self.await_flight(&state, Need::Flight);
                        let (sender, receiver) = oneshot::channel();
                        state.waiters.retain(|waiter| !waiter.is_closed());
                        state.waiters.push(sender);
                        let left = serve.then(|| deadline.left());
                        (receiver, pause.into_iter().chain(left).min())
                    }
                }
            };
            match pause {
                Some(pause) => {
                    let _timed_out = tokio::time::timeout(pause, changed).await.is_err();
                }
                None => {
                    let _sender_gone = changed.await.is_err();
                }
            }
        }
    }

    /// The next step of a caller that wants the value.
    fn step(self: &Arc<Self>, state: &mut LiveState, joined: &mut Option<u64>) -> Step {
        if let Err(closed) = self.check_open() {
            return Step::Done(Err(closed));
        }
        let now = self.platform.now();
        // If the thread cannot be started, no generation is published; a held value is returned nevertheless.
        let watched = self.ensure_watched(state);
        self.publish(state);
        self.notify_time_events(state);
        let serve = match decide(now, &state.entry.view()) {
            Decision::Serve(_) => return Step::Done(self.held()),
            Decision::ServeAndRefresh(_) => {
                let may_launch = watched.is_ok() && state.entry.not_before(now).is_none();
                let _later = may_launch && self.launch(state).is_err();
                return Step::Done(self.held());
            }
            Decision::Fail => return Step::Done(Err(last_error(&state.entry, now))),
            Decision::Wait(serve) => serve,
        };
        let failed = joined.is_some_and(|joined| state.entry.landed != joined) && state.entry.last_error.is_some();
        if failed && serve.is_none() {
            return Step::Done(Err(last_error(&state.entry, now)));
        }
        let until = if state.entry.in_flight { None } else { state.entry.not_before(now) };
        if until.is_none() {
            if let Err(error) = watched.and_then(|()| self.launch(state)) {
                return Step::Done(if serve.is_some() { self.held() } else { Err(error) });
            }
            *joined = Some(state.entry.landed);
        }
        Step::Wait { until, serve: serve.is_some() }
    }

    /// The flight in the air, if there is one, is waited for.
    fn await_flight(self: &Arc<Self>, state: &LiveState, need: Need) {
        if state.entry.in_flight {
            self.runner.needed(self, need);
        }
    }

    fn held(&self) -> Result<Arc<Credential>> {
        self.slot.load_full().ok_or_else(|| Error::new(Code::Internal, "there is no value to return"))
    }

    pub(super) fn timed_out(&self, state: &LiveState, serve: bool, waited: bool) -> Result<Arc<Credential>> {
        if serve {
            return self.held();
        }
        let now = self.platform.now();
        if !waited && state.entry.last_error.is_some() {
            return Err(last_error(&state.entry, now));
        }
        Err(match &state.entry.last_error {
            Some(error) => {
                let text = format!("{}: no value within the timeout; the last fetch failed: {error}", self.name);
                let pause = state.entry.not_before(now).map(|moment| moment.since(now));
                let timeout = Error::new(Code::Timeout, text)
                    .with_request_id(error.request_id().map(String::from))
                    .with_retry_after(pause);
                match error.provider_code() {
                    Some(code) => timeout.with_provider_code(code),
                    None => timeout,
                }
            }
            None => Error::new(Code::Timeout, format!("{}: no value within the timeout; allow more time", self.name)),
        })
    }
}

/// The last error, with the time until the next refresh.
fn last_error(entry: &Entry, now: Moment) -> Error {
    let error =
        entry.last_error.clone().unwrap_or_else(|| Error::new(Code::Internal, "a refresh failed without an error"));
    match entry.not_before(now) {
        Some(moment) if error.is_retryable() => error.with_retry_after(Some(moment.since(now))),
        _ => error,
    }
}

/// Checks at compile time that the futures of the cache may move between threads.
#[allow(dead_code)]
fn assert_send(source: &Arc<Source>) -> impl Future<Output = Result<Arc<Credential>>> + Send + '_ {
    source.get_from_runtime(Duration::ZERO)
}
