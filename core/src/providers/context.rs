//! What a fetch may use: clocks, randomness, the environment, the transport, the log, the deadline, and threads for blocking
//! work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::http::Http;
use crate::log::Sink;
use crate::platform::Platform;
use crate::providers::material::Material;

/// The time limit for access to files.
const FILE_TIMEOUT: Duration = Duration::from_secs(3);
/// The least time for work on another thread.
const LEAST_TIME: Duration = Duration::from_millis(500);

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

    /// Reads files, or does other work on them, on another thread: the library's own thread must not block, since it
    /// runs the timers of all sources. `key` is the path, or another text that names the work: of equal ones, one runs
    /// at a time. `work` must not hold the log.
    ///
    /// # Errors
    /// The error of the work; [`crate::error::Code::Timeout`] after 3 s, or at the deadline of the fetch.
    pub async fn read_files<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.work_on_files(key, FILE_TIMEOUT, work).await
    }

    /// As [`Context::read_files`], for at most `limit`.
    ///
    /// # Errors
    /// As [`Context::read_files`].
    pub async fn work_on_files<T: Send + 'static>(
        &self,
        key: &str,
        limit: Duration,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.http.lanes().files.run(key, limit.min(self.time_left()), work).await
    }

    /// Starts a program on another thread.
    ///
    /// # Errors
    /// The error of the work; [`crate::error::Code::Timeout`] at the deadline of the fetch.
    pub async fn start_program<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.http.lanes().programs.run_alone(self.time_left(), work).await
    }

    /// The time for work on another thread. After the deadline of the fetch, a fallback still has a short time, which
    /// the flight bounds.
    fn time_left(&self) -> Duration {
        self.remaining().max(LEAST_TIME)
    }
}
