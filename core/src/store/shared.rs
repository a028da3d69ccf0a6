//! What the sources of this process share of one cache file: its lock file, its parsed content, its writer. Start with
//! [`Shared::enter`].

use std::collections::HashMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::error::Result;
use crate::platform::Forkable;
use crate::store::claims::{Elsewhere, Locks, User};
use crate::store::file::{Document, problem, sibling};
use crate::store::writer::Writer;

/// The cache files of this process, by path. They stay for its life, since there are few.
static FILES: Forkable<Mutex<HashMap<PathBuf, Arc<Shared>>>> = Forkable::new();

/// One cache file in this process.
pub(super) struct Shared {
    path: PathBuf,
    locks: Arc<Locks>,
    /// The last content, as long as a fetch uses it, so that many sources parse it only once.
    parsed: Mutex<Option<(Stamp, Weak<Document>)>>,
    pub(super) writer: Arc<Writer>,
}

/// Identifies one content of a file that is only ever replaced as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp([i64; 5]);

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Stamp([
            signed(metadata.ino()),
            signed(metadata.size()),
            metadata.mtime().wrapping_mul(1_000_000_000).wrapping_add(metadata.mtime_nsec()),
            metadata.ctime().wrapping_mul(1_000_000_000).wrapping_add(metadata.ctime_nsec()),
            i64::from(metadata.mode()),
        ])
    }
}

/// A use of a cache file by a fetch.
pub(super) struct Use {
    pub(super) shared: Arc<Shared>,
    pub(super) locks: User,
}

impl Shared {
    /// Begins a use of the file with this path. It blocks while it resolves the path: two spellings of a path share one
    /// lock file, since closing a second one would release the locks of the first. What blocks at its end happens
    /// `elsewhere`.
    pub(super) fn enter(epoch: u64, path: &Path, elsewhere: &Elsewhere) -> Result<Use> {
        let resolved = resolved(path)?;
        let files = FILES.get(epoch, Mutex::default);
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = files.entry(resolved).or_insert_with_key(|path| Arc::new(Shared::new(path.clone())));
        Ok(Use { shared: Arc::clone(shared), locks: shared.locks.enter(elsewhere) })
    }

    fn new(path: PathBuf) -> Shared {
        Shared {
            locks: Arc::new(Locks::new(sibling(&path, ".lock"))),
            writer: Arc::new(Writer::new(path.clone())),
            path,
            parsed: Mutex::default(),
        }
    }

    /// Reads the file, unless it has not changed. Returns `None` if it does not exist. It blocks.
    pub(super) fn read(&self) -> Result<Option<Arc<Document>>> {
        // Before the content is read: if the file is replaced meanwhile, the next call reads it again.
        let stamp = match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) => Some(Stamp::of(&metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // The reading reports it.
            Err(_) => None,
        };
        if let Some(stamp) = &stamp
            && let Some((known, document)) = &*self.parsed.lock().unwrap_or_else(PoisonError::into_inner)
            && stamp == known
            && let Some(document) = document.upgrade()
        {
            return Ok(Some(document));
        }
        let Some(document) = Document::read(&self.path)?.map(Arc::new) else { return Ok(None) };
        if let Some(stamp) = stamp {
            let parsed = Some((stamp, Arc::downgrade(&document)));
            *self.parsed.lock().unwrap_or_else(PoisonError::into_inner) = parsed;
        }
        Ok(Some(document))
    }
}

/// The path with its folder resolved. Without that, two spellings of one path could have a lock file each.
fn resolved(path: &Path) -> Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| problem("its path has no file name"))?;
    let folder = folder.canonicalize().map_err(|error| problem(format!("its folder cannot be found ({error})")))?;
    Ok(folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_whose_folder_cannot_be_found_is_an_error() {
        assert!(resolved(Path::new("/no/such/folder/cache")).unwrap_err().message().starts_with("its folder"));
        assert!(resolved(Path::new("/..")).is_err());
        assert_eq!(resolved(Path::new("/proc/../cache")).unwrap(), Path::new("/cache"));
    }
}
