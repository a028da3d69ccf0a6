//! A database token of Tencent Cloud against the emulator, on a clock that the test sets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/mod.rs"]
mod support;

mod connections;
mod fallback_file;
mod outages;
mod rejection;
mod rotation;
mod sources;
mod transport;

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);
