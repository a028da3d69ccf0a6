//! `evercred_credential`: what a program logs in or signs with.

use std::ffi::c_char;

use evercred_core::cache::Credential;
use evercred_core::providers::Material;
use evercred_core::secret::Secret;

use crate::plumbing::{Handle, borrow, borrowed, free, quietly};

/// One state of a source's value, whole: a rotation makes a new one and changes nothing in those that are held.
/// [immutable]
pub struct evercred_credential;

impl Handle for evercred_credential {
    type Inner = Credential;
    const COUNTED: bool = cfg!(debug_assertions);
}

/// # Safety
/// The crate's contract with C.
unsafe fn field(
    credential: *const evercred_credential,
    len_out: *mut usize,
    field: fn(&Material) -> &Secret,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { borrowed(borrow(credential).map(|held| field(held.material()).expose_with_nul()), len_out) }
}

/// What it is for: an `EVERCRED_KIND_` number.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_kind(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, |held| held.material().kind as i32)
}

/// The user to log in as. The length in bytes goes to `len_out`, unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the credential; "" where it has none, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_username(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.username) }
}

/// The password to log in with, which the official Tencent SDK calls the authentication token.
///
/// @return as `evercred_credential_username`. It is a secret: it is wiped when the last handle is freed; do not keep copies.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_password(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.password) }
}

/// The access key's id.
///
/// @return as `evercred_credential_username`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_access_key_id(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.access_key_id) }
}

/// The access key's secret.
///
/// @return as `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_access_key_secret(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.access_key_secret) }
}

/// The session token that goes with a temporary access key.
///
/// @return as `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_security_token(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.security_token) }
}

/// The whole value of a secret of kind TEXT or BINARY, decoded, and of an access key that is kept in a generic secret. Bytes
/// may hold NULs, and so may a text: go by the length.
///
/// @return bytes with a NUL behind them, which the length does not count, that live as long as the credential; "" for what
/// is known by its type, whose parts have functions of their own, and for NULL. It is a secret, as `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_secret_value(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.value) }
}

/// The service's name for this version of a secret.
///
/// @return as `evercred_credential_username`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_version_id(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.version_id) }
}

/// The source's generation that it belongs to: it grows with every change. Not a secret.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_generation(credential: *const evercred_credential) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, Credential::generation)
}

/// Where the value came from: an `EVERCRED_ORIGIN_` number.
///
/// @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_origin(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, |held| held.material().origin as i32)
}

/// How good it was when it was handed out: an `EVERCRED_STATE_` number. It never changes; `evercred_credential_is_current`
/// and `evercred_source_status` tell what has become of it.
///
/// @return the number; `EVERCRED_STATE_EMPTY` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_state(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, |held| held.state() as i32)
}

/// When it ends, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where the cloud does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_expires_at_ms(credential: *const evercred_credential) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, Credential::expires_at_ms)
}

/// When its renewal is due, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 where it is renewed only when asked, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_renew_at_ms(credential: *const evercred_credential) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.map_or(0, Credential::renew_at_ms)
}

/// Whether `evercred_source_get` would hand out this one again, without waiting: one comparison in memory.
///
/// @return the answer; false where nobody watches over that (see `evercred_source_generation_address`), and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_is_current(credential: *const evercred_credential) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(credential) }.is_some_and(Credential::is_current)
}

/// Frees a credential; its secrets are wiped when nobody else holds them. NULL is nothing.
///
/// Owns: takes `credential`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_free(credential: *mut evercred_credential) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(credential) });
}
