//! What a managed secret says of itself beside its value, for the status.

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
