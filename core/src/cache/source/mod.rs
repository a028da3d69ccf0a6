//! A source, which many threads share: the hot path and the public operations. Start with [`Source::get`]. `wait` is
//! `get` without a fresh value, `publish` handles timers and landings and publishes their result, `announce` notifies
//! subscribers.

mod announce;
mod deadline;
mod publish;
mod wait;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;

use self::deadline::Deadline;
use crate::cache::credential::Credential;
use crate::cache::entry::{Entry, Held, Settings};
use crate::cache::event::{Event, EventKind};
use crate::cache::need::Need;
use crate::cache::policy::State;
use crate::error::{Code, Error, Result};
use crate::log::{Level, Sink};
use crate::platform::{Forkable, GenerationCell, Moment, Platform};
use crate::providers::Provider;

/// Runs flights and timers; the client implements it.
pub trait Runner: Send + Sync {
    /// Whether the client is closed.
    fn is_closed(&self) -> bool;
    /// Whether servers' certificates are checked.
    fn tls_verified(&self) -> bool;
    /// Starts a flight of the source.
    fn fly(&self, source: &Arc<Source>) -> Result<()>;
    /// A caller or another flight waits for the source's flight, which may still wait for its turn.
    fn needed(&self, source: &Arc<Source>, need: Need) {
        let _one_turn_for_all = (source, need);
    }
    /// Sets the moment of the next call of [`Source::tick`], and starts the thread if needed.
    fn watch(&self, source: &Arc<Source>, at: Option<Moment>) -> Result<()>;
    /// Whether there are subscribers to events.
    fn has_subscribers(&self) -> bool {
        false
    }
    /// Sends an event to the subscribers. A source's lock is held: the call must neither wait nor call the host.
    fn emit(&self, event: Event) {
        drop(event);
    }
    /// A flight of a source has landed; no lock is held.
    fn landed(&self) {}
}

/// A value that is kept fresh.
pub struct Source {
    name: String,
    settings: Settings,
    provider: Box<dyn Provider>,
    runner: Arc<dyn Runner>,
    platform: Arc<dyn Platform>,
    log: Sink,
    /// The published generation: `get` returns its credential without waiting. 0: `get` must decide.
    cell: Arc<GenerationCell>,
    slot: ArcSwapOption<Credential>,
    /// In lazy mode: `slot` is good until its windows say otherwise.
    good: AtomicBool,
    live: Forkable<Live>,
    fetches: AtomicU64,
    /// The error codes of the service that mean a rejected value.
    rejection_codes: Vec<String>,
}

/// The state behind a lock; a forked child creates its own.
struct Live {
    state: Mutex<LiveState>,
    changed: Condvar,
}

struct LiveState {
    entry: Entry,
    /// The published version and state; a change of it is a new generation.
    published: (u64, State),
    generation: u64,
    /// Whether a timer of this process maintains the published generation.
    watched: bool,
    /// The version whose expiry was notified.
    end_notified: Option<u64>,
    waiters: Vec<oneshot::Sender<()>>,
}

