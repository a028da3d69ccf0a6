//! The login identities of Alibaba Cloud against the emulator: each of them fetches a live secret.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/mod.rs"]
mod support;

mod endpoints;
mod keys;
mod metadata;
mod oidc;
mod opened;
mod process;
mod profiles;
mod roles;
mod setup;
