//! Keeps a value fresh, independently of clouds: a [`crate::providers::Provider`] fetches it. Start with `policy`,
//! which decides what `get` does (pure), then `entry`, the state of a source (pure), `source`, which threads share,
//! and `flight`.
//! A *flight* is one refresh in progress: one fetch with its retries; see [`Flight`].

pub mod backoff;
mod credential;
mod entry;
mod event;
mod flight;
mod generation;
mod need;
pub mod policy;
mod rejection_codes;
mod source;
mod status;

pub use credential::Credential;
pub use entry::{Entry, Settings};
pub use event::{Event, EventKind};
pub use flight::{Flight, fly};
pub use need::Need;
pub use rejection_codes::RejectionCodes;
pub use source::{Lease, Runner, Source};
pub use status::Status;
