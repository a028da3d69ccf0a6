//! What a fetch may use: clocks, randomness, the environment, the transport, the log, the deadline, and threads for blocking
//! work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::http::Http;
use crate::log::Sink;
use crate::platform::Platform;
use crate::providers::material::Material;

/// What a fetch may use, and the state at its start.
#[derive(Clone)]
pub struct Context {
    /// Clocks, randomness and the environment.
    pub platform: Arc<dyn Platform>,
    /// The transport.
    pub http: Arc<Http>,
    /// The log.
    pub log: Sink,
    /// When the whole fetch must end.
    pub deadline: Instant,
    /// Whether the cache still has a value that has not expired.
    pub has_usable: bool,
    /// The value that the application reported as rejected, if no other value was fetched since.
    pub rejected: Option<Arc<Material>>,
    /// Whether the caller demanded a refresh, so that the cloud must be asked.
    pub forced: bool,
}

impl Context {
    /// Returns 64 random bits for nonces and request ids. Not suitable for keys.
    pub fn random_bits(&self) -> u64 {
        let half = || (self.platform.random() * f64::from(u32::MAX)) as u64;
        half() << 32 | half()
    }

    /// The value of an environment variable; `None` if it is not set, empty, or not UTF-8.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.platform.text_variable(name)
    }

    /// The time until the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Runs work that may block, such as reading a file on a network file system, on a helper thread. The library's own
/// thread must not block, since it runs the timers of all sources.
pub async fn spawn_blocking_io<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => {
            Err(Error::new(Code::Internal, "reading a file failed because of a defect in evercred; please report it"))
        }
    }
}
