//! What every noun needs and no noun is.

mod allocator;
mod arena;
mod boundary;
mod handle;
mod platform;
mod text;

pub(crate) use allocator::WipingAllocator;
pub(crate) use boundary::{boundary, quietly};
pub(crate) use handle::{Handle, Out, borrow, free, live_handles, required, share};
pub(crate) use platform::ProcessPlatform;
pub(crate) use text::{CText, borrowed, optional_path, text};
