//! `get` without a fresh value: the policy decides, and the caller waits here if it must.

use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::deadline::Deadline;
use super::{Caller, LiveState, Source, lock};
use crate::cache::credential::Credential;
use crate::cache::entry::Entry;
use crate::cache::need::Need;
use crate::cache::policy::{Decision, State, decide};
use crate::error::{Code, Error, Result};
use crate::platform::Moment;
use crate::slow_wait::SlowWait;

/// What a caller does next.
pub(super) enum Step {
    /// Return this.
    Done(Result<Arc<Credential>>),
    /// Wait for the next change, or until the moment. `serve`: return the held value in the end, and wait only a short
    /// time for a better one.
    Wait { until: Option<Moment>, serve: bool },
}

impl Source {
    #[cold]
    pub(super) fn get_or_wait(self: &Arc<Self>, caller: Caller<'_>, timeout: Duration) -> Result<Arc<Credential>> {
        let live = self.live();
        let deadline = Deadline::new(timeout);
        let short = Deadline::new(timeout.min(self.settings.refresh_wait));
        let mut joined = None;
        let mut state = lock(&live);
        loop {
            let (until, serve) = match self.step(caller, &mut state, &mut joined, false) {
                Step::Done(result) => return result,
                Step::Wait { until, serve } => (until, serve),
            };
            let left = if serve { short.left() } else { deadline.left() };
            let pause = until.map(|moment| moment.since(self.platform.now()));
            let pointless = pause.is_some_and(|pause| pause > left);
            if left.is_zero() || pointless {
                return self.timed_out(&state, serve, left.is_zero());
            }
            self.await_flight(&state, Need::Caller);
            let wait = pause.map_or(left, |pause| pause.min(left)).max(Duration::from_millis(1));
            state = live.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// `get` for a provider on the library's thread, where the value is a login identity. If the held value may be
    /// returned, the call waits at most [`crate::cache::Settings::refresh_wait`] and `max_wait` for a better one; at
    /// most `max_wait` if it was rejected, because its service would reject it again. If there is none, the caller
    /// bounds the time, and the call fails at once if the back-off is longer than `max_wait`.
    pub async fn get_from_runtime(self: &Arc<Self>, max_wait: Duration) -> Result<Arc<Credential>> {
        let live = self.live();
        let deadline = Deadline::new(max_wait);
        let short = Deadline::new(max_wait.min(self.settings.refresh_wait));
        let mut joined = None;
        loop {
            let (changed, pause, lend_after) = {
                let mut state = lock(&live);
                match self.step(Caller::NONE, &mut state, &mut joined, true) {
                    Step::Done(result) => return result,
                    Step::Wait { until, serve } => {
                        let rejected = state.entry.rejected().is_some();
                        let left = if serve && !rejected { short.left() } else { deadline.left() };
                        let pause = until.map(|moment| moment.since(self.platform.now()));
                        let pointless = pause.is_some_and(|pause| pause > left);
                        if pointless || serve && left.is_zero() {
                            return self.timed_out(&state, serve, false);
                        }
                        self.await_flight(&state, Need::Flight);
                        let (sender, receiver) = oneshot::channel();
                        state.waiters.retain(|waiter| !waiter.is_closed());
                        state.waiters.push(sender);
                        let pause = pause.into_iter().chain(serve.then_some(left)).min();
                        (receiver, pause, state.entry.lend_after(self.platform.now()))
                    }
                }
            };
            wait_lending(lend_after, pause, changed).await;
        }
    }

    /// What each step begins with: publishes what time and clocks have changed. The inner result is an error if the
    /// thread cannot be started; then no generation is published, and a held value is returned nevertheless.
    pub(super) fn prepare(self: &Arc<Self>, caller: Caller<'_>, state: &mut LiveState) -> Result<Result<()>> {
        self.check_open(caller)?;
        let moved = state.entry.doubt_clock(self.platform.now(), self.platform.wall_ms());
        let watched = self.ensure_watched(state);
        if moved {
            self.rearm(state);
        }
        self.publish(state);
        self.notify_time_events(state);
        Ok(watched)
    }

    /// The next step of a caller that wants the value. `needs_other`: a rejected value is of no use for the caller, who
    /// waits until the service stands by it or a fetch fails.
    pub(super) fn step(
        self: &Arc<Self>,
        caller: Caller<'_>,
        state: &mut LiveState,
        joined: &mut Option<u64>,
        needs_other: bool,
    ) -> Step {
        let watched = match self.prepare(caller, state) {
            Ok(watched) => watched,
            Err(closed) => return Step::Done(Err(closed)),
        };
        let now = self.platform.now();
        let mut view = state.entry.view();
        let is_looked_for = !state.entry.is_reconfirmed() && !state.entry.is_deferred();
        let waits_for_other = needs_other && is_looked_for && (view.in_flight || !view.backs_off(now));
        if let Some(rejected) = view.rejected.as_mut().filter(|_| waits_for_other) {
            rejected.until = Moment::from_ms(u64::MAX);
        }
        let serve = match decide(now, &view) {
            Decision::Serve(_) => return Step::Done(self.held()),
            Decision::ServeAndRefresh(_) => {
                let may_launch = watched.is_ok() && state.entry.not_before(now).is_none();
                let _later = may_launch && self.launch(state).is_err();
                return Step::Done(self.held());
            }
            Decision::Fail => return Step::Done(Err(last_error(&state.entry, now))),
            Decision::Wait(serve) => serve,
        };
        let landed = joined.is_some_and(|joined| state.entry.landed != joined);
        match serve {
            None if landed && state.entry.last_error.is_some() => {
                return Step::Done(Err(last_error(&state.entry, now)));
            }
            // The fetch brought nothing better. Only a rejection may need several.
            Some(held) if landed && held != State::Rejected => return Step::Done(self.held()),
            _ => {}
        }
        let not_before = match serve {
            Some(_) => state.entry.not_before(now),
            None => state.entry.not_before_without_value(now),
        };
        let until = not_before.filter(|_| !state.entry.in_flight);
        if until.is_none() {
            if let Err(error) = watched.and_then(|()| self.launch(state)) {
                return Step::Done(if serve.is_some() { self.held() } else { Err(error) });
            }
            *joined = Some(state.entry.landed);
        }
        // Other callers waited for this flight already.
        if serve.is_some() && !needs_other && state.entry.flight_is_slow(now) {
            return Step::Done(self.held());
        }
        Step::Wait { until, serve: serve.is_some() }
    }

    /// The flight in the air, if there is one, is waited for.
    pub(super) fn await_flight(self: &Arc<Self>, state: &LiveState, need: Need) {
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
                let pause = state.entry.not_before_without_value(now).map(|moment| moment.since(now));
                let timeout = Error::new(Code::Timeout, text)
                    .with_request_id(error.request_id().map(String::from))
                    .with_retry_after(pause)
                    .with_progress(error.progress());
                let timeout = match error.http_status() {
                    Some(status) => timeout.with_http_status(status),
                    None => timeout,
                };
                match error.provider_code() {
                    Some(code) => timeout.with_provider_code(code),
                    None => timeout,
                }
            }
            None => Error::new(Code::Timeout, format!("{}: no value within the timeout; allow more time", self.name)),
        })
    }
}

