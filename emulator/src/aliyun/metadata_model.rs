//! The settings of the ECS instance and its metadata service.

use serde::{Deserialize, Serialize};

use super::key::AccessKey;

/// A role of the instance, with its current keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstanceRole {
    pub(crate) name: String,
    pub(crate) life_ms: i64,
    pub(crate) current: Option<AccessKey>,
}

/// The settings of the instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) roles: Vec<InstanceRole>,
    /// Requests without a token are refused.
    pub(crate) v1_off: bool,
    /// Tokens are not supported, as on old instances.
    pub(crate) v2_off: bool,
    /// The answer with the token is lost, as with a hop limit that is too low.
    pub(crate) hop_limited: bool,
    /// Tokens and when they expire, in ms.
    pub(crate) tokens: Vec<(String, i64)>,
}
