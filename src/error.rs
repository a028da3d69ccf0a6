//! `evercred_error`: what a failed call leaves.

use std::ffi::c_char;

use evercred_core::error::Error;

use crate::constants::EVERCRED_OK;
use crate::plumbing::{CText, Handle, borrow, borrowed, free, quietly};

/// What went wrong: an object of its own, so that threads and goroutines cannot mix up each other's. It holds no secret.
/// [immutable]
pub struct evercred_error;

impl Handle for evercred_error {
    type Inner = ErrorView;
}

/// An error with its texts as C wants them.
pub struct ErrorView {
    error: Error,
    message: CText,
    provider_code: CText,
    request_id: CText,
}

impl ErrorView {
    pub(crate) fn new(error: Error) -> ErrorView {
        ErrorView {
            message: CText::new(error.message()),
            provider_code: CText::new(error.provider_code().unwrap_or_default()),
            request_id: CText::new(error.request_id().unwrap_or_default()),
            error,
        }
    }
}

impl From<Error> for ErrorView {
    fn from(error: Error) -> ErrorView {
        ErrorView::new(error)
    }
}

/// Which error it is: an `EVERCRED_E_` number.
///
/// @return the number; `EVERCRED_OK` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_code(error: *const evercred_error) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.map_or(EVERCRED_OK, |view| view.error.code().number())
}

/// What went wrong and what to do, in English, for a person. Its length in bytes goes to `len_out`, unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the error; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_message(error: *const evercred_error, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(error).map(|view| view.message.as_ref()), len_out) }
}

/// The cloud's own code, such as "AuthFailure.SecretIdNotFound".
///
/// @return a text that lives as long as the error; "" where the cloud gave none, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_provider_code(
    error: *const evercred_error,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(error).map(|view| view.provider_code.as_ref()), len_out) }
}

/// The cloud's id of the failed request: its support finds the request by it.
///
/// @return a text that lives as long as the error; "" where the cloud gave none, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_request_id(error: *const evercred_error, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(error).map(|view| view.request_id.as_ref()), len_out) }
}

/// Whether trying again later can succeed without anybody mending anything.
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_is_retryable(error: *const evercred_error) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.is_some_and(|view| view.error.is_retryable())
}

/// Whether the user must be told, in the official Tencent SDK's sense: the code begins with "AuthFailure." or is
/// "ResourceNotFound.DataFlowAuthClose".
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_user_notification_required(error: *const evercred_error) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.is_some_and(|view| view.error.user_notification_required())
}

/// How long to wait before another try, in milliseconds, where the cloud or a limit of ours says so.
///
/// @return the time; 0 where nothing is said, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_retry_after_ms(error: *const evercred_error) -> i64 {
    // SAFETY: the crate's contract with C.
    let wait = unsafe { borrow(error) }.and_then(|view| view.error.retry_after());
    wait.map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Frees an error. NULL is nothing. Never for an error that `evercred_status_last_error` or
/// `evercred_event_error` lent.
///
/// Owns: takes `error`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_free(error: *mut evercred_error) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(error) });
}
