//! The handling of panics. It uses nothing else of the crate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the body of an infallible function. Returns the default after a panic.
pub(crate) fn quietly<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// Keeps panics from writing to stderr. The hook belongs to this library's own copy of std.
pub(super) fn silence_panics() {
    // Not a `Once`: a child that is forked during the first call would wait for its end for ever. Two threads need not
    // wait for each other: a panic is a defect, and writes to stderr at worst.
    static SILENT: AtomicBool = AtomicBool::new(false);
    if !SILENT.swap(true, Ordering::AcqRel) {
        std::panic::set_hook(Box::new(|_| {}));
    }
}
