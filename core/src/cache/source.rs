//! A source as many threads share it: the hot path, the single flight, and what is published.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;

use crate::cache::credential::Credential;
use crate::cache::entry::{Entry, Held, Settings};
use crate::cache::policy::{Decision, State, decide};
use crate::cache::status::Status;
use crate::error::{Code, Error, Result};
use crate::log::{Level, Sink};
use crate::platform::{Forkable, GenerationCell, Moment, Platform};
use crate::providers::{Fetched, Origin, Provider};

/// Runs flights and keeps the timers; the client does.
pub trait Runner: Send + Sync {
    /// Whether the client was closed.
    fn is_closed(&self) -> bool;
    /// Whether servers' certificates are checked.
    fn tls_verified(&self) -> bool;
    /// Starts a flight of the source.
    fn fly(&self, source: &Arc<Source>) -> Result<()>;
    /// Calls [`Source::tick`] at that moment, instead of the one asked for before. It starts the thread where needed.
    fn watch(&self, source: &Arc<Source>, at: Option<Moment>) -> Result<()>;
}

/// One kept value.
pub struct Source {
    name: String,
    settings: Settings,
    provider: Box<dyn Provider>,
    runner: Arc<dyn Runner>,
    platform: Arc<dyn Platform>,
    log: Sink,
    /// What `get` would answer changes when this does. Odd: it would answer from `slot`, at once.
    cell: Arc<GenerationCell>,
    slot: ArcSwapOption<Credential>,
    /// In lazy mode the same: `slot` is good until its windows say otherwise.
    good: AtomicBool,
    live: Forkable<Live>,
    requests: AtomicU64,
}

/// What is behind a lock; a forked child makes its own.
struct Live {
    state: Mutex<LiveState>,
    changed: Condvar,
}

struct LiveState {
    entry: Entry,
    /// The phase that is published: another phase, another generation.
    published: (u64, State),
    generation: u64,
    /// A timer of this process stands behind the published generation.
    watched: bool,
    waiters: Vec<oneshot::Sender<()>>,
}

enum Step {
    Done(Result<Arc<Credential>>),
    /// Wait for the next change, or until the moment; where the caller's time runs out, what is held may be served.
    Wait {
        until: Option<Moment>,
        serve: bool,
    },
}

impl Source {
    /// A source that holds nothing yet.
    pub fn new(
        name: String,
        settings: Settings,
        provider: Box<dyn Provider>,
        runner: Arc<dyn Runner>,
        platform: Arc<dyn Platform>,
        log: Sink,
    ) -> Source {
        let cell = Arc::new(platform.generation_cell());
        Source {
            name,
            settings,
            provider,
            runner,
            platform,
            log,
            cell,
            slot: ArcSwapOption::const_empty(),
            good: AtomicBool::new(false),
            live: Forkable::default(),
            requests: AtomicU64::new(0),
        }
    }

