//! An identity that worked before: what cannot be read now is not the same as what was never configured.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Class, Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Provider};

/// A file must be missing for this long before it counts as deleted: programs replace files by deleting them first.
pub(super) const DELETED_AFTER: Duration = Duration::from_secs(60);

/// An identity from a file or a program. Once it worked, its local failures are temporary: the file may be half
/// written, or be replaced at this moment.
pub struct KeptIdentity {
    inner: Box<dyn Provider>,
    /// Whether it counts as gone when its file was deleted. If not, every local failure is temporary.
    can_be_gone: bool,
    worked: AtomicBool,
    /// Since when it has been absent, on the steady clock; 0: it is there.
    absent_since_ms: AtomicU64,
}

impl KeptIdentity {
    /// The only identity that the configuration selects: it is never gone.
    pub fn only(inner: Box<dyn Provider>) -> KeptIdentity {
        KeptIdentity::new(inner, false)
    }

    /// An identity of a chain: once its file was deleted, the next one follows.
    pub(super) fn of_chain(inner: Box<dyn Provider>) -> KeptIdentity {
        KeptIdentity::new(inner, true)
    }

    fn new(inner: Box<dyn Provider>, can_be_gone: bool) -> KeptIdentity {
        KeptIdentity { inner, can_be_gone, worked: AtomicBool::new(false), absent_since_ms: AtomicU64::new(0) }
    }

    fn failed(&self, context: &Context, error: Error) -> Error {
        let is_local = error.class() == Class::Local || is_absent(&error);
        if !is_local || !self.worked.load(Ordering::Acquire) {
            return error;
        }
        if self.can_be_gone && is_absent(&error) {
            // 0 means that it is there.
            let now = context.platform.now().as_ms().max(1);
            let since = self.absent_since_ms.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
            let since = since.unwrap_or_else(|before| before);
            if since != 0 && now.saturating_sub(since) >= u64::try_from(DELETED_AFTER.as_millis()).unwrap_or(u64::MAX) {
                self.worked.store(false, Ordering::Release);
                return error;
            }
        } else {
            self.absent_since_ms.store(0, Ordering::Release);
        }
        error.with_class(Class::Transient)
    }
}

impl Provider for KeptIdentity {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let fetched = self.inner.fetch(context).await.map_err(|error| self.failed(context, error))?;
            self.absent_since_ms.store(0, Ordering::Release);
            self.worked.store(true, Ordering::Release);
            Ok(fetched)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.inner.is_encrypted()
    }
}

/// Whether the identity is not configured, or known to be gone. Any other failure is of an identity that exists.
pub(super) fn is_absent(error: &Error) -> bool {
    error.code() == Code::NoIdentity && error.class() == Class::Refused
}
