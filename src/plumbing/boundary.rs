//! The line that no panic passes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evercred_core::error::{Code, Error, Result};

use super::handle::{Handle, give};

/// Runs a fallible function's body: NULL for success, otherwise an error that the caller owns. What a panic says may
/// quote a secret, so it is not passed on.
pub(crate) fn boundary<E: Handle>(body: impl FnOnce() -> Result<()>) -> *mut E
where
    E::Inner: From<Error>,
{
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(_) => Error::new(Code::Internal, "a defect of evercred ended this call; please report what you did"),
    };
    give(E::Inner::from(error))
}
