//! What a subscription receives: each kind of event, in order and bounded, without blocking the library.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/mod.rs"]
mod support;

mod certificates;
mod delivery;
mod kinds;
mod rejection_codes;
mod setup;
