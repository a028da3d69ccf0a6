//! What the server's thread and the `Emulator` share.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::body::BodyFiles;
use crate::state::State;
use crate::store;

/// A further port for the server.
pub(crate) struct Opened {
    pub(crate) listener: TcpListener,
    /// The region that answers on it.
    pub(crate) region: Option<String>,
    pub(crate) tls: bool,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) connections: AtomicU64,
    pub(crate) answered: AtomicU64,
    pub(crate) max_requests: u64,
    pub(crate) body_files: BodyFiles,
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
            body_files: BodyFiles::default(),
            running: AtomicBool::new(true),
            stop: Notify::new(),
            open,
            address: main.0,
            tls: main.1,
        }
    }

    /// Reads or changes the state. Rotations that are due are performed before and after, so that no caller sees an
    /// outdated password; changes are written to the state file.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick();
        let result = work(&mut state);
        state.tick();
        store::write(&mut state);
        result
    }

    /// The port without TLS, opened at the first call; the main port if it has no TLS.
    pub(crate) fn plain_address(&self) -> SocketAddr {
        if !self.tls {
            return self.address;
        }
        if let Some(address) = self.with(|state| state.plain) {
            return address;
        }
        let address = self.open_port(None, false);
        self.with(|state| state.plain = Some(address));
        address
    }

    /// Opens a further port. If that fails, `last_error` says so and the main port is returned.
    pub(crate) fn open_port(&self, region: Option<&str>, tls: bool) -> SocketAddr {
        let opened = TcpListener::bind((self.address.ip(), 0)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        match opened {
            Ok((address, listener)) => {
                // After the server has stopped, a connection to the port fails.
                self.open.send(Opened { listener, region: region.map(str::to_owned), tls }).ok();
                address
            }
            Err(error) => {
                self.with(|state| state.last_error = Some(format!("opening a port: {error}")));
                self.address
            }
        }
    }

    /// Counts a request; false when `max_requests` is reached.
    pub(crate) fn count_request(&self) -> bool {
        let enough = self.answered.fetch_add(1, Ordering::Relaxed) >= self.max_requests;
        if enough {
            self.stop.notify_one();
        }
        !enough
    }
}
