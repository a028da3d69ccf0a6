//! The blocking core of evercred.
//!
//! The modules, from the top down. A module uses only those below it; `core/tests/layering` checks this.
//!
//! ```text
//! client/      Client, options, the background thread, events, report; one folder per cloud
//!   store/     a file in which the processes of a host share fetched values
//!   cache/     keeps a value fresh: policy (pure), entry, flight, Source; independent of clouds
//!   providers/ fetches a value, without keeping any state of it; one folder per cloud
//!     sign/    request signing, pure functions        http/  requests, TLS, proxy, deadlines
//!     file     small text files                       der    DER (ASN.1), also used by http
//!     blocking work that may hang, in lanes; also used by http        slow_wait  waits that lend a turn to others
//! leaves, used by all modules and independent of each other: error · secret · platform · log
//! ```

#![forbid(unsafe_code)]

pub mod blocking;
mod calendar;
mod der;
pub mod error;
pub mod file;
pub mod log;
pub mod platform;
pub mod secret;
pub mod slow_wait;

pub mod cache;
pub mod client;
pub mod http;
pub mod sign;
pub mod store;

pub mod providers;
