//! What all nouns of the API share: handles, text, callbacks' `userdata`, the panic boundary, and the process's own
//! services (boot clock, signal mask, counters that a forked child reads as 0, the allocator, memory for secrets). It uses no noun. Start with
//! `handle`.

mod allocator;
mod arena;
mod boundary;
mod handle;
mod panics;
mod platform;
mod secret_memory;
mod snapshot;
mod text;
mod userdata;

pub(crate) use allocator::WipingAllocator;
pub(crate) use boundary::boundary;
#[cfg(test)]
pub(crate) use handle::ThreadRule;
pub(crate) use handle::{
    Handle, Immutable, OneThreadAtATime, Out, ThreadSafe, borrow, count_freed, count_given, free, give, live_handles,
    required, share,
};
pub(crate) use panics::quietly;
pub(crate) use platform::ProcessPlatform;
pub(crate) use secret_memory::protect_secrets;
pub(crate) use snapshot::{Node, Snapshot, node, release};
pub(crate) use text::{CText, file_path, lend_text, optional_text, text};
pub(crate) use userdata::Userdata;
pub use userdata::evercred_free_callback;
