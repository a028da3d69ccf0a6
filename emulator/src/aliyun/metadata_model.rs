//! How the ECS instance and its metadata service are set up.

use serde::{Deserialize, Serialize};

use super::key::AccessKey;

/// A role of the instance, with the keys it hands out at present.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstanceRole {
    pub(crate) name: String,
    pub(crate) life_ms: i64,
    pub(crate) current: Option<AccessKey>,
}

/// How the instance is set up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) roles: Vec<InstanceRole>,
    /// Requests without a token are refused.
    pub(crate) v1_off: bool,
    /// There are no tokens, as on old instances.
    pub(crate) v2_off: bool,
    /// The answer with the token dies on its way, as behind one hop too many.
    pub(crate) hop_limited: bool,
    /// Tokens and their ends.
    pub(crate) tokens: Vec<(String, i64)>,
}
