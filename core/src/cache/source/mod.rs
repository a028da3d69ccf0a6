//! A source, which many threads share: the hot path and the public operations. Start with [`Source::get`]. `wait` is
//! `get` without a fresh value, `newer` are calls with another wait, `demand` forced refreshes and reports, `publish`
//! handles landings and publishes their result as a new generation if it is one (`published`), `watch` is the timer,
//! `announce` notifies subscribers, and a `lease` is one open of the source.

mod announce;
mod deadline;
mod demand;
mod lease;
mod newer;
mod publish;
mod published;
mod wait;
mod watch;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;

pub use self::lease::Lease;
use self::published::Published;
use crate::cache::credential::Credential;
use crate::cache::entry::{Entry, Held, Settings, clock_moved};
use crate::cache::event::Event;
use crate::cache::need::Need;
use crate::cache::policy::State;
use crate::cache::rejection_codes::RejectionCodes;
use crate::error::{Code, Error, Result};
use crate::http::{Http, RoutedHttp};
use crate::log::Sink;
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
    /// A source with this name is being dropped.
    fn dropped(&self, source: &str) {
        let _unused = source;
    }
}

/// A value that is kept fresh.
pub struct Source {
    name: String,
    settings: Settings,
    /// Dropped when the source ends, because it keeps the login identity.
    provider: ArcSwapOption<Box<dyn Provider>>,
    runner: Arc<dyn Runner>,
    platform: Arc<dyn Platform>,
    log: Sink,
    /// The number of open leases; [`lease::ENDED`] after the last one is closed.
    leases: AtomicUsize,
    /// The published generation: `get` returns its credential without waiting. 0: `get` must decide.
    cell: Arc<GenerationCell>,
    slot: ArcSwapOption<Credential>,
    /// The revision of the credential in `slot`.
    revision: AtomicU64,
    /// In lazy mode: `slot` is good until its windows say otherwise.
    good: AtomicBool,
    live: Forkable<Live>,
    fetches: AtomicU64,
    /// The error codes of the service that mean a rejected value.
    rejection_codes: RejectionCodes,
    /// The transport of its requests, if it is not the client's.
    transport: Option<Arc<RoutedHttp>>,
}

/// The state behind a lock; a forked child creates its own.
struct Live {
    state: Mutex<LiveState>,
    changed: Condvar,
}

struct LiveState {
    entry: Entry,
    published: Published,
    /// Whether a timer of this process maintains the published generation.
    watched: bool,
    /// When the flight in progress began, on both clocks.
    flight_began: (i64, Moment),
    /// The version whose expiry was notified.
    end_notified: Option<u64>,
    waiters: Vec<oneshot::Sender<()>>,
    /// Ends the flight in progress.
    abort: Option<oneshot::Sender<()>>,
}

/// Who calls: one open of the source, which may be closed while others use the source.
#[derive(Clone, Copy)]
struct Caller<'a>(Option<&'a AtomicBool>);

