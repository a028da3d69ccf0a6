//! What one process fetched, kept in a file for the next start and for the other processes of the host.
//!
//! [`Store`] stands before a provider. A process that holds nothing takes what the file has, at once; one that holds
//! something takes what another process confirmed lately instead of asking the cloud again; and of those that want to ask,
//! one asks and the others take its answer. A file that is of no use, for whatever reason, costs nobody a value.
//!
//! `file` is the file and its locks, `slot` one value in it, `keys` its encryption, `record` a value as it is written,
//! `patience` what bounds the work on files.

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
use self::file::{Document, Turn, sibling};
use self::record::{Placed, Record};
use self::slot::{Found, Slot};
use crate::error::{Class, Error, Result};
use crate::log::Level;
use crate::platform::{BoxFuture, Moment};
use crate::providers::{Context, Fetched, Provider, Windows, spawn_blocking_io};
use crate::secret::Secret;

/// A value that was confirmed within this part of the poll's interval is taken instead of asking again. Less than what the
/// poll's jitter leaves at the least, so that whoever asked last asks again.
const RECENT: f64 = 0.89;
/// How long the file may take, each time.
const FILE_TIMEOUT: Duration = Duration::from_secs(3);
/// And at the least, also where the fetch has used up its time.
const FILE_TIMEOUT_MIN: Duration = Duration::from_millis(500);
/// How long another process' fetch is waited for.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
const TURN_PAUSE: Duration = Duration::from_millis(5);
const TURN_PAUSE_MAX: Duration = Duration::from_millis(100);
/// Without a background that asks, what came out of the file is due so soon: at the next `get`, not within this one.
const DUE_SOON: Duration = Duration::from_millis(250);
/// What two clocks may differ by that say the same.
const TOLERANCE: Duration = Duration::from_secs(1);

/// How the value is kept, as its source has it.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How often it is asked for although it is good.
    pub poll_interval: Duration,
    /// How long past its end, or its renewal where no end is known, it may be handed out.
    pub max_stale: Duration,
    /// Nothing is asked for in the background.
    pub lazy: bool,
}

/// A provider whose value is shared by way of a file.
pub struct Store {
    inner: Box<dyn Provider>,
    slot: Arc<Slot>,
    rules: Rules,
    /// The steady clock when what this process last got was asked for: nothing older is taken. 0: nothing yet.
    known_ms: AtomicU64,
    /// Why the file could not be read, as it was last said, so that it is said once.
    unread: ArcSwapOption<String>,
    /// Why it could not be written, likewise.
    unwritten: ArcSwapOption<String>,
}

impl Store {
    /// `inner`, whose value is kept in the file at `path` under `name`, which says what it is and where it comes from, and
    /// nothing that changes with who asks. The key is derived from `secret`.
    pub fn new(inner: Box<dyn Provider>, path: PathBuf, secret: Secret, name: String, rules: Rules) -> Store {
        Store {
            inner,
            slot: Arc::new(Slot::new(path, secret, name)),
            rules,
            known_ms: AtomicU64::new(0),
            unread: ArcSwapOption::const_empty(),
            unwritten: ArcSwapOption::const_empty(),
        }
    }

    async fn fetch_shared(&self, context: &Context) -> Result<Fetched> {
        let began = context.platform.now();
        let mut found = self.look(context).await;
        if let Some(fetched) = self.taken(context, &found, began) {
            return Ok(fetched);
        }
        if found.is_stuck {
            return self.inner.fetch(context).await;
        }
        if found.label.is_none() && self.prepare(context).await.is_some() {
            found = self.look(context).await;
        }
        // Given back when this returns or is dropped.
        let turn = match &found.label {
            Some(label) => self.turn(context, label).await,
            None => None,
        };
        if turn.is_some()
            && let Some(fetched) = self.taken(context, &self.look(context).await, began)
        {
            return Ok(fetched);
        }
        let asked = context.platform.now();
        let fetched = self.inner.fetch(context).await?;
        self.known_ms.fetch_max(asked.as_ms(), Ordering::AcqRel);
        // One that was refused is confirmed to nobody, although the cloud still hands it out.
        let is_refused = context.rejected.as_ref().is_some_and(|material| material.same_as(&fetched.material));
        if !fetched.unsettled && fetched.degraded.is_none() && !is_refused {
            self.keep(context, Record::of(&fetched, &*context.platform, asked)).await;
        }
        Ok(fetched)
    }

    /// What is in the file, where it may stand for an answer of the cloud.
    fn taken(&self, context: &Context, found: &Found, began: Moment) -> Option<Fetched> {
        let (record, placed) = self.wanted(context, found)?;
        // Somebody wants the cloud's word: another process may have got it meanwhile.
        if placed.has_ended() || (context.forced && placed.asked_at() <= began) {
            return None;
        }
        let recent = placed.age.is_some_and(|age| age < self.rules.poll_interval.mul_f64(RECENT)) && !placed.is_due();
        if !recent && (context.has_usable || !placed.is_bearable(self.rules.max_stale)) {
            return None;
        }
        let mut windows = placed.windows();
        if !recent && self.rules.lazy {
            let soon = context.platform.now().after(DUE_SOON);
            windows.renew_at = Some(windows.renew_at.map_or(soon, |due| due.min(soon)));
        }
        Some(self.handed_out(context, record, &placed, windows))
    }

