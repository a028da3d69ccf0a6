//! Alibaba Cloud: managed RAM credentials of KMS Secrets Manager, and the protocols of the identities that ask for them.
//!
//! Everything in this folder but `managed`, `place`, `regions`, `import` and `identity` is a pure function of what it is
//! given: no clock, no network, no environment; `file_cache` reads the file that it is told.

pub mod acs3;
pub mod answer;
pub mod client_key;
pub mod codes;
mod der;
pub mod dkms;
mod dkms_wire;
pub mod endpoint;
pub mod envelope;
mod failure;
pub mod file_cache;
pub mod identity;
pub mod import;
pub mod managed;
mod material;
mod password_settings;
pub mod pkcs12;
mod pkcs12_cipher;
pub mod place;
pub mod place_settings;
pub mod properties;
pub mod properties_check;
pub mod region_list;
pub mod region_settings;
pub mod regions;
pub mod rpc;
pub mod schedule;
pub mod secret_value;
pub mod standing;
pub mod sts;
