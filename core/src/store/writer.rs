//! The writer of a cache file: a thread that exists while there is something to write. It gathers the values that
//! arrive while it writes, so that many sources cause few writes, and no `get` waits for the disk.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::error::{Error, Result};
use crate::log::Sink;
use crate::platform::{Forkable, Platform};
use crate::store::claims::{Claim, Range, User};
use crate::store::file::{Document, problem};
use crate::store::problems::Problems;
use crate::store::record::Record;
use crate::store::slot::Slot;

/// How long the writer waits while another process writes.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

thread_local! {
    static IS_WRITER: Cell<bool> = const { Cell::new(false) };
}

/// A value to be written.
pub(super) struct Job {
    pub(super) slot: Arc<Slot>,
    pub(super) record: Record,
    /// A stored value that is the same and younger than this is not written again.
    pub(super) max_age: Duration,
    pub(super) platform: Arc<dyn Platform>,
    pub(super) problems: Arc<Problems>,
    /// Released after the writing, so that the next process finds the value.
    pub(super) _claim: Option<Claim>,
    /// The last field, since it is dropped last.
    pub(super) pending: Pending,
}

/// The writer of one file in this process.
pub(super) struct Writer {
    path: PathBuf,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    running: bool,
}

impl Writer {
    pub(super) fn new(path: PathBuf) -> Writer {
        Writer { path, queue: Mutex::default() }
    }

    /// Writes a value soon, on the writer's thread.
    pub(super) fn push(self: &Arc<Self>, locks: &User, job: Job) {
        let platform = Arc::clone(&job.platform);
        {
            let mut queue = self.queue();
            queue.jobs.push(job);
            if std::mem::replace(&mut queue.running, true) {
                return;
            }
        }
        let (writer, locks) = (Arc::clone(self), locks.again());
        // The thread inherits the mask: it never receives a signal of the host.
        let blocked = platform.block_signals();
        let started = thread::Builder::new().name("evercred-cache".into()).spawn(move || writer.run(&locks));
        drop(blocked);
        if let Err(error) = started {
            let jobs = {
                let mut queue = self.queue();
                queue.running = false;
                std::mem::take(&mut queue.jobs)
            };
            report(&jobs, &Err(problem(format!("no thread can be started to write it ({error})"))));
        }
    }

    fn run(&self, locks: &User) {
        IS_WRITER.set(true);
        loop {
            let jobs = {
                let mut queue = self.queue();
                if queue.jobs.is_empty() {
                    queue.running = false;
                    return;
                }
                std::mem::take(&mut queue.jobs)
            };
            // A panic must not end the writer. It drops the jobs, so that nobody waits for them.
            let _panicked = catch_unwind(AssertUnwindSafe(move || {
                let result = write(&self.path, locks, &jobs);
                report(&jobs, &result);
            }))
            .is_err();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(jobs: &[Job], result: &Result<()>) {
    for job in jobs {
        let log = job.pending.0.log();
        job.problems.written(&log, result.as_ref().err().map(Error::message));
    }
}

/// Writes values into the file.
fn write(path: &Path, locks: &User, jobs: &[Job]) -> Result<()> {
    let _lock = lock(locks)?;
    let mut document = Document::read_for_writing(path)?;
    let mut now_ms = None;
    for job in jobs {
        if job.slot.put(&mut document, &job.record, &*job.platform, job.max_age)? {
            now_ms = Some(job.platform.wall_ms());
        }
    }
    if let Some(now_ms) = now_ms {
        document.remove_old_entries(now_ms);
        document.replace(path)?;
    }
    Ok(())
}

fn lock(locks: &User) -> Result<Claim> {
    let end = Instant::now() + LOCK_TIMEOUT;
    loop {
        match locks.acquire(Range::WRITING)? {
            Some(lock) => return Ok(lock),
            None if Instant::now() < end => thread::sleep(LOCK_PAUSE),
            None => return Err(problem("other processes keep it locked")),
        }
    }
}

/// Counts the values of a client that are not written yet, and logs why one could not be written.
pub struct Writes {
    /// `None` after the client was closed.
    log: ArcSwapOption<Sink>,
    count: Forkable<Count>,
}

#[derive(Default)]
struct Count {
    state: Mutex<CountState>,
    written: Condvar,
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

    fn log(&self) -> Sink {
        self.log.load().as_deref().cloned().unwrap_or_default()
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

impl Drop for Pending {
    fn drop(&mut self) {
        let mut state = self.1.state();
        state.pending = state.pending.saturating_sub(1);
        if state.pending == 0 {
            self.1.written.notify_all();
        }
    }
}
