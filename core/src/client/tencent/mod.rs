//! Tencent Cloud: opens sources by the options. Start with `database` (the token of an account) and `identity` (the
//! login identity).

pub(super) mod database;
mod endpoint;
pub(super) mod identity;
mod options;

pub(super) use options::TABLE as OPTIONS;

pub(super) use crate::providers::tencent::codes::REJECTED_KEYS;

/// The prefix of the cloud's options.
pub(super) const CLOUD: &str = "tencent";
