//! The background thread of a client: flights and timers of all its sources. Start with [`Engine`] and the loop
//! `drive`. `queue` is the flights that wait for a turn, `timers` the timers of the sources.

mod drive;
mod queue;
mod shared;
mod timers;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::drive::drive;
use self::shared::{Command, Shared, State};
use crate::blocking::Lanes;
use crate::cache::{Flight, Need, Source};
use crate::error::{Code, Error, Result};
use crate::http::{Http, HttpSettings};
use crate::platform::{Moment, Platform};

/// How long `close` waits for the thread before it detaches it.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(700);

/// The thread, which starts when it is first needed. A forked child has its own engine.
pub(super) struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// `limit`: how many flights may be in the air at the same time.
    pub(super) fn new(platform: Arc<dyn Platform>, http: HttpSettings, lazy: bool, limit: usize) -> Engine {
        let lanes = Arc::new(Lanes::new(&platform));
        Engine {
            shared: Arc::new(Shared {
                http: Arc::new(Http::new(http, Arc::clone(&platform), lanes)),
                platform,
                lazy,
                limit,
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

    /// The source's flight, if one waits for its turn, is needed.
    pub(super) fn needed(&self, source: &Arc<Source>, need: Need) {
        // Without a thread there is no flight.
        if let Some(queue) = &self.shared.state().queue {
            let _ended = queue.send(Command::Needed(Flight::key_of(source), need)).is_err();
        }
    }

    /// How many look-ups, file accesses and the like hang, each with a thread.
    pub(super) fn left_behind_jobs(&self) -> usize {
        self.shared.http.lanes().left_behind()
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
        let failed = |error: std::io::Error| Error::no_thread("the background thread", &error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (queue, commands) = unbounded_channel();
        let shared = Arc::clone(&self.shared);
        // A thread inherits the mask of its creator: with this one it never receives a signal of the host, not even at
        // its start.
        let blocked = self.shared.platform.block_signals();
        let handle = thread::Builder::new().name("evercred".into()).spawn(move || {
            let _end = End(Arc::clone(&shared));
            runtime.block_on(drive(&shared, commands));
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
