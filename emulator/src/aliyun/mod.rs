//! Alibaba Cloud: KMS, STS, the ECS metadata service, dedicated KMS and OSS, answered as the services do.

pub(crate) mod auth;
pub(crate) mod change;
pub(crate) mod client_key;
pub(crate) mod control;
pub(crate) mod control_input;
pub(crate) mod der;
pub(crate) mod dkms;
pub(crate) mod error;
pub(crate) mod gateway;
pub(crate) mod issuer;
pub(crate) mod key;
pub(crate) mod kms;
pub(crate) mod metadata;
pub(crate) mod oss;
pub(crate) mod oss_list;
pub(crate) mod oss_sign;
pub(crate) mod params;
pub(crate) mod pkcs12;
pub(crate) mod region;
pub(crate) mod rsa;
pub(crate) mod secret;
pub(crate) mod sign;
pub(crate) mod state;
pub(crate) mod sts;

mod handle;
mod ports;

pub use client_key::ClientKey;
pub use region::Region;
pub use secret::SecretKind;

#[cfg(test)]
mod client_key_vector_tests;
#[cfg(test)]
mod oss_vector_tests;
#[cfg(test)]
mod vector_tests;
