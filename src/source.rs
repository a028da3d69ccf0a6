//! `evercred_source`: a value that is kept fresh.

use std::ffi::c_char;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;
use std::time::Duration;

use evercred_core::cache::policy::State;
use evercred_core::cache::{Credential, Lease, Source};

use crate::credential::{evercred_credential, handle_of};
use crate::error::evercred_error;
use crate::plumbing::{
    CText, Handle, Node, Out, Snapshot, ThreadSafe, borrow, boundary, free, lend_text, node, quietly, required, share,
    text,
};
use crate::status::{StatusView, evercred_status};

/// A value that is kept fresh, such as the password of a database account or a managed secret. Sources of the same
/// thing with the same options share one value.
/// [thread-safe]
pub struct evercred_source;

/// One open of a source, and its name with a NUL.
pub struct SourceView {
    lease: Lease,
    name: CText,
    /// The credential that was returned last, while it is current.
    snapshot: Snapshot<Credential>,
}

impl SourceView {
    pub(crate) fn new(lease: Lease) -> SourceView {
        let name = CText::new(lease.source().name());
        SourceView { lease, name, snapshot: Snapshot::default() }
    }

    /// The hot path of `evercred_source_get`: the last credential again, if it is still the published one.
    fn last(&self) -> Option<NonNull<Node<Credential>>> {
        self.lease.fresh_revision().and_then(|revision| self.snapshot.take(revision))
    }

    /// A reference to this credential, which serves the following calls too while it is the published one.
    fn keep(&self, credential: Arc<Credential>) -> NonNull<Node<Credential>> {
        if credential.state() != State::Fresh {
            self.snapshot.clear();
            return node(credential);
        }
        let revision = credential.revision();
        if let Some(kept) = self.snapshot.take(revision) {
            return kept;
        }
        let kept = self.snapshot.put(credential, revision);
        if self.lease.is_closed() {
            // `close` may have cleared it before.
            self.snapshot.clear();
        }
        kept
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        self.lease.source()
    }
}

impl Handle for evercred_source {
    type Inner = SourceView;
    type Threads = ThreadSafe;
}

/// `None` for a negative time, which means the option `total_timeout_ms`.
pub(crate) fn timeout(ms: i64) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// The source's name in reports and logs. It holds no secret. If `len_out` is not NULL, `*len_out` is set to the length
/// in bytes.
///
/// @return a text that is valid as long as the source; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_name(source: *const evercred_source, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(source).map(|view| view.name.as_ref()), len_out) }
}

/// The option `total_timeout_ms` of the source: how long a call with a negative timeout waits. A wrapper whose callers
/// wait in their own language needs it for a call without a timeout.
///
/// @return the time in milliseconds; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_total_timeout_ms(source: *const evercred_source) -> i64 {
    quietly(0, || {
        // SAFETY: the crate's contract with C.
        let total = unsafe { borrow(source) }.map(|view| view.source().settings().total_timeout);
        total.map_or(0, |total| i64::try_from(total.as_millis()).unwrap_or(i64::MAX))
    })
}

/// Returns the current credential. A fresh credential is returned immediately, without a lock or a system call.
/// Otherwise the call waits for a refresh, at most `timeout_ms` (0: no wait; negative: the option `total_timeout_ms`).
/// Where it may return the old value in the end, it waits at most `refresh_wait_ms` for a new one, and then returns the
/// old one with its state.
///
/// @return NULL on success, or an error: TIMEOUT, CLOSED, or the reason why the refresh failed.
/// Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_get(
    source: *const evercred_source,
    timeout_ms: i64,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    // The hot path has no panic to stop, and needs neither the frame nor the checks of the boundary.
    // SAFETY: the crate's contract with C.
    let view = unsafe { borrow(source) }.filter(|_| !credential_out.is_null());
    if let Some(node) = view.and_then(SourceView::last) {
        // SAFETY: as above; it is not NULL.
        unsafe { credential_out.write(handle_of(node)) };
        return null_mut();
    }
    // SAFETY: as above.
    unsafe { get_or_wait(source, timeout_ms, credential_out) }
}

