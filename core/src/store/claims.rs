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

/// How long a value may wait for this process' writer while another fetch waits for its lock.
const WRITTEN_SOON: Duration = Duration::from_secs(1);

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
    /// A thread is opening or closing the file.
    changing: bool,
    /// Since when the value of the range waits for the writer; `None` while it is fetched.
    held: HashMap<Range, Option<Instant>>,
}

impl Locks {
    /// The locks on the file with this path, which is created when it is first needed and never removed.
    pub(super) fn new(path: PathBuf) -> Locks {
        Locks { path, state: Mutex::default() }
    }

    /// Keeps the lock file open until the result is dropped.
    pub(super) fn enter(self: &Arc<Self>, elsewhere: &Elsewhere) -> User {
        self.state().users += 1;
        User { entered: Some(Entered(Arc::clone(self))), locks: Arc::clone(self), elsewhere: Arc::clone(elsewhere) }
    }

    /// No call to the file system is made under this lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open file. `None` while another thread opens or closes it.
    fn file(&self) -> Result<Option<Arc<File>>> {
        {
            let mut state = self.state();
            if state.file.is_some() || state.changing {
                return Ok(state.file.clone());
            }
            state.changing = true;
        }
        let opened = open_options().read(true).write(true).create(true).truncate(false).open(&self.path);
        let mut state = self.state();
        state.changing = false;
        let file = Arc::new(opened.map_err(|error| unusable(&error))?);
        state.file = Some(Arc::clone(&file));
        Ok(Some(file))
    }

    /// Closes the file if it has no users.
    fn close_unused(&self) {
        let file = {
            let mut state = self.state();
            if state.users > 0 || state.changing {
                return;
            }
            let Some(file) = state.file.take() else { return };
            // Nobody opens it before it is closed, since that would release the locks of the new user.
            state.changing = true;
            file
        };
        drop(file);
        self.state().changing = false;
    }
}

/// Keeps the lock file open.
pub(super) struct User {
    locks: Arc<Locks>,
    /// `None` after the drop.
    entered: Option<Entered>,
    elsewhere: Elsewhere,
}

/// Its drop may block.
struct Entered(Arc<Locks>);

impl Drop for Entered {
    fn drop(&mut self) {
        {
            let mut state = self.0.state();
            state.users = state.users.saturating_sub(1);
        }
        self.0.close_unused();
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(entered) = self.entered.take() {
            (self.elsewhere)(Box::new(entered));
        }
    }
}

/// The result of [`User::acquire`].
pub(super) enum Acquired {
    Claim(Claim),
    /// Another process or thread holds the lock.
    Busy,
    /// The value has waited for this process' writer for a while, which is busy or hangs.
    Unwritten,
}

impl User {
    /// Another user of the same file.
    pub(super) fn again(&self) -> User {
        self.locks.enter(&self.elsewhere)
    }

    /// Another user of the same file, for a thread that may block.
    pub(super) fn again_on_blocking_thread(&self) -> User {
        let here: Elsewhere = Arc::new(drop);
        self.locks.enter(&here)
    }

    /// Acquires a lock. It blocks.
    pub(super) fn acquire(&self, range: Range) -> Result<Acquired> {
        let Some(file) = self.locks.file()? else { return Ok(Acquired::Busy) };
        {
            let mut state = self.locks.state();
            match state.held.get(&range) {
                Some(Some(since)) if since.elapsed() > WRITTEN_SOON => return Ok(Acquired::Unwritten),
                Some(_) => return Ok(Acquired::Busy),
                None => state.held.insert(range, None),
            };
        }
        match try_lock(file, Lock::Exclusive, range.0, 1) {
            Ok(lock) => {
                let held = Held { range, lock: Some(lock), entered: Entered(Arc::clone(&self.locks)) };
                self.locks.state().users += 1;
                Ok(Acquired::Claim(Claim { held: Some(held), elsewhere: Arc::clone(&self.elsewhere) }))
            }
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

/// A lock that is held until it is dropped, or shortly longer.
pub(super) struct Claim {
    /// `None` after the drop.
    held: Option<Held>,
    elsewhere: Elsewhere,
}

/// Its drop may block.
struct Held {
    range: Range,
    lock: Option<FileGuard<Arc<File>>>,
    /// Dropped after the lock.
    entered: Entered,
}

impl Claim {
    /// The value was fetched, and waits for the writer.
    pub(super) fn waits_for_writer(&self) {
        if let Some(held) = &self.held {
            held.entered.0.state().held.insert(held.range, Some(Instant::now()));
        }
    }

    /// Releases the lock on this thread. It blocks.
    pub(super) fn release(mut self) {
        drop(self.held.take());
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            (self.elsewhere)(Box::new(held));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Before another thread may acquire it.
        self.lock = None;
        self.entered.0.state().held.remove(&self.range);
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
        let elsewhere: Elsewhere = Arc::new(move |value| sender.send(value).unwrap());
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let user = locks.enter(&elsewhere);
        let held = claim(&user, "a").unwrap();
        drop((user, held));
        let locked = || locks.state().held.len();
        assert!(locks.state().file.is_some() && locked() == 1, "nothing has happened yet");
        drop(left.try_iter().collect::<Vec<_>>());
        assert!(locks.state().file.is_none() && locked() == 0);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_value_that_waits_long_for_the_writer_stops_no_other_fetch() {
        let folder = folder("unwritten");
        let here: Elsewhere = Arc::new(drop);
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let user = locks.enter(&here);
        let range = Range::of_value("a");
        let held = claim(&user, "a").unwrap();
        held.waits_for_writer();
        assert!(matches!(user.acquire(range), Ok(Acquired::Busy)));
        locks.state().held.insert(range, Instant::now().checked_sub(2 * WRITTEN_SOON));
        assert!(matches!(user.acquire(range), Ok(Acquired::Unwritten)));
        held.release();
        assert!(claim(&user, "a").is_some());
        drop(user);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
