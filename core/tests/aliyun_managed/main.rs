//! Managed secrets of Alibaba Cloud against the emulator, on a clock that the test sets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/mod.rs"]
mod support;

mod access_keys;
mod kinds;
mod official_cache;
mod rotation;
mod secret_names;
