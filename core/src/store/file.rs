//! The cache file. All functions block.
//!
//! Format: JSON with `format`, `version`, `salt` (base64, for the derivation of keys, not secret) and `entries`. An
//! entry has `label`, `key` (the id of its key), `nonce`, `sealed` (base64) and `written_ms`. A file that is damaged,
//! has another format or is accessible to other users is not used. The next write replaces it. A file of another user,
//! and one that cannot be read now, is neither used nor replaced.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::providers::json;
use crate::store::keys::{SALT, random};

const FORMAT: &str = "evercred cache";
const VERSION: i64 = 1;
/// The maximum size of the file, in bytes. It is enough for about a thousand values.
const MAX_BYTES: u64 = 1 << 20;
/// Entries that were written longer ago are removed.
const MAX_ENTRY_AGE_MS: i64 = 30 * 24 * 3600 * 1000;

const FOREIGN: &str = "it belongs to another user";

/// Checks that a file belongs to the user as whom this process creates files.
fn check_owner(file: &Metadata) -> Result<()> {
    // A new pipe belongs to that user. The standard library has no function that tells it.
    let ours = std::io::pipe().and_then(|(pipe, _)| File::from(OwnedFd::from(pipe)).metadata());
    is_owned_by(file, ours.map(|ours| ours.uid()))
}

fn is_owned_by(file: &Metadata, user: std::io::Result<u32>) -> Result<()> {
    match user {
        Ok(user) if user == file.uid() => Ok(()),
        Ok(_) => Err(problem(FOREIGN)),
        Err(error) => Err(problem(format!("its owner cannot be checked ({error})"))),
    }
}

/// Why the file cannot be used.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) error: Error,
    /// The reason is in the file, which has nothing to keep: it may be replaced.
    pub(super) replaceable: bool,
}

impl Unusable {
    fn replaceable(text: impl Into<String>) -> Unusable {
        Unusable { error: problem(text), replaceable: true }
    }
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Unusable {
        Unusable { error, replaceable: false }
    }
}

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Error {
        unusable.error
    }
}

/// The content of the file.
pub(super) struct Document {
    pub(super) salt: [u8; SALT],
    pub(super) entries: Vec<Entry>,
}

/// The length of the longest label and key id that are read. Those that are written are shorter.
const MAX_ID: usize = 64;

/// One encrypted value in the file.
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

/// The additional authenticated data of an entry: its ciphertext is valid only with this label.
pub(super) fn associated_data(label: &str) -> String {
    format!("{FORMAT} {VERSION} {label}")
}

impl Document {
    /// An empty document with a new salt.
    pub(super) fn empty() -> Result<Document> {
        let salt = random().ok_or_else(|| problem("the system has no random numbers"))?;
        Ok(Document { salt, entries: Vec::new() })
    }

    /// Reads the file, to write it again. Returns an empty document if it does not exist or may be replaced.
    ///
    /// # Errors
    /// It cannot be read now, so it must stay as it is.
    pub(super) fn read_for_writing(path: &Path) -> Result<Document> {
        match Document::read(path) {
            Ok(Some(document)) => Ok(document),
            Ok(None) => Document::empty(),
            Err(unusable) if unusable.replaceable => Document::empty(),
            Err(unusable) => Err(unusable.error),
        }
    }

