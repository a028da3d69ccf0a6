//! Work that may block for ever: look-ups of names, access to files, the start of programs, the creation of TLS clients.
//! May use the leaves. Start with [`Lanes`], then [`Lane::run`].
//!
//! Each kind of work has its own lane, with its own threads. A caller waits for a limited time, counted from the moment
//! when it asks. Work that takes longer is left behind: its thread is replaced, so that it delays nobody else.

mod callers;

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use self::callers::{AnyCallers, Callers};
use crate::error::{Code, Error, Result};
use crate::platform::Platform;
use crate::slow_wait::{SlowWait, notify_left_behind};

/// The threads of a lane while none of its jobs is slow.
const USUAL_THREADS: usize = 4;
/// The threads of a lane at most, those that are left behind included.
const MOST_THREADS: usize = 64;
/// How long a job waits for a thread before the lane gets another one.
const GROW_AFTER: Duration = Duration::from_millis(50);
/// A job that runs for this time counts as left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(3);
/// A wait of this time lends the turn of its task; see [`SlowWait`].
const SLOW_AFTER: Duration = Duration::from_secs(1);
/// How long an idle thread lives.
const KEEP_ALIVE: Duration = Duration::from_millis(500);
/// Look-ups of names run plug-ins of the C library, which need more than the other work.
const STACK_BYTES: usize = 512 * 1024;

/// The lanes of one process.
pub struct Lanes {
    /// Look-ups of names.
    pub names: Lane,
    /// Access to files.
    pub files: Lane,
    /// The start of programs.
    pub programs: Lane,
    /// The creation of TLS clients, which reads the system's root certificates.
    pub tls: Lane,
}

impl Lanes {
    /// Lanes without threads.
    pub fn new(platform: &Arc<dyn Platform>) -> Lanes {
        let lane = |name, work| Lane::new(name, work, Arc::clone(platform));
        Lanes {
            names: lane("evercred-names", "the look-up of a name"),
            files: lane("evercred-files", "access to a file"),
            programs: lane("evercred-start", "the start of a program"),
            tls: lane("evercred-tls", "reading the root certificates"),
        }
    }

    /// How many jobs run for so long that they were left behind.
    pub fn left_behind(&self) -> usize {
        [&self.names, &self.files, &self.programs, &self.tls].map(Lane::left_behind).iter().sum()
    }
}

/// Threads for one kind of work. They start when they are needed.
pub struct Lane(Arc<Shared>);

struct Shared {
    thread_name: &'static str,
    /// What a job does, for errors.
    work: &'static str,
    platform: Arc<dyn Platform>,
    jobs: AtomicU64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The keys whose next job may start.
    ready: VecDeque<String>,
    keys: HashMap<String, Key>,
    threads: usize,
    idle: usize,
}

/// The jobs of one key. Only one of them runs at a time, so that a file that hangs takes one thread.
#[derive(Default)]
struct Key {
    running_since: Option<Instant>,
    /// The running job was reported as left behind.
    reported: bool,
    waiting: VecDeque<Job>,
}

struct Job {
    work: Box<dyn FnOnce() + Send>,
    /// The callers that get the result. `None`: it runs although nobody waits.
    callers: Option<Arc<dyn AnyCallers>>,
}

impl Job {
    fn is_abandoned(&self) -> bool {
        self.callers.as_ref().is_some_and(|callers| callers.all_left())
    }

    /// Runs the work, unless all callers have left. In both cases the work is dropped here, without a lock held.
    fn run(self) {
        if !self.is_abandoned() {
            // Its callers see that they get no result.
            let _panicked = catch_unwind(AssertUnwindSafe(self.work)).is_err();
        }
    }
}

