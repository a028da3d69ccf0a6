//! What a fetch may use: clocks, randomness, the environment, the transport, the log, its deadline, threads for what blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::http::Http;
use crate::log::Sink;
use crate::platform::Platform;
use crate::providers::material::Material;

/// What a fetch may use, and what is known when it starts.
#[derive(Clone)]
pub struct Context {
    /// Clocks, randomness and the environment.
    pub platform: Arc<dyn Platform>,
    /// The transport.
    pub http: Arc<Http>,
    /// Where messages go.
    pub log: Sink,
    /// When the whole fetch must be over.
    pub deadline: Instant,
    /// Whether the cache still holds a value that has not ended.
    pub has_usable: bool,
    /// The value that its service was reported to refuse, where no other one has come since.
    pub rejected: Option<Arc<Material>>,
    /// A refresh was asked for by name: the cloud is to be asked.
    pub forced: bool,
}

impl Context {
    /// 64 random bits, for nonces and request ids: not for keys.
    pub fn random_bits(&self) -> u64 {
        let half = || (self.platform.random() * f64::from(u32::MAX)) as u64;
        half() << 32 | half()
    }

    /// The value of an environment variable; `None` if it is not set, empty, or not UTF-8.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.platform.text_variable(name)
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Runs work that may block, such as reading a file on a network file system, on a helper thread: the library's own thread keeps
/// the timers of every source.
pub async fn spawn_blocking_io<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(Code::Internal, "reading a file ended in a defect of evercred; please report it")),
    }
}
