//! The waits of a task during which another may use its turn. Start with [`SlowWait::begin`].

use std::future::Future;
use std::sync::Arc;

use tokio::sync::oneshot;

/// Hears of the slow waits of a task.
pub trait SlowWaitListener: Send + Sync {
    /// The task waits for something that may take long.
    fn begins(&self);
    /// The wait is over. The task goes on when the receiver gets something or its sender is dropped. If the receiver is
    /// dropped before, the task has gone on or has ended.
    fn ends(&self) -> oneshot::Receiver<()>;
    /// So many jobs of this kind of work run for so long that their threads were replaced.
    fn left_behind(&self, work: &'static str, jobs: usize);
}

tokio::task_local! {
    static LISTENER: Arc<dyn SlowWaitListener>;
}

/// Runs a future. The listener hears of its slow waits.
pub async fn with_slow_wait_listener<F: Future>(listener: Arc<dyn SlowWaitListener>, future: F) -> F::Output {
    LISTENER.scope(listener, future).await
}

/// A slow wait of a task. It ends on drop, too.
pub struct SlowWait(Option<Arc<dyn SlowWaitListener>>);

impl SlowWait {
    /// Begins a wait of this task. Without a listener nothing happens.
    pub fn begin() -> SlowWait {
        let listener = LISTENER.try_with(Arc::clone).ok();
        if let Some(listener) = &listener {
            listener.begins();
        }
        SlowWait(listener)
    }

    /// Ends the wait, and waits until the task may go on.
    pub async fn end(mut self) {
        if let Some(listener) = self.0.take() {
            let _listener_ended = listener.ends().await.is_err();
        }
    }
}

impl Drop for SlowWait {
    fn drop(&mut self) {
        if let Some(listener) = self.0.take() {
            // The task goes on without a turn: it has reached a deadline, or has ended.
            drop(listener.ends());
        }
    }
}

/// Tells the listener of this task that jobs are left behind.
pub(crate) fn notify_left_behind(work: &'static str, jobs: usize) {
    let _no_listener = LISTENER.try_with(|listener| listener.left_behind(work, jobs)).is_err();
}