/// Waits for the change, for `pause` at most. After `lend_after` others may use the turn of the waiting flight, which takes
/// one again before it goes on.
async fn wait_lending(lend_after: Duration, pause: Option<Duration>, mut changed: oneshot::Receiver<()>) {
    let mut slow = None;
    let waiting = async {
        if tokio::time::timeout(lend_after, &mut changed).await.is_err() {
            slow = Some(SlowWait::begin());
            let _sender_gone = changed.await.is_err();
        }
    };
    match pause {
        Some(pause) => {
            let _timed_out = tokio::time::timeout(pause, waiting).await.is_err();
        }
        None => waiting.await,
    }
    if let Some(slow) = slow {
        slow.end().await;
    }
}

/// The last error, with the time until the next refresh.
pub(super) fn last_error(entry: &Entry, now: Moment) -> Error {
    let error =
        entry.last_error.clone().unwrap_or_else(|| Error::new(Code::Internal, "a refresh failed without an error"));
    match entry.not_before_without_value(now) {
        Some(moment) if error.is_retryable() => error.with_retry_after(Some(moment.since(now))),
        _ => error,
    }
}

/// Checks at compile time that the futures of the cache may move between threads.
#[allow(dead_code)]
fn assert_send(source: &Arc<Source>) -> impl Future<Output = Result<Arc<Credential>>> + Send + '_ {
    source.get_from_runtime(Duration::ZERO)
}
