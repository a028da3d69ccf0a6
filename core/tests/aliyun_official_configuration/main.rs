//! The configuration files and variables of the official Alibaba Cloud clients, read as options of ours.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/folder.rs"]
mod folder;

mod layers;
mod loading;
mod recorded;
mod setup;
mod sizes;
