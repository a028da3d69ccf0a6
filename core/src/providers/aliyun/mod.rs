//! Alibaba Cloud: how its services are asked, and who signs. `api` is the protocols (pure functions), `kms` fetches managed
//! secrets, `identity` login identities, `client_key` reads client keys. Start with `kms/managed.rs`.

pub mod api;
pub mod client_key;
pub mod identity;
pub mod kms;
