//! The file itself. All of this blocks.
//!
//! JSON: `format`, `version`, `salt` (base64; for the derivation of keys, no secret), `entries` with `label`, `key` (which
//! key it is of), `nonce` and `sealed` (base64), `written_ms`. A file that is damaged, of another format or open to others
//! is not used; the next write replaces it.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::store::keys::{SALT, random};

const FORMAT: &str = "evercred cache";
const VERSION: i64 = 1;
/// What the file may hold at the most: dozens of values.
pub(super) const LARGEST: u64 = 1 << 20;
/// An entry that nobody has confirmed for so long is of no use to anybody.
const KEPT_FOR_MS: i64 = 30 * 24 * 3600 * 1000;

/// What the file holds.
pub(super) struct Document {
    pub(super) salt: [u8; SALT],
    pub(super) entries: Vec<Entry>,
}

/// One value in the file.
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) key: String,
    pub(super) nonce: Vec<u8>,
    pub(super) sealed: Vec<u8>,
    pub(super) written_ms: i64,
}

pub(super) fn problem(text: impl Into<String>) -> Error {
    Error::new(Code::File, text)
}

/// What an entry is bound to, beside its key.
pub(super) fn bound_to(label: &str) -> String {
    format!("{FORMAT} {VERSION} {label}")
}

impl Document {
    /// An empty one, with a salt of its own.
    pub(super) fn empty() -> Result<Document> {
        let salt = random().ok_or_else(|| problem("the system gives no random numbers"))?;
        Ok(Document { salt, entries: Vec::new() })
    }

    /// Reads the file; none where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Document>> {
        let file = match quiet().read(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Err(problem("it is a symbolic link")),
            Err(error) => return Err(problem(format!("it cannot be read ({error})"))),
        };
        let unreadable = |error: std::io::Error| problem(format!("it cannot be read ({error})"));
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(problem("it is not a regular file"));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(problem("others than its owner may open it (its mode should be 600)"));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(problem(format!("it holds more than {LARGEST} bytes")));
        }
        Document::parse(&bytes).map(Some).ok_or_else(|| problem("it is damaged, or no file of this format"))
    }

    /// What the bytes of a file hold; none where they are no such file.
    pub(super) fn parse(bytes: &[u8]) -> Option<Document> {
        let document: Value = serde_json::from_slice(bytes).ok()?;
        if document.get("format")?.as_str()? != FORMAT || document.get("version")?.as_i64()? != VERSION {
            return None;
        }
        let salt = STANDARD.decode(document.get("salt")?.as_str()?).ok()?.try_into().ok()?;
        let text = |entry: &Value, name: &str| entry.get(name)?.as_str().map(String::from);
        let bytes = |entry: &Value, name: &str| STANDARD.decode(entry.get(name)?.as_str()?).ok();
        let read = |entry: &Value| {
            Some(Entry {
                label: text(entry, "label")?,
                key: text(entry, "key")?,
                nonce: bytes(entry, "nonce")?,
                sealed: bytes(entry, "sealed")?,
                written_ms: entry.get("written_ms")?.as_i64()?,
            })
        };
        // One that is damaged costs the others nothing.
        Some(Document { salt, entries: document.get("entries")?.as_array()?.iter().filter_map(read).collect() })
    }

    /// Drops what is too old, and the oldest of what is too much.
    pub(super) fn tidy(&mut self, now_ms: i64) {
        self.entries.retain(|entry| now_ms.saturating_sub(entry.written_ms) <= KEPT_FOR_MS);
        // One from the future stays, since it may be our clock that is wrong, but it squeezes nobody out.
        self.entries.sort_by_key(|entry| (entry.written_ms > now_ms, std::cmp::Reverse(entry.written_ms)));
        let mut room = LARGEST - 256;
        self.entries.retain(|entry| {
            let size = 256 + (entry.sealed.len() as u64).saturating_mul(4) / 3;
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        });
    }

    fn text(&self) -> String {
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                json!({
                    "label": entry.label,
                    "key": entry.key,
                    "nonce": STANDARD.encode(&entry.nonce),
                    "sealed": STANDARD.encode(&entry.sealed),
                    "written_ms": entry.written_ms,
                })
            })
            .collect();
        let salt = STANDARD.encode(self.salt);
        format!("{:#}\n", json!({"format": FORMAT, "version": VERSION, "salt": salt, "entries": entries}))
    }

    /// Puts it in the place of the file, whole or not at all. To be called by who holds the file's lock.
    pub(super) fn replace(&self, path: &Path) -> Result<()> {
        // A device or folder that was named by mistake stays what it is.
        if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
            return Err(problem("something that is not a regular file has its name"));
        }
        let fresh = sibling(path, ".tmp");
        let written = self.write(&fresh).and_then(|()| std::fs::rename(&fresh, path));
        if let Err(error) = written {
            // It was not made, or is of no use.
            let _absent = std::fs::remove_file(&fresh).is_err();
            return Err(problem(format!("it cannot be written ({error})")));
        }
        // So that the new name survives a power cut; where folders cannot be synced, the old file may come back.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _unsupported = File::open(folder).and_then(|folder| folder.sync_all()).is_err();
        Ok(())
    }

    fn write(&self, fresh: &Path) -> std::io::Result<()> {
        // One that a killed process left behind; not followed where somebody put a link there.
        match std::fs::remove_file(fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = quiet().write(true).create_new(true).open(fresh)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()
    }
}

/// The name of a file beside the cache file.
pub(super) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Opens no link and waits for no FIFO's other end; what it makes belongs to the owner alone.
fn quiet() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

/// A lock among processes, on a file of its own that stays. Given back when dropped, and by the system when the process
/// ends, however it ends.
pub(super) struct Turn(File);

impl Turn {
    /// Takes it; none where another has it.
    pub(super) fn take(path: &Path) -> Result<Option<Turn>> {
        let unusable = |error: std::io::Error| problem(format!("its lock file cannot be used ({error})"));
        let file = quiet().read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Turn(file))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // By name: a child that was forked meanwhile holds the file open too, and closing ours alone would not do.
        let _closing_does = self.0.unlock().is_err();
    }
}
