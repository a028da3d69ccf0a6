//! Alibaba Cloud: KMS, STS, the ECS metadata service, dedicated KMS and OSS, answered as the services do.
//!
//! It uses what both clouds share at the root, and nothing of another cloud. Start at `gateway`.

pub(crate) mod auth;
pub(crate) mod client_key;
pub(crate) mod control;
pub(crate) mod control_input;
pub(crate) mod dkms;
pub(crate) mod gateway;
pub(crate) mod key;
pub(crate) mod kms;
pub(crate) mod metadata;
pub(crate) mod metadata_model;
pub(crate) mod openapi_error;
pub(crate) mod oss;
pub(crate) mod params;
pub(crate) mod region;
pub(crate) mod region_handle;
pub(crate) mod secret;
pub(crate) mod sign;
pub(crate) mod state;
pub(crate) mod sts;
pub(crate) mod token_file;

mod change;
mod handle;
mod issuer;
mod ports;

pub use client_key::ClientKey;
pub use region_handle::Region;
pub use secret::SecretKind;

#[cfg(test)]
mod vector_tests;
