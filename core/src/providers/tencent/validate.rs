//! What can be known to be wrong before anything is asked of the cloud.

use crate::error::{Code, Error, Result};
use crate::providers::header_text_problem;
use crate::secret::Secret;

/// Longer than any name of the service.
const LONGEST_NAME: usize = 256;

/// Checks the names of a database account.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the first argument that is empty, too long, or not what a name looks like.
pub fn account(region: &str, instance: &str, user: &str) -> Result<()> {
    for (name, value) in [("region", region), ("instance_id", instance), ("user", user)] {
        if value.is_empty() {
            return Err(Error::argument(name, "must not be empty"));
        }
        if value.len() > LONGEST_NAME {
            return Err(Error::argument(name, "must not be longer than 256 bytes"));
        }
        if let Some(problem) = header_text_problem(value) {
            return Err(Error::argument(name, problem));
        }
    }
    Ok(())
}

/// Checks a pair of keys.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the first argument that is empty or blank, begins or ends with white space (as a
/// careless copy does), or holds a control character. The value is never quoted.
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

/// Checks that there are keys at all, and the keys.
///
/// # Errors
/// [`Code::NoIdentity`] when there are none, else as [`keys`].
pub fn credential(pair: Option<(&str, &Secret)>) -> Result<()> {
    match pair {
        Some((secret_id, secret_key)) => keys(secret_id, secret_key),
        None => Err(Error::new(Code::NoIdentity, "credential: none is configured")),
    }
}
