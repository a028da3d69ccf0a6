//! The boundary between Rust and C, which no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evercred_core::error::{Code, Error, Result};

use super::handle::{Handle, give};

/// Runs the body of a fallible function. Returns NULL on success, otherwise an error that the caller owns. The message of
/// a panic may quote a secret, so it is not passed on.
pub(crate) fn boundary<E: Handle>(body: impl FnOnce() -> Result<()>) -> *mut E
where
    E::Inner: From<Error>,
{
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(_) => Error::new(Code::Internal, "a defect in evercred ended this call; please report it"),
    };
    give(E::Inner::from(error))
}
