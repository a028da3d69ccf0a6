//! `evercred_client`: a configuration and the sources opened with it.

use std::sync::Arc;

use evercred_core::client::{Client, Config, Format};
use evercred_core::error::Error;

use crate::config::evercred_config;
use crate::error::evercred_error;
use crate::plumbing::{Handle, Out, ProcessPlatform, ThreadSafe, borrow, boundary, free, quietly, required, share};
use crate::report::{ReportView, evercred_report};

/// A client: a configuration, the sources that are opened with it, and at most one background thread for all of them.
/// [thread-safe]
pub struct evercred_client;

impl Handle for evercred_client {
    type Inner = Client;
    type Threads = ThreadSafe;
}

/// A copy of a configuration, if it is not NULL.
///
/// # Safety
/// The crate's contract with C.
pub(crate) unsafe fn copy_of(config: *const evercred_config) -> Option<Config> {
    // SAFETY: the caller's contract.
    let config = unsafe { borrow(config) }?;
    Some(config.copy())
}

/// Creates a client. `config` is copied; NULL means that every option has its default. No request is sent and no thread
/// is started before a source needs one, with one exception: the fetches of the secrets that the option `secret_names`
/// lists start immediately.
///
/// @return NULL on success, or an error that names the option that cannot be used.
/// Owns: the caller owns `*client_out` and frees it with `evercred_client_free`. Blocks: while it reads the files that
/// options name. Threads: any, but only one at a time uses `config`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_new(
    config: *const evercred_config,
    client_out: *mut *mut evercred_client,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("client_out", client_out) }?;
        // SAFETY: as above.
        let config = unsafe { copy_of(config) }.unwrap_or_default();
        out.give(Client::new(config, Arc::new(ProcessPlatform::new()))?);
        Ok(())
    })
}

/// Reports on every open source, including login identities: state, expiry, next refresh, failures and last error.
/// `format` is an `EVERCRED_REPORT_` number. The report holds no secret.
///
/// @return NULL on success, or an error.
/// Owns: the caller owns `*report_out` and frees it with `evercred_report_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_report(
    client: *const evercred_client,
    format: i32,
    report_out: *mut *mut evercred_report,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("report_out", report_out) }?;
        // SAFETY: as above.
        let client = unsafe { required("client", client) }?;
        let format = Format::from_number(format)
            .ok_or_else(|| Error::argument("format", "must be EVERCRED_REPORT_JSON or EVERCRED_REPORT_PROMETHEUS"))?;
        out.give(ReportView::new(client.report(format)));
        Ok(())
    })
}

/// Stops all work. Calls that wait return CLOSED immediately, and so does every later call that opens a source or asks
/// for a value. When it returns, no callback of the client starts any more; one that has started may still run. Existing
/// credentials, statuses and reports stay readable. Closing a closed client has no effect. NULL is ignored.
///
/// Owns: nothing. Blocks: at most 1 second, until the background thread ends; with `cache_file`, at most 2 seconds more,
/// until the fetched values are in that file. Threads: any, also while other threads are in calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_close(client: *mut evercred_client) {
    quietly((), || {
        // SAFETY: the crate's contract with C.
        if let Ok(client) = unsafe { share("client", client.cast_const()) } {
            client.close();
        }
    });
}

/// Closes a client and frees it. Its sources that are not freed yet return CLOSED. When it returns, no callback of the
/// client runs, except one that calls it: a callback may free its own client. NULL is ignored.
///
/// Owns: takes `client`. Blocks: like `evercred_client_close`, and until the callbacks that still run have returned: do
/// not hold a lock that one of them waits for. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_free(client: *mut evercred_client) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe {
        if let Ok(client) = share("client", client.cast_const()) {
            client.close_and_wait();
        }
        free(client);
    });
}
