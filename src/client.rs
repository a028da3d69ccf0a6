//! `evercred_client`: what sources are opened with.

use std::sync::{Arc, PoisonError};

use evercred_core::client::{Client, Config, Format};
use evercred_core::error::Error;

use crate::config::evercred_config;
use crate::error::evercred_error;
use crate::plumbing::{Handle, Out, ProcessPlatform, borrow, boundary, free, quietly, required, share};
use crate::report::{ReportView, evercred_report};

/// A client: a configuration, the sources opened with it, and at most one background thread for all of them.
/// [thread-safe]
pub struct evercred_client;

impl Handle for evercred_client {
    type Inner = Client;
}

/// A copy of what a configuration holds; nothing set for NULL.
///
/// # Safety
/// The crate's contract with C.
pub(crate) unsafe fn copied(config: *const evercred_config) -> Option<Config> {
    // SAFETY: the caller's promise.
    let config = unsafe { borrow(config) }?;
    Some(config.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// Makes a client. Nothing is asked of the network and no thread is started before the first source needs it, unless the
/// option "secret_names" names managed secrets: their first fetches start now. `config` is copied; NULL has every option at
/// its default.
///
/// @return NULL, or an error that names the option that cannot be used.
/// Owns: the caller gets `*client_out` and frees it with `evercred_client_free`. Blocks: for reading the files
/// that options name. Threads: any; `config` by one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_new(
    config: *const evercred_config,
    client_out: *mut *mut evercred_client,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("client_out", client_out) }?;
        // SAFETY: as above.
        let config = unsafe { copied(config) }.unwrap_or_default();
        out.give(Client::new(config, Arc::new(ProcessPlatform::new()))?);
        Ok(())
    })
}

/// Says how every open source is, login identities among them: state, expiry, next refresh, failures, last error. `format`
/// is an `EVERCRED_REPORT_` number. No secret is in it.
///
/// @return NULL, or an error.
/// Owns: the caller gets `*report_out` and frees it with `evercred_report_free`. Blocks: no. Threads: any.
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
            .ok_or_else(|| Error::argument("format", "it takes EVERCRED_REPORT_JSON or EVERCRED_REPORT_PROMETHEUS"))?;
        out.give(ReportView::new(&client.report(format)));
        Ok(())
    })
}

/// Stops all work: whoever waits gets CLOSED at once, and so does every later call that would open a source or ask for a
/// value. Credentials that were handed out, statuses and reports stay readable. Closing twice is nothing, and so is NULL.
///
/// Owns: nothing. Blocks: at most 1 second, for the background thread. Threads: any, also while others are in calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_close(client: *mut evercred_client) {
    quietly((), || {
        // SAFETY: the crate's contract with C.
        if let Ok(client) = unsafe { share("client", client.cast_const()) } {
            client.close();
        }
    });
}

/// Closes a client and frees it; its sources, where they are still held, answer CLOSED. NULL is nothing.
///
/// Owns: takes `client`. Blocks: as `evercred_client_close`. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_client_free(client: *mut evercred_client) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe {
        evercred_client_close(client);
        free(client);
    });
}
