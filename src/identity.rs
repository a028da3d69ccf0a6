//! `evercred_identity`: what an identity callback fills in.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use evercred_core::error::{Class, Code, Error, Result};
use evercred_core::providers::SuppliedKey;

use crate::error::evercred_error;
use crate::plumbing::{Handle, Userdata, boundary, free, give, optional_text, quietly, required, text};

/// More than a sentence or two belongs into the program's own log.
const LONGEST_REASON: usize = 400;

/// What an identity callback fills in. It is lent to the callback for the one call: neither kept nor freed by it.
/// [one thread at a time]
pub struct evercred_identity;

impl Handle for evercred_identity {
    type Inner = Mutex<Option<Result<SuppliedKey>>>;
}

/// Hands over a login identity: it calls `evercred_identity_set_key`, or `evercred_identity_set_error`, and returns; of
/// several calls the last one counts. `userdata` is what was set with it. It is called on a thread of the library that was
/// made for this one call, with no lock held, and never twice at once for one identity; two clients, or two clouds of one
/// client, may call it at once. It may block, but whoever waits for it leaves at `total_timeout_ms`, and what it hands over
/// later serves the next who asks. It may call this library, but should not ask for a credential that waits for this very
/// call: that ends with TIMEOUT. It must return: no `longjmp`, no C++ exception.
pub type evercred_identity_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, identity: *mut evercred_identity)>;

/// A C identity callback with what it wants to be called with.
pub(crate) struct Asked {
    function: unsafe extern "C" fn(*mut c_void, *mut evercred_identity),
    userdata: Userdata,
}

impl Asked {
    pub(crate) fn new(
        function: unsafe extern "C" fn(*mut c_void, *mut evercred_identity),
        userdata: Userdata,
    ) -> Asked {
        Asked { function, userdata }
    }

    /// Calls it.
    pub(crate) fn ask(&self) -> Result<SuppliedKey> {
        let answer: Arc<Mutex<Option<Result<SuppliedKey>>>> = Arc::default();
        let identity: *mut evercred_identity = give(Arc::clone(&answer));
        // SAFETY: the host promised a function of this type; the handle lives until it returns.
        unsafe {
            (self.function)(self.userdata.pointer(), identity);
            free(identity);
        }
        let given = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        given.unwrap_or_else(|| {
            let text = "it returned without a key and without an error; have it call evercred_identity_set_key";
            Err(Error::new(Code::NoIdentity, text))
        })
    }
}

/// Hands over a key. `security_token` is NULL or "" for a lasting one. `expires_at_ms` is when the key ends, in milliseconds
/// since 1970 on this machine's wall clock; with 0 it is taken to live for 15 minutes. The texts are copied.
///
/// @return NULL, or an error that names the argument that cannot be used; then nothing was handed over.
/// Owns: nothing. Blocks: no. Threads: the callback's, or one that it waits for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_identity_set_key(
    identity: *mut evercred_identity,
    access_key_id: *const c_char,
    access_key_secret: *const c_char,
    security_token: *const c_char,
    expires_at_ms: i64,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let identity = unsafe { required("identity", identity.cast_const()) }?;
        // SAFETY: as above.
        let (id, secret, token) = unsafe {
            let secret = text("access_key_secret", access_key_secret)?;
            (text("access_key_id", access_key_id)?, secret, optional_text("security_token", security_token)?)
        };
        let key = SuppliedKey::new(id, secret, token, expires_at_ms)?;
        *identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ok(key));
        Ok(())
    })
}

/// Says why there is no key: `reason` becomes part of the error that `evercred_source_get` and the status give, so it must
/// hold no secret; it is copied, of a long one the beginning. `is_retryable` says that trying again soon can help.
///
/// Owns: nothing. Blocks: no. Threads: as `evercred_identity_set_key`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_identity_set_error(
    identity: *mut evercred_identity,
    reason: *const c_char,
    is_retryable: bool,
) {
    quietly((), || {
        // SAFETY: the crate's contract with C.
        let Ok(identity) = (unsafe { required("identity", identity.cast_const()) }) else { return };
        // SAFETY: as above.
        let reason = unsafe { text("reason", reason) }.unwrap_or_default();
        let reason: String = reason.chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect();
        let reason = if reason.is_empty() { String::from("it gave no reason") } else { reason };
        let class = if is_retryable { Class::Transient } else { Class::Refused };
        let error = Error::new(Code::NoIdentity, reason).with_class(class);
        *identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(Err(error));
    });
}
