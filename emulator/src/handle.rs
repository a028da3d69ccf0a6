//! The Rust API of the emulator: start, stop and what both clouds share; each cloud adds its own.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::action::{ActionAnswer, Cloud};
use crate::fault::Fault;
use crate::options::{EmulatorError, Options};
use crate::record::RecordedRequest;
use crate::server;
use crate::shared::Shared;
use crate::state::State;
use crate::store;
use crate::tls::{self, CaFile};
use crate::util::ms;

/// A running server, on a thread of its own; dropping it stops it and waits for its end.
pub struct Emulator {
    pub(crate) shared: Arc<Shared>,
    ca: Option<CaFile>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Emulator {
    /// Starts a server.
    pub fn start(options: Options) -> Result<Emulator, EmulatorError> {
        let listen = options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        if !listen.ip().is_loopback() {
            return Err(EmulatorError::NotLoopback(listen));
        }
        let mut state = State { state_file: options.state_file, ..State::default() };
        if let Some(path) = &state.state_file {
            state.saved = store::read(path).map_err(EmulatorError::State)?;
        }
        if let Some(url) = &options.mysql {
            state.connect_database(url).map_err(EmulatorError::Database)?;
        }
        store::write(&mut state);
        if let (Some(_), Some(error)) = (&state.state_file, state.last_error.take()) {
            return Err(EmulatorError::State(error));
        }
        let tls = if options.tls { Some(tls::make()?) } else { None };
        let listener = TcpListener::bind(listen).map_err(EmulatorError::io("listening"))?;
        listener.set_nonblocking(true).map_err(EmulatorError::io("listening"))?;
        let address = listener.local_addr().map_err(EmulatorError::io("listening"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(EmulatorError::io("creating a runtime"))?;
        let (open, opened) = tokio::sync::mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(state, options.max_requests, (address, options.tls), open));
        let (acceptor, ca) = tls.map(|tls| (tls.acceptor, tls.ca)).unzip();
        let server = server::Server { shared: shared.clone(), acceptor, max_lifetime: options.max_lifetime, opened };
        let thread = std::thread::Builder::new()
            .name("evercred-emulator".to_owned())
            .spawn(move || {
                let running = server.shared.clone();
                runtime.block_on(server.run(listener));
                // Open connections end with the runtime, before `is_running` turns false.
                drop(runtime);
                running.running.store(false, Ordering::Release);
            })
            .map_err(EmulatorError::io("starting a thread"))?;
        Ok(Emulator { shared, ca, thread: Mutex::new(Some(thread)) })
    }

    /// A server without TLS on a free port.
    pub fn http() -> Result<Emulator, EmulatorError> {
        Emulator::start(Options::default())
    }

    /// A server with TLS on a free port.
    pub fn https() -> Result<Emulator, EmulatorError> {
        Emulator::start(Options { tls: true, ..Options::default() })
    }

    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.shared.tls { "https" } else { "http" }, self.shared.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host_port(&self) -> String {
        self.shared.address.to_string()
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// `127.0.0.1:PORT` of a port without TLS, opened at the first call; the main port if the emulator serves no TLS.
    /// Metadata services are reached there.
    pub fn plain_host_port(&self) -> String {
        self.shared.plain_address().to_string()
    }

    /// The CA's certificate, with TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.ca.as_ref().map(|ca| ca.pem.clone())
    }

    /// The CA's certificate as a file that is removed when the emulator is dropped, with TLS.
    pub fn ca_path(&self) -> Option<PathBuf> {
        self.ca.as_ref().map(|ca| ca.path.clone())
    }

    /// Stops serving and closes every connection. The state can still be read.
    pub fn stop(&self) {
        self.shared.stop.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }

    /// Whether it still serves; it stops by itself after `max_requests` or `max_lifetime`.
    pub fn is_running(&self) -> bool {
        self.shared.running.load(Ordering::Acquire)
    }

    /// Holds rotations back: past `NextRotationTime`, answers still carry the old password and the old time.
    pub fn hold_rotation(&self, hold: bool) {
        self.shared.with(|state| state.hold_rotation(hold));
    }

    /// Also accepts signatures made for this host, as behind a gateway that forwards requests.
    pub fn add_signed_host(&self, host: &str) {
        self.shared.with(|state| state.saved.signed_hosts.push(host.to_owned()));
    }

    /// Registers what an action answers once the signature of the request is checked, before what the emulator answers itself.
    pub fn answer_action(&self, answer: ActionAnswer) {
        self.shared.with(|state| state.saved.actions.put(answer));
    }

    /// Removes what was registered for an action; false if nothing was.
    pub fn remove_action(&self, cloud: Cloud, service: Option<&str>, version: &str, action: &str) -> bool {
        self.shared.with(|state| state.saved.actions.remove(cloud, service, version, action))
    }

    /// Moves the emulator's clock forward.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.with(|state| {
            state.saved.clock_offset_ms = state.saved.clock_offset_ms.saturating_add(ms(by));
        });
    }

    /// Sets how far the emulator's clock is ahead of the machine's.
    pub fn set_clock_offset_ms(&self, offset: i64) {
        self.shared.with(|state| state.saved.clock_offset_ms = offset);
    }

    /// The emulator's clock.
    pub fn now_ms(&self) -> i64 {
        self.shared.with(|state| state.now_ms())
    }

    /// Makes requests fail.
    pub fn inject(&self, fault: Fault) {
        self.shared.with(|state| state.faults.add(fault));
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.with(|state| state.faults.clear());
    }

    /// How many requests came for an action, refused ones included: a service as faults name it, `"unknown"`, or `""` for all
    /// requests except control.
    pub fn requests(&self, action: &str) -> u64 {
        self.shared.with(|state| state.records.count(action))
    }

    /// The last request for an action.
    pub fn last_request(&self, action: &str) -> Option<RecordedRequest> {
        self.shared.with(|state| state.records.last(action))
    }

    /// The last 256 requests, or those of them for an action, oldest first; bodies are cut at 16 KiB.
    pub fn recent_requests(&self, action: &str) -> Vec<RecordedRequest> {
        self.shared.with(|state| state.records.recent(action))
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// The last error outside a request: of the database, the state file or a port.
    pub fn last_error(&self) -> Option<String> {
        self.shared.with(|state| state.last_error.clone())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
        // Writes the last changes to the state file.
        self.shared.with(|_| ());
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url()).finish_non_exhaustive()
    }
}