/// # Safety
/// The crate's contract with C.
#[cold]
#[inline(never)]
unsafe fn get_or_wait(
    source: *const evercred_source,
    timeout_ms: i64,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the caller's contract.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let view = unsafe { required("source", source) }?;
        let node = match view.lease.get_fresh() {
            Some(credential) => view.keep(credential),
            None => {
                // SAFETY: as above.
                let view = unsafe { share("source", source) }?;
                view.keep(view.lease.get(timeout(timeout_ms))?)
            }
        };
        out.set(handle_of(node));
        Ok(())
    })
}

/// Returns what `evercred_source_get` would return immediately, for event loops. The call never waits, and takes no lock
/// that is held during a fetch. Otherwise `*credential_out` is NULL, which is not an error: then a fetch is in progress,
/// or starts after a back-off, and a subscription has an event when it ends: CHANGED, RECOVERED, REFRESHED or RECONFIRMED,
/// or REFRESH_FAILED with the error. A value in its mandatory window, a stale or a rejected one is returned when
/// `evercred_source_get` would no longer wait for another one; if that is before the fetch ends, the event is WAIT_ENDED
/// (not in lazy mode, in which no timer runs).
///
/// @return NULL on success, or an error: CLOSED, a refusal of the cloud that is remembered, or in lazy mode, in which
/// nothing starts by itself, the error of the last fetch while it backs off.
/// Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_try_get(
    source: *const evercred_source,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let view = unsafe { required("source", source) }?;
        if let Some(node) = view.last() {
            out.set(handle_of(node));
            return Ok(());
        }
        // SAFETY: as above.
        let view = unsafe { share("source", source) }?;
        if let Some(credential) = view.lease.try_get()? {
            out.set(handle_of(view.keep(credential)));
        }
        Ok(())
    })
}

/// Returns a credential with another value than that of this generation, for "it was reported, now the next one". While
/// the source holds the same value, the call waits for another one, at most `timeout_ms` (0: no wait; negative: the
/// option `total_timeout_ms`); neither `refresh_wait_ms` nor the state REJECTED ends the wait earlier. It starts the
/// fetches that are due, but asks for a value that is good only by its schedule. For the generation of an older value,
/// and for 0, it is `evercred_source_get`.
///
/// @return NULL on success, or an error: TIMEOUT if there is still no other value, CLOSED, or the refusal of the cloud.
/// Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_get_newer(
    source: *const evercred_source,
    generation: u64,
    timeout_ms: i64,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let view = unsafe { share("source", source) }?;
        out.set(handle_of(view.keep(view.lease.get_newer(generation, timeout(timeout_ms))?)));
        Ok(())
    })
}

/// Returns the credential that the source holds, whatever its state. The call neither waits nor starts a fetch. If the
/// source holds none yet, `*credential_out` is NULL; that is not an error.
///
/// @return NULL on success, or an error.
/// Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_peek(
    source: *const evercred_source,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let view = unsafe { required("source", source) }?;
        if let Some(credential) = view.source().peek() {
            out.set(handle_of(view.keep(credential)));
        }
        Ok(())
    })
}

/// Asks the cloud now, even if the source holds a fresh value, and waits for the answer at most `timeout_ms` (0: no
/// wait; negative: the option `total_timeout_ms`). The request is sent after this call began: an earlier one, or the
/// cache file, does not answer it.
///
/// @return NULL on success, or an error: the reason why the refresh failed, TIMEOUT, CLOSED, or RATE_LIMITED after too
/// many calls in a short time (`forced_refresh_burst`). After an error the source still holds its value.
/// Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_refresh(
    source: *const evercred_source,
    timeout_ms: i64,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let view = unsafe { share("source", source) }?;
        out.set(handle_of(view.keep(view.lease.refresh(timeout(timeout_ms))?)));
        Ok(())
    })
}

