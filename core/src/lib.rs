//! The blocking core of evercred.
//!
//! The map, from the top down (arrows point down only; `core/tests/layering` checks the `use crate::` lines):
//!
//! ```text
//! client/      Client, Source, options, the one background thread, report
//!   store/     what one process fetched, kept in a file for all of a host
//!   cache/     how a value is kept fresh: policy (pure), entry, flight; knows no cloud
//!   providers/ how a value is fetched; keeps nothing; one folder a cloud
//!     sign/    request signing, pure functions        http/  requests, TLS, proxy, deadlines      file  small text files
//! leaves, used by all, using none of them: error · secret · platform · log
//! ```

#![forbid(unsafe_code)]

mod calendar;
mod der;
pub mod error;
pub mod file;
pub mod log;
pub mod platform;
pub mod secret;

pub mod cache;
pub mod client;
pub mod http;
pub mod sign;
pub mod store;

pub mod providers;
