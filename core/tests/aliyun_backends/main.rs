//! KMS through several backends: which of them is asked when, which answer counts, and how each is reached (a region, a
//! gateway, a dedicated instance), with TLS settings of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/mod.rs"]
mod support;

mod dedicated;
mod failover;
mod setup;
