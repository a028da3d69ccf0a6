//! `evercred_status`: how one source is.

use std::ffi::c_char;
use std::sync::Arc;

use evercred_core::cache::Status;

use crate::error::{ErrorView, evercred_error};
use crate::plumbing::{CText, Handle, borrow, borrowed, free, quietly};

/// How a source was at one moment.
/// [immutable]
pub struct evercred_status;

/// A status with its texts as C wants them.
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
}

/// How good the value held is: an `EVERCRED_STATE_` number.
///
/// @return the number; `EVERCRED_STATE_EMPTY` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_state(status: *const evercred_status) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.state as i32)
}

/// Where the value held came from: an `EVERCRED_ORIGIN_` number.
///
/// @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_origin(status: *const evercred_status) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.origin as i32)
}

/// When the value held ends, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where it is not known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_expires_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.expires_at_ms)
}

/// When its renewal is due, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where it is renewed only when asked, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_renew_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.renew_at_ms)
}

/// When the background asks the cloud next, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where nothing is planned (lazy mode, before the first `get`), and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_next_refresh_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.next_refresh_at_ms)
}

/// When a fetch last brought a value, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where none has, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_last_success_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.last_success_at_ms)
}

/// How many refreshes have failed in a row.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_failures(status: *const evercred_status) -> u32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.failures)
}

/// Why the last refresh failed.
///
/// @return an error that belongs to the status and lives as long: never free it. NULL where the last refresh succeeded,
/// and for NULL.
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

/// How many fetches were tried so far.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_requests(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.requests)
}

/// How many reports of refusal were acted upon so far.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rejections(status: *const evercred_status) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.rejections)
}

/// How far the cloud's clock is ahead of this machine's, in milliseconds, where the signing time had to be corrected.
///
/// @return the time, negative where this machine is ahead; 0 where they agree, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_clock_skew_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.clock_skew_ms)
}

/// How long the service says that the last rotation took, in milliseconds.
///
/// @return the time; -1 where the service does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_last_rotation_cost_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(-1, |view| view.status.last_rotation_cost_ms.unwrap_or(-1))
}

/// When the service means to rotate a managed secret next, in milliseconds since 1970.
///
/// @return the time; 0 where it does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_next_rotation_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.next_rotation_at_ms.unwrap_or(0))
}

/// How long a managed secret's value lasts between two rotations, in milliseconds.
///
/// @return the time; 0 where the service does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rotation_interval_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.rotation_interval_ms.unwrap_or(0))
}

/// When a managed access key was made, in milliseconds since 1970, by the secret's `GenerateTimestamp`.
///
/// @return the time; 0 where the secret does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_generated_at_ms(status: *const evercred_status) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.map_or(0, |view| view.status.secret.generated_at_ms.unwrap_or(0))
}

/// Whether requests are encrypted and servers' certificates checked (the options `tls_verify`, `tencent_scheme`,
/// `aliyun_scheme` and `aliyun_regions`).
///
/// @return the answer; true for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_tls_verified(status: *const evercred_status) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.is_none_or(|view| view.status.tls_verified)
}

/// Whether the service should have rotated the value by now, a quarter of an hour of grace included, and still hands out
/// the old one.
///
/// @return the answer; false for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rotation_overdue(status: *const evercred_status) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(status) }.is_some_and(|view| view.status.rotation_overdue)
}

/// What the service says of its last rotation, such as "success". The length in bytes goes to `len_out`, unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the status; "" where nothing is known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_rotation_status(
    status: *const evercred_status,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(status).map(|view| view.rotation_status.as_ref()), len_out) }
}

/// Which login identity was used, and why others were skipped. The length in bytes goes to `len_out`, unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the status; "" where nothing is known, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_identity_explanation(
    status: *const evercred_status,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(status).map(|view| view.identity_explanation.as_ref()), len_out) }
}

/// Frees a status. NULL is nothing.
///
/// Owns: takes `status`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_status_free(status: *mut evercred_status) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(status) });
}
