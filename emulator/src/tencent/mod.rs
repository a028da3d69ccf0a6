//! Tencent Cloud: CAM, STS and the CVM metadata service, answered as the services do.
//!
//! It uses what both clouds share at the root, and nothing of another cloud. Start at `gateway`.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod cam;
pub(crate) mod control;
pub(crate) mod control_input;
pub(crate) mod database;
pub(crate) mod error;
pub(crate) mod gateway;
pub(crate) mod metadata;
pub(crate) mod params;
pub(crate) mod sign;
pub(crate) mod state;
pub(crate) mod sts;
pub(crate) mod token;

mod change;
mod handle;

#[cfg(test)]
mod vector_tests;
