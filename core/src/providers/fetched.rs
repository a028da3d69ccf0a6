//! What a provider returns: a value, the times at which it is due and ends, and what else the service says of it.

use std::time::Duration;

use crate::error::Error;
use crate::platform::Moment;
use crate::providers::material::Material;

/// When a value is due, about to be useless, and useless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Windows {
    /// From then on a refresh is due; `None`: only when asked.
    pub renew_at: Option<Moment>,
    /// From then on `get` waits for a refresh.
    pub mandatory_at: Option<Moment>,
    /// From then on the value is useless; `None`: the cloud does not say.
    pub ends_at: Option<Moment>,
}

/// What else an answer said, for the status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// How the service says that its last rotation went.
    pub rotation_status: Option<String>,
    /// How long that rotation took, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// When the service rotates the value next, as it says; it has passed where the rotation is late.
    pub rotation_due_at: Option<Moment>,
    /// Which identity was used, and why others were not.
    pub explanation: Option<String>,
    /// The host of the backend that answered, where there are several.
    pub endpoint: Option<String>,
    /// How far the server's clock is ahead of ours, in milliseconds, where signing had to be corrected.
    pub clock_skew_ms: i64,
    /// How long ago the cloud said so, where somebody else asked it; `None`: just now.
    pub confirmed_ago: Option<Duration>,
    /// What a managed secret says of itself.
    pub secret: SecretFacts,
}

/// A fetched value.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The value.
    pub material: Material,
    /// Its windows.
    pub windows: Windows,
    /// What else was said.
    pub notes: Notes,
    /// The service is in the middle of a change and said so by a time that has passed: ask again soon.
    pub unsettled: bool,
    /// The value comes from a second-best place since the first one failed so: back off and try again.
    pub degraded: Option<Error>,
}

/// What the service said of a secret. Nothing here is secret, and nothing here decides anything: a fact that cannot be
/// understood is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// The service's name for the secret's type, such as `RAMCredentials`.
    pub secret_type: Option<String>,
    /// The type within that type, such as `RamUserAccessKey`.
    pub sub_type: Option<String>,
    /// When this value was made, in milliseconds since 1970 on the cloud's clock.
    pub generated_at_ms: Option<i64>,
    /// When the service means to rotate the secret next, likewise.
    pub next_rotation_at_ms: Option<i64>,
    /// The time between two rotations, in milliseconds.
    pub rotation_interval_ms: Option<i64>,
    /// The service's word on automatic rotation: `Enabled`, `Disabled` or `Invalid`.
    pub automatic_rotation: Option<String>,
}
