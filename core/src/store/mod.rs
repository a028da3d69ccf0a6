//! Stores fetched values in a file, for the next start and for the other processes of the host. May use `providers` and
//! the leaves. Start with [`Store`], a provider that wraps another one. `file` is the file and its locks, `slot` one
//! value in it, `keys` the encryption, `record` a value as it is stored, `bounded_io` the time limit for work on files.

mod bounded_io;
mod file;
mod keys;
mod record;
mod slot;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use self::bounded_io::{bounded, is_stuck};
use self::file::{Document, FileLock, sibling};
use self::record::{Record, RecordTimes};
use self::slot::{Slot, SlotContent};
use crate::error::{Error, Result};
use crate::log::Level;
use crate::platform::{BoxFuture, Moment};
use crate::providers::{Context, Fetched, Provider, Windows};
use crate::secret::Secret;

/// A value that was confirmed within this fraction of the poll interval is used instead of asking again. It is less
/// than the smallest fraction after the poll's jitter, so that the process that asked last asks again.
const RECENT: f64 = 0.89;
/// The time limit for one access to the file.
const FILE_TIMEOUT: Duration = Duration::from_secs(3);
/// The minimum of this limit, even if the fetch has no time left.
const FILE_TIMEOUT_MIN: Duration = Duration::from_millis(500);
/// How long to wait for another process' fetch.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
const LOCK_PAUSE_MAX: Duration = Duration::from_millis(100);
/// Without background refreshes, a value from the file is due after this time: at the next `get`, not during this one.
const DUE_SOON: Duration = Duration::from_millis(250);
/// The maximum difference of two times that count as equal.
const TOLERANCE: Duration = Duration::from_secs(1);

/// The source's rules for the age of a value.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The time between two polls of a valid value.
    pub poll_interval: Duration,
    /// How long a value may be used after its expiration or, if that is not known, after its renewal time.
    pub max_stale: Duration,
    /// Whether there are no background refreshes.
    pub lazy: bool,
}

/// A provider that shares the value of another provider in a file.
///
/// A process without a value uses the stored one at once. A process with a value uses one that another process confirmed
/// recently, instead of asking the cloud. When several processes need the cloud, one asks and the others use its answer. A
/// file that cannot be used, for any reason, never prevents a fetch.
pub struct Store {
    inner: Box<dyn Provider>,
    slot: Arc<Slot>,
    rules: Rules,
    /// When this process' newest value was fetched, on the steady clock. Older stored values are not used. 0: there is
    /// no value.
    newest_ms: AtomicU64,
    /// The last logged problem with reading the file, so that it is logged once.
    read_problem: ArcSwapOption<String>,
    /// The last logged problem with writing the file.
    write_problem: ArcSwapOption<String>,
}

impl Store {
    /// Stores the value of `inner` in the file at `path`. `name` describes the value and its source, without the login
    /// identity. The keys are derived from `secret`.
    pub fn new(inner: Box<dyn Provider>, path: PathBuf, secret: Secret, name: String, rules: Rules) -> Store {
        Store {
            inner,
            slot: Arc::new(Slot::new(path, secret, name)),
            rules,
            newest_ms: AtomicU64::new(0),
            read_problem: ArcSwapOption::const_empty(),
            write_problem: ArcSwapOption::const_empty(),
        }
    }

    async fn fetch_shared(&self, context: &Context) -> Result<Fetched> {
        let mut content = self.read(context).await;
        if let Some(fetched) = self.instead_of_cloud(context, &content) {
            return Ok(fetched);
        }
        if content.is_stuck {
            return self.inner.fetch(context).await;
        }
        if content.label.is_none() && self.create_file(context).await.is_some() {
            content = self.read(context).await;
        }
        // Released when this function returns or is cancelled.
        let lock = match &content.label {
            Some(label) => self.lock(context, label).await,
            None => None,
        };
        if lock.is_some()
            && let Some(fetched) = self.instead_of_cloud(context, &self.read(context).await)
        {
            return Ok(fetched);
        }
        let fetched_at = context.platform.now();
        let fetched = self.inner.fetch(context).await?;
        self.newest_ms.fetch_max(fetched_at.as_ms(), Ordering::AcqRel);
        // A rejected value is not shared, even if the cloud still returns it.
        let is_rejected = context.rejected.as_ref().is_some_and(|material| material.same_as(&fetched.material));
        if !fetched.unsettled && fetched.degraded.is_none() && !is_rejected {
            self.write(context, Record::of(&fetched, &*context.platform, fetched_at)).await;
        }
        Ok(fetched)
    }

