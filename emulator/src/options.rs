//! What a server is started with, and what can go wrong then.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to start an [`Emulator`](crate::Emulator).
#[derive(Clone, Debug)]
pub struct Options {
    /// Serve TLS with a certificate of a throw-away CA made at start.
    pub tls: bool,
    /// Where to listen; loopback only. Default: a free port of 127.0.0.1.
    pub listen: Option<SocketAddr>,
    /// Administrator URL of a real MySQL or MariaDB server whose accounts follow the rotations.
    pub mysql: Option<String>,
    /// A JSON file the state is read from at start, if it exists, and written to at each change.
    pub state_file: Option<PathBuf>,
    /// The server stops after so many requests.
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
        /// What was being done.
        what: &'static str,
        /// The system's own error.
        source: std::io::Error,
    },
    /// Certificates could not be made.
    #[error("making certificates: {0}")]
    Tls(String),
    /// The state file is there but cannot be used.
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
