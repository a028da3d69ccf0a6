//! What the background thread shares with its callers.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{JoinHandle, ThreadId};

use tokio::sync::mpsc::UnboundedSender;

use crate::cache::{Flight, Need, Source};
use crate::http::Http;
use crate::platform::{Moment, Platform};

pub(super) enum Command {
    Fly(Flight),
    Watch(Weak<Source>, Option<Moment>),
    /// The flight of the source with this key is needed.
    Needed(usize, Need),
    Close,
}

pub(super) struct Shared {
    pub(super) platform: Arc<dyn Platform>,
    pub(super) http: Arc<Http>,
    pub(super) lazy: bool,
    /// How many flights may be in the air.
    pub(super) limit: usize,
    pub(super) state: Mutex<State>,
    pub(super) ended: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: Option<UnboundedSender<Command>>,
    pub(super) handle: Option<JoinHandle<()>>,
    pub(super) thread: Option<ThreadId>,
    pub(super) closed: bool,
    pub(super) running: bool,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