    /// Reads the file. Returns `None` if it does not exist.
    pub(super) fn read(path: &Path) -> std::result::Result<Option<Document>, Unusable> {
        let file = match open_options().read(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                return Err(Unusable::replaceable("it is a symbolic link"));
            }
            Err(error) => return Err(problem(format!("it cannot be read ({error})")).into()),
        };
        let unreadable = |error: std::io::Error| problem(format!("it cannot be read ({error})"));
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(problem("it is not a regular file").into());
        }
        check_owner(&metadata)?;
        if metadata.mode() & 0o077 != 0 {
            return Err(Unusable::replaceable("others than its owner may open it; its mode must be 600"));
        }
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Unusable::replaceable(format!("it has more than {MAX_BYTES} bytes")));
        }
        let parsed = Document::parse(&bytes).map(Some);
        parsed.ok_or_else(|| Unusable::replaceable("it is damaged, or has another format"))
    }

    /// Parses the content of the file. Returns `None` if it has another format.
    pub(super) fn parse(bytes: &[u8]) -> Option<Document> {
        let document = json::Document::read(bytes)?;
        let document = document.fields()?;
        if document.get("format")?.as_str()? != FORMAT || document.get("version")?.as_i64()? != VERSION {
            return None;
        }
        let salt = STANDARD.decode(document.get("salt")?.as_str()?).ok()?.try_into().ok()?;
        // The restrictions make the size of an entry known before it is written again.
        let is_id = |id: &&str| id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let id = |entry: &Value, name: &str| entry.get(name)?.as_str().filter(is_id).map(String::from);
        let bytes = |entry: &Value, name: &str| STANDARD.decode(entry.get(name)?.as_str()?).ok();
        let read = |entry: &Value| {
            Some(Entry {
                label: id(entry, "label")?,
                key: id(entry, "key")?,
                nonce: bytes(entry, "nonce")?,
                sealed: bytes(entry, "sealed")?,
                written_ms: entry.get("written_ms")?.as_i64()?,
            })
        };
        // A damaged entry is skipped; the others stay usable.
        Some(Document { salt, entries: document.get("entries")?.as_array()?.iter().filter_map(read).collect() })
    }

    /// Removes entries that are too old, and the oldest entries if the file would become too large.
    pub(super) fn remove_old_entries(&mut self, now_ms: i64) {
        self.entries.retain(|entry| now_ms.saturating_sub(entry.written_ms) <= MAX_ENTRY_AGE_MS);
        // An entry with a time in the future stays, since this machine's clock may be wrong, but it is the first to be
        // removed.
        self.entries.sort_by_key(|entry| (entry.written_ms > now_ms, std::cmp::Reverse(entry.written_ms)));
        let mut space = MAX_BYTES - 256;
        self.entries.retain(|entry| {
            let size = u64::try_from(entry.text().len()).unwrap_or(u64::MAX).saturating_add(SEPARATOR.len() as u64);
            let fits = size <= space;
            space = space.saturating_sub(size);
            fits
        });
    }

    pub(super) fn text(&self) -> String {
        let entries: Vec<String> = self.entries.iter().map(Entry::text).collect();
        let (salt, entries) = (STANDARD.encode(self.salt), entries.join(SEPARATOR));
        format!(
            "{{\n  \"format\": \"{FORMAT}\",\n  \"version\": {VERSION},\n  \"salt\": \"{salt}\",\n  \"entries\": \
             [\n    {entries}\n  ]\n}}\n"
        )
    }

    /// Replaces the file atomically. The caller must hold [`Range::WRITING`](super::claims::Range::WRITING).
    pub(super) fn replace(&self, path: &Path) -> Result<()> {
        // A device or folder that was configured by mistake is not replaced.
        if let Ok(there) = std::fs::symlink_metadata(path) {
            if !there.is_file() && !there.is_symlink() {
                return Err(problem("its path is not a regular file"));
            }
            check_owner(&there)?;
        }
        let fresh = sibling(path, ".tmp");
        let written = self.write(&fresh).and_then(|()| std::fs::rename(&fresh, path));
        if let Err(error) = written {
            // The temporary file was not created, or is incomplete.
            let _absent = std::fs::remove_file(&fresh).is_err();
            return Err(problem(format!("it cannot be written ({error})")));
        }
        // The new name must survive a power failure. If folders cannot be synced, the old file may reappear.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _unsupported = File::open(folder).and_then(|folder| folder.sync_all()).is_err();
        Ok(())
    }

    fn write(&self, fresh: &Path) -> std::io::Result<()> {
        // Removes the file of a killed process. A link is removed too, not followed.
        match std::fs::remove_file(fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = open_options().write(true).create_new(true).open(fresh)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()
    }
}

impl Entry {
    /// The entry as it is written. No part of it needs escaping in JSON.
    fn text(&self) -> String {
        format!(
            "{{\"label\": \"{}\", \"key\": \"{}\", \"nonce\": \"{}\", \"sealed\": \"{}\", \"written_ms\": {}}}",
            self.label,
            self.key,
            STANDARD.encode(&self.nonce),
            STANDARD.encode(&self.sealed),
            self.written_ms
        )
    }
}

/// Between two entries.
const SEPARATOR: &str = ",\n    ";

/// The path of a file next to the cache file.
pub(super) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Options that do not follow a link, do not wait for the other end of a FIFO, and create files for the owner only.
pub(super) fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_no_reason_to_replace_the_file() {
        // A regular file of this user, with mode 600, that cannot be read: its first page does not exist.
        let unreadable = Path::new("/proc/self/mem");
        if unreadable.exists() {
            assert!(!Document::read(unreadable).err().unwrap().replaceable);
            assert!(Document::read_for_writing(unreadable).err().unwrap().message().contains("cannot be read"));
        }
        assert!(Document::read_for_writing(Path::new("/no/such/file")).unwrap().entries.is_empty());
    }

    #[test]
    fn a_file_whose_owner_cannot_be_checked_is_not_ours() {
        let file = std::fs::metadata("/").unwrap();
        assert!(is_owned_by(&file, Ok(file.uid())).is_ok());
        assert_eq!(is_owned_by(&file, Ok(file.uid() + 1)).unwrap_err().message(), FOREIGN);
        let none_left = std::io::Error::from_raw_os_error(libc::EMFILE);
        assert!(is_owned_by(&file, Err(none_left)).unwrap_err().message().starts_with("its owner cannot be checked"));
    }

    #[test]
    fn a_text_of_many_small_values_takes_little_memory() {
        let with = |count| {
            let text = Document::empty().unwrap().text().replace("[", &format!("[{}{{}}", "{},".repeat(count)));
            Document::parse(text.as_bytes())
        };
        assert!(with(10).unwrap().entries.is_empty());
        assert!(with(100_000).is_none());
    }
}