impl Caller<'_> {
    /// The library itself.
    const NONE: Caller<'static> = Caller(None);

    fn check(self) -> Result<()> {
        match self.0 {
            Some(closed) if closed.load(Ordering::Acquire) => Err(Error::new(Code::Closed, "the source is closed")),
            _ => Ok(()),
        }
    }
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
        Source::of_shared(name, settings, Arc::new(provider), runner, platform, log)
    }

    /// Like [`Source::new`], for a provider that the caller keeps in case that the source is not used.
    pub fn of_shared(
        name: String,
        settings: Settings,
        provider: Arc<Box<dyn Provider>>,
        runner: Arc<dyn Runner>,
        platform: Arc<dyn Platform>,
        log: Sink,
    ) -> Source {
        let cell = Arc::new(platform.generation_cell());
        Source {
            name,
            settings,
            provider: ArcSwapOption::from(Some(provider)),
            runner,
            platform,
            log,
            leases: AtomicUsize::new(0),
            cell,
            slot: ArcSwapOption::const_empty(),
            revision: AtomicU64::new(0),
            good: AtomicBool::new(false),
            live: Forkable::default(),
            fetches: AtomicU64::new(0),
            rejection_codes: RejectionCodes::default(),
            transport: None,
        }
    }

    /// Sets the codes of [`Source::is_rejection_code`]; there are none by default.
    #[must_use]
    pub fn with_rejection_codes(mut self, codes: RejectionCodes) -> Source {
        self.rejection_codes = codes;
        self
    }

    /// Sets the transport of the source's requests; `None`: the client's.
    #[must_use]
    pub fn with_transport(mut self, transport: Option<Arc<RoutedHttp>>) -> Source {
        self.transport = transport;
        self
    }

    /// The transport of the source's requests. `client` is the client's.
    pub(super) fn transport(&self, client: &Arc<Http>) -> Arc<Http> {
        self.transport.as_ref().map_or_else(|| Arc::clone(client), |own| own.over(client))
    }

    /// Whether this error code of the service means that it rejects the value, which should then be reported. The
    /// option `rejected_codes` lists these codes; case and white space around them do not matter.
    pub fn is_rejection_code(&self, provider_code: &str) -> bool {
        self.rejection_codes.contain(provider_code.trim())
    }

    /// The source's name, which says what it is for and contains no secret.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it keeps its value fresh.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// `None` after the source has ended.
    pub(super) fn provider(&self) -> Option<Arc<Box<dyn Provider>>> {
        self.provider.load_full()
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

    /// The address of the published generation, for readers that compare it without a call. It stays readable for the
    /// life of the process and is never used for another source, because such a reader may be late.
    pub fn generation_address(&self) -> *const u64 {
        self.cell.keep();
        self.cell.as_ptr().cast_const()
    }

    /// The value, if it is fresh: two atomic reads and a reference count. Lazy mode reads the clock too.
    pub fn get_fresh(&self) -> Option<Arc<Credential>> {
        if self.cell.load(Ordering::Acquire) != 0 {
            // Another thread may have published since; then the policy decides.
            return self.slot.load_full().filter(|credential| credential.state == State::Fresh);
        }
        if !self.settings.lazy || !self.good.load(Ordering::Acquire) || self.check_open(Caller::NONE).is_err() {
            return None;
        }
        let (now, wall_ms) = (self.platform.now(), self.platform.wall_ms());
        self.slot.load_full().filter(|credential| {
            credential.state == State::Fresh
                && now < credential.good_until
                && !clock_moved(credential.fetched_wall_ms, credential.fetched_at, now, wall_ms)
        })
    }

    /// The revision of the credential that [`Source::get_fresh`] returns; `None` if there is none, and in lazy mode.
    fn fresh_revision(&self) -> Option<u64> {
        // What is published was stored before.
        let is_published = self.cell.load(Ordering::Acquire) != 0;
        is_published.then(|| self.revision.load(Ordering::Acquire))
    }

    /// The current value, as the policy decides. Waits at most `timeout` (`None`: the total timeout of a fetch), and at
    /// most [`Settings::refresh_wait`] where the held value is returned in the end.
    pub fn get(self: &Arc<Self>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.get_for(Caller::NONE, timeout)
    }

    fn get_for(self: &Arc<Self>, caller: Caller<'_>, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        caller.check()?;
        match self.get_fresh() {
            Some(credential) => Ok(credential),
            None => self.get_or_wait(caller, timeout.unwrap_or(self.settings.total_timeout)),
        }
    }

    /// What [`Source::get`] would return immediately. Otherwise `None`: a fetch is in progress or will start after a
    /// back-off, and its landing is an event. Never waits.
    ///
    /// # Errors
    /// Those that `get` would return immediately; in lazy mode also the last error during a back-off.
    pub fn try_get(self: &Arc<Self>) -> Result<Option<Arc<Credential>>> {
        self.try_get_for(Caller::NONE)
    }

    /// A value other than that of the generation, which was reported. Waits for it for the whole `timeout` (`None`: the
    /// total timeout of a fetch). For the generation of an older value and for 0 it is `get`.
    ///
    /// # Errors
    /// [`Code::Timeout`] if there is still no other value; the refusal of the cloud.
    pub fn get_newer(self: &Arc<Self>, generation: u64, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.get_newer_for(Caller::NONE, generation, timeout)
    }

    /// The held value in any state. Neither waits nor refreshes.
    pub fn peek(&self) -> Option<Arc<Credential>> {
        self.slot.load_full()
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

    fn check_open(&self, caller: Caller<'_>) -> Result<()> {
        caller.check()?;
        if self.has_ended() {
            Err(Error::new(Code::Closed, "the source is closed"))
        } else if self.runner.is_closed() {
            Err(Error::new(Code::Closed, "the client is closed"))
        } else {
            Ok(())
        }
    }

    /// Starts a flight unless one is in progress.
    fn launch(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if state.entry.in_flight {
            return Ok(());
        }
        self.runner.fly(self).inspect_err(|_| state.entry.not_begun())?;
        let now = self.platform.now();
        state.flight_began = (self.platform.wall_ms(), now);
        state.entry.begin(now);
        Ok(())
    }

    fn live(&self) -> Arc<Live> {
        self.live.get(self.platform.fork_epoch(), || self.first_state())
    }

    /// The first state of this process: empty, or in a forked child the value that the parent published.
    fn first_state(&self) -> Live {
        let mut entry = Entry::new(self.settings, self.platform.now());
        let mut published = Published::nothing();
        if let Some(credential) = self.slot.load_full() {
            // The fork may have come between the two stores of a publication.
            self.revision.store(credential.revision, Ordering::Release);
            let held = Held {
                material: Arc::clone(&credential.material),
                windows: credential.windows,
                notes: Default::default(),
                fetched_wall_ms: credential.fetched_wall_ms,
                fetched_at: credential.fetched_at,
            };
            let rejected = credential.state == State::Rejected;
            entry.inherit(held, rejected, self.platform.now(), self.platform.random());
            published = Published::inherited(entry.version, &credential);
        }
        let state = LiveState {
            entry,
            published,
            watched: false,
            flight_began: (self.platform.wall_ms(), self.platform.now()),
            end_notified: None,
            waiters: Vec::new(),
            abort: None,
        };
        Live { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.cell.store(0, Ordering::Release);
        self.live.abandon(self.platform.fork_epoch());
        self.runner.dropped(&self.name);
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
