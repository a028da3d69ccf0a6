//! The functions that open an `evercred_source`.

use std::ffi::c_char;
use std::sync::Arc;

use evercred_core::cache::{Lease, Source};
use evercred_core::client::{Client, Config};
use evercred_core::error::Result;

use crate::client::{copy_of, evercred_client};
use crate::config::evercred_config;
use crate::error::evercred_error;
use crate::plumbing::{Out, boundary, share, text};
use crate::source::{SourceView, evercred_source};

/// Opens a source of a client by `opened`, with the overrides, and stores its handle.
///
/// # Safety
/// The crate's contract with C.
unsafe fn open(
    client: *const evercred_client,
    overrides: *const evercred_config,
    source_out: *mut *mut evercred_source,
    opened: impl Fn(&Client, Option<&Config>) -> Result<Arc<Source>>,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the caller's contract.
        let out = unsafe { Out::new("source_out", source_out) }?;
        // SAFETY: as above.
        let (client, overrides) = unsafe { (share("client", client)?, copy_of(overrides)) };
        // A shared source may end between its opening and the lease; then there is another one.
        let lease = loop {
            if let Some(lease) = Lease::new(opened(&client, overrides.as_ref())?) {
                break lease;
            }
        };
        out.give(SourceView::new(lease));
        Ok(())
    })
}

/// Opens the password of a Tencent Cloud database account with CAM authentication. `region` (such as "ap-guangzhou"),
/// `instance_id` (such as "cdb-example1") and `user` are copied. The first `get` makes the first fetch, unless the
/// option `prefetch` is on.
///
/// @return NULL on success, or an error that names the argument or option.
/// Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
/// options name. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_database(
    client: *const evercred_client,
    region: *const c_char,
    instance_id: *const c_char,
    user: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C, which is the callee's too.
    unsafe { evercred_source_open_database_with(client, std::ptr::null(), region, instance_id, user, source_out) }
}

/// Like `evercred_source_open_database`, with options that override the client's. `overrides` is copied and may be
/// NULL.
///
/// @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
/// error.
/// Owns: like `evercred_source_open_database`. Blocks: like `evercred_source_open_database`. Threads: any, but only one
/// at a time uses `overrides`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_database_with(
    client: *const evercred_client,
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

/// Opens a managed secret of Alibaba Cloud's KMS Secrets Manager. `secret_name` is copied. `evercred_credential_kind`
/// says what the credentials hold: the access key of a RAM user, the user name and password of a database or machine,
/// or, for a secret of any other type, the whole text or bytes (`evercred_credential_secret_value`). The `aliyun_…`
/// options select the login identity, the endpoint and the version (`aliyun_version_stage`).
///
/// @return NULL on success, or an error that names the argument or option.
/// Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
/// options name. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_managed(
    client: *const evercred_client,
    secret_name: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C, which is the callee's too.
    unsafe { evercred_source_open_managed_with(client, std::ptr::null(), secret_name, source_out) }
}

/// Like `evercred_source_open_managed`, with options that override the client's. `overrides` is copied and may be NULL.
///
/// @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
/// error.
/// Owns: like `evercred_source_open_managed`. Blocks: like `evercred_source_open_managed`. Threads: any, but only one
/// at a time uses `overrides`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_managed_with(
    client: *const evercred_client,
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

/// Opens the login identity of a cloud ("tencent" or "aliyun") itself: an access key, with a security token and an end
/// if it is temporary, which any SDK can sign with. The options of the cloud select it, as for the sources that sign
/// with it; sources of the client that sign with the same identity share it. It is never stale, and it has the timing
/// options and `rejected_codes` of the client. Tencent Cloud's STS is asked in the region of the option
/// `tencent_sts_region`, or else in "ap-guangzhou". `cloud` is copied.
///
/// @return NULL on success, or an error that names the argument or option: INVALID_ARGUMENT for an unknown cloud,
/// INVALID_OPTION if the options select a client key, which only KMS takes.
/// Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
/// options name. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_identity(
    client: *const evercred_client,
    cloud: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C, which is the callee's too.
    unsafe { evercred_source_open_identity_with(client, std::ptr::null(), cloud, source_out) }
}

/// Like `evercred_source_open_identity`, with options that override the client's. `overrides` is copied and may be
/// NULL.
///
/// @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
/// error.
/// Owns: like `evercred_source_open_identity`. Blocks: like `evercred_source_open_identity`. Threads: any, but only one
/// at a time uses `overrides`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_source_open_identity_with(
    client: *const evercred_client,
    overrides: *const evercred_config,
    cloud: *const c_char,
    source_out: *mut *mut evercred_source,
) -> *mut evercred_error {
    // SAFETY: the crate's contract with C.
    unsafe {
        open(client, overrides, source_out, |client, overrides| client.open_identity(overrides, text("cloud", cloud)?))
    }
}
