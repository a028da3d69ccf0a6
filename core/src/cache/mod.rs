//! How a value is kept fresh. It knows no cloud: what is fetched, and how, is a [`crate::providers::Provider`]'s affair.
//!
//! `policy` decides (a pure function), `entry` remembers (pure as well, given the time and a random number), `source`
//! is what many threads share, `flight` is one refresh.

pub mod backoff;
mod credential;
mod entry;
mod event;
mod flight;
pub mod policy;
mod source;
mod status;

pub use credential::Credential;
pub use entry::{Entry, Settings};
pub use event::{Event, EventKind};
pub use flight::{Flight, fly};
pub use source::{Runner, Source};
pub use status::Status;
