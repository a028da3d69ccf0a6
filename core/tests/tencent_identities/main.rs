//! The login identities of Tencent Cloud against the emulator: where they come from, how they are renewed, and the error
//! when there is none.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/mod.rs"]
mod support;

mod assume_role;
mod chain;
mod command_line;
mod cvm_role;
mod keys;
mod oidc;
mod opened;
mod setup;
