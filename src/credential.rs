//! `evercred_credential`: a snapshot of a value, to log in or sign with.

use std::ffi::c_char;
use std::ptr::NonNull;

use evercred_core::cache::Credential;
use evercred_core::providers::Material;
use evercred_core::secret::Secret;

use crate::plumbing::{Handle, Immutable, Node, borrow, count_freed, count_given, lend_text, release};

/// A snapshot of a source's value. A rotation makes a new credential and changes no existing one.
/// [immutable]
pub struct evercred_credential;

impl Handle for evercred_credential {
    type Inner = Node<Credential>;
    type Threads = Immutable;
    const COUNTED: bool = cfg!(debug_assertions);
    const BY_ARC: bool = false;
}

/// A handle that owns this reference.
pub(crate) fn handle_of(node: NonNull<Node<Credential>>) -> *mut evercred_credential {
    count_given::<evercred_credential>();
    node.as_ptr().cast()
}

/// A credential behind a pointer.
///
/// # Safety
/// The crate's contract with C.
unsafe fn held<'a>(credential: *const evercred_credential) -> Option<&'a Credential> {
    // SAFETY: the caller's contract.
    unsafe { borrow(credential) }.map(Node::value)
}

/// One of the credential's texts.
///
/// # Safety
/// The crate's contract with C.
unsafe fn field(
    credential: *const evercred_credential,
    len_out: *mut usize,
    field: fn(&Material) -> &Secret,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { lend_text(held(credential).map(|held| field(held.material()).expose_with_nul()), len_out) }
}

/// The kind of the value: an `EVERCRED_KIND_` number.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_kind(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, |held| held.material().kind as i32)
}

/// The user name to log in with. If `len_out` is not NULL, `*len_out` is set to the length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the credential; "" if the credential has none, and for
/// NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_username(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.username) }
}

/// The password to log in with. The official Tencent SDK calls it the authentication token.
///
/// @return like `evercred_credential_username`. The text is a secret. It is wiped when the last handle is freed; do not
/// keep copies.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_password(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.password) }
}

/// The id of the access key.
///
/// @return like `evercred_credential_username`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_access_key_id(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.access_key_id) }
}

/// The secret of the access key.
///
/// @return like `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_access_key_secret(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.access_key_secret) }
}

/// The session token of a temporary access key.
///
/// @return like `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_security_token(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.security_token) }
}

/// The decoded value of a secret of kind TEXT or BINARY, or of an access key that is stored in a generic secret. Bytes
/// and texts may contain NULs: use the length.
///
/// @return bytes followed by a NUL that the length does not count, valid as long as the credential; "" for a secret
/// whose type is known, whose parts have their own functions, and for NULL. The value is a secret, like
/// `evercred_credential_password`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_secret_value(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.value) }
}

/// The service's id of this version of the secret.
///
/// @return like `evercred_credential_username`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_version_id(
    credential: *const evercred_credential,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { field(credential, len_out, |material| &material.version_id) }
}

/// The source's generation to which this credential belongs. It grows with every change. It is not a secret.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_generation(credential: *const evercred_credential) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, Credential::generation)
}

/// Where the value came from: an `EVERCRED_ORIGIN_` number.
///
/// @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_origin(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, |held| held.material().origin as i32)
}

/// The state of the value when this credential was returned: an `EVERCRED_STATE_` number. It never changes. For the
/// present state use `evercred_credential_is_current` and `evercred_source_status`.
///
/// @return the number; `EVERCRED_STATE_EMPTY` for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_state(credential: *const evercred_credential) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, |held| held.state() as i32)
}

/// When the value expires, in milliseconds since 1970 by this machine's wall clock. It can end earlier: an administrator
/// can reset a password (`cdb.ResetPassword`, `postgres.RefreshAccountPassword`) or delete a key at any time, which the
/// next poll finds (option `poll_interval_ms`), or at once a report of the rejected credential.
///
/// @return the time; 0 if the cloud does not say, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_expires_at_ms(credential: *const evercred_credential) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, Credential::expires_at_ms)
}

/// When the renewal of the value is due, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 if it is renewed only on request, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_renew_at_ms(credential: *const evercred_credential) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.map_or(0, Credential::renew_at_ms)
}

/// Whether `evercred_source_get` would return this credential again without waiting. The check is one comparison in
/// memory.
///
/// @return the answer; false if no thread watches the source (see `evercred_source_generation_address`), and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_is_current(credential: *const evercred_credential) -> bool {
    // SAFETY: the crate's contract with C.
    unsafe { held(credential) }.is_some_and(Credential::is_current)
}

/// Frees a credential. Its secrets are wiped when nothing else uses them; the source uses those that it returned last
/// until it returns others, is closed or freed. NULL is ignored.
///
/// Owns: takes `credential`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_credential_free(credential: *mut evercred_credential) {
    let Some(node) = NonNull::new(credential.cast::<Node<Credential>>()) else { return };
    count_freed::<evercred_credential>();
    // SAFETY: the crate's contract with C.
    unsafe { release(node) };
}
