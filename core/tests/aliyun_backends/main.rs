//! KMS by several backends: which of them is asked when, which answer counts, and how each is reached: by region, by a gateway
//! or a dedicated instance, each with its own TLS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/mod.rs"]
mod support;

mod dedicated;
mod failover;
mod setup;
