//! The status of a source.

use crate::cache::policy::State;
use crate::error::Error;
use crate::providers::{Origin, SecretFacts};

/// The status of a source at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    /// The source's name, which contains no secret.
    pub name: String,
    /// The state of the held value.
    pub state: State,
    /// The origin of the held value.
    pub origin: Origin,
    /// When it expires, in milliseconds since 1970; 0 if not known.
    pub expires_at_ms: i64,
    /// When its renewal is due, in milliseconds since 1970; 0 if not known.
    pub renew_at_ms: i64,
    /// When the next refresh is planned, in milliseconds since 1970; 0 if it happens only on request.
    pub next_refresh_at_ms: i64,
    /// When a fetch last succeeded, in milliseconds since 1970; 0 if never.
    pub last_success_at_ms: i64,
    /// Consecutive failed refreshes.
    pub failures: u32,
    /// The error of the last failed refresh, if no later one succeeded.
    pub last_error: Option<Error>,
    /// The current generation.
    pub generation: u64,
    /// The number of fetches, failed ones included.
    pub fetches: u64,
    /// Reports of a rejected value that caused a refresh.
    pub rejections: u64,
    /// The service still returns the old value 15 minutes after it should have rotated it.
    pub rotation_overdue: bool,
    /// The result of the last rotation, as the service reports it.
    pub rotation_status: Option<String>,
    /// The duration of that rotation, in milliseconds.
    pub last_rotation_duration_ms: Option<i64>,
    /// Which login identity was used, and why others were skipped.
    pub identity_explanation: Option<String>,
    /// The host of the backend that answered, if there are several backends.
    pub endpoint: Option<String>,
    /// How far the cloud's clock is ahead of this machine's, in milliseconds; 0 if signing times needed no correction.
    pub clock_skew_ms: i64,
    /// Facts of a managed secret, as the service reports them.
    pub secret: SecretFacts,
    /// Whether requests are encrypted and servers' certificates are checked.
    pub tls_verified: bool,
}
