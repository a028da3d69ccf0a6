//! The C layer of evercred: pointers in, handles out, no logic. It alone uses `unsafe`, and it uses the core and libc.
//! There is one file for each noun of the API (`client`, `source`, `credential`, …); `plumbing` holds what they share.
//! `docs/CONVENTIONS.md` describes the contract with C. Start with `source`.
//!
//! Safety of every exported function: a handle argument is NULL or a pointer of that type that this library returned and
//! that is not freed yet; a text argument is NULL or NUL-terminated; an out argument is NULL or writable. NULL leads to an
//! error or a default, never to a crash.

#![allow(non_camel_case_types, reason = "names of the C API")]
#![allow(
    clippy::missing_safety_doc,
    reason = "one safety contract for all functions, above; it must not get into the header"
)]

mod client;
mod config;
mod constants;
mod credential;
mod error;
mod event;
mod identity;
mod plumbing;
mod report;
mod source;
mod source_open;
mod status;
mod subscription;
#[cfg(test)]
mod thread_tags;
mod version;

#[global_allocator]
static ALLOCATOR: plumbing::WipingAllocator = plumbing::WipingAllocator;
