//! The published generation: it tells the truth about what `get` returns, and ends when nobody watches. How long `get`
//! waits where it returns the held value in the end. And how a source ends with its last lease.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

mod entries;
mod generations;
mod leases;
mod setup;
mod waits;
