//! The writer of a cache file: a thread that exists while there is something to write. It gathers the values that
//! arrive while it writes, so that many sources cause few writes, and no `get` waits for the disk.

use std::cell::Cell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::error::{Error, Result};
use crate::log::Sink;
use crate::platform::{Forkable, Platform};
use crate::store::claims::{Acquired, Claim, Range, User};
use crate::store::file::{Document, problem};
use crate::store::problems::Problems;
use crate::store::record::Record;
use crate::store::slot::Slot;

/// How long the writer waits while another process writes.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
/// How long it keeps the locks of its values meanwhile.
const CLAIMS_KEPT: Duration = Duration::from_secs(1);

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
    pub(super) claim: Option<Claim>,
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
    /// One for each slot, by its address.
    jobs: HashMap<usize, Job>,
    running: bool,
}

impl Writer {
    pub(super) fn new(path: PathBuf) -> Writer {
        Writer { path, queue: Mutex::default() }
    }

    /// Writes a value soon, on the writer's thread.
    pub(super) fn push(self: &Arc<Self>, locks: &User, job: Job) {
        let platform = Arc::clone(&job.platform);
        if self.add(job) {
            return;
        }
        let (writer, locks) = (Arc::clone(self), locks.again_on_blocking_thread());
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
            let error = problem(format!("no thread can be started to write it ({error})"));
            jobs.values().for_each(|job| job.written(Some(error.message())));
        }
    }

    /// Adds a job instead of an earlier one of the same slot. Returns whether the thread runs already.
    fn add(&self, job: Job) -> bool {
        let mut queue = self.queue();
        // The job keeps the slot, so no other one has its address.
        let slot = Arc::as_ptr(&job.slot).addr();
        let earlier = queue.jobs.insert(slot, job);
        let mut earlier_claim = None;
        if let Some(mut earlier) = earlier {
            earlier_claim = earlier.claim.take();
        }
        if let Some(job) = queue.jobs.get_mut(&slot)
            && job.claim.is_none()
        {
            job.claim = earlier_claim.take();
        }
        let running = std::mem::replace(&mut queue.running, true);
        drop(queue);
        drop(earlier_claim);
        running
    }

    fn run(&self, locks: &User) {
        IS_WRITER.set(true);
        loop {
            let mut jobs: Vec<Job> = {
                let mut queue = self.queue();
                if queue.jobs.is_empty() {
                    queue.running = false;
                    return;
                }
                std::mem::take(&mut queue.jobs).into_values().collect()
            };
            // A panic must not end the writer. It drops the jobs, so that nobody waits for them.
            let _panicked = catch_unwind(AssertUnwindSafe(move || {
                if let Err(error) = write(&self.path, locks, &mut jobs) {
                    jobs.iter().for_each(|job| job.written(Some(error.message())));
                }
                release(&mut jobs);
            }))
            .is_err();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// Logs why it could not be written.
    fn written(&self, problem: Option<&str>) {
        self.problems.written(self.platform.fork_epoch(), &self.pending.0.log(), problem);
    }
}

/// Releases the claims on this thread.
fn release(jobs: &mut [Job]) {
    jobs.iter_mut().filter_map(|job| job.claim.take()).for_each(Claim::release);
}

/// Writes values into the file. An error of one value does not keep the others from being written.
fn write(path: &Path, locks: &User, jobs: &mut [Job]) -> Result<()> {
    let _lock = lock(locks, jobs)?;
    let mut document = Document::read_for_writing(path)?;
    let mut now_ms = None;
    let mut problems = Vec::new();
    for job in &*jobs {
        let put = job.slot.put(&mut document, &job.record, &*job.platform, job.max_age);
        if let Ok(true) = put {
            now_ms = Some(job.platform.wall_ms());
        }
        problems.push(put.err());
    }
    if let Some(now_ms) = now_ms {
        document.remove_old_entries(now_ms);
        document.replace(path)?;
    }
    for (job, problem) in jobs.iter().zip(&problems) {
        job.written(problem.as_ref().map(Error::message));
    }
    Ok(())
}

fn lock(locks: &User, jobs: &mut [Job]) -> Result<Claim> {
    let began = Instant::now();
    loop {
        match locks.acquire(Range::WRITING)? {
            Acquired::Claim(lock) => return Ok(lock),
            _ if began.elapsed() < LOCK_TIMEOUT => thread::sleep(LOCK_PAUSE),
            _ => return Err(problem("other processes keep it locked")),
        }
        // The next fetches of these values must not wait for the disk.
        if began.elapsed() > CLAIMS_KEPT {
            release(jobs);
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

    fn log(&self) -> Sink {
        self.log.load().as_deref().cloned().unwrap_or_default()
    }

    /// Waits until the client's values are written, at most `limit` from the first call on: further calls do not begin
    /// another wait. Then nothing is logged any more: a writer whose file
    /// system hangs must not keep the host's callback. `epoch` identifies the process.
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
