//! Nothing that hangs takes anything else with it: files, look-ups of names, fallbacks, many sources, limits of the
//! process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/mod.rs"]
mod support;

mod bursts;
mod engine_thread;
mod fallbacks;
mod identities;
mod lanes;
mod limits;
mod look_ups;
mod progress;
mod server;
