//! What a source says of itself.

use crate::cache::policy::State;
use crate::error::Error;
use crate::providers::{Origin, SecretFacts};

/// A source's state at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    /// The source's name; holds no secret.
    pub name: String,
    /// How good the value held is.
    pub state: State,
    /// Where it came from.
    pub origin: Origin,
    /// When it ends, in milliseconds since 1970; 0: not known.
    pub expires_at_ms: i64,
    /// When its renewal is due, likewise.
    pub renew_at_ms: i64,
    /// When the next refresh is planned, likewise; 0: only when asked.
    pub next_refresh_at_ms: i64,
    /// When a fetch last succeeded, likewise; 0: never.
    pub last_success_at_ms: i64,
    /// Refreshes that failed in a row.
    pub failures: u32,
    /// The last of them.
    pub last_error: Option<Error>,
    /// The current generation.
    pub generation: u64,
    /// Fetches tried so far.
    pub requests: u64,
    /// Reports of refusal that were acted upon.
    pub rejections: u64,
    /// The service should have rotated the value by now and still hands out the old one.
    pub rotation_overdue: bool,
    /// How the service says that its last rotation went.
    pub rotation_status: Option<String>,
    /// How long that rotation took, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// Which identity was used, and why others were not.
    pub identity_explanation: Option<String>,
    /// The host of the backend that answered, where there are several.
    pub endpoint: Option<String>,
    /// How far the cloud's clock is ahead of ours, in milliseconds, where signing had to be corrected.
    pub clock_skew_ms: i64,
    /// What a managed secret says of itself.
    pub secret: SecretFacts,
    /// Whether requests are encrypted and servers' certificates checked.
    pub tls_verified: bool,
}