/// Reports that the service rejected this credential: a database answers "access denied", or a cloud does not know the
/// access key any more. If the credential is still the current one, one refresh starts, however many threads report it.
/// The next `get` waits for another value, at most its timeout and `refresh_wait_ms`; if there is none, it returns the
/// rejected one in state REJECTED, and so does each later `get` without a wait until another value comes. The library
/// goes on looking for one; if the cloud still returns the same value after `rejected_settle_ms`, the event RECONFIRMED
/// says so. Then a new report looks again. Reporting an old credential, or one that is looked for, has no effect.
///
/// @return NULL on success, or an error: RATE_LIMITED after too many reports in a short time (`forced_refresh_burst`):
/// the value is REJECTED all the same, and is fetched again when a report is effective again; CLOSED, or INVALID_ARGUMENT
/// for another source's credential.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_report_rejected(
    source: *const evercred_source,
    credential: *const evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let (view, credential) = unsafe { (share("source", source)?, required("credential", credential)?) };
        view.lease.report_rejected(credential.value())
    })
}

/// Like `evercred_source_report_rejected`, by the generation of the credential, for wrappers that keep only its fields.
/// A generation that is not one of the present value has no effect.
///
/// @return NULL on success, or an error: RATE_LIMITED or CLOSED, like `evercred_source_report_rejected`.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_report_rejected_generation(
    source: *const evercred_source,
    generation: u64,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C.
    boundary(|| unsafe { share("source", source) }?.lease.report_rejected_generation(generation))
}

/// Whether an error code of the service means that it rejects the credential. `service_code` is a driver's error number
/// or SQL state, or an SDK's error code, as a text; case does not matter. The option `rejected_codes` lists these
/// codes. With this function any program can do what the handlers of the official plugin do: if a call fails with such
/// a code, report the credential, get another one and repeat the call once.
///
/// @return the answer; false for NULL and for a text that is not UTF-8.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_is_rejection_code(
    source: *const evercred_source,
    service_code: *const c_char,
) -> bool {
    // SAFETY: the crate's contract with C.
    let (view, code) = unsafe { (borrow(source), text("service_code", service_code)) };
    view.zip(code.ok()).is_some_and(|(view, code)| view.source().is_rejection_code(code))
}

/// Returns the status of the source: state, expiry, next refresh, failures and last error.
///
/// @return NULL on success, or an error.
/// Owns: the caller owns `*status_out` and frees it with `evercred_status_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_status(
    source: *const evercred_source,
    status_out: *mut *mut evercred_status,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("status_out", status_out) }?;
        // SAFETY: as above.
        let view = unsafe { required("source", source) }?;
        out.give(StatusView::new(view.source().status()));
        Ok(())
    })
}

/// The address of the source's generation, for wrappers whose hot path stays in their own language. Read the generation
/// atomically, with acquire order. While it equals the generation of a credential, `evercred_source_get` would return
/// that credential again immediately. While it is 0, call `evercred_source_get`: the value is about to expire, stale,
/// expired or rejected, or no thread watches the source (lazy mode, a forked child before its first call, a closed
/// client, a freed source). Generations are unique in the process, and no other source ever gets this address.
///
/// @return the address, aligned to 8 bytes and readable for the life of the process; NULL for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_generation_address(source: *const evercred_source) -> *const u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(source) }.map_or(std::ptr::null(), |view| view.source().generation_address())
}

/// Closes a source before it is freed. Calls that wait with this handle return CLOSED, and so do all later ones that ask
/// for a credential or report one; name, status and `evercred_source_peek` still work. Handles of the same thing may
/// share its value: when the last of them is closed or freed, its fetch and its timer end, its generation is 0, login
/// identities that nothing else uses end too, and the memory is released when it is freed. A second call has no effect.
/// NULL is ignored.
///
/// Owns: nothing. Blocks: no. Threads: any, also while other threads use the source.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_close(source: *const evercred_source) {
    quietly((), || {
        // SAFETY: the crate's contract with C.
        if let Ok(view) = unsafe { share("source", source) } {
            view.lease.close();
            view.snapshot.clear();
        }
    });
}

/// Frees a source, and closes it first. Its credentials stay valid. NULL is ignored.
///
/// Owns: takes `source`. Blocks: no. Threads: any, also while other threads wait in calls that began earlier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_free(source: *mut evercred_source) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(source) });
}
