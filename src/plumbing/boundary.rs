//! The line that no panic passes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use evercred_core::error::{Code, Error, Result};

use super::handle::give;
use crate::error::{ErrorView, evercred_error};

/// Runs a fallible function's body: NULL for success, otherwise an error that the caller owns. What a panic says may
/// quote a secret, so it is not passed on.
pub(crate) fn boundary(body: impl FnOnce() -> Result<()>) -> *mut evercred_error {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(_) => Error::new(Code::Internal, "a defect of evercred ended this call; please report what you did"),
    };
    give(ErrorView::new(error))
}

/// Runs an infallible function's body; a panic leaves the default.
pub(crate) fn quietly<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// A library writes nothing to stderr, not even when it panics. The hook belongs to this library's own copy of std.
pub(super) fn silence_panics() {
    static SILENT: Once = Once::new();
    SILENT.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
