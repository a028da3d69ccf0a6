//! How a source keeps its value fresh.

use std::time::Duration;

use crate::cache::backoff::Limits;

/// How a source keeps its value fresh; every duration is an option of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long after its end a value may be returned while the cloud cannot be reached.
    pub max_stale: Duration,
    /// How often a good value is fetched again, which detects an early rotation.
    pub poll_interval: Option<Duration>,
    /// How long after a report of a rejected value another one is looked for every few seconds.
    pub settle: Duration,
    /// How long a caller waits at most for a refresh if the held value is returned when the refresh fails.
    pub refresh_wait: Duration,
    /// The waits after failures.
    pub limits: Limits,
    /// Fetches in one flight while there is no usable value.
    pub attempts: u32,
    /// How many refreshes may be forced, and how many reports of a rejected value may cause one, and in which period.
    /// The two are counted separately.
    pub forced: (u32, Duration),
    /// How long one flight may take in total.
    pub total_timeout: Duration,
    /// Whether only `get` refreshes.
    pub lazy: bool,
    /// Whether it is a login identity: other sources wait for it, so its flights go first.
    pub identity: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_stale: Duration::ZERO,
            poll_interval: None,
            settle: Duration::from_secs(60),
            refresh_wait: Duration::from_secs(1),
            limits: Limits::default(),
            attempts: 3,
            forced: (5, Duration::from_secs(600)),
            total_timeout: Duration::from_secs(30),
            lazy: false,
            identity: false,
        }
    }
}
