//! The writer of a cache file: a thread that exists while there is something to write. It gathers the values that
//! arrive while it writes, so that many sources cause few writes, and no `get` waits for the disk.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::store::claims::{Acquired, Claim, Range, User};
use crate::store::file::{Document, problem};
use crate::store::problems::Problems;
use crate::store::record::Record;
use crate::store::slot::Slot;
use crate::store::writes::{self, Pending};

/// How long the writer waits while another process writes.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
/// How long it keeps the claims of its values meanwhile.
const CLAIMS_KEPT: Duration = Duration::from_secs(1);

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
        let (writer, locks) = (Arc::clone(self), locks.again_blocking());
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

    /// Adds a job, which replaces an earlier one of the same slot. Returns whether the thread runs already.
    fn add(&self, mut job: Job) -> bool {
        // The job keeps the slot, so no other one has its address.
        let slot = Arc::as_ptr(&job.slot).addr();
        let mut queue = self.queue();
        let mut earlier = queue.jobs.remove(&slot);
        if let Some(earlier) = &mut earlier {
            job.claim = job.claim.take().or_else(|| earlier.claim.take());
        }
        queue.jobs.insert(slot, job);
        let is_running = std::mem::replace(&mut queue.running, true);
        // Before `earlier` is dropped, which may drop what belongs to the host.
        drop(queue);
        is_running
    }

    fn run(&self, locks: &User) {
        writes::this_thread_writes();
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
                if let Err(error) = self.write(locks, &mut jobs) {
                    jobs.iter().for_each(|job| job.written(Some(error.message())));
                }
                release(&mut jobs);
            }))
            .is_err();
        }
    }

    /// Writes values into the file. A problem with one of them does not keep the others from being written.
    fn write(&self, locks: &User, jobs: &mut [Job]) -> Result<()> {
        let _lock = self.lock(locks, jobs)?;
        let mut document = Document::read_for_writing(&self.path)?;
        let mut changed_ms = None;
        let mut problems = Vec::new();
        for job in &*jobs {
            match job.slot.put(&mut document, &job.record, &*job.platform, job.max_age) {
                Ok(is_changed) => {
                    if is_changed {
                        changed_ms = Some(job.platform.wall_ms());
                    }
                    problems.push(None);
                }
                Err(error) => problems.push(Some(error)),
            }
        }
        if let Some(now_ms) = changed_ms {
            document.remove_old_entries(now_ms);
            document.replace(&self.path)?;
        }
        for (job, problem) in jobs.iter().zip(&problems) {
            job.written(problem.as_ref().map(Error::message));
        }
        Ok(())
    }

    /// Waits until no other process writes. The claims of the values are not kept meanwhile: their next fetches, here and
    /// in other processes, must not wait for the disk.
    fn lock(&self, locks: &User, jobs: &mut [Job]) -> Result<Claim> {
        let began = Instant::now();
        loop {
            match locks.acquire(Range::WRITING)? {
                Acquired::Claim(lock) => return Ok(lock),
                _ if began.elapsed() < LOCK_TIMEOUT => thread::sleep(LOCK_PAUSE),
                _ => return Err(problem("other processes keep it locked")),
            }
            if began.elapsed() > CLAIMS_KEPT {
                release(&mut *jobs);
                let waiting: Vec<Claim> = self.queue().jobs.values_mut().filter_map(|job| job.claim.take()).collect();
                waiting.into_iter().for_each(Claim::release);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// It was written, or this problem prevented it.
    fn written(&self, problem: Option<&str>) {
        self.problems.written(self.platform.fork_epoch(), &self.pending.log(), problem);
    }
}

/// Releases the claims on this thread.
fn release(jobs: &mut [Job]) {
    jobs.iter_mut().filter_map(|job| job.claim.take()).for_each(Claim::release);
}
