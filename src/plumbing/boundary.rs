//! The boundary between Rust and C, which no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use evercred_core::error::{Code, Error, Result};

use super::handle::give;
use crate::error::{ErrorView, evercred_error};

/// Runs the body of a fallible function. Returns NULL on success, otherwise an error that the caller owns. The message of
/// a panic may quote a secret, so it is not passed on.
pub(crate) fn boundary(body: impl FnOnce() -> Result<()>) -> *mut evercred_error {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(_) => Error::new(Code::Internal, "a defect in evercred ended this call; please report it"),
    };
    give(ErrorView::new(error))
}

/// Runs the body of an infallible function. Returns the default after a panic.
pub(crate) fn quietly<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// Keeps panics from writing to stderr. The hook belongs to this library's own copy of std.
pub(super) fn silence_panics() {
    static SILENT: Once = Once::new();
    SILENT.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