    /// The source's name: what it is for, without secrets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is kept.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    pub(super) fn platform(&self) -> &Arc<dyn Platform> {
        &self.platform
    }

    pub(super) fn log(&self) -> &Sink {
        &self.log
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// The published generation, for a reader that never comes in here.
    pub fn generation_cell(&self) -> &Arc<GenerationCell> {
        &self.cell
    }

    /// The value, where it may be handed out without looking further: two atomic reads and a reference count. In lazy
    /// mode the clock is read as well.
    pub fn get_fresh(&self) -> Option<Arc<Credential>> {
        if self.cell.load(Ordering::Acquire) & 1 == 1 {
            return self.slot.load_full();
        }
        if !self.settings.lazy || !self.good.load(Ordering::Acquire) || self.runner.is_closed() {
            return None;
        }
        self.slot.load_full().filter(|credential| self.platform.now() < credential.good_until)
    }

    /// The current value. The policy decides, and waits at most `timeout` (`None`: the total timeout of a fetch).
    pub fn get(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        match self.get_fresh() {
            Some(credential) => Ok(credential),
            None => self.get_slowly(timeout.unwrap_or(self.settings.total_timeout)),
        }
    }

    /// The value held, whatever its state; nothing is waited for or started.
    pub fn peek(&self) -> Option<Arc<Credential>> {
        self.slot.load_full()
    }

    #[cold]
    fn get_slowly(self: &Arc<Self>, timeout: Duration) -> Result<Arc<Credential>> {
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
            let no_use = !serve && pause.is_some_and(|pause| pause > left);
            if left.is_zero() || no_use {
                return self.out_of_time(&state, serve, left.is_zero());
            }
            let wait = pause.map_or(left, |pause| pause.min(left)).max(Duration::from_millis(1));
            state = live.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// As `get`, for a provider on the library's thread; its caller bounds the time.
    pub async fn get_from_runtime(self: &Arc<Self>) -> Result<Arc<Credential>> {
        let live = self.live();
        let mut joined = None;
        loop {
            let (changed, until) = {
                let mut state = lock(&live);
                match self.step(&mut state, &mut joined) {
                    Step::Done(result) => return result,
                    Step::Wait { until, .. } => {
                        let (sender, receiver) = oneshot::channel();
                        state.waiters.retain(|waiter| !waiter.is_closed());
                        state.waiters.push(sender);
                        (receiver, until)
                    }
                }
            };
            match until {
                Some(moment) => {
                    let pause = moment.since(self.platform.now());
                    let _timed_out = tokio::time::timeout(pause, changed).await.is_err();
                }
                None => {
                    let _sender_gone = changed.await.is_err();
                }
            }
        }
    }

    /// Asks the cloud now, whatever is held, and waits for that answer at most `timeout`.
    pub fn refresh(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.check_open()?;
        let live = self.live();
        let deadline = Deadline::new(timeout.unwrap_or(self.settings.total_timeout));
        let mut state = lock(&live);
        state.entry.force(self.platform.now()).map_err(|wait| too_often("refresh", wait))?;
        self.launch(&mut state)?;
        let joined = state.entry.landed;
        while state.entry.landed == joined {
            let left = deadline.left();
            if left.is_zero() {
                return self.out_of_time(&state, false, true);
            }
            state = live.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.check_open()?;
        match &state.entry.last_error {
            Some(error) => Err(error.clone()),
            None => self.slot.load_full().ok_or_else(|| Error::new(Code::Internal, "a refresh left no value")),
        }
    }

    /// The service that the credential is for refused it. Only the current one counts; one refresh follows, however
    /// many report it.
    pub fn report_rejected(self: &Arc<Self>, credential: &Credential) -> Result<()> {
        if !Arc::ptr_eq(&credential.cell, &self.cell) {
            return Err(Error::argument("credential", "it belongs to another source; report it to its own"));
        }
        self.check_open()?;
        let live = self.live();
        {
            let mut state = lock(&live);
            let held = state.entry.held.as_ref();
            if !held.is_some_and(|held| *held.material == *credential.material) {
                return Ok(());
            }
            state.entry.reject(self.platform.now()).map_err(|wait| too_often("report", wait))?;
            self.publish(&mut state);
            if !self.settings.lazy {
                self.launch(&mut state)?;
            }
        }
        self.log.write(Level::Warn, || format!("{}: reported as refused; asking for another", self.name));
        Ok(())
    }

    /// Starts the first fetch without waiting for it.
    pub fn prefetch(self: &Arc<Self>) -> Result<()> {
        let live = self.live();
        let mut state = lock(&live);
        if state.entry.held.is_none() { self.launch(&mut state) } else { Ok(()) }
    }

    /// What the timer does: publishes what time has changed, and refreshes where that is due.
    pub fn tick(self: &Arc<Self>) {
        if self.runner.is_closed() {
            return;
        }
        let live = self.live();
        let mut state = lock(&live);
        let launched = if state.entry.refresh_is_due(self.platform.now()) { self.launch(&mut state) } else { Ok(()) };
        self.publish(&mut state);
        self.rearm(&mut state);
        drop(state);
        if let Err(error) = launched {
            self.log.write(Level::Error, || format!("{}: no refresh was started: {error}", self.name));
        }
    }

    /// A flight ended.
    pub(super) fn land(self: &Arc<Self>, result: Result<Fetched>) {
        let live = self.live();
        let (now, wall_ms, random) = (self.platform.now(), self.platform.wall_ms(), self.platform.random());
        let failed = result.as_ref().err().cloned();
        let degraded = result.as_ref().ok().and_then(|fetched| fetched.degraded.clone());
        let (changed, generation) = {
            let mut state = lock(&live);
            state.entry.in_flight = false;
            state.entry.landed = state.entry.landed.wrapping_add(1);
            match result {
                Ok(fetched) => state.entry.succeed(now, wall_ms, fetched, random),
                Err(error) => state.entry.fail(now, error, random),
            }
            let before = state.published.0;
            self.publish(&mut state);
            self.rearm(&mut state);
            wake_all(&live, &mut state);
            (before != state.published.0, state.generation)
        };
        match (failed, degraded) {
            (Some(error), _) if error.code() == Code::Closed => {}
            (Some(error), _) => {
                self.log.write(Level::Warn, || format!("{}: refresh failed: {error}", self.name));
            }
            (None, Some(error)) => {
                self.log.write(Level::Warn, || format!("{}: second-best value taken: {error}", self.name));
            }
            (None, None) if changed => {
                self.log.write(Level::Info, || format!("{}: new value, generation {generation}", self.name));
            }
            (None, None) => self.log.write(Level::Debug, || format!("{}: same value", self.name)),
        }
    }

    /// Whether a value is held that has not ended.
    pub(super) fn has_usable(&self) -> bool {
        lock(&self.live()).entry.has_usable(self.platform.now())
    }

    /// The client was closed: nothing is current any more, and nobody waits.
    pub fn close(&self) {
        self.cell.store(0, Ordering::Release);
        self.good.store(false, Ordering::Release);
        if let Some(live) = self.live.existing(self.platform.fork_epoch()) {
            let mut state = lock(&live);
            // Once more under the lock: a landing in between may have published.
            self.cell.store(0, Ordering::Release);
            wake_all(&live, &mut state);
        }
    }

    /// What the source says of itself.
    pub fn status(&self) -> Status {
        let live = self.live();
        let state = lock(&live);
        let now = self.platform.now();
        let wall = self.platform.wall_ms();
        let entry = &state.entry;
        let held = entry.held.as_ref();
        let notes = held.map(|held| held.notes.clone()).unwrap_or_default();
        let in_wall = |moment: Option<Moment>| moment.map_or(0, |moment| wall.saturating_add(signed_ms(now, moment)));
        Status {
            name: self.name.clone(),
            state: entry.state(now),
            origin: held.map_or(Origin::None, |held| held.material.origin),
            expires_at_ms: held.map_or(0, |held| wall_of(held, held.windows.ends_at)),
            renew_at_ms: held.map_or(0, |held| wall_of(held, held.windows.renew_at)),
            next_refresh_at_ms: in_wall(if self.settings.lazy { None } else { entry.refresh_at }),
            last_success_at_ms: held.map_or(0, |held| held.fetched_wall_ms),
            failures: entry.failures,
            last_error: entry.last_error.clone(),
            generation: state.generation,
            requests: self.requests.load(Ordering::Relaxed),
            rejections: entry.rejections,
            rotation_status: notes.rotation_status,
            last_rotation_cost_ms: notes.last_rotation_cost_ms,
            identity_explanation: notes.explanation,
            clock_skew_ms: notes.clock_skew_ms,
            tls_verified: self.runner.tls_verified(),
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.runner.is_closed() { Err(Error::new(Code::Closed, "the client was closed")) } else { Ok(()) }
    }

    /// What is to be done now about a caller who wants the value.
    fn step(self: &Arc<Self>, state: &mut LiveState, joined: &mut Option<u64>) -> Step {
        if let Err(closed) = self.check_open() {
            return Step::Done(Err(closed));
        }
        let now = self.platform.now();
        if let Err(error) = self.ensure_watched(state) {
            return Step::Done(Err(error));
        }
        self.publish(state);
        let serve = match decide(now, &state.entry.view()) {
            Decision::Serve(_) => return Step::Done(self.held()),
            Decision::ServeAndRefresh(_) => {
                let launched = if state.entry.not_before(now).is_none() { self.launch(state) } else { Ok(()) };
                return Step::Done(launched.and_then(|()| self.held()));
            }
            Decision::Fail => return Step::Done(Err(remembered(&state.entry, now))),
            Decision::Wait(serve) => serve,
        };
        let failed = joined.is_some_and(|joined| state.entry.landed != joined) && state.entry.last_error.is_some();
        if failed && serve.is_none() {
            return Step::Done(Err(remembered(&state.entry, now)));
        }
        let until = if state.entry.in_flight { None } else { state.entry.not_before(now) };
        if until.is_none() {
            if let Err(error) = self.launch(state) {
                return Step::Done(Err(error));
            }
            *joined = Some(state.entry.landed);
        }
        Step::Wait { until, serve: serve.is_some() }
    }

    fn held(&self) -> Result<Arc<Credential>> {
        self.slot.load_full().ok_or_else(|| Error::new(Code::Internal, "a value was to be handed out and none is held"))
    }

    fn out_of_time(&self, state: &LiveState, serve: bool, waited: bool) -> Result<Arc<Credential>> {
        if serve {
            return self.held();
        }
        let now = self.platform.now();
        if !waited && state.entry.last_error.is_some() {
            return Err(remembered(&state.entry, now));
        }
        Err(match &state.entry.last_error {
            Some(error) => {
                let text = format!("{}: no value within the time allowed; the last try failed: {error}", self.name);
                let timeout = Error::new(Code::Timeout, text).with_request_id(error.request_id().map(String::from));
                match error.provider_code() {
                    Some(code) => timeout.with_provider_code(code),
                    None => timeout,
                }
            }
            None => Error::new(Code::Timeout, format!("{}: no value within the time allowed; allow more", self.name)),
        })
    }

    /// Starts a flight unless one is under way.
    fn launch(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if state.entry.in_flight {
            return Ok(());
        }
        state.entry.in_flight = true;
        self.runner.fly(self).inspect_err(|_| state.entry.in_flight = false)
    }

    fn ensure_watched(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if self.settings.lazy || state.watched {
            return Ok(());
        }
        self.runner.watch(self, state.entry.next_wake(self.platform.now()))?;
        state.watched = true;
        Ok(())
    }

    fn rearm(self: &Arc<Self>, state: &mut LiveState) {
        if !self.settings.lazy {
            state.watched = self.runner.watch(self, state.entry.next_wake(self.platform.now())).is_ok();
        }
    }

    /// Brings the snapshot and the generation up to date with the entry.
    fn publish(&self, state: &mut LiveState) {
        let now = self.platform.now();
        let phase = match state.entry.state(now) {
            State::Due => State::Fresh,
            other => other,
        };
        let good = phase == State::Fresh;
        let key = (state.entry.version, phase);
        if key != state.published {
            state.published = key;
            // The low bit says whether `get` may answer from the slot without looking further.
            state.generation = (state.generation | 1) + if good { 2 } else { 1 };
        }
        if let Some(held) = &state.entry.held {
            let windows = held.windows;
            let ends = [windows.renew_at, windows.mandatory_at, windows.ends_at].into_iter().flatten().min();
            let expires_at_ms = wall_of(held, windows.ends_at);
            let renew_at_ms = wall_of(held, windows.renew_at);
            let unchanged = self.slot.load().as_ref().is_some_and(|credential| {
                credential.generation == state.generation
                    && credential.windows == windows
                    && credential.expires_at_ms == expires_at_ms
            });
            if !unchanged {
                self.slot.store(Some(Arc::new(Credential {
                    material: Arc::clone(&held.material),
                    windows,
                    state: phase,
                    generation: state.generation,
                    expires_at_ms,
                    renew_at_ms,
                    good_until: ends.unwrap_or(Moment::from_ms(u64::MAX)),
                    cell: Arc::clone(&self.cell),
                })));
            }
        }
        let visible = state.watched && !self.runner.is_closed();
        self.good.store(good && !self.runner.is_closed(), Ordering::Release);
        self.cell.store(if visible { state.generation } else { 0 }, Ordering::Release);
    }

    fn live(&self) -> Arc<Live> {
        self.live.get(self.platform.fork_epoch(), || self.revive())
    }

    /// What is behind the lock, for a process that has none yet: empty, or in a forked child what the parent had
    /// published.
    fn revive(&self) -> Live {
        let mut entry = Entry::new(self.settings, self.platform.now());
        let mut published = (0, State::Empty);
        let mut generation = 0;
        if let Some(credential) = self.slot.load_full() {
            let (now, wall) = (self.platform.now(), self.platform.wall_ms());
            entry.inherit(
                Held {
                    material: Arc::clone(&credential.material),
                    windows: credential.windows,
                    notes: Default::default(),
                    fetched_wall_ms: wall,
                    fetched_at: now,
                },
                now,
                self.platform.random(),
            );
            published = (entry.version, credential.state);
            generation = credential.generation;
        }
        let state = LiveState { entry, published, generation, watched: false, waiters: Vec::new() };
        Live { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.cell.store(0, Ordering::Release);
        self.live.abandon(self.platform.fork_epoch());
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.name)
    }
}

/// A caller's deadline; none where it lies beyond the clock's end.
struct Deadline(Option<Instant>);

impl Deadline {
    fn new(timeout: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(timeout))
    }

    fn left(&self) -> Duration {
        const LONG: Duration = Duration::from_secs(3600);
        self.0.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()).min(LONG))
    }
}

