//! `evercred_source`: one value that is kept fresh.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use evercred_core::cache::Source;
use evercred_core::client::{Client, Config};
use evercred_core::error::Result;

use crate::client::{copied, evercred_client};
use crate::config::evercred_config;
use crate::credential::evercred_credential;
use crate::error::evercred_error;
use crate::plumbing::{CText, Handle, Out, borrow, borrowed, boundary, free, quietly, required, share, text};
use crate::status::{StatusView, evercred_status};

/// A value that is kept fresh, such as one database account's password or one managed secret. Two opens of the same thing
/// with the same options share what is behind it.
/// [thread-safe]
pub struct evercred_source;

/// A source with its name as C wants it.
pub struct SourceView {
    pub(crate) source: Arc<Source>,
    name: CText,
}

impl Handle for evercred_source {
    type Inner = SourceView;
}

/// `None` for a negative time: the option `total_timeout_ms` decides.
pub(crate) fn timeout(ms: i64) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// Opens what `opened` opens of a client, with the overrides, and hands it out.
///
/// # Safety
/// The crate's contract with C.
unsafe fn open(
    client: *mut evercred_client,
    overrides: *const evercred_config,
    source_out: *mut *mut evercred_source,
    opened: impl FnOnce(&Client, Option<&Config>) -> Result<Arc<Source>>,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("source_out", source_out) }?;
        // SAFETY: as above.
        let (client, overrides) = unsafe { (share("client", client.cast_const())?, copied(overrides)) };
        let source = opened(&client, overrides.as_ref())?;
        let name = CText::new(source.name());
        out.give(SourceView { source, name });
        Ok(())
    })
}

/// Opens the password of a Tencent Cloud database account that logs in by CAM. `region` (such as "ap-guangzhou"),
/// `instance_id` (such as "cdb-example1") and `user` are copied. Nothing is fetched before the first `get`, unless the
/// option `prefetch` says so.
///
/// @return NULL, or an error that names the argument or option.
/// Owns: the caller gets `*source_out` and frees it with `evercred_source_free`. Blocks: for reading the files
/// that options name. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_database(
    client: *mut evercred_client,
    region: *const c_char,
    instance_id: *const c_char,
    user: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C, which is the callee's too.
    unsafe { evercred_source_open_database_with(client, std::ptr::null(), region, instance_id, user, source_out) }
}

/// As `evercred_source_open_database`, with options of its own over the client's; `overrides` is copied and may be NULL.
///
/// @return NULL, or an error that names the argument or option; an option that only a client has is refused.
/// Owns: as `evercred_source_open_database`. Blocks: likewise. Threads: any; `overrides` by one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_database_with(
    client: *mut evercred_client,
    overrides: *const evercred_config,
    region: *const c_char,
    instance_id: *const c_char,
    user: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C.
    unsafe {
        open(client, overrides, source_out, |client, overrides| {
            let (region, instance_id) = (text("region", region)?, text("instance_id", instance_id)?);
            client.open_database(overrides, region, instance_id, text("user", user)?)
        })
    }
}

/// Opens a managed secret of Alibaba Cloud's KMS Secrets Manager. `evercred_credential_kind` says what its credentials hold:
/// a RAM user's access key, the user name and password of a database or machine, or, of a secret of any other type, the
/// whole text or bytes (`evercred_credential_secret_value`). `secret_name` is copied. Who asks, where, and for which version
/// (`aliyun_version_stage`), say the options `aliyun_…`.
///
/// @return NULL, or an error that names the argument or option.
/// Owns: the caller gets `*source_out` and frees it with `evercred_source_free`. Blocks: for reading the files
/// that options name. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_managed(
    client: *mut evercred_client,
    secret_name: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C, which is the callee's too.
    unsafe { evercred_source_open_managed_with(client, std::ptr::null(), secret_name, source_out) }
}

/// As `evercred_source_open_managed`, with options of its own over the client's; `overrides` is copied and may be NULL.
///
/// @return NULL, or an error that names the argument or option; an option that only a client has is refused.
/// Owns: as `evercred_source_open_managed`. Blocks: likewise. Threads: any; `overrides` by one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_managed_with(
    client: *mut evercred_client,
    overrides: *const evercred_config,
    secret_name: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C.
    unsafe {
        open(client, overrides, source_out, |client, overrides| {
            client.open_managed(overrides, text("secret_name", secret_name)?)
        })
    }
}

