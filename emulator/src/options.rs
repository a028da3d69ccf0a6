//! The options of an emulator, and why one does not start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to start an [`Emulator`](crate::Emulator).
#[derive(Clone, Debug)]
pub struct Options {
    /// Serve TLS with a certificate of a temporary CA that is created at start.
    pub tls: bool,
    /// Where to listen; loopback only. Default: a free port of 127.0.0.1.
    pub listen: Option<SocketAddr>,
    /// Administrator URL of a real MySQL or MariaDB server whose accounts follow the rotations.
    pub mysql: Option<String>,
    /// A JSON file that holds the state: read at start if it exists, written at each change.
    pub state_file: Option<PathBuf>,
    /// The server stops after this number of requests.
    pub max_requests: u64,
    /// The server stops after this time.
    pub max_lifetime: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tls: false,
            listen: None,
            mysql: None,
            state_file: None,
            max_requests: 1_000_000,
            max_lifetime: Duration::from_secs(3600),
        }
    }
}

/// Why an emulator or a proxy did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address to listen on is not a loopback one.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// Sockets, threads or files failed.
    #[error("{what}: {source}")]
    Io {
        /// The operation that failed.
        what: &'static str,
        /// The system's own error.
        source: std::io::Error,
    },
    /// Certificates could not be created.
    #[error("creating certificates: {0}")]
    Tls(String),
    /// The state file exists but cannot be used.
    #[error("state file: {0}")]
    State(String),
    /// The database server cannot be used.
    #[error("database: {0}")]
    Database(String),
}

impl EmulatorError {
    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> EmulatorError {
        move |source| EmulatorError::Io { what, source }
    }
}
