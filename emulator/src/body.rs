//! Request bodies: in memory, or past 1 MiB in a private temporary file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::files::unnamed_file;
use crate::util::{hex, md5, random_text, sha256_hex};

/// What is held in memory; a longer body goes to a file.
pub(crate) const IN_MEMORY: usize = 1024 * 1024;
/// How many files an emulator has at a time: each is an open descriptor, and objects keep theirs.
const MOST_FILES: usize = 128;

/// A body that has come whole.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Memory(Vec<u8>),
    Stored(Arc<Stored>),
}

/// A body in a file that has no name: the system removes it with its last user, however the process ends.
#[derive(Debug)]
pub(crate) struct Stored {
    file: File,
    length: u64,
    sha256: String,
    md5: [u8; 16],
    _slot: Slot,
}

impl Default for Body {
    fn default() -> Body {
        Body::Memory(Vec::new())
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Body {
        Body::Memory(bytes.to_vec())
    }
}

impl Body {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Body::Memory(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Body::Stored(stored) => stored.length,
        }
    }

    /// The bytes of a body in memory; nothing of one in a file.
    pub(crate) fn in_memory(&self) -> &[u8] {
        match self {
            Body::Memory(bytes) => bytes,
            Body::Stored(_) => &[],
        }
    }

    /// The SHA-256 in lower-case hex.
    pub(crate) fn sha256_hex(&self) -> String {
        match self {
            Body::Memory(bytes) => sha256_hex(bytes),
            Body::Stored(stored) => stored.sha256.clone(),
        }
    }

    pub(crate) fn md5(&self) -> [u8; 16] {
        match self {
            Body::Memory(bytes) => md5(bytes),
            Body::Stored(stored) => stored.md5,
        }
    }

    /// At most `most` bytes from `offset` on; none at the end.
    pub(crate) fn part(&self, offset: u64, most: usize) -> io::Result<Cow<'_, [u8]>> {
        let left = usize::try_from(self.length().saturating_sub(offset)).unwrap_or(usize::MAX).min(most);
        match self {
            Body::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                Ok(Cow::Borrowed(bytes.get(from..from.saturating_add(left)).unwrap_or_default()))
            }
            Body::Stored(stored) => {
                let mut bytes = vec![0; left];
                stored.file.read_exact_at(&mut bytes, offset)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// The body in memory, if it is at most this long and can be read.
    pub(crate) fn loaded(self, most: usize) -> Option<Body> {
        match &self {
            Body::Memory(_) => Some(self),
            Body::Stored(_) if self.length() > u64::try_from(most).unwrap_or(u64::MAX) => None,
            Body::Stored(_) => Some(Body::Memory(self.part(0, most).ok()?.into_owned())),
        }
    }
}

/// Counts the files of an emulator.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyFiles(Arc<AtomicUsize>);

impl BodyFiles {
    fn slot(&self) -> Option<Slot> {
        let taken =
            self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| (used < MOST_FILES).then_some(used + 1));
        taken.is_ok().then(|| Slot(self.0.clone()))
    }
}

/// One of the files that may be open; given back when dropped.
#[derive(Debug)]
struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Why a body cannot be taken.
#[derive(Debug)]
pub(crate) enum Full {
    /// Too many bodies are in files.
    Files,
    /// The file cannot be created or written.
    Disk,
}

/// A body that is being received.
#[derive(Debug)]
pub(crate) struct Incoming {
    files: BodyFiles,
    memory: Vec<u8>,
    spill: Option<Spill>,
}

#[derive(Debug)]
struct Spill {
    file: File,
    length: u64,
    sha256: Sha256,
    md5: Md5,
    slot: Slot,
}

impl Incoming {
    pub(crate) fn new(files: &BodyFiles) -> Incoming {
        Incoming { files: files.clone(), memory: Vec::new(), spill: None }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if self.spill.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            let slot = self.files.slot().ok_or(Full::Files)?;
            let path = std::env::temp_dir().join(format!("evercred-emulator-body-{}", random_text(24)));
            let file = unnamed_file(&path).map_err(|_| Full::Disk)?;
            let mut spill = Spill { file, length: 0, sha256: Sha256::new(), md5: Md5::new(), slot };
            spill.write(&std::mem::take(&mut self.memory))?;
            self.spill = Some(spill);
        }
        match &mut self.spill {
            Some(spill) => spill.write(bytes),
            None => {
                self.memory.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    pub(crate) fn finish(self) -> Body {
        let Some(Spill { file, length, sha256, md5, slot }) = self.spill else { return Body::Memory(self.memory) };
        let sha256 = hex(&sha256.finalize());
        Body::Stored(Arc::new(Stored { file, length, sha256, md5: md5.finalize().into(), _slot: slot }))
    }
}

impl Spill {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.file.write_all(bytes).map_err(|_| Full::Disk)?;
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.sha256.update(bytes);
        self.md5.update(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(files: &BodyFiles, length: usize) -> Result<Body, Full> {
        let mut incoming = Incoming::new(files);
        for piece in vec![b'x'; length].chunks(100_000) {
            incoming.push(piece)?;
        }
        Ok(incoming.finish())
    }

    #[test]
    fn past_a_mebibyte_it_is_in_a_file() {
        let files = BodyFiles::default();
        for (length, stored) in [(0, false), (IN_MEMORY, false), (IN_MEMORY + 1, true), (3_000_000, true)] {
            let body = received(&files, length).unwrap();
            let same = Body::Memory(vec![b'x'; length]);
            assert_eq!(matches!(body, Body::Stored(_)), stored, "{length}");
            assert_eq!((body.length(), body.sha256_hex(), body.md5()), (same.length(), same.sha256_hex(), same.md5()));
            assert_eq!(body.part(5, 10).unwrap(), same.part(5, 10).unwrap());
            assert_eq!(body.part(length as u64, 10).unwrap(), b"".as_slice());
            assert_eq!(body.loaded(length).unwrap().in_memory().len(), length);
        }
        assert!(received(&files, 2_000_000).unwrap().loaded(1_999_999).is_none());
    }

    #[test]
    fn files_are_counted_and_given_back() {
        let files = BodyFiles::default();
        let mut bodies: Vec<Body> = (0..MOST_FILES).map(|_| received(&files, IN_MEMORY + 1).unwrap()).collect();
        assert!(matches!(received(&files, IN_MEMORY + 1), Err(Full::Files)));
        assert!(received(&files, IN_MEMORY).is_ok());
        bodies.pop();
        let last = received(&files, IN_MEMORY + 1).unwrap();
        drop((bodies, last));
        assert_eq!(files.0.load(Ordering::Acquire), 0);
    }
}
