//! The `userdata` of the host's callbacks.

use std::ffi::c_void;

/// Frees a `userdata`. It is called once, when the callback that used the `userdata` is no longer needed, on the thread
/// that used it last.
pub type evercred_free_callback = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// A `userdata` and the function that frees it.
pub(crate) struct Userdata {
    pointer: *mut c_void,
    free: evercred_free_callback,
}

// SAFETY: the header says for every callback on which threads it is called; the host synchronises its userdata.
unsafe impl Send for Userdata {}
// SAFETY: as above.
unsafe impl Sync for Userdata {}

impl Userdata {
    /// Takes ownership of a userdata.
    pub(crate) fn new(pointer: *mut c_void, free: evercred_free_callback) -> Userdata {
        Userdata { pointer, free }
    }

    /// The pointer for the callback.
    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: by contract the host passed a function of this type; nothing uses the userdata any more.
            unsafe { free(self.pointer) };
        }
    }
}
