//! Stores fetched values in a file, for the next start and for the other processes of the host. May use `providers` and
//! the leaves. Start with [`Store`], a provider that wraps another one. `shared` is what the sources of a process share of
//! a file: its `claims` (locks between processes) and its `writer`; `writes` is what the sources of a client share. `file` is the file, `slot` one value in it, `keys` the
//! encryption, `record` a value as it is stored, `bounded_io` the time limit for work on files.

mod bounded_io;
mod claims;
mod file;
mod keys;
mod problems;
mod record;
mod shared;
mod slot;
mod writer;
mod writes;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use self::writes::Writes;

use self::bounded_io::{bounded, is_stuck};
use self::claims::{Acquired, Claim, Elsewhere, Range};
use self::file::Document;
use self::keys::Keys;
use self::problems::Problems;
use self::record::{Record, RecordTimes};
use self::shared::{Shared, Use};
use self::slot::{Slot, SlotContent};
use self::writer::Job;
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
    path: PathBuf,
    slot: Arc<Slot>,
    rules: Rules,
    writes: Arc<Writes>,
    /// When this process' newest value was fetched, on the steady clock. Older stored values are not used. 0: there is
    /// no value.
    newest_ms: AtomicU64,
    problems: Arc<Problems>,
}

impl Store {
    /// Stores the value of `inner` in the file at `path`. `name` describes the value and its source, without the login
    /// identity. The keys are derived from `secret`. `writes` counts what is not written yet.
    pub fn new(
        inner: Box<dyn Provider>,
        (path, secret): (PathBuf, Secret),
        name: String,
        rules: Rules,
        writes: Arc<Writes>,
    ) -> Store {
        Store {
            inner,
            slot: Arc::new(Slot::new(secret, name)),
            rules,
            newest_ms: AtomicU64::new(0),
            problems: Arc::new(Problems::new(path.clone(), Arc::clone(&writes))),
            writes,
            path,
        }
    }

    async fn fetch_shared(&self, context: &Context) -> Result<Fetched> {
        let Some(file) = self.enter(context).await else { return self.inner.fetch(context).await };
        let content = self.read(context, &file).await;
        if let Some(fetched) = self.instead_of_cloud(context, &content) {
            return Ok(fetched);
        }
        if content.is_stuck {
            return self.inner.fetch(context).await;
        }
        // Released when it is dropped, also if this fetch is cancelled; not on this thread, which must not block.
        let claim = self.claim(context, &file).await;
        if claim.is_some()
            && let Some(fetched) = self.instead_of_cloud(context, &self.read(context, &file).await)
        {
            return Ok(fetched);
        }
        let fetched_at = context.platform.now();
        let fetched = self.inner.fetch(context).await?;
        self.newest_ms.fetch_max(fetched_at.as_ms(), Ordering::AcqRel);
        // A rejected value is not shared, even if the cloud still returns it.
        let is_rejected = context.rejected.as_ref().is_some_and(|material| material.same_as(&fetched.material));
        if !fetched.unsettled && fetched.degraded.is_none() && !is_rejected {
            if let Some(claim) = &claim {
                claim.is_fetched();
            }
            let job = Job {
                slot: Arc::clone(&self.slot),
                record: Record::of(&fetched, &*context.platform, fetched_at),
                max_age: self.rules.poll_interval / 10,
                platform: Arc::clone(&context.platform),
                problems: Arc::clone(&self.problems),
                claim,
                pending: Writes::begin(&self.writes, context.platform.fork_epoch()),
            };
            file.shared.writer.push(&file.locks, job);
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

    /// Begins a use of the file. Returns `None` if its folder cannot be found, or its file system hangs.
    async fn enter(&self, context: &Context) -> Option<Use> {
        let (epoch, path) = (context.platform.fork_epoch(), self.path.clone());
        let (lanes, key) = (Arc::clone(context.http.lanes()), format!("{} released", self.file_key()));
        let elsewhere: Elsewhere = Arc::new(move |value| lanes.files.run_later(&key, move || drop(value)));
        let enter = move || Shared::enter(epoch, &path, &elsewhere);
        match bounded(context, &self.file_key(), io_limit(context), enter).await {
            Ok(file) => Some(file),
            Err(error) => {
                self.problems.read(context.platform.fork_epoch(), &context.log, Some(error.message()));
                None
            }
        }
    }

    async fn read(&self, context: &Context, file: &Use) -> SlotContent {
        let shared = Arc::clone(&file.shared);
        let document = bounded(context, &self.file_key(), io_limit(context), move || shared.read()).await;
        let content = match document {
            Ok(Some(document)) => match self.keys(context, &document).await {
                Ok(keys) => self.slot.read(&document, &keys),
                Err(error) => unusable(&error),
            },
            Ok(None) => SlotContent::default(),
            Err(error) => unusable(&error),
        };
        self.problems.read(context.platform.fork_epoch(), &context.log, content.problem.as_deref());
        content
    }

    /// The keys of the document. Their derivation has a longer time limit: a busy machine is not a file system that hangs.
    async fn keys(&self, context: &Context, document: &Arc<Document>) -> Result<Arc<Keys>> {
        if let Some(keys) = self.slot.known_keys(document) {
            return Ok(keys);
        }
        let (slot, document) = (Arc::clone(&self.slot), Arc::clone(document));
        let limit = (context.remaining() / 2).max(FILE_TIMEOUT);
        // Jobs of one key run one after the other, so the first one derives the keys for all sources of the file.
        let key = format!("{} keys", self.file_key());
        bounded(context, &key, limit, move || slot.keys(&document)).await
    }

    /// Waits until no other process of the host fetches the same value. Returns `None` after a time limit.
    async fn claim(&self, context: &Context, file: &Use) -> Option<Claim> {
        let range = Range::of_value(&self.slot.name);
        let end = Instant::now() + LOCK_TIMEOUT.min(context.remaining() / 2);
        let mut pause = LOCK_PAUSE;
        loop {
            let user = file.locks.again();
            match bounded(context, &self.file_key(), io_limit(context), move || user.acquire(range)).await {
                Ok(Acquired::Claim(claim)) => return Some(claim),
                Ok(Acquired::Stuck) => {
                    let text = "its writer has been busy for more than a second; check the file system";
                    self.problems.written(context.platform.fork_epoch(), &context.log, Some(text));
                    return None;
                }
                Ok(Acquired::Busy) if Instant::now() < end => {}
                Ok(Acquired::Busy) => {
                    let name = self.slot.log_name();
                    context.log.write(Level::Debug, || format!("{name}: another process takes too long to fetch it"));
                    return None;
                }
                Err(error) => {
                    self.problems.written(context.platform.fork_epoch(), &context.log, Some(error.message()));
                    return None;
                }
            }
            tokio::time::sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(LOCK_PAUSE_MAX);
        }
    }

    /// The key of the work on the file; see [`Context::read_files`].
    fn file_key(&self) -> String {
        self.path.display().to_string()
    }

    async fn fall_back_to_file(&self, context: &Context, error: Error) -> Result<Fetched> {
        // Not after a refusal of the cloud, and not instead of a value that is still valid.
        if context.has_usable || !error.cloud_could_not_be_asked() {
            return Err(error);
        }
        let Some(file) = self.enter(context).await else { return Err(error) };
        let content = self.read(context, &file).await;
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

fn unusable(error: &Error) -> SlotContent {
    SlotContent { record: None, problem: Some(error.message().to_owned()), is_stuck: is_stuck(error) }
}
