//! What a client's sources share, whatever their cache files: how many values are not written yet, and which problems its
//! log has. Start with [`Writes`].

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::log::Sink;
use crate::platform::Forkable;

thread_local! {
    static IS_WRITER: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that writes a cache file.
pub(super) fn this_thread_writes() {
    IS_WRITER.set(true);
}

/// The values of a client that are not written yet, and its problems with cache files.
pub struct Writes {
    /// `None` after the client was closed.
    log: ArcSwapOption<Sink>,
    count: Forkable<Count>,
}

#[derive(Default)]
struct Count {
    state: Mutex<CountState>,
    written: Condvar,
    /// The problems that a source has now.
    problems: Mutex<HashMap<String, Weak<String>>>,
}

#[derive(Default)]
struct CountState {
    pending: usize,
    /// The end of the wait of [`Writes::close`], from the first call on.
    wait_end: Option<Instant>,
}

impl Count {
    fn state(&self) -> MutexGuard<'_, CountState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one value until it is dropped.
pub(super) struct Pending(Arc<Writes>, Arc<Count>);

impl Writes {
    /// No values yet. Problems are logged to `log`.
    pub fn new(log: Sink) -> Writes {
        Writes { log: ArcSwapOption::from_pointee(log), count: Forkable::new() }
    }

    /// Counts one value more. `epoch` identifies the process.
    pub(super) fn begin(writes: &Arc<Writes>, epoch: u64) -> Pending {
        let count = writes.count.get(epoch, Count::default);
        count.state().pending += 1;
        Pending(Arc::clone(writes), count)
    }

    /// A problem with a cache file, and whether no source of the client has it yet. A source that has it keeps the text.
    /// `epoch` identifies the process.
    pub(super) fn problem(&self, epoch: u64, text: String) -> (Arc<String>, bool) {
        let count = self.count.get(epoch, Count::default);
        let mut problems = count.problems.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = problems.get(&text).and_then(Weak::upgrade) {
            return (known, false);
        }
        problems.retain(|_, problem| problem.strong_count() > 0);
        let kept = Arc::new(text.clone());
        problems.insert(text, Arc::downgrade(&kept));
        (kept, true)
    }

    /// Waits until the client's values are written, at most `limit` from the first call on: later calls begin no other
    /// wait. Then nothing is logged any more: a writer whose file system hangs must not keep the host's callback. `epoch`
    /// identifies the process.
    pub fn close(&self, epoch: u64, limit: Duration) {
        // A log callback on the writer's thread may close the client; it must not wait for itself.
        if !IS_WRITER.get()
            && let Some(count) = self.count.existing(epoch)
        {
            let mut state = count.state();
            let end = *state.wait_end.get_or_insert_with(|| Instant::now() + limit);
            let left = end.saturating_duration_since(Instant::now());
            let _timed_out = count.written.wait_timeout_while(state, left, |state| state.pending > 0).is_err();
        }
        self.log.store(None);
    }
}

impl Pending {
    /// The log of the client, until it is closed.
    pub(super) fn log(&self) -> Sink {
        self.0.log.load().as_deref().cloned().unwrap_or_default()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut state = self.1.state();
        state.pending = state.pending.saturating_sub(1);
        if state.pending == 0 {
            self.1.written.notify_all();
        }
    }
}
