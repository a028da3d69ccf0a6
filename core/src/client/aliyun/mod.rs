//! Alibaba Cloud: opens sources by the options. Start with `managed` (a managed secret) and `identity` (the login
//! identity). `backends` opens the KMS backends of a source, `regions_option` reads the option `aliyun_regions`,
//! `official` reads the configuration of the vendor's own clients.

mod backends;
pub(super) mod identity;
mod identity_options;
pub(super) mod managed;
pub mod official;
mod options;
mod regions_option;
pub(super) mod secret_names;

pub(super) use identity_options::TABLE as IDENTITY_OPTIONS;
pub(super) use options::TABLE as OPTIONS;

pub(super) use crate::providers::aliyun::api::codes::REJECTED_KEYS;

/// The prefix of the cloud's options.
pub(super) const CLOUD: &str = "aliyun";
