//! Handles: opaque pointers to reference-counted values.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evercred_core::error::{Error, Result};

/// An opaque C type, and what is behind its pointers.
pub(crate) trait Handle: Sized {
    /// What is behind the pointer.
    type Inner;
    /// Whether handing one out is counted. The hot path's are not, in a release build: the count would be its slowest
    /// part.
    const COUNTED: bool = true;
}

static LIVE: AtomicU64 = AtomicU64::new(0);

/// Handles that were handed out and not freed.
pub(crate) fn live_handles() -> u64 {
    LIVE.load(Ordering::Relaxed)
}

/// Hands a value out; the caller of the C function owns it.
pub(crate) fn give<H: Handle>(inner: impl Into<Arc<H::Inner>>) -> *mut H {
    if H::COUNTED {
        LIVE.fetch_add(1, Ordering::Relaxed);
    }
    Arc::into_raw(inner.into()).cast_mut().cast()
}

/// Looks at what is behind a pointer, for no longer than the C call.
///
/// # Safety
/// The pointer is NULL or a live handle, and stays alive for `'a`.
pub(crate) unsafe fn borrow<'a, H: Handle>(handle: *const H) -> Option<&'a H::Inner> {
    // SAFETY: the caller's promise; `give` made the pointer from such a value.
    unsafe { handle.cast::<H::Inner>().as_ref() }
}

/// As `borrow`, with an error that names the argument where it is NULL.
///
/// # Safety
/// As `borrow`.
pub(crate) unsafe fn required<'a, H: Handle>(name: &str, handle: *const H) -> Result<&'a H::Inner> {
    // SAFETY: the caller's promise.
    unsafe { borrow(handle) }.ok_or_else(|| Error::argument(name, "it is NULL; pass a handle that was not freed"))
}

/// A reference of our own, for a call that waits: another thread may free the handle meanwhile.
///
/// # Safety
/// The pointer is NULL or a live handle.
pub(crate) unsafe fn share<H: Handle>(name: &str, handle: *const H) -> Result<Arc<H::Inner>> {
    // SAFETY: the caller's promise.
    unsafe { required(name, handle) }?;
    // SAFETY: the pointer came from `Arc::into_raw` in `give`, and its reference is still there.
    unsafe {
        Arc::increment_strong_count(handle.cast::<H::Inner>());
        Ok(Arc::from_raw(handle.cast::<H::Inner>()))
    }
}

/// Takes a handle back; NULL is nothing.
///
/// # Safety
/// The pointer is NULL or a live handle that the caller uses no more.
pub(crate) unsafe fn free<H: Handle>(handle: *mut H) {
    if handle.is_null() {
        return;
    }
    if H::COUNTED {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
    // SAFETY: as in `share`; this reference is the caller's and ends here.
    super::quietly((), || drop(unsafe { Arc::from_raw(handle.cast::<H::Inner>()) }));
}

/// An out argument: NULL until something is put there.
pub(crate) struct Out<H>(*mut *mut H);

impl<H: Handle> Out<H> {
    /// Checks an out argument and sets it to NULL.
    ///
    /// # Safety
    /// The pointer is NULL or writable.
    pub(crate) unsafe fn new(name: &str, out: *mut *mut H) -> Result<Out<H>> {
        if out.is_null() {
            return Err(Error::argument(name, "it is NULL; pass the address of a pointer"));
        }
        // SAFETY: the caller's promise.
        unsafe { out.write(std::ptr::null_mut()) };
        Ok(Out(out))
    }

    /// Hands a value out.
    pub(crate) fn give(self, inner: impl Into<Arc<H::Inner>>) {
        // SAFETY: checked in `new`, and the call is still the same.
        unsafe { self.0.write(give(inner)) };
    }
}
