//! Alibaba Cloud: options in, sources out. Start with `managed` (a managed secret) and `identity` (which login identity signs).
//!
//! `backends` turns options into the endpoints of KMS that a source asks, `regions_option` reads the option `aliyun_regions`,
//! `official` reads the configuration of the vendor's own clients.

mod backends;
mod identity;
mod identity_options;
pub(super) mod managed;
pub mod official;
mod options;
mod regions_option;

pub(super) use identity_options::TABLE as IDENTITY_OPTIONS;
pub(super) use options::TABLE as OPTIONS;

/// What the names of the cloud's options begin with.
pub(super) const CLOUD: &str = "aliyun";
