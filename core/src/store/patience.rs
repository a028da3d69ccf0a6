//! Blocking work with a bound: a file system that does not answer must cost neither the flight nor the library's threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::providers::beside;

/// Pieces of work that nobody waits for any more and that have not come back. Each holds a thread of the few that name
/// look-ups need as well.
static STUCK: AtomicUsize = AtomicUsize::new(0);
const MOST_STUCK: usize = 2;

/// Dropped when the work is over, also where it never began.
struct Mark(Arc<AtomicBool>);

impl Drop for Mark {
    fn drop(&mut self) {
        if self.0.swap(true, Ordering::AcqRel) {
            STUCK.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Does blocking work, and waits for it at most so long.
pub(super) async fn bounded<T, Work>(most: Duration, work: Work) -> Result<T>
where
    T: Send + 'static,
    Work: FnOnce() -> Result<T> + Send + 'static,
{
    if STUCK.load(Ordering::Acquire) >= MOST_STUCK {
        return Err(stuck());
    }
    // Whoever comes second, the end of the work or that of the patience, finds it set.
    let over = Arc::new(AtomicBool::new(false));
    let mark = Mark(Arc::clone(&over));
    let done = tokio::time::timeout(
        most,
        beside(move || {
            let result = work();
            drop(mark);
            result
        }),
    );
    match done.await {
        Ok(result) => result,
        Err(_) => {
            STUCK.fetch_add(1, Ordering::AcqRel);
            if over.swap(true, Ordering::AcqRel) {
                STUCK.fetch_sub(1, Ordering::AcqRel);
            }
            Err(stuck())
        }
    }
}

fn stuck() -> Error {
    Error::new(Code::Timeout, "its file system does not answer in time")
}

/// Whether the work did not come back in time.
pub(super) fn is_stuck(error: &Error) -> bool {
    error.code() == Code::Timeout
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn work_that_does_not_come_back_is_left_and_no_more_of_it_is_begun() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (release, hang) = channel::<()>();
            let hang = Arc::new(std::sync::Mutex::new(hang));
            for _ in 0..MOST_STUCK {
                let hang = Arc::clone(&hang);
                let work = bounded(Duration::from_millis(20), move || Ok(hang.lock().unwrap().recv().is_ok()));
                assert!(is_stuck(&work.await.unwrap_err()));
            }
            let refused = bounded(Duration::from_secs(20), || Ok(())).await;
            assert!(is_stuck(&refused.unwrap_err()));
            // They come back, and work is done again.
            drop(release);
            while STUCK.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(bounded(Duration::from_secs(20), || Ok(7)).await.unwrap(), 7);
        });
    }
}