    /// The stored value, if it may be used instead of asking the cloud.
    fn instead_of_cloud(&self, context: &Context, content: &SlotContent) -> Option<Fetched> {
        let (record, times) = self.acceptable(context, content)?;
        // A forced refresh asks the cloud.
        if times.has_ended() || context.forced {
            return None;
        }
        let recent = times.age.is_some_and(|age| age < self.rules.poll_interval.mul_f64(RECENT)) && !times.is_due();
        if !recent && (context.has_usable || !times.is_usable_stale(self.rules.max_stale)) {
            return None;
        }
        let mut windows = times.windows();
        if !recent && self.rules.lazy {
            let soon = context.platform.now().after(DUE_SOON);
            windows.renew_at = Some(windows.renew_at.map_or(soon, |due| due.min(soon)));
        }
        Some(self.use_record(context, record, &times, windows))
    }

    /// The stored value, unless it was rejected or this process has a newer one.
    fn acceptable<'a>(&self, context: &Context, content: &'a SlotContent) -> Option<(&'a Record, RecordTimes)> {
        let record = content.record.as_ref()?;
        let times = record.times(&*context.platform);
        let rejected = context.rejected.as_ref().is_some_and(|material| material.same_as(&record.material));
        let newest = Moment::from_ms(self.newest_ms.load(Ordering::Acquire));
        (!rejected && times.fetched_at().after(TOLERANCE) >= newest).then_some((record, times))
    }

    fn use_record(&self, context: &Context, record: &Record, times: &RecordTimes, windows: Windows) -> Fetched {
        self.newest_ms.fetch_max(times.fetched_at().as_ms(), Ordering::AcqRel);
        context.log.write(Level::Debug, || format!("{}: taken from cache_file", self.slot.log_name()));
        // The age of a value from the future is not known, so it is fetched again at once.
        record.fetched(windows, times.age.unwrap_or(self.rules.poll_interval))
    }

    async fn read(&self, context: &Context) -> SlotContent {
        self.derive_keys(context).await;
        let (slot, path) = (Arc::clone(&self.slot), self.file_key());
        let content = match bounded(context, &path, io_limit(context), move || slot.read()).await {
            Ok(content) => content,
            Err(error) => {
                let problem = Some(error.message().to_owned());
                SlotContent { problem, is_stuck: is_stuck(&error), ..SlotContent::default() }
            }
        };
        match &content.problem {
            Some(problem) => self.warn_once(context, &self.read_problem, problem),
            None => self.read_problem.store(None),
        }
        content
    }

    /// Derives the keys before the first read, since a slow derivation must not count as a file system that hangs.
    async fn derive_keys(&self, context: &Context) {
        if self.slot.has_keys() {
            return;
        }
        let slot = Arc::clone(&self.slot);
        let read = move || Document::read(&slot.path);
        let document = bounded(context, &self.file_key(), io_limit(context), read).await;
        if let Ok(Some(document)) = document {
            let slot = Arc::clone(&self.slot);
            let limit = (context.remaining() / 2).max(FILE_TIMEOUT);
            // A failure is reported by the read that follows.
            let key = format!("{} keys", self.file_key());
            let derive = move || slot.keys(&document).map(drop);
            let _failed = bounded(context, &key, limit, derive).await.is_err();
        }
    }

    /// Creates the file, unless there is a usable one, so that all processes have the same salt and lock.
    async fn create_file(&self, context: &Context) -> Option<()> {
        let slot = Arc::clone(&self.slot);
        self.modify(context, move || slot.create_file()).await
    }

    async fn write(&self, context: &Context, record: Record) {
        let slot = Arc::clone(&self.slot);
        let platform = Arc::clone(&context.platform);
        let record = Arc::new(record);
        let max_age = self.rules.poll_interval / 10;
        if self.modify(context, move || slot.write(&record, &*platform, max_age)).await.is_some() {
            self.write_problem.store(None);
        }
    }

    /// Modifies the file. Waits a short time while other processes hold its lock. Returns `None` on failure.
    async fn modify<T: Send + 'static>(
        &self,
        context: &Context,
        change: impl Fn() -> Result<Option<T>> + Clone + Send + 'static,
    ) -> Option<T> {
        let end = Instant::now() + io_limit(context);
        loop {
            match bounded(context, &self.file_key(), io_limit(context), change.clone()).await {
                Ok(Some(done)) => return Some(done),
                Ok(None) if Instant::now() < end => tokio::time::sleep(LOCK_PAUSE).await,
                Ok(None) => {
                    self.warn_once(context, &self.write_problem, "other processes keep it locked");
                    return None;
                }
                Err(error) => {
                    self.warn_once(context, &self.write_problem, error.message());
                    return None;
                }
            }
        }
    }

    /// Waits until no other process of the host fetches the same value. Returns `None` after a time limit.
    async fn lock(&self, context: &Context, label: &str) -> Option<FileLock> {
        let path = sibling(&self.slot.path, &format!(".{}.lock", label.get(..16).unwrap_or(label)));
        let end = Instant::now() + LOCK_TIMEOUT.min(context.remaining() / 2);
        let mut pause = LOCK_PAUSE;
        loop {
            let (path, key) = (path.clone(), path.display().to_string());
            match bounded(context, &key, io_limit(context), move || FileLock::acquire(&path)).await {
                Ok(Some(lock)) => return Some(lock),
                Ok(None) if Instant::now() < end => {}
                Ok(None) => {
                    let name = self.slot.log_name();
                    context.log.write(Level::Debug, || format!("{name}: another process takes too long to fetch it"));
                    return None;
                }
                Err(error) => {
                    self.warn_once(context, &self.write_problem, error.message());
                    return None;
                }
            }
            tokio::time::sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(LOCK_PAUSE_MAX);
        }
    }

    /// The key of the work on the file; see [`Context::read_files`].
    fn file_key(&self) -> String {
        self.slot.path.display().to_string()
    }

    /// Logs why the file is not used, unless this is the last logged problem.
    fn warn_once(&self, context: &Context, logged: &ArcSwapOption<String>, problem: &str) {
        let before = logged.swap(Some(Arc::new(problem.to_owned())));
        if before.is_none_or(|before| *before != problem) {
            let path = self.slot.path.display();
            context.log.write(Level::Warn, || format!("cache_file {path} is not used: {problem}"));
        }
    }

    async fn fall_back_to_file(&self, context: &Context, error: Error) -> Result<Fetched> {
        // Not after a refusal of the cloud, and not instead of a value that is still valid.
        if context.has_usable || !error.cloud_could_not_be_asked() {
            return Err(error);
        }
        let content = self.read(context).await;
        match self.acceptable(context, &content) {
            Some((record, times)) if times.is_usable_stale(self.rules.max_stale) => {
                let fetched = self.use_record(context, record, &times, times.windows());
                Ok(Fetched { degraded: Some(error), ..fetched })
            }
            _ => Err(error),
        }
    }
}

impl Provider for Store {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(self.fetch_shared(context))
    }

    fn is_encrypted(&self) -> bool {
        self.inner.is_encrypted()
    }

    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            match self.inner.fall_back(context, error).await {
                Ok(fetched) => Ok(fetched),
                Err(error) => self.fall_back_to_file(context, error).await,
            }
        })
    }
}

/// The time limit for one access to the file.
fn io_limit(context: &Context) -> Duration {
    FILE_TIMEOUT.min(context.remaining() / 4).max(FILE_TIMEOUT_MIN)
}
