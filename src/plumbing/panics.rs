//! What becomes of a panic. It uses nothing of the crate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// Runs an infallible function's body; a panic leaves the default.
pub(crate) fn quietly<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// A library writes nothing to stderr, not even when it panics. The hook belongs to this library's own copy of std.
pub(super) fn silence_panics() {
    static SILENT: Once = Once::new();
    SILENT.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
