//! Texts from and to C.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;

use evercred_core::error::{Error, Result};

/// A text argument: NUL-terminated UTF-8, valid during the call.
///
/// # Safety
/// The pointer is NULL or NUL-terminated, and stays so for `'a`.
pub(crate) unsafe fn text<'a>(name: &str, text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(Error::argument(name, "must not be NULL; pass a NUL-terminated UTF-8 text"));
    }
    // SAFETY: not NULL, and the caller's contract.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Error::argument(name, "must be UTF-8"))
}

/// Like `text`, for an argument that may be NULL.
///
/// # Safety
/// Like `text`.
pub(crate) unsafe fn optional_text<'a>(name: &str, value: *const c_char) -> Result<Option<&'a str>> {
    // SAFETY: the caller's contract.
    if value.is_null() { Ok(None) } else { unsafe { text(name, value) }.map(Some) }
}

/// A path argument: any bytes, as in the file system.
///
/// # Safety
/// Like `text`.
pub(crate) unsafe fn file_path(name: &str, path: *const c_char) -> Result<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        if path.is_null() {
            return Err(Error::argument(name, "must not be NULL; pass a path"));
        }
        // SAFETY: not NULL, and the caller's contract.
        let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
        if bytes.is_empty() {
            return Err(Error::argument(name, "must not be empty; pass a path"));
        }
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: the caller's contract.
        unsafe { text(name, path) }.map(PathBuf::from)
    }
}

/// A text with its NUL, to lend to C.
pub(crate) struct CText(Box<[u8]>);

impl CText {
    pub(crate) fn new(text: &str) -> CText {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        CText(bytes.into())
    }

    /// Like `new`, without a copy of the text.
    pub(crate) fn of(text: String) -> CText {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        CText(bytes.into())
    }
}

impl AsRef<[u8]> for CText {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Lends a NUL-terminated text to C, or "" for `None`, and sets `*len_out` to its length if `len_out` is not NULL.
///
/// # Safety
/// `len_out` is NULL or writable.
pub(crate) unsafe fn lend_text(with_nul: Option<&[u8]>, len_out: *mut usize) -> *const c_char {
    let text = with_nul.filter(|text| !text.is_empty()).unwrap_or(b"\0");
    if !len_out.is_null() {
        // SAFETY: the caller's contract.
        unsafe { len_out.write(text.len() - 1) };
    }
    text.as_ptr().cast()
}
