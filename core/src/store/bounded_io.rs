//! Blocking work with a bound: a file system that does not answer must cost neither the flight nor the library's threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::platform::Forkable;
use crate::providers::spawn_blocking_io;

/// Pieces of work that nobody waits for any more and that have not come back. Each holds a thread of the few that name
/// look-ups need as well; a forked child has none of them.
static STUCK: Forkable<AtomicUsize> = Forkable::new();
const MOST_STUCK: usize = 2;

/// Dropped when the work is over, also where it never began.
struct Mark {
    over: Arc<AtomicBool>,
    stuck: Arc<AtomicUsize>,
}

impl Drop for Mark {
    fn drop(&mut self) {
        if self.over.swap(true, Ordering::AcqRel) {
            self.stuck.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Does blocking work, and waits for it at most so long. `epoch` is the process that does it.
pub(super) async fn bounded<T, Work>(epoch: u64, most: Duration, work: Work) -> Result<T>
where
    T: Send + 'static,
    Work: FnOnce() -> Result<T> + Send + 'static,
{
    let stuck = STUCK.get(epoch, AtomicUsize::default);
    if stuck.load(Ordering::Acquire) >= MOST_STUCK {
        return Err(too_slow());
    }
    // Whoever comes second, the end of the work or that of the patience, finds it set.
    let over = Arc::new(AtomicBool::new(false));
    let mark = Mark { over: Arc::clone(&over), stuck: Arc::clone(&stuck) };
    let done = tokio::time::timeout(
        most,
        spawn_blocking_io(move || {
            let result = work();
            drop(mark);
            result
        }),
    );
    match done.await {
        Ok(result) => result,
        Err(_) => {
            stuck.fetch_add(1, Ordering::AcqRel);
            if over.swap(true, Ordering::AcqRel) {
                stuck.fetch_sub(1, Ordering::AcqRel);
            }
            Err(too_slow())
        }
    }
}

fn too_slow() -> Error {
    Error::new(Code::Timeout, "its file system does not answer in time")
}

/// Whether the work did not come back in time.
pub(super) fn is_stuck(error: &Error) -> bool {
    error.code() == Code::Timeout
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Begins as much work as may be stuck; it comes back when the sender is dropped.
    async fn stick() -> Sender<()> {
        let (release, hang) = channel::<()>();
        let hang = Arc::new(Mutex::new(hang));
        for _ in 0..MOST_STUCK {
            let hang = Arc::clone(&hang);
            let work = bounded(1, Duration::from_millis(20), move || Ok(hang.lock().unwrap().recv().is_ok()));
            assert!(is_stuck(&work.await.unwrap_err()));
        }
        release
    }

    #[test]
    fn work_that_does_not_come_back_is_left_and_no_more_of_it_is_begun() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let release = stick().await;
            assert!(is_stuck(&bounded(1, LONG, || Ok(())).await.unwrap_err()));
            // They come back, and work is done again.
            drop(release);
            while STUCK.get(1, AtomicUsize::default).load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(bounded(1, LONG, || Ok(7)).await.unwrap(), 7);
            // What hangs in the parent hangs in no forked child.
            let _release = stick().await;
            assert_eq!(bounded(2, LONG, || Ok(7)).await.unwrap(), 7);
        });
    }
}
