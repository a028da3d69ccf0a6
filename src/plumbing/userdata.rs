//! What a callback of the host wants to be called with.

use std::ffi::c_void;

/// Frees a `userdata`; called once, when nobody will call the callback any more, on whatever thread was the last to use it.
pub type evercred_userdata_free = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// A `userdata`, with what frees it.
pub(crate) struct Userdata {
    pointer: *mut c_void,
    free: evercred_userdata_free,
}

// SAFETY: the header says of every callback on which threads it is called; its userdata is the host's to guard.
unsafe impl Send for Userdata {}
// SAFETY: as above.
unsafe impl Sync for Userdata {}

impl Userdata {
    /// Takes a userdata over.
    pub(crate) fn new(pointer: *mut c_void, free: evercred_userdata_free) -> Userdata {
        Userdata { pointer, free }
    }

    /// What the callback gets.
    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the host promised a function of this type; nobody uses the userdata any more.
            unsafe { free(self.pointer) };
        }
    }
}
