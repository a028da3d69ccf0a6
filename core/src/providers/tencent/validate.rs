//! Checks of arguments before any request to the cloud.

use crate::error::{Code, Error, Result};
use crate::providers::header_text_problem;
use crate::secret::Secret;

/// The maximum length of a name, in bytes. No name of the service is longer.
const MAX_NAME: usize = 256;

/// Checks the names of a database account.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the first argument that is empty or too long, or that breaks the
/// [`HEADER_RULE`].
pub fn account(region: &str, instance: &str, user: &str) -> Result<()> {
    for (name, value) in [("region", region), ("instance_id", instance), ("user", user)] {
        if value.is_empty() {
            return Err(Error::argument(name, "must not be empty"));
        }
        if value.len() > MAX_NAME {
            return Err(Error::argument(name, "must not be longer than 256 bytes"));
        }
        if let Some(problem) = header_text_problem(value) {
            return Err(Error::argument(name, problem));
        }
    }
    Ok(())
}

/// Checks an access key.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the first argument that is empty or blank, or that no header can carry. The value
/// is never quoted.
pub fn keys(secret_id: &str, secret_key: &Secret) -> Result<()> {
    for (name, value) in [("secret_id", secret_id), ("secret_key", secret_key.expose())] {
        if value.trim().is_empty() {
            return Err(Error::argument(name, "must not be empty"));
        }
        if let Some(problem) = header_text_problem(value) {
            return Err(Error::argument(name, problem));
        }
    }
    Ok(())
}

/// Checks that an access key is configured, and the key.
///
/// # Errors
/// [`Code::NoIdentity`] when no key is configured; otherwise as [`keys`].
pub fn credential(pair: Option<(&str, &Secret)>) -> Result<()> {
    match pair {
        Some((secret_id, secret_key)) => keys(secret_id, secret_key),
        None => Err(Error::new(Code::NoIdentity, "credential: none is configured")),
    }
}
