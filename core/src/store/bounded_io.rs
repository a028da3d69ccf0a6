//! Blocking work with a time limit. A file system that does not answer must block neither a fetch nor the library's
//! threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::platform::Forkable;
use crate::providers::spawn_blocking_io;

/// The number of jobs that exceeded their time limit and still run. Each occupies one of the few threads that name
/// lookups use too. A forked child has none of them.
static STUCK: Forkable<AtomicUsize> = Forkable::new();
const MAX_STUCK: usize = 2;

/// Counts a job as finished when dropped, even if the job never started.
struct FinishGuard {
    first_has_ended: Arc<AtomicBool>,
    stuck: Arc<AtomicUsize>,
}

impl Drop for FinishGuard {
    fn drop(&mut self) {
        if self.first_has_ended.swap(true, Ordering::AcqRel) {
            self.stuck.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Runs blocking work and waits for it until the time limit. `epoch` identifies the process, which changes with a fork.
///
/// # Errors
/// The error of the work; [`Code::Timeout`] when the limit is exceeded, or when too many earlier jobs are stuck.
pub(super) async fn bounded<T, Work>(epoch: u64, limit: Duration, work: Work) -> Result<T>
where
    T: Send + 'static,
    Work: FnOnce() -> Result<T> + Send + 'static,
{
    let stuck = STUCK.get(epoch, AtomicUsize::default);
    if stuck.load(Ordering::Acquire) >= MAX_STUCK {
        return Err(timeout());
    }
    // Set by the first of two events: the end of the work, and the time limit.
    let first_has_ended = Arc::new(AtomicBool::new(false));
    let guard = FinishGuard { first_has_ended: Arc::clone(&first_has_ended), stuck: Arc::clone(&stuck) };
    let done = tokio::time::timeout(
        limit,
        spawn_blocking_io(move || {
            let result = work();
            drop(guard);
            result
        }),
    );
    match done.await {
        Ok(result) => result,
        Err(_) => {
            stuck.fetch_add(1, Ordering::AcqRel);
            if first_has_ended.swap(true, Ordering::AcqRel) {
                stuck.fetch_sub(1, Ordering::AcqRel);
            }
            Err(timeout())
        }
    }
}

fn timeout() -> Error {
    Error::new(Code::Timeout, "its file system does not answer in time")
}

/// Whether the work exceeded the time limit.
pub(super) fn is_stuck(error: &Error) -> bool {
    error.code() == Code::Timeout
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Starts the maximum number of stuck jobs. They end when the sender is dropped.
    async fn start_stuck_jobs() -> Sender<()> {
        let (release, hang) = channel::<()>();
        let hang = Arc::new(Mutex::new(hang));
        for _ in 0..MAX_STUCK {
            let hang = Arc::clone(&hang);
            let work = bounded(1, Duration::from_millis(20), move || Ok(hang.lock().unwrap().recv().is_ok()));
            assert!(is_stuck(&work.await.unwrap_err()));
        }
        release
    }

    #[test]
    fn stuck_work_is_abandoned_and_no_further_work_is_started() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let release = start_stuck_jobs().await;
            assert!(is_stuck(&bounded(1, LONG, || Ok(())).await.unwrap_err()));
            // When the jobs end, new work is accepted.
            drop(release);
            while STUCK.get(1, AtomicUsize::default).load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(bounded(1, LONG, || Ok(7)).await.unwrap(), 7);
            // A forked child has none of its parent's stuck jobs.
            let _release = start_stuck_jobs().await;
            assert_eq!(bounded(2, LONG, || Ok(7)).await.unwrap(), 7);
        });
    }
}
