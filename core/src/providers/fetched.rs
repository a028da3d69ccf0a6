//! What a provider returns: a value, its renewal and expiration times, and other facts from the answer.

use std::time::Duration;

use crate::error::Error;
use crate::platform::Moment;
use crate::providers::material::Material;

/// When a value must be renewed, and when it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Windows {
    /// From this moment a refresh is due. `None`: only on request.
    pub renew_at: Option<Moment>,
    /// From this moment `get` waits for a refresh.
    pub mandatory_at: Option<Moment>,
    /// The value expires at this moment. `None`: the expiration is not known.
    pub ends_at: Option<Moment>,
}

/// Other facts from the answer, for the status report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// The result of the last rotation, as the service reports it.
    pub rotation_status: Option<String>,
    /// The duration of the last rotation, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// When the service plans the next rotation. In the past when the rotation is overdue.
    pub rotation_due_at: Option<Moment>,
    /// Which login identity was used, and why others were skipped.
    pub explanation: Option<String>,
    /// The host of the backend that answered, if there are several.
    pub endpoint: Option<String>,
    /// How far the server's clock is ahead of this machine's, in milliseconds; 0 if the signing time needed no
    /// correction.
    pub clock_skew_ms: i64,
    /// How long ago the cloud confirmed the value, if another process asked it. `None`: in this fetch.
    pub confirmed_ago: Option<Duration>,
    /// Facts about a managed secret.
    pub secret: SecretFacts,
}

/// A fetched value.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The value.
    pub material: Material,
    /// Its windows.
    pub windows: Windows,
    /// Other facts from the answer.
    pub notes: Notes,
    /// The service is in the middle of a rotation: its rotation time has passed. The next refresh comes soon.
    pub unsettled: bool,
    /// The error of the primary source, if the value comes from a fallback. The cache backs off and tries again.
    pub degraded: Option<Error>,
}

/// Facts about a secret, as the service reports them. None of them is secret, and none of them changes how the secret
/// is handled. A fact that cannot be parsed is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// The service's name for the secret's type, such as `RAMCredentials`.
    pub secret_type: Option<String>,
    /// The subtype, such as `RamUserAccessKey`.
    pub sub_type: Option<String>,
    /// When this value was generated, in milliseconds since 1970 on the cloud's clock.
    pub generated_at_ms: Option<i64>,
    /// When the service plans the next rotation, in milliseconds since 1970 on the cloud's clock.
    pub next_rotation_at_ms: Option<i64>,
    /// The time between two rotations, in milliseconds.
    pub rotation_interval_ms: Option<i64>,
    /// The state of automatic rotation: `Enabled`, `Disabled` or `Invalid`.
    pub automatic_rotation: Option<String>,
}