/// The source's name in reports and logs; it holds no secret.
///
/// @return a text that lives as long as the source; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_name(source: *const evercred_source, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(source).map(|view| view.name.as_ref()), len_out) }
}

/// Hands out the current credential. A fresh one comes at once, without a lock or a system call; otherwise the call waits
/// for a refresh, at most `timeout_ms` (0: not at all; negative: the option `total_timeout_ms`), and hands out the value
/// held where that is still usable, with its state.
///
/// @return NULL, or an error: TIMEOUT, CLOSED, or why the refresh failed.
/// Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_get(
    source: *const evercred_source,
    timeout_ms: i64,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        let fresh = unsafe { required("source", source) }?.source.get_fresh();
        let credential = match fresh {
            Some(credential) => credential,
            None => {
                // SAFETY: as above.
                let view = unsafe { share("source", source) }?;
                view.source.get(timeout(timeout_ms))?
            }
        };
        out.give(credential);
        Ok(())
    })
}

/// Hands out what is held, whatever its state; nothing is waited for or started. Where nothing is held yet,
/// `*credential_out` is NULL and that is no error.
///
/// @return NULL, or an error.
/// Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_peek(
    source: *const evercred_source,
    credential_out: *mut *mut evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("credential_out", credential_out) }?;
        // SAFETY: as above.
        if let Some(credential) = unsafe { required("source", source) }?.source.peek() {
            out.give(credential);
        }
        Ok(())
    })
}

/// Asks the cloud now, whatever is held, and waits for that answer at most `timeout_ms` (as in `evercred_source_get`).
///
/// @return NULL, or an error: why it failed, TIMEOUT, CLOSED, or RATE_LIMITED where that was done too often lately
/// (`forced_refresh_burst`). What is held stays.
/// Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
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
        out.give(view.source.refresh(timeout(timeout_ms))?);
        Ok(())
    })
}

/// Says that the service refused this credential, such as a database that answers "access denied", or a cloud that does
/// not know the access key any more. Where it is still the current one, one refresh starts, however many threads report it,
/// and the next `get` waits for another value, at most its timeout and `rejected_settle_ms`; where there is none, it hands out
/// the refused one, in state REJECTED. An old one is nothing.
///
/// @return NULL, or an error: RATE_LIMITED where too many were reported lately (`forced_refresh_burst`), CLOSED, or
/// INVALID_ARGUMENT for another source's credential.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_report_rejected(
    source: *const evercred_source,
    credential: *const evercred_credential,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let (view, credential) = unsafe { (share("source", source)?, required("credential", credential)?) };
        view.source.report_rejected(credential)
    })
}

/// Whether a code that the service answered with means that it refuses the value: a driver's number or SQL state, an SDK's
/// error code, as a text. Any program can so do what the official plugin's handlers do: judge what a failed call says, and
/// where that is true, report the credential, get another one and repeat the call once. The option `rejected_codes` lists
/// the codes; case does not matter.
///
/// @return the answer; false for NULL and for a text that is not UTF-8.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_judge(source: *const evercred_source, provider_code: *const c_char) -> bool {
    // SAFETY: the crate's contract with C.
    let (view, code) = unsafe { (borrow(source), text("provider_code", provider_code)) };
    view.zip(code.ok()).is_some_and(|(view, code)| view.source.judge(code))
}

/// Says how the source is: state, expiry, next refresh, failures, last error.
///
/// @return NULL, or an error.
/// Owns: the caller gets `*status_out` and frees it with `evercred_status_free`. Blocks: no. Threads: any.
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
        out.give(StatusView::new(view.source.status()));
        Ok(())
    })
}

/// Where the source's generation stands in memory, for wrappers whose hot path is to stay in their own language: read it
/// atomically, with acquire order. As long as it equals the generation of a credential, `evercred_source_get` would hand
/// out that credential again, at once. 0: call `evercred_source_get`, which has to look further (the value is about to
/// end, stale, ended or refused), or nobody watches (lazy mode, a forked child before its first call, a closed client).
///
/// @return the address, aligned to 8 bytes and readable until the source is freed; NULL for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_generation_address(source: *const evercred_source) -> *const u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(source) }.map_or(std::ptr::null(), |view| view.source.generation_cell().as_ptr().cast_const())
}

/// Frees a source. Credentials that it handed out live on. NULL is nothing.
///
/// Owns: takes `source`. Blocks: no. Threads: any, also while others wait in calls that began earlier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_free(source: *mut evercred_source) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(source) });
}
