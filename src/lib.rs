//! The C layer of evercred: pointers in, handles out. No logic; the one place with `unsafe`.
//!
//! The contract with C, on one page, is `docs/CONVENTIONS.md`. A file a noun (`client`, `source`, `credential`, …) and
//! `plumbing/` without any: handles, text, the boundary that no panic passes, and what only the process owns (boot clock,
//! signal mask, memory that a forked child finds wiped, the allocator that wipes what it frees).
//!
//! Safety of every exported function: a handle argument is NULL or a pointer that this library handed out for that type
//! and that was not freed yet; a text argument is NULL or NUL-terminated; an out argument is NULL or writable. NULL is
//! answered with an error or a default, never with a crash.

#![allow(non_camel_case_types, reason = "C's names")]
#![allow(clippy::missing_safety_doc, reason = "one safety contract for all, above; it must not leak into the header")]

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
mod status;
mod subscription;
mod version;

#[global_allocator]
static ALLOCATOR: plumbing::WipingAllocator = plumbing::WipingAllocator;
