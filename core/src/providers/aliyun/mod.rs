//! Alibaba Cloud. `kms` fetches managed secrets, `identity` fetches login identities, `api` has the protocols as pure
//! functions, and `client_key` reads client keys. Start with `kms/managed.rs`.

pub mod api;
pub mod client_key;
pub mod identity;
pub mod kms;
