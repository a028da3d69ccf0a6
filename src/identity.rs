//! `evercred_identity`: the result of an identity callback.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use evercred_core::error::{Class, Code, Error, Result};
use evercred_core::providers::HandedKey;

use crate::error::evercred_error;
use crate::plumbing::{
    Handle, OneThreadAtATime, Userdata, boundary, free, give, optional_text, quietly, required, text,
};

/// In characters. A longer text belongs in the program's own log.
const LONGEST_REASON: usize = 400;

/// The result of an identity callback, which the callback fills in. It is valid only during the call: the callback
/// neither keeps nor frees it.
/// [one thread at a time]
pub struct evercred_identity;

impl Handle for evercred_identity {
    type Inner = Mutex<Option<Result<HandedKey>>>;
    type Threads = OneThreadAtATime;
}

/// Supplies a login identity. The callback calls `evercred_identity_set_key` or `evercred_identity_set_error` and
/// returns. If it makes several such calls, the last one counts. `userdata` is the pointer that was registered with the
/// callback. The callback runs on a thread of the library that is created for this call, with no lock held. It is never
/// called twice at the same time for one identity; two clients, or the two clouds of one client, may call it at the
/// same time. It may block: callers stop waiting at `total_timeout_ms`, and a late result serves the next fetch. It may
/// call this library, but should not request a credential that depends on this very call: that request ends with
/// TIMEOUT. It must return: no `longjmp`, no C++ exception.
pub type evercred_identity_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, identity: *mut evercred_identity)>;

/// A C identity callback and its `userdata`.
pub(crate) struct Callback {
    function: unsafe extern "C" fn(*mut c_void, *mut evercred_identity),
    userdata: Userdata,
}

impl Callback {
    pub(crate) fn new(
        function: unsafe extern "C" fn(*mut c_void, *mut evercred_identity),
        userdata: Userdata,
    ) -> Callback {
        Callback { function, userdata }
    }

    /// Calls it and returns its result.
    pub(crate) fn call(&self) -> Result<HandedKey> {
        let answer: Arc<Mutex<Option<Result<HandedKey>>>> = Arc::default();
        let identity: *mut evercred_identity = give(Arc::clone(&answer));
        // SAFETY: by contract the host passed a function of this type; the handle outlives the call.
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

/// Supplies an access key. `security_token` is NULL or "" for a long-term key. `expires_at_ms` is the time when the key
/// expires, in milliseconds since 1970 by this machine's wall clock; with 0 the key is assumed to live for 15 minutes.
/// The texts are copied.
///
/// @return NULL on success, or an error that names the argument that cannot be used. After an error the result is
/// unchanged.
/// Owns: nothing. Blocks: no. Threads: the callback's, or a thread that the callback waits for.
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
        let key = HandedKey::new(id, secret, token, expires_at_ms)?;
        *identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ok(key));
        Ok(())
    })
}

/// Reports why there is no key. `reason` becomes part of the error in `evercred_source_get` and in the status, so it
/// must not hold a secret. It is copied; only the first 400 characters of a long reason are kept. `is_retryable` says
/// whether a retry can soon succeed.
///
/// Owns: nothing. Blocks: no. Threads: like `evercred_identity_set_key`.
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
