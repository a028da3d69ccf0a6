//! Those who wait for the result of a job.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::Result;

/// The callers of a job, whatever the type of its result.
pub(super) trait AnyCallers: Send + Sync {
    fn all_left(&self) -> bool;
    fn as_any(&self) -> &(dyn Any + Send + Sync);
}

/// The callers of a job with a result of this type.
pub(super) struct Callers<T>(Mutex<Vec<oneshot::Sender<Result<T>>>>);

impl<T> Default for Callers<T> {
    fn default() -> Self {
        Callers(Mutex::default())
    }
}

impl<T: Send + 'static> AnyCallers for Callers<T> {
    fn all_left(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().all(oneshot::Sender::is_closed)
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync) {
        self
    }
}

impl<T> Callers<T> {
    pub(super) fn join(&self) -> oneshot::Receiver<Result<T>> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    fn taken(&self) -> Vec<oneshot::Sender<Result<T>>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn send(&self, result: Result<T>) {
        if let Some(caller) = self.taken().pop() {
            // A caller that has left does not need it.
            let _left = caller.send(result).is_err();
        }
    }
}

impl<T: Clone> Callers<T> {
    pub(super) fn send_to_all(&self, result: Result<T>) {
        for caller in self.taken() {
            let _left = caller.send(result.clone()).is_err();
        }
    }
}
