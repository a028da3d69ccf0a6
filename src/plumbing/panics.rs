//! The handling of panics. It uses nothing else of the crate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// Runs the body of an infallible function. Returns the default after a panic.
pub(crate) fn quietly<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// Keeps panics from writing to stderr. The hook belongs to this library's own copy of std.
pub(super) fn silence_panics() {
    static SILENT: Once = Once::new();
    SILENT.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
