//! The lock file of a cache file. Processes exclude each other by locks on byte ranges of this one file: one range for
//! writing, one for each value that is fetched.
//!
//! The locks are POSIX record locks: they belong to the process, so a forked child does not inherit them, and the
//! system releases them when the process ends. They do not exclude threads of one process from each other, and closing
//! any descriptor of the file releases all of the process. So a process has one [`Locks`] per file, which also records
//! what its threads hold, and closes the file when nobody uses it.
//!
//! Releasing a lock and closing the file may block, so [`User`] and [`Claim`] leave that to [`Elsewhere`] when they are
//! dropped.

use std::any::Any;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Error as IoError, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use file_guard::{FileGuard, Lock, try_lock};
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::store::file::{open_options, problem};

/// A byte of the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Range(usize);

impl Range {
    /// Locked while the cache file is replaced.
    pub(super) const WRITING: Range = Range(0);

    /// Locked while the value with this name is fetched. Two names may share a byte, which only makes one of them wait.
    pub(super) fn of_value(name: &str) -> Range {
        let digest = Sha256::digest(name.as_bytes());
        let number =
            digest.iter().take(size_of::<usize>() - 1).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        Range(1 + number)
    }
}

/// How long a fetch waits for what this process does with a lock or the lock file when it needs it no more.
const BUSY_LIMIT: Duration = Duration::from_secs(1);

/// Drops a value on a thread that may block.
pub(super) type Elsewhere = Arc<dyn Fn(Box<dyn Any + Send>) + Send + Sync>;

/// The locks of this process on one lock file.
pub(super) struct Locks {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    users: usize,
    /// `Some` from the first lock until there are no users.
    file: Option<Arc<File>>,
    /// Since when a thread opens or closes the file.
    changing: Option<Instant>,
    /// The locks that are held, with the time since when no fetch needs them: the value waits for the writer, or the lock
    /// for its release.
    held: HashMap<Range, Option<Instant>>,
}

impl Locks {
    /// The locks on the file with this path, which is created when it is first needed and never removed.
    pub(super) fn new(path: PathBuf) -> Locks {
        Locks { path, state: Mutex::default() }
    }

    /// Keeps the lock file open until the result is dropped. Then it is closed `elsewhere`.
    pub(super) fn enter(self: &Arc<Self>, elsewhere: &Elsewhere) -> User {
        self.state().users += 1;
        User { locks: Arc::clone(self), elsewhere: Arc::clone(elsewhere) }
    }

    /// Ends one use. Returns the file if nobody uses it any more.
    fn leave(self: &Arc<Self>) -> Option<Closing> {
        let mut state = self.state();
        state.users = state.users.saturating_sub(1);
        if state.users > 0 {
            return None;
        }
        let file = state.file.take()?;
        // Nobody opens it again before it is closed, since that would release the locks of the new user.
        state.changing = Some(Instant::now());
        Some(Closing { locks: Arc::clone(self), file: Some(file) })
    }

    /// No call to the file system is made under this lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open file; an error of [`Acquired`] while another thread opens or closes it.
    fn file(&self) -> Result<std::result::Result<Arc<File>, Acquired>> {
        {
            let mut state = self.state();
            if let Some(file) = &state.file {
                return Ok(Ok(Arc::clone(file)));
            }
            if state.changing.is_some() {
                return Ok(Err(Acquired::busy(state.changing)));
            }
            state.changing = Some(Instant::now());
        }
        let opened = open_options().read(true).write(true).create(true).truncate(false).open(&self.path);
        let mut state = self.state();
        state.changing = None;
        let file = Arc::new(opened.map_err(|error| unusable(&error))?);
        state.file = Some(Arc::clone(&file));
        Ok(Ok(file))
    }
}

/// Closes the file when it is dropped. It blocks.
struct Closing {
    locks: Arc<Locks>,
    file: Option<Arc<File>>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.file = None;
        self.locks.state().changing = None;
    }
}

/// Keeps the lock file open. Its drop does not block.
pub(super) struct User {
    locks: Arc<Locks>,
    elsewhere: Elsewhere,
}

/// The result of [`User::acquire`].
pub(super) enum Acquired {
    Claim(Claim),
    /// Another process or thread holds the lock.
    Busy,
    /// This process holds it, and has not released it for a while: the writer is busy, or the file system hangs.
    Stuck,
}

impl Acquired {
    /// Another thread of this process is busy, with work that began at a time.
    fn busy(since: Option<Instant>) -> Acquired {
        if since.is_some_and(|since| since.elapsed() > BUSY_LIMIT) { Acquired::Stuck } else { Acquired::Busy }
    }
}

impl User {
    /// Another user of the same file.
    pub(super) fn again(&self) -> User {
        self.locks.enter(&self.elsewhere)
    }

    /// Another user of the same file, whose drop blocks, and that of its claims.
    pub(super) fn again_blocking(&self) -> User {
        let here: Elsewhere = Arc::new(drop);
        self.locks.enter(&here)
    }

