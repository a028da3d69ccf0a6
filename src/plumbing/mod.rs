//! What every noun needs and no noun is.

mod allocator;
mod arena;
mod boundary;
mod handle;
mod panics;
mod platform;
mod text;
mod userdata;

pub(crate) use allocator::WipingAllocator;
pub(crate) use boundary::boundary;
pub(crate) use handle::{Handle, Out, borrow, free, give, live_handles, required, share};
pub(crate) use panics::quietly;
pub(crate) use platform::ProcessPlatform;
pub(crate) use text::{CText, borrowed, optional_path, optional_text, text};
pub(crate) use userdata::Userdata;
pub use userdata::evercred_userdata_free;
