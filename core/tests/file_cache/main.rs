//! The file in which the processes of a host share what one of them fetched.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/mod.rs"]
mod support;

mod file;
mod many;
mod processes;
mod setup;
mod sharing;
mod warm_start;
