//! `evercred_status`: the state of one source.

use std::ffi::c_char;
use std::sync::Arc;

use evercred_core::cache::Status;

use crate::error::{ErrorView, evercred_error};
use crate::plumbing::{CText, Handle, Immutable, borrow, free, lend_text, quietly};

/// The status of a source at one moment.
/// [immutable]
pub struct evercred_status;

/// A status with its texts, each with its NUL.
pub struct StatusView {
    status: Status,
    last_error: Option<Arc<ErrorView>>,
    rotation_status: CText,
    identity_explanation: CText,
}

impl StatusView {
    pub(crate) fn new(status: Status) -> StatusView {
        StatusView {
            last_error: status.last_error.clone().map(|error| Arc::new(ErrorView::new(error))),
            rotation_status: CText::new(status.rotation_status.as_deref().unwrap_or_default()),
            identity_explanation: CText::new(status.identity_explanation.as_deref().unwrap_or_default()),
            status,
        }
    }
}

impl Handle for evercred_status {
    type Inner = StatusView;
    type Threads = Immutable;
}

/// The state of the value: an `EVERCRED_STATE_` number.
///
/// @return the number; `EVERCRED_STATE_EMPTY` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_state(status: *const evercred_status) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.state as i32)
}

/// Where the value came from: an `EVERCRED_ORIGIN_` number.
///
/// @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_origin(status: *const evercred_status) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.origin as i32)
}

/// When the value expires, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 if it is not known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_expires_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.expires_at_ms)
}

/// When the renewal of the value is due, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 if it is renewed only on request, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_renew_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.renew_at_ms)
}

/// When the background thread asks the cloud next, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 if nothing is planned (lazy mode, before the first `get`), and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_next_refresh_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.next_refresh_at_ms)
}

/// When a fetch last succeeded, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 if none has succeeded, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_last_success_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.last_success_at_ms)
}

/// How many refreshes have failed since the last success.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_consecutive_failures(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| u64::from(view.status.failures))
}

/// Why the last refresh failed.
///
/// @return an error that belongs to the status and is valid as long as the status: do not free it. NULL if the last
/// refresh succeeded, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_last_error(status: *const evercred_status) -> *const evercred_error {
    // SAFETY: the crate's contract with C.
    let error = unsafe { borrow(status) }.and_then(|view| view.last_error.as_ref());
    error.map_or(std::ptr::null(), |error| Arc::as_ptr(error).cast())
}

/// The source's generation.
///
/// @return the number; 0 before the first value, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_generation(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.generation)
}

/// How many fetches the source has tried in total.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_fetches(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.fetches)
}

/// How many reports of a rejected credential were acted upon in total.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rejections(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.rejections)
}

/// How far the cloud's clock is ahead of this machine's clock, in milliseconds, if the signing time had to be
/// corrected.
///
/// @return the time, negative if this machine's clock is ahead; 0 if no correction was needed, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_clock_skew_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.clock_skew_ms)
}

/// How long the last rotation took according to the service, in milliseconds.
///
/// @return the time; -1 if the service does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_last_rotation_duration_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(-1, |view| view.status.last_rotation_duration_ms.unwrap_or(-1))
}

/// When the service plans the next rotation of a managed secret, in milliseconds since 1970.
///
/// @return the time; 0 if the service does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_next_rotation_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.next_rotation_at_ms.unwrap_or(0))
}

/// The time between two rotations of a managed secret, in milliseconds.
///
/// @return the time; 0 if the service does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rotation_interval_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.rotation_interval_ms.unwrap_or(0))
}

/// When a managed access key was created according to the secret's `GenerateTimestamp`, in milliseconds since 1970.
///
/// @return the time; 0 if the secret does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_generated_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.generated_at_ms.unwrap_or(0))
}

/// Whether requests are encrypted and server certificates are verified (the options `tls_verify`, `tencent_scheme`,
/// `aliyun_scheme` and `aliyun_regions`).
///
/// @return the answer; true for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_is_tls_verified(status: *const evercred_status) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.is_none_or(|view| view.status.tls_verified)
}

/// Whether the service still returns the old value more than 15 minutes after it should have rotated it.
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_is_rotation_overdue(status: *const evercred_status) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.is_some_and(|view| view.status.rotation_overdue)
}

/// The result of the last rotation according to the service, such as "success". If `len_out` is not NULL, `*len_out` is
/// set to the length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the status; "" if it is not known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rotation_status(
    status: *const evercred_status,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(status).map(|view| view.rotation_status.as_ref()), len_out) }
}

/// Which login identity was used, and why others were skipped. If `len_out` is not NULL, `*len_out` is set to the
/// length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the status; "" if it is not known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_identity_explanation(
    status: *const evercred_status,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(status).map(|view| view.identity_explanation.as_ref()), len_out) }
}

/// Frees a status. NULL is ignored.
///
/// Owns: takes `status`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_free(status: *mut evercred_status) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(status) });
}
