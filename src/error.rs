//! `evercred_error`: the error of a failed call.

use std::ffi::c_char;

use evercred_core::error::Error;

use crate::constants::{EVERCRED_OK, EVERCRED_PROGRESS_NOT_SENT};
use crate::plumbing::{CText, Handle, Immutable, borrow, free, lend_text, quietly};

/// The error of a failed call. Each error is a separate object, so threads and goroutines cannot confuse their errors.
/// It holds no secret.
/// [immutable]
pub struct evercred_error;

impl Handle for evercred_error {
    type Inner = ErrorView;
    type Threads = Immutable;
}

/// An error with its texts, each with its NUL.
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

/// The error code: an `EVERCRED_E_` number.
///
/// @return the number; `EVERCRED_OK` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_code(error: *const evercred_error) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.map_or(EVERCRED_OK, |view| view.error.code().number())
}

/// What went wrong and what to do about it, in English, for a person. If `len_out` is not NULL, `*len_out` is set to
/// the length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the error; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_message(error: *const evercred_error, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(error).map(|view| view.message.as_ref()), len_out) }
}

/// The cloud's own error code, such as "AuthFailure.SecretIdNotFound". If `len_out` is not NULL, `*len_out` is set to
/// the length in bytes.
///
/// @return a text that is valid as long as the error; "" if the cloud sent none, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_provider_code(
    error: *const evercred_error,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(error).map(|view| view.provider_code.as_ref()), len_out) }
}

/// The cloud's id of the failed request. The cloud's support finds the request by it. If `len_out` is not NULL,
/// `*len_out` is set to the length in bytes.
///
/// @return a text that is valid as long as the error; "" if the cloud sent none, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_request_id(error: *const evercred_error, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(error).map(|view| view.request_id.as_ref()), len_out) }
}

/// Whether retrying later can succeed without user action.
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_is_retryable(error: *const evercred_error) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.is_some_and(|view| view.error.is_retryable())
}

/// Whether the user must be notified, as the official Tencent SDK defines it: the provider code begins with
/// "AuthFailure." or is "ResourceNotFound.DataFlowAuthClose".
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_is_user_notification_required(error: *const evercred_error) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.is_some_and(|view| view.error.user_notification_required())
}

/// How long to wait before a retry, in milliseconds, if the cloud or a limit of this library says so.
///
/// @return the time; 0 if it is not known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_retry_after_ms(error: *const evercred_error) -> i64 {
    // SAFETY: the crate's contract with C.
    let wait = unsafe { borrow(error) }.and_then(|view| view.error.retry_after());
    wait.map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// How far the failed request got: an `EVERCRED_PROGRESS_` number. Repeating a request that was perhaps sent may have its
/// effect twice.
///
/// @return the number; `EVERCRED_PROGRESS_NOT_SENT` for an error without a request, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_progress(error: *const evercred_error) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.map_or(EVERCRED_PROGRESS_NOT_SENT, |view| view.error.progress().number())
}

/// The HTTP status of the answer to the failed request.
///
/// @return the status, such as 403; 0 if there was no answer, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_http_status(error: *const evercred_error) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(error) }.and_then(|view| view.error.http_status()).map_or(0, i32::from)
}

/// Frees an error. NULL is ignored. Do not free an error that `evercred_status_last_error` or `evercred_event_error`
/// returned.
///
/// Owns: takes `error`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_error_free(error: *mut evercred_error) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(error) });
}