    /// Acquires a lock. It blocks.
    pub(super) fn acquire(&self, range: Range) -> Result<Acquired> {
        let file = match self.locks.file()? {
            Ok(file) => file,
            Err(busy) => return Ok(busy),
        };
        {
            let mut state = self.locks.state();
            if let Some(since) = state.held.get(&range) {
                return Ok(Acquired::busy(*since));
            }
            state.held.insert(range, None);
        }
        match try_lock(file, Lock::Exclusive, range.0, 1) {
            Ok(lock) => Ok(Acquired::Claim(Claim(Some(Held { range, lock: Some(lock), user: self.again() })))),
            Err(error) => {
                self.locks.state().held.remove(&range);
                // The system calls are free to choose between these two codes.
                match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::PermissionDenied => Ok(Acquired::Busy),
                    _ => Err(unusable(&error)),
                }
            }
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(closing) = self.locks.leave() {
            (self.elsewhere)(Box::new(closing));
        }
    }
}

/// A lock that is held until it is dropped, or shortly longer. Its drop does not block. `None` in the drop.
pub(super) struct Claim(Option<Held>);

/// Releases the lock when it is dropped. It blocks.
struct Held {
    range: Range,
    lock: Option<FileGuard<Arc<File>>>,
    /// The last field: without a user the file may be closed.
    user: User,
}

impl Claim {
    /// No fetch needs the lock any more.
    pub(super) fn is_fetched(&self) {
        if let Some(held) = &self.0 {
            held.user.locks.state().held.entry(held.range).or_default().get_or_insert_with(Instant::now);
        }
    }

    /// Releases the lock on this thread. It blocks.
    pub(super) fn release(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.is_fetched();
        if let Some(held) = self.0.take() {
            let elsewhere = Arc::clone(&held.user.elsewhere);
            elsewhere(Box::new(held));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Before another thread may acquire it.
        self.lock = None;
        self.user.locks.state().held.remove(&self.range);
    }
}

fn unusable(error: &IoError) -> crate::error::Error {
    problem(format!("its lock file cannot be used ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(user: &User, value: &str) -> Option<Claim> {
        match user.acquire(Range::of_value(value)).unwrap() {
            Acquired::Claim(claim) => Some(claim),
            _ => None,
        }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("evercred-claims-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn threads_of_one_process_exclude_each_other_and_the_file_is_closed_after_the_last() {
        let folder = folder("exclude");
        let here: Elsewhere = Arc::new(drop);
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let (one, other) = (locks.enter(&here), locks.enter(&here));
        let held = claim(&one, "a").unwrap();
        assert!(claim(&other, "a").is_none());
        assert!(claim(&other, "b").is_some());
        drop((one, other));
        assert!(locks.state().file.is_some(), "a claim keeps it open");
        drop(held);
        assert!(locks.state().file.is_none());
        assert!(claim(&locks.enter(&here), "a").is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_drop_leaves_the_work_on_the_file_to_another_thread() {
        let folder = folder("elsewhere");
        let (sender, left) = std::sync::mpsc::channel();
        let elsewhere: Elsewhere = Arc::new(move |value| drop(sender.send(value)));
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let user = locks.enter(&elsewhere);
        let held = claim(&user, "a").unwrap();
        drop((user, held));
        assert!(locks.state().file.is_some() && locks.state().held.len() == 1, "the lock is still there");
        // The drop of the lock.
        drop(left.try_recv().unwrap());
        assert!(locks.state().held.is_empty());
        // Nobody opens the file while it is closed.
        let user = locks.enter(&elsewhere);
        assert!(claim(&user, "a").is_none());
        drop(left.try_recv().unwrap());
        assert!(left.try_recv().is_err() && claim(&user, "a").is_some());
        drop(user);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn no_fetch_waits_long_for_this_process() {
        let folder = folder("stuck");
        let (sender, left) = std::sync::mpsc::channel();
        let elsewhere: Elsewhere = Arc::new(move |value| drop(sender.send(value)));
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let user = locks.enter(&elsewhere);
        let range = Range::of_value("a");
        let long_ago = || Instant::now().checked_sub(2 * BUSY_LIMIT);
        let held = claim(&user, "a").unwrap();
        assert!(matches!(user.acquire(range), Ok(Acquired::Busy)));
        // The value waits for the writer.
        held.is_fetched();
        assert!(matches!(user.acquire(range), Ok(Acquired::Busy)));
        locks.state().held.insert(range, long_ago());
        assert!(matches!(user.acquire(range), Ok(Acquired::Stuck)));
        held.release();
        // The release of the lock hangs.
        drop(claim(&user, "a").unwrap());
        assert!(matches!(user.acquire(range), Ok(Acquired::Busy)));
        locks.state().held.insert(range, long_ago());
        assert!(matches!(user.acquire(range), Ok(Acquired::Stuck)));
        drop(left.try_recv().unwrap());
        // The closing of the file hangs.
        drop(user);
        let user = locks.enter(&elsewhere);
        assert!(matches!(user.acquire(range), Ok(Acquired::Busy)));
        locks.state().changing = long_ago();
        assert!(matches!(user.acquire(range), Ok(Acquired::Stuck)));
        drop(left.try_recv().unwrap());
        assert!(claim(&user, "a").is_some());
        drop(user);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
