//! Handles: opaque pointers to reference-counted values, and the rule by which threads may use each type.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evercred_core::error::{Error, Result};

/// An opaque C type.
pub(crate) trait Handle: Sized {
    /// The value behind the pointer.
    type Inner;
    /// How threads may use the handle. The rule's bounds on `Inner` prove it; the header's comment has its tag.
    type Threads: ThreadRule<Self::Inner>;
    /// Whether live handles are counted. Credentials are not counted in release builds: the counter would be the
    /// slowest part of the hot path.
    const COUNTED: bool = true;
    /// Whether `give` and `free` may be used: the type has no count of references of its own.
    const BY_ARC: bool = true;
}

/// A rule for the use of a handle by threads, for the values that may have it.
pub(crate) trait ThreadRule<Inner> {
    /// The tag in the comment of the C type.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the header"))]
    const TAG: &'static str;
}

/// Several threads may call functions on the handle at the same time.
pub(crate) struct ThreadSafe;

/// The value never changes, so several threads may read it at the same time.
pub(crate) struct Immutable;

/// The exception: the caller makes sure that only one thread at a time uses the handle. It may be another one each time.
pub(crate) struct OneThreadAtATime;

impl<Inner: Send + Sync + 'static> ThreadRule<Inner> for ThreadSafe {
    const TAG: &'static str = "[thread-safe]";
}

impl<Inner: Send + Sync + 'static> ThreadRule<Inner> for Immutable {
    const TAG: &'static str = "[immutable]";
}

impl<Inner: Send + 'static> ThreadRule<Inner> for OneThreadAtATime {
    const TAG: &'static str = "[one thread at a time]";
}

static LIVE: AtomicU64 = AtomicU64::new(0);

/// The number of handles that are not freed yet.
pub(crate) fn live_handles() -> u64 {
    LIVE.load(Ordering::Relaxed)
}

/// A handle is given to the caller of the C function.
pub(crate) fn count_given<H: Handle>() {
    if H::COUNTED {
        LIVE.fetch_add(1, Ordering::Relaxed);
    }
}

/// A handle is freed.
pub(crate) fn count_freed<H: Handle>() {
    if H::COUNTED {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes a handle of a value. The caller of the C function owns it.
pub(crate) fn give<H: Handle>(inner: impl Into<Arc<H::Inner>>) -> *mut H {
    const { assert!(H::BY_ARC) };
    count_given::<H>();
    Arc::into_raw(inner.into()).cast_mut().cast()
}

/// The value behind a pointer, for the duration of the C call.
///
/// # Safety
/// The pointer is NULL or a live handle that stays alive for `'a`.
pub(crate) unsafe fn borrow<'a, H: Handle>(handle: *const H) -> Option<&'a H::Inner> {
    // SAFETY: the caller's contract; `give` made the pointer from such a value.
    unsafe { handle.cast::<H::Inner>().as_ref() }
}

/// Like `borrow`, with an error that names the argument if it is NULL.
///
/// # Safety
/// Like `borrow`.
pub(crate) unsafe fn required<'a, H: Handle>(name: &str, handle: *const H) -> Result<&'a H::Inner> {
    // SAFETY: the caller's contract.
    unsafe { borrow(handle) }.ok_or_else(|| Error::argument(name, "must not be NULL"))
}

/// A counted reference, for a call that waits: another thread may free the handle meanwhile.
///
/// # Safety
/// The pointer is NULL or a live handle.
pub(crate) unsafe fn share<H: Handle>(name: &str, handle: *const H) -> Result<Arc<H::Inner>> {
    const { assert!(H::BY_ARC) };
    // SAFETY: the caller's contract.
    unsafe { required(name, handle) }?;
    // SAFETY: the pointer came from `Arc::into_raw` in `give`, and its reference is not dropped yet.
    unsafe {
        Arc::increment_strong_count(handle.cast::<H::Inner>());
        Ok(Arc::from_raw(handle.cast::<H::Inner>()))
    }
}

/// Frees a handle. NULL is ignored.
///
/// # Safety
/// The pointer is NULL or a live handle that the caller does not use again.
pub(crate) unsafe fn free<H: Handle>(handle: *mut H) {
    if handle.is_null() {
        return;
    }
    const { assert!(H::BY_ARC) };
    count_freed::<H>();
    // SAFETY: as in `share`; this drops the caller's own reference.
    super::quietly((), || drop(unsafe { Arc::from_raw(handle.cast::<H::Inner>()) }));
}

/// An out argument, which is NULL until a handle is stored in it.
pub(crate) struct Out<H>(*mut *mut H);

impl<H: Handle> Out<H> {
    /// Checks an out argument and sets it to NULL.
    ///
    /// # Safety
    /// The pointer is NULL or writable.
    pub(crate) unsafe fn new(name: &str, out: *mut *mut H) -> Result<Out<H>> {
        if out.is_null() {
            return Err(Error::argument(name, "must not be NULL; pass the address of a pointer"));
        }
        // SAFETY: the caller's contract.
        unsafe { out.write(std::ptr::null_mut()) };
        Ok(Out(out))
    }

    /// Stores a handle that was made elsewhere.
    pub(crate) fn set(self, handle: *mut H) {
        // SAFETY: checked in `new`, during the same C call.
        unsafe { self.0.write(handle) };
    }

    /// Stores a handle of a value.
    pub(crate) fn give(self, inner: impl Into<Arc<H::Inner>>) {
        self.set(give(inner));
    }
}
