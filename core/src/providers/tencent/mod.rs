//! Tencent Cloud: database tokens of CAM and the identities that ask for them.

pub mod answer;
pub mod api;
pub mod codes;
pub mod database;
mod envelope;
pub mod fallback;
pub mod identity;
pub mod request;
pub mod token;
pub mod validate;
