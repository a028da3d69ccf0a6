//! What the server's thread and its owner both hold.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::state::State;
use crate::store;

/// One more port that the server is to serve.
pub(crate) struct Opened {
    pub(crate) listener: std::net::TcpListener,
    /// The region that it stands for.
    pub(crate) region: Option<String>,
    pub(crate) tls: bool,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) connections: AtomicU64,
    pub(crate) answered: AtomicU64,
    pub(crate) max_requests: u64,
    pub(crate) running: AtomicBool,
    pub(crate) stop: Notify,
    pub(crate) open: UnboundedSender<Opened>,
    /// The main port.
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        max_requests: u64,
        main: (SocketAddr, bool),
        open: UnboundedSender<Opened>,
    ) -> Shared {
        Shared {
            state: Mutex::new(state),
            connections: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            max_requests,
            running: AtomicBool::new(true),
            stop: Notify::new(),
            open,
            address: main.0,
            tls: main.1,
        }
    }

    /// Looks at or changes the state. Rotations that are due happen before and after,
    /// so that nobody sees a password past its time; changes reach the state file.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick();
        let result = work(&mut state);
        state.tick();
        store::write(&mut state);
        result
    }

    /// Counts a request; false when there have been enough.
    pub(crate) fn count_request(&self) -> bool {
        let enough = self.answered.fetch_add(1, Ordering::Relaxed) >= self.max_requests;
        if enough {
            self.stop.notify_one();
        }
        !enough
    }
}