impl Source {
    /// A source without a value.
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
            fetches: AtomicU64::new(0),
            rejection_codes: Vec::new(),
        }
    }

    /// Sets the codes of [`Source::is_rejection_code`]; there are none by default.
    #[must_use]
    pub fn with_rejection_codes(mut self, codes: Vec<String>) -> Source {
        self.rejection_codes = codes;
        self
    }

    /// Whether this error code of the service means that it rejects the value, which should then be reported. The
    /// option `rejected_codes` lists these codes; case and white space around them do not matter.
    pub fn is_rejection_code(&self, provider_code: &str) -> bool {
        let code = provider_code.trim();
        self.rejection_codes.iter().any(|one| one.eq_ignore_ascii_case(code))
    }

    /// The source's name, which says what it is for and contains no secret.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it keeps its value fresh.
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

    pub(super) fn count_fetch(&self) {
        self.fetches.fetch_add(1, Ordering::Relaxed);
    }

    /// The published generation, for readers that only compare it.
    pub fn generation_cell(&self) -> &Arc<GenerationCell> {
        &self.cell
    }

    /// The value, if it is fresh: two atomic reads and a reference count. Lazy mode reads the clock too.
    pub fn get_fresh(&self) -> Option<Arc<Credential>> {
        if self.cell.load(Ordering::Acquire) != 0 {
            // Another thread may have published since; then the policy decides.
            return self.slot.load_full().filter(|credential| credential.state == State::Fresh);
        }
        if !self.settings.lazy || !self.good.load(Ordering::Acquire) || self.runner.is_closed() {
            return None;
        }
        self.slot
            .load_full()
            .filter(|credential| credential.state == State::Fresh && self.platform.now() < credential.good_until)
    }

    /// The current value, as the policy decides. Waits at most `timeout` (`None`: the total timeout of a fetch).
    pub fn get(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        match self.get_fresh() {
            Some(credential) => Ok(credential),
            None => self.get_or_wait(timeout.unwrap_or(self.settings.total_timeout)),
        }
    }

    /// The held value in any state. Neither waits nor refreshes.
    pub fn peek(&self) -> Option<Arc<Credential>> {
        self.slot.load_full()
    }

    /// Fetches the value now, also if the held one is fresh, and waits at most `timeout`.
    pub fn refresh(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.check_open()?;
        let live = self.live();
        let deadline = Deadline::new(timeout.unwrap_or(self.settings.total_timeout));
        let mut state = lock(&live);
        state.entry.force(self.platform.now()).map_err(|wait| rate_limited("refresh", wait))?;
        self.launch(&mut state)?;
        self.runner.needed(self, Need::Caller);
        let joined = state.entry.landed;
        while state.entry.landed == joined {
            let left = deadline.left();
            if left.is_zero() {
                return self.timed_out(&state, false, true);
            }
            state = live.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.check_open()?;
        match &state.entry.last_error {
            Some(error) => Err(error.clone()),
            None => {
                self.slot.load_full().ok_or_else(|| Error::new(Code::Internal, "a refresh succeeded without a value"))
            }
        }
    }

    /// Reports that the service rejected the credential. A report of an old credential is ignored; several reports of
    /// the current one cause one refresh.
    pub fn report_rejected(self: &Arc<Self>, credential: &Credential) -> Result<()> {
        if !Arc::ptr_eq(&credential.cell, &self.cell) {
            return Err(Error::argument("credential", "it belongs to another source; report it to that one"));
        }
        self.check_open()?;
        let live = self.live();
        {
            let mut state = lock(&live);
            let held = state.entry.held.as_ref();
            if !held.is_some_and(|held| held.material.same_as(&credential.material)) {
                return Ok(());
            }
            if !state.entry.reject(self.platform.now()).map_err(|wait| rate_limited("report", wait))? {
                return Ok(());
            }
            self.publish(&mut state);
            self.notify(EventKind::Rejected, &state, None);
            if !self.settings.lazy {
                self.launch(&mut state)?;
            }
        }
        self.log
            .write(Level::Warn, || format!("{}: the value was reported as rejected; fetching another one", self.name));
        Ok(())
    }

    /// Starts the first fetch without waiting for it.
    pub fn prefetch(self: &Arc<Self>) -> Result<()> {
        let live = self.live();
        let mut state = lock(&live);
        if state.entry.held.is_none() { self.launch(&mut state) } else { Ok(()) }
    }

    /// The client was closed: no value is current from now on, and all waiting callers return.
    pub fn close(&self) {
        self.cell.store(0, Ordering::Release);
        self.good.store(false, Ordering::Release);
        if let Some(live) = self.live.existing(self.platform.fork_epoch()) {
            let mut state = lock(&live);
            // Again, under the lock: a landing in between may have published.
            self.cell.store(0, Ordering::Release);
            wake_all(&live, &mut state);
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.runner.is_closed() { Err(Error::new(Code::Closed, "the client is closed")) } else { Ok(()) }
    }

    /// Starts a flight unless one is in progress.
    fn launch(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if state.entry.in_flight {
            return Ok(());
        }
        state.entry.in_flight = true;
        self.runner.fly(self).inspect_err(|_| state.entry.in_flight = false)
    }

    fn live(&self) -> Arc<Live> {
        self.live.get(self.platform.fork_epoch(), || self.first_state())
    }

    /// The first state of this process: empty, or in a forked child the value that the parent published.
    fn first_state(&self) -> Live {
        let mut entry = Entry::new(self.settings, self.platform.now());
        let mut published = (0, State::Empty);
        let mut generation = 0;
        if let Some(credential) = self.slot.load_full() {
            let held = Held {
                material: Arc::clone(&credential.material),
                windows: credential.windows,
                notes: Default::default(),
                fetched_wall_ms: credential.fetched_wall_ms,
                fetched_at: credential.fetched_at,
            };
            let rejected = credential.state == State::Rejected;
            entry.inherit(held, rejected, self.platform.now(), self.platform.random());
            published = (entry.version, credential.state);
            generation = credential.generation;
        }
        let state = LiveState { entry, published, generation, watched: false, end_notified: None, waiters: Vec::new() };
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

fn lock(live: &Live) -> MutexGuard<'_, LiveState> {
    // No panic leaves the state half changed, so a poisoned lock is still usable.
    live.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake_all(live: &Live, state: &mut LiveState) {
    live.changed.notify_all();
    for waiter in state.waiters.drain(..) {
        // A waiter that gave up has dropped its receiver.
        waiter.send(()).unwrap_or_default();
    }
}

fn rate_limited(what: &str, wait: Duration) -> Error {
    let text = format!(
        "too many forced refreshes: this {what} had no effect; the next one is allowed in {} ms",
        wait.as_millis()
    );
    Error::new(Code::RateLimited, text).with_retry_after(Some(wait))
}
