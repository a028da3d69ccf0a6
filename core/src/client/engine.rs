//! The background thread of a client: flights and timers of all its sources. Start with [`Engine`] and the loop
//! `drive`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::cache::{Flight, Source, fly};
use crate::error::{Code, Error, Result};
use crate::http::{Http, HttpSettings};
use crate::platform::{Moment, Platform};

/// How long `close` waits for the thread before it detaches it.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(900);
/// How long an idle helper thread lives. Helper threads do blocking work: name look-ups, files, the start of programs.
const HELPER_KEEP_ALIVE: Duration = Duration::from_millis(500);

enum Command {
    Fly(Flight),
    Watch(Weak<Source>, Option<Moment>),
    Close,
}

/// The thread, which starts when it is first needed. A forked child has its own engine.
pub(super) struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    platform: Arc<dyn Platform>,
    http: Arc<Http>,
    lazy: bool,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: Option<UnboundedSender<Command>>,
    handle: Option<JoinHandle<()>>,
    thread: Option<ThreadId>,
    closed: bool,
    running: bool,
}

impl Engine {
    pub(super) fn new(platform: Arc<dyn Platform>, http: HttpSettings, lazy: bool) -> Engine {
        Engine {
            shared: Arc::new(Shared {
                platform,
                http: Arc::new(Http::new(http)),
                lazy,
                state: Mutex::new(State::default()),
                ended: Condvar::new(),
            }),
        }
    }

    pub(super) fn fly(&self, source: &Arc<Source>) -> Result<()> {
        self.send(Command::Fly(Flight::new(source)))
    }

    pub(super) fn watch(&self, source: &Arc<Source>, at: Option<Moment>) -> Result<()> {
        self.send(Command::Watch(Arc::downgrade(source), at))
    }

