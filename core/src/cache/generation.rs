//! The numbers of generations: one counter for the whole process, so that no two sources ever publish the same one.

use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

/// A number that this process has not used yet; never 0.
pub(super) fn next() -> u64 {
    LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}
