//! Managed secrets of KMS Secrets Manager. Start with `managed` (the provider), then `failover` (several backends) and
//! `backend` (a KMS endpoint or an instance of dedicated KMS). `answer`, `secret_value`, `material` and `schedule` read
//! a secret, `dedicated*` implement the protocol of dedicated KMS, and `official_cache*` read the files of the vendor's
//! client.

pub mod answer;
pub mod backend;
pub mod backend_health;
pub mod dedicated;
mod dedicated_messages;
pub mod failover;
pub mod managed;
mod material;
pub mod official_cache;
pub mod official_cache_file;
pub mod schedule;
pub mod secret_value;
