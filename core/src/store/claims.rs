//! The lock file of a cache file. Processes exclude each other by locks on byte ranges of this one file: one range for
//! writing, one for each value that is fetched.
//!
//! The locks are POSIX record locks: they belong to the process, so a forked child does not inherit them, and the
//! system releases them when the process ends. They do not exclude threads of one process from each other, and closing
//! any descriptor of the file releases all of the process. So a process has one [`Locks`] per file, which also records
//! what its threads hold, and closes the file when nobody uses it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Error as IoError, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// A thread is opening the file.
    opening: bool,
    held: HashSet<Range>,
}

impl Locks {
    /// The locks on the file with this path, which is created when it is first needed and never removed.
    pub(super) fn new(path: PathBuf) -> Locks {
        Locks { path, state: Mutex::default() }
    }

    /// Keeps the lock file open until the result is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> User {
        self.state().users += 1;
        User(Arc::clone(self))
    }

    /// No call to the file system is made under this lock, except the closing of the file.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open file. `None` while another thread opens it.
    fn file(&self) -> Result<Option<Arc<File>>> {
        {
            let mut state = self.state();
            if state.file.is_some() || state.opening {
                return Ok(state.file.clone());
            }
            state.opening = true;
        }
        let opened = open_options().read(true).write(true).create(true).truncate(false).open(&self.path);
        let mut state = self.state();
        state.opening = false;
        let file = Arc::new(opened.map_err(|error| unusable(&error))?);
        state.file = Some(Arc::clone(&file));
        Ok(Some(file))
    }
}

/// Keeps the lock file open.
pub(super) struct User(Arc<Locks>);

impl User {
    /// Another user of the same file.
    pub(super) fn again(&self) -> User {
        self.0.enter()
    }

    /// Acquires a lock. Returns `None` if another process or thread holds it.
    pub(super) fn acquire(&self, range: Range) -> Result<Option<Claim>> {
        let Some(file) = self.0.file()? else { return Ok(None) };
        if !self.0.state().held.insert(range) {
            return Ok(None);
        }
        match try_lock(file, Lock::Exclusive, range.0, 1) {
            Ok(lock) => Ok(Some(Claim { range, lock: Some(lock), user: self.0.enter() })),
            Err(error) => {
                self.0.state().held.remove(&range);
                // The system calls are free to choose between these two codes.
                match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::PermissionDenied => Ok(None),
                    _ => Err(unusable(&error)),
                }
            }
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.users = state.users.saturating_sub(1);
        if state.users == 0 {
            // Under the lock: closing it after the next user has opened it would release that user's locks.
            state.file = None;
        }
    }
}

/// A lock that is held until it is dropped.
pub(super) struct Claim {
    range: Range,
    lock: Option<FileGuard<Arc<File>>>,
    user: User,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before another thread may acquire it.
        self.lock = None;
        self.user.0.state().held.remove(&self.range);
    }
}

fn unusable(error: &IoError) -> crate::error::Error {
    problem(format!("its lock file cannot be used ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_one_process_exclude_each_other_and_the_file_is_closed_after_the_last() {
        let folder = std::env::temp_dir().join(format!("evercred-claims-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let locks = Arc::new(Locks::new(folder.join("cache.lock")));
        let (one, other) = (locks.enter(), locks.enter());
        let held = one.acquire(Range::of_value("a")).unwrap().unwrap();
        assert!(other.acquire(Range::of_value("a")).unwrap().is_none());
        assert!(other.acquire(Range::of_value("b")).unwrap().is_some());
        drop((one, other));
        assert!(locks.state().file.is_some(), "a claim keeps it open");
        drop(held);
        assert!(locks.state().file.is_none());
        assert!(locks.enter().acquire(Range::of_value("a")).unwrap().is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
