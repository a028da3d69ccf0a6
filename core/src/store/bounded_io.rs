//! Work on the cache file with a time limit. A file system that does not answer must block neither a fetch nor the
//! library's threads.

use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::providers::Context;

/// Runs work on the file with this key (its path) in the lane for files, and waits for it until the time limit.
///
/// # Errors
/// The error of the work; [`Code::Timeout`] when the limit is exceeded.
pub(super) async fn bounded<T, Work>(context: &Context, key: &str, limit: Duration, work: Work) -> Result<T>
where
    T: Send + 'static,
    Work: FnOnce() -> Result<T> + Send + 'static,
{
    context.work_on_files(key, limit, work).await.map_err(|error| match error.code() {
        Code::Timeout => Error::new(Code::Timeout, "its file system does not answer in time"),
        _ => error,
    })
}

/// Whether the work exceeded the time limit.
pub(super) fn is_stuck(error: &Error) -> bool {
    error.code() == Code::Timeout
}
