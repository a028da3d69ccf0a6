//! Tencent Cloud: options in, sources out. Start with `database` (an account's token) and `identity` (which login identity
//! signs).

pub(super) mod database;
mod endpoint;
mod identity;
mod options;

pub(super) use options::TABLE as OPTIONS;

/// What the names of the cloud's options begin with.
pub(super) const CLOUD: &str = "tencent";