    /// The value in the file, unless it was refused or we know of a newer one.
    fn wanted<'a>(&self, context: &Context, found: &'a Found) -> Option<(&'a Record, Placed)> {
        let record = found.record.as_ref()?;
        let placed = record.placed(&*context.platform);
        let refused = context.rejected.as_ref().is_some_and(|material| material.same_as(&record.material));
        let known = Moment::from_ms(self.known_ms.load(Ordering::Acquire));
        (!refused && placed.asked_at().after(TOLERANCE) >= known).then_some((record, placed))
    }

    fn handed_out(&self, context: &Context, record: &Record, placed: &Placed, windows: Windows) -> Fetched {
        self.known_ms.fetch_max(placed.asked_at().as_ms(), Ordering::AcqRel);
        context.log.write(Level::Debug, || format!("{}: taken out of cache_file", self.slot.shown()));
        // Nobody knows how old one is that comes from the future: it is asked for again at once.
        record.fetched(windows, placed.age.unwrap_or(self.rules.poll_interval))
    }

    async fn look(&self, context: &Context) -> Found {
        self.derive(context).await;
        let slot = Arc::clone(&self.slot);
        let found = match bounded(context.platform.fork_epoch(), patience(context), move || slot.look()).await {
            Ok(found) => found,
            Err(error) => {
                let trouble = Some(error.message().to_owned());
                Found { trouble, is_stuck: is_stuck(&error), ..Found::default() }
            }
        };
        match &found.trouble {
            Some(trouble) => self.say(context, &self.unread, trouble),
            None => self.unread.store(None),
        }
        found
    }

    /// Derives the keys before the first look: what takes a slow machine long there is not a file system that hangs.
    async fn derive(&self, context: &Context) {
        if self.slot.has_keys() {
            return;
        }
        let slot = Arc::clone(&self.slot);
        let read = move || Document::read(&slot.path);
        let document = bounded(context.platform.fork_epoch(), patience(context), read).await;
        if let Ok(Some(document)) = document {
            let slot = Arc::clone(&self.slot);
            let most = (context.remaining() / 2).max(FILE_TIMEOUT);
            // The look that follows says why it cannot be done.
            let _failed = tokio::time::timeout(most, spawn_blocking_io(move || slot.keys(&document))).await.is_err();
        }
    }

    /// Makes the file, where there is none that can be used, so that all processes find the same salt and lock.
    async fn prepare(&self, context: &Context) -> Option<()> {
        let slot = Arc::clone(&self.slot);
        self.changed(context, move || slot.prepare()).await
    }

    async fn keep(&self, context: &Context, record: Record) {
        let slot = Arc::clone(&self.slot);
        let platform = Arc::clone(&context.platform);
        let record = Arc::new(record);
        let wear = self.rules.poll_interval / 10;
        if self.changed(context, move || slot.keep(&record, &*platform, wear)).await.is_some() {
            self.unwritten.store(None);
        }
    }

    /// Changes the file; waits a short while for others that do. None where that failed.
    async fn changed<T: Send + 'static>(
        &self,
        context: &Context,
        change: impl Fn() -> Result<Option<T>> + Clone + Send + 'static,
    ) -> Option<T> {
        let end = Instant::now() + patience(context);
        loop {
            match bounded(context.platform.fork_epoch(), patience(context), change.clone()).await {
                Ok(Some(done)) => return Some(done),
                Ok(None) if Instant::now() < end => tokio::time::sleep(TURN_PAUSE).await,
                Ok(None) => {
                    self.say(context, &self.unwritten, "other processes keep it locked");
                    return None;
                }
                Err(error) => {
                    self.say(context, &self.unwritten, error.message());
                    return None;
                }
            }
        }
    }

    /// Waits until no other process of the host is asking for the same value; goes on without that where it takes long.
    async fn turn(&self, context: &Context, label: &str) -> Option<Turn> {
        let path = sibling(&self.slot.path, &format!(".{}.lock", label.get(..16).unwrap_or(label)));
        let end = Instant::now() + TURN_TIMEOUT.min(context.remaining() / 2);
        let mut pause = TURN_PAUSE;
        loop {
            let path = path.clone();
            match bounded(context.platform.fork_epoch(), patience(context), move || Turn::take(&path)).await {
                Ok(Some(turn)) => return Some(turn),
                Ok(None) if Instant::now() < end => {}
                Ok(None) => {
                    let name = self.slot.shown();
                    context.log.write(Level::Debug, || format!("{name}: another process has been asking for long"));
                    return None;
                }
                Err(error) => {
                    self.say(context, &self.unwritten, error.message());
                    return None;
                }
            }
            tokio::time::sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(TURN_PAUSE_MAX);
        }
    }

    /// Says, once, why the file is of no use.
    fn say(&self, context: &Context, said: &ArcSwapOption<String>, trouble: &str) {
        let before = said.swap(Some(Arc::new(trouble.to_owned())));
        if before.is_none_or(|before| *before != trouble) {
            let path = self.slot.path.display();
            context.log.write(Level::Warn, || format!("cache_file {path} is not used: {trouble}"));
        }
    }

    async fn second_best(&self, context: &Context, error: Error) -> Result<Fetched> {
        // What the cloud refuses is not handed out behind its back, nor anything in place of a value that is still good.
        if context.has_usable || !matches!(error.class(), Class::Transient | Class::Unknown) {
            return Err(error);
        }
        let found = self.look(context).await;
        match self.wanted(context, &found) {
            Some((record, placed)) if placed.is_bearable(self.rules.max_stale) => {
                let fetched = self.handed_out(context, record, &placed, placed.windows());
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
                Err(error) => self.second_best(context, error).await,
            }
        })
    }
}

fn patience(context: &Context) -> Duration {
    FILE_TIMEOUT.min(context.remaining() / 4).max(FILE_TIMEOUT_MIN)
}