fn lock(live: &Live) -> MutexGuard<'_, LiveState> {
    // Nothing of ours leaves the state half changed: a panic elsewhere must not close the source for ever.
    live.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake_all(live: &Live, state: &mut LiveState) {
    live.changed.notify_all();
    for waiter in state.waiters.drain(..) {
        // A waiter that has left needs no waking.
        waiter.send(()).unwrap_or_default();
    }
}

/// The last error, with the time until another try is made.
fn remembered(entry: &Entry, now: Moment) -> Error {
    let error = entry.last_error.clone().unwrap_or_else(|| Error::new(Code::Internal, "a failure left no error"));
    match entry.not_before(now) {
        Some(moment) if error.is_retryable() => error.with_retry_after(Some(moment.since(now))),
        _ => error,
    }
}

fn too_often(what: &str, wait: Duration) -> Error {
    let text = format!(
        "too many of these lately: this {what} was not acted upon; the next one may be made in {} ms",
        wait.as_millis()
    );
    Error::new(Code::RateLimited, text).with_retry_after(Some(wait))
}

fn signed_ms(from: Moment, to: Moment) -> i64 {
    let ms = |wait: Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    if to >= from { ms(to.since(from)) } else { -ms(from.since(to)) }
}

/// A moment on the wall clock as it was when the value came: it does not wander with later corrections of that clock.
fn wall_of(held: &Held, moment: Option<Moment>) -> i64 {
    moment.map_or(0, |moment| held.fetched_wall_ms.saturating_add(signed_ms(held.fetched_at, moment)))
}

/// Marks that futures of the cache may move between threads; checked when this compiles.
#[allow(dead_code)]
fn assert_send(source: &Arc<Source>) -> impl Future<Output = Result<Arc<Credential>>> + Send + '_ {
    source.get_from_runtime()
}