    /// Ends the thread and drops its flights. Returns within a second, whatever they wait for.
    pub(super) fn close(&self) {
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        let mut state = self.shared.state();
        state.closed = true;
        if let Some(queue) = state.queue.take() {
            // Fails if the thread has ended already.
            let _ended = queue.send(Command::Close).is_err();
        }
        if state.thread == Some(thread::current().id()) {
            // Called by a log callback on this thread, which ends after the callback returns.
            return;
        }
        while state.running {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.shared.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let handle = state.handle.take();
        drop(state);
        if let Some(handle) = handle {
            // The thread is about to return, so this does not block.
            let _panicked = handle.join().is_err();
        }
    }

    fn send(&self, command: Command) -> Result<()> {
        self.try_send(command).map_err(|(command, error)| {
            // A landing would take the lock that the caller holds.
            if let Command::Fly(flight) = command {
                flight.cancel();
            }
            error
        })
    }

    fn try_send(&self, mut command: Command) -> std::result::Result<(), (Command, Error)> {
        let mut state = self.shared.state();
        if state.closed {
            return Err((command, Error::new(Code::Closed, "the client is closed")));
        }
        if let Some(queue) = &state.queue {
            match queue.send(command) {
                Ok(()) => return Ok(()),
                Err(unsent) => command = unsent.0,
            }
        }
        match self.start(&mut state) {
            Ok(queue) => queue.send(command).map_err(|unsent| {
                (unsent.0, Error::new(Code::Internal, "the background thread ended immediately after its start"))
            }),
            Err(error) => Err((command, error)),
        }
    }

    fn start(&self, state: &mut State) -> Result<UnboundedSender<Command>> {
        let failed = |error: std::io::Error| {
            Error::new(
                Code::Internal,
                format!("the background thread could not be started ({error}); check the limits of threads and memory"),
            )
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .thread_keep_alive(HELPER_KEEP_ALIVE)
            .thread_name("evercred-helper")
            .build()
            .map_err(failed)?;
        let (queue, commands) = unbounded_channel();
        let shared = Arc::clone(&self.shared);
        // A thread inherits the mask of its creator: with this one it never receives a signal of the host, not even at
        // its start.
        let blocked = self.shared.platform.block_signals();
        let handle = thread::Builder::new().name("evercred".into()).spawn(move || {
            let _end = End(Arc::clone(&shared));
            runtime.block_on(drive(&shared, commands));
            // A name look-up and file access cannot be cancelled: their threads are detached.
            runtime.shutdown_background();
        });
        drop(blocked);
        let handle = handle.map_err(failed)?;
        state.thread = Some(handle.thread().id());
        state.handle = Some(handle);
        state.queue = Some(queue.clone());
        state.running = true;
        Ok(queue)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // `close` has detached a thread that did not end in time: do not wait for it again.
        let closed = self.shared.state().closed;
        if !closed {
            self.close();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the thread as ended on drop, also after a panic.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        let mut state = self.0.state();
        // In lazy mode another thread may have been started since this one closed its queue.
        if state.thread == Some(thread::current().id()) {
            state.running = false;
            state.queue = None;
        }
        drop(state);
        self.0.ended.notify_all();
    }
}

/// The timers: one per source, the earliest on top. An entry of the heap that was rescheduled is skipped when it is
/// due.
#[derive(Default)]
struct Timers {
    earliest: BinaryHeap<Reverse<(Moment, usize)>>,
    sources: HashMap<usize, (Weak<Source>, Option<Moment>)>,
    /// At this size, sources that were dropped are removed.
    tidy_at: usize,
}

impl Timers {
    fn set(&mut self, source: Weak<Source>, at: Option<Moment>) {
        // While there is a weak reference, the address is not reused.
        let key = source.as_ptr() as usize;
        if let Some(moment) = at {
            self.earliest.push(Reverse((moment, key)));
        }
        self.sources.insert(key, (source, at));
        if self.earliest.len().max(self.sources.len()) > self.tidy_at {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.sources.retain(|_, (source, _)| source.strong_count() > 0);
        let sources = &self.sources;
        self.earliest.retain(|Reverse((moment, key))| sources.get(key).is_some_and(|(_, at)| *at == Some(*moment)));
        self.tidy_at = 64 + 2 * self.earliest.len().max(self.sources.len());
    }

    fn next(&self) -> Option<Moment> {
        self.earliest.peek().map(|Reverse((moment, _))| *moment)
    }

    /// The sources whose timer is due.
    fn due(&mut self, now: Moment) -> Vec<Arc<Source>> {
        let mut due = Vec::new();
        while let Some(Reverse((moment, key))) = self.earliest.peek().copied() {
            if moment > now {
                break;
            }
            self.earliest.pop();
            let Some((source, at)) = self.sources.get_mut(&key) else { continue };
            if *at != Some(moment) {
                continue;
            }
            *at = None;
            match source.upgrade() {
                Some(source) => due.push(source),
                None => {
                    self.sources.remove(&key);
                }
            }
        }
        due
    }
}

async fn drive(shared: &Shared, mut commands: UnboundedReceiver<Command>) {
    let mut timers = Timers::default();
    let mut flights = JoinSet::new();
    loop {
        for source in timers.due(shared.platform.now()) {
            // A panic in one source must not end the timers of all.
            let _panicked = catch_unwind(AssertUnwindSafe(|| source.tick())).is_err();
        }
        let next = timers.next();
        let sleep = async {
            match next {
                Some(moment) => shared.platform.sleep(moment).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::Fly(flight)) => {
                    flights.spawn(fly(flight, Arc::clone(&shared.http)));
                }
                Some(Command::Watch(source, at)) => timers.set(source, at),
                Some(Command::Close) | None => return,
            },
            Some(_) = flights.join_next(), if !flights.is_empty() => {
                if shared.lazy && flights.is_empty() {
                    let mut state = shared.state();
                    if commands.is_empty() {
                        // Under the lock: no command can be sent now, and the next one starts a new thread.
                        state.queue = None;
                        return;
                    }
                }
            }
            () = sleep => {}
        }
    }
}