impl Lane {
    fn new(thread_name: &'static str, work: &'static str, platform: Arc<dyn Platform>) -> Lane {
        Lane(Arc::new(Shared {
            thread_name,
            work,
            platform,
            jobs: AtomicU64::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Runs a job of a key and waits for its result for `limit` at most, from now on. Jobs of one key run one after the
    /// other. `work` must hold nothing that its host may free when the caller has left.
    ///
    /// # Errors
    /// The error of the work; [`Code::Timeout`] after the limit; [`Code::Resources`] if no thread can be started.
    pub async fn run<T, Work>(&self, key: &str, limit: Duration, work: Work) -> Result<T>
    where
        T: Send + 'static,
        Work: FnOnce() -> Result<T> + Send + 'static,
    {
        let callers = Arc::new(Callers::default());
        let receiver = callers.join();
        let answer = Arc::clone(&callers);
        let job = move || answer.send(work());
        self.0.enqueue(key, Job { work: Box::new(job), callers: Some(callers) })?;
        self.result(limit, receiver).await
    }

    /// Runs a job of a key soon, and waits for nothing. If no thread can be started, the work is dropped on this one.
    pub fn run_later<Work: FnOnce() + Send + 'static>(&self, key: &str, work: Work) {
        let job = Job { work: Box::new(work), callers: None };
        let _dropped = self.0.enqueue(key, job).is_err();
    }

    /// As [`Lane::run`], for a result that several callers can have: callers of the same key share a job that has not
    /// started yet.
    ///
    /// # Errors
    /// As [`Lane::run`].
    pub async fn share<T, Work>(&self, key: &str, limit: Duration, work: Work) -> Result<T>
    where
        T: Clone + Send + 'static,
        Work: FnOnce() -> Result<T> + Send + 'static,
    {
        let receiver = match self.0.join::<T>(key) {
            Some(receiver) => receiver,
            None => {
                let callers = Arc::new(Callers::default());
                let receiver = callers.join();
                let answer = Arc::clone(&callers);
                let job = move || answer.send_to_all(work());
                self.0.enqueue(key, Job { work: Box::new(job), callers: Some(callers) })?;
                receiver
            }
        };
        self.result(limit, receiver).await
    }

    /// As [`Lane::run`], with a key of its own.
    ///
    /// # Errors
    /// As [`Lane::run`].
    pub async fn run_alone<T, Work>(&self, limit: Duration, work: Work) -> Result<T>
    where
        T: Send + 'static,
        Work: FnOnce() -> Result<T> + Send + 'static,
    {
        let key = format!("\0{}", self.0.jobs.fetch_add(1, Ordering::Relaxed));
        self.run(&key, limit, work).await
    }

    async fn result<T>(&self, limit: Duration, result: oneshot::Receiver<Result<T>>) -> Result<T> {
        let mut slow = None;
        let result = self.wait(limit, result, &mut slow).await;
        if let Some(slow) = slow {
            slow.end().await;
        }
        result
    }

    async fn wait<T>(
        &self,
        limit: Duration,
        mut result: oneshot::Receiver<Result<T>>,
        slow: &mut Option<SlowWait>,
    ) -> Result<T> {
        let began = Instant::now();
        let deadline = began + limit;
        loop {
            if let Some(jobs) = self.0.newly_left_behind() {
                notify_left_behind(self.0.work, jobs);
            }
            if slow.is_none() && began.elapsed() >= SLOW_AFTER {
                *slow = Some(SlowWait::begin());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left.min(GROW_AFTER), &mut result).await {
                Ok(Ok(result)) => return result,
                Ok(Err(_)) => {
                    let text = format!("{} failed because of a defect in evercred; please report it", self.0.work);
                    return Err(Error::new(Code::Internal, text));
                }
                Err(_) if left.is_zero() => {
                    let text = format!("{} did not end within {} ms", self.0.work, limit.as_millis());
                    return Err(Error::new(Code::Timeout, text));
                }
                Err(_) => self.0.grow(),
            }
        }
    }

    /// How many jobs run for so long that they were left behind.
    pub fn left_behind(&self) -> usize {
        self.0.state().keys.values().filter(|key| key.is_left_behind()).count()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the callers of the key's next job, if one waits that has a result of this type.
    fn join<T: Send + 'static>(&self, key: &str) -> Option<oneshot::Receiver<Result<T>>> {
        let state = self.state();
        let job = state.keys.get(key)?.waiting.back()?;
        Some(job.callers.as_ref()?.as_any().downcast_ref::<Callers<T>>()?.join())
    }

    fn enqueue(self: &Arc<Self>, name: &str, job: Job) -> Result<()> {
        let mut state = self.state();
        let key = state.keys.entry(name.to_owned()).or_default();
        // Otherwise each try to read a file that hangs would leave a job behind. They are dropped without the lock, since
        // the drop of what they hold may enqueue another job.
        let mut abandoned = VecDeque::new();
        if key.waiting.iter().any(Job::is_abandoned) {
            (abandoned, key.waiting) = std::mem::take(&mut key.waiting).into_iter().partition(Job::is_abandoned);
        }
        let nobody_waits = job.callers.is_none();
        key.waiting.push_back(job);
        let is_next = key.running_since.is_none() && key.waiting.len() == 1;
        if is_next && !state.ready.iter().any(|ready| ready == name) {
            state.ready.push_back(name.to_owned());
        }
        // A caller that waits gets more threads if all are busy.
        let most = if nobody_waits && is_next { MOST_THREADS } else { USUAL_THREADS };
        if state.ready.len() > state.idle && state.threads < most {
            let started = self.start(&mut state);
            // With another thread the job only waits longer.
            if state.threads == 0 {
                let refused = state.keys.get_mut(name).and_then(|key| key.waiting.pop_back());
                drop(state);
                drop(refused);
                return started;
            }
        }
        drop(state);
        self.changed.notify_one();
        drop(abandoned);
        Ok(())
    }

    /// How many jobs are left behind, if there is one among them that was not reported yet.
    fn newly_left_behind(&self) -> Option<usize> {
        let mut state = self.state();
        let (mut count, mut is_new) = (0, false);
        for key in state.keys.values_mut().filter(|key| key.is_left_behind()) {
            count += 1;
            is_new |= !std::mem::replace(&mut key.reported, true);
        }
        is_new.then_some(count)
    }

    /// Another thread, if jobs wait and all threads are busy.
    fn grow(self: &Arc<Self>) {
        let mut state = self.state();
        if state.ready.len() > state.idle && state.threads < MOST_THREADS {
            // Without it the jobs wait, until their limit.
            let _too_many = self.start(&mut state).is_err();
        }
    }

    fn start(self: &Arc<Self>, state: &mut State) -> Result<()> {
        let shared = Arc::clone(self);
        let blocked = self.platform.block_signals();
        let builder = thread::Builder::new().name(self.thread_name.to_owned()).stack_size(STACK_BYTES);
        let started = builder.spawn(move || shared.work());
        drop(blocked);
        let _detached = started.map_err(|error| Error::no_thread(self.work, &error))?;
        state.threads += 1;
        Ok(())
    }

    /// The work of a thread.
    fn work(&self) {
        let mut state = self.state();
        loop {
            let Some((name, job)) = state.next() else {
                state.idle += 1;
                let (woken, timeout) =
                    self.changed.wait_timeout(state, KEEP_ALIVE).unwrap_or_else(PoisonError::into_inner);
                state = woken;
                state.idle -= 1;
                if timeout.timed_out() && state.ready.is_empty() {
                    state.threads -= 1;
                    return;
                }
                continue;
            };
            drop(state);
            job.run();
            state = self.state();
            state.ended(name);
        }
    }
}

impl Key {
    fn is_left_behind(&self) -> bool {
        self.running_since.is_some_and(|since| since.elapsed() > LEFT_BEHIND)
    }
}

impl State {
    fn next(&mut self) -> Option<(String, Job)> {
        while let Some(name) = self.ready.pop_front() {
            let Some(key) = self.keys.get_mut(&name) else { continue };
            if let Some(job) = key.waiting.pop_front() {
                key.running_since = Some(Instant::now());
                return Some((name, job));
            }
            self.keys.remove(&name);
        }
        None
    }

    fn ended(&mut self, name: String) {
        let Some(key) = self.keys.get_mut(&name) else { return };
        key.running_since = None;
        key.reported = false;
        if key.waiting.is_empty() {
            self.keys.remove(&name);
        } else {
            self.ready.push_back(name);
        }
    }
}
