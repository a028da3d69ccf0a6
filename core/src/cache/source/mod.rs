//! A source as many threads share it: the hot path, and what else may be asked of it. `wait` is what happens to a caller
//! for whom nothing fresh lies ready; `publish` is what changes a source, and how that is made seen; `announce` is what it tells who listens.

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
use crate::cache::policy::State;
use crate::error::{Code, Error, Result};
use crate::log::{Level, Sink};
use crate::platform::{Forkable, GenerationCell, Moment, Platform};
use crate::providers::Provider;

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
    /// Whether anybody wants to hear of events.
    fn listens(&self) -> bool {
        false
    }
    /// Passes an event on. A source's lock is held: it must neither wait nor enter a host's code.
    fn emit(&self, event: Event) {
        drop(event);
    }
    /// A flight of some source has landed; no lock is held.
    fn landed(&self) {}
}

/// One kept value.
pub struct Source {
    name: String,
    settings: Settings,
    provider: Box<dyn Provider>,
    runner: Arc<dyn Runner>,
    platform: Arc<dyn Platform>,
    log: Sink,
    /// Not 0: `get` would answer with the credential of this generation, at once. It changes when the answer would.
    cell: Arc<GenerationCell>,
    slot: ArcSwapOption<Credential>,
    /// In lazy mode the same: `slot` is good until its windows say otherwise.
    good: AtomicBool,
    live: Forkable<Live>,
    requests: AtomicU64,
    /// What the service answers with where it refuses the value.
    rejected_codes: Vec<String>,
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
    /// The version whose end was told of.
    end_told: Option<u64>,
    waiters: Vec<oneshot::Sender<()>>,
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
            rejected_codes: Vec::new(),
        }
    }

    /// The same source, with the codes that [`Source::judge`] goes by; without this it knows none.
    #[must_use]
    pub fn rejected_by(mut self, codes: Vec<String>) -> Source {
        self.rejected_codes = codes;
        self
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
        if self.cell.load(Ordering::Acquire) != 0 {
            // What is published may have changed since; then the policy decides.
            return self.slot.load_full().filter(|credential| credential.state == State::Fresh);
        }
        if !self.settings.lazy || !self.good.load(Ordering::Acquire) || self.runner.is_closed() {
            return None;
        }
        self.slot
            .load_full()
            .filter(|credential| credential.state == State::Fresh && self.platform.now() < credential.good_until)
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
            if !held.is_some_and(|held| held.material.same_as(&credential.material)) {
                return Ok(());
            }
            if !state.entry.reject(self.platform.now()).map_err(|wait| too_often("report", wait))? {
                return Ok(());
            }
            self.publish(&mut state);
            self.tell(EventKind::Rejected, &state, None);
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

    fn check_open(&self) -> Result<()> {
        if self.runner.is_closed() { Err(Error::new(Code::Closed, "the client was closed")) } else { Ok(()) }
    }

    /// Starts a flight unless one is under way.
    fn launch(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if state.entry.in_flight {
            return Ok(());
        }
        state.entry.in_flight = true;
        self.runner.fly(self).inspect_err(|_| state.entry.in_flight = false)
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
        let state = LiveState { entry, published, generation, watched: false, end_told: None, waiters: Vec::new() };
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

fn too_often(what: &str, wait: Duration) -> Error {
    let text = format!(
        "too many of these lately: this {what} was not acted upon; the next one may be made in {} ms",
        wait.as_millis()
    );
    Error::new(Code::RateLimited, text).with_retry_after(Some(wait))
}
