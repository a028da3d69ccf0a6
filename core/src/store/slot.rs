//! One value in the cache file. All functions block.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::store::file::{Document, Entry, FileLock, associated_data, problem, sibling};
use crate::store::keys::Keys;
use crate::store::record::Record;

/// The slot of one value in the file.
pub(super) struct Slot {
    /// The path of the file.
    pub(super) path: PathBuf,
    /// The secret from which the keys are derived.
    pub(super) secret: Secret,
    /// Describes the value and its source. The file does not reveal it.
    pub(super) name: String,
    /// The last keys, so that they are not derived again for each access.
    last_keys: ArcSwapOption<Keys>,
}

/// The result of reading a slot.
#[derive(Default)]
pub(super) struct SlotContent {
    /// The slot's label in the file. `None` if there is no file with a salt.
    pub(super) label: Option<String>,
    /// The stored value.
    pub(super) record: Option<Record>,
    /// Why the file or the stored value cannot be used.
    pub(super) problem: Option<String>,
    /// Whether the file system did not answer in time.
    pub(super) is_stuck: bool,
}

impl Slot {
    pub(super) fn new(path: PathBuf, secret: Secret, name: String) -> Slot {
        Slot { path, secret, name, last_keys: ArcSwapOption::const_empty() }
    }

    /// The part of the name that may appear in a log.
    pub(super) fn log_name(&self) -> &str {
        self.name.split('?').next().unwrap_or_default()
    }

    /// Whether keys were already derived, possibly for an earlier file.
    pub(super) fn has_keys(&self) -> bool {
        self.last_keys.load().is_some()
    }

    /// The keys for the document's salt.
    pub(super) fn keys(&self, document: &Document) -> Result<Arc<Keys>> {
        let keys = Keys::derive(&self.secret, &document.salt).ok_or_else(|| problem("no key can be derived"))?;
        self.last_keys.store(Some(Arc::clone(&keys)));
        Ok(keys)
    }

    /// Reads the slot from the file.
    pub(super) fn read(&self) -> Result<SlotContent> {
        match Document::read(&self.path)? {
            Some(document) => self.read_from(document),
            None => Ok(SlotContent::default()),
        }
    }

    fn read_from(&self, document: Document) -> Result<SlotContent> {
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let foreign = !document.entries.is_empty() && document.entries.iter().all(|entry| entry.key != keys.id);
        let entry = document.entries.into_iter().find(|entry| entry.label == label);
        let (record, problem) = match entry.map(|entry| decrypt(&keys, entry)) {
            Some(Some(record)) => (Some(record), None),
            Some(None) => (None, Some("an entry in it was modified")),
            None if foreign => (None, Some("its entries were written with another cache_secret or cache_key_file")),
            None => (None, None),
        };
        Ok(SlotContent { label: Some(label), record, problem: problem.map(String::from), is_stuck: false })
    }

    /// Creates the file, unless there is a usable one. Returns `None` if another process holds the lock.
    pub(super) fn create_file(&self) -> Result<Option<()>> {
        let Some(_lock) = self.lock()? else { return Ok(None) };
        // No process can use a file that cannot be read.
        if !matches!(Document::read(&self.path), Ok(Some(_))) {
            Document::empty()?.replace(&self.path)?;
        }
        Ok(Some(()))
    }

    /// Stores a value, unless the stored one was fetched later, or is the same and younger than `max_age`. Returns
    /// `None` if another process holds the lock.
    pub(super) fn write(&self, record: &Record, platform: &dyn Platform, max_age: Duration) -> Result<Option<()>> {
        let Some(_lock) = self.lock()? else { return Ok(None) };
        let mut document = match Document::read(&self.path) {
            Ok(Some(document)) => document,
            Ok(None) | Err(_) => Document::empty()?,
        };
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let (ours, others): (Vec<_>, Vec<_>) = document.entries.into_iter().partition(|entry| entry.label == label);
        document.entries = others;
        let fetched_at = record.times(platform).fetched_at();
        for stored in ours.into_iter().filter_map(|entry| decrypt(&keys, entry)) {
            let times = stored.times(platform);
            let is_newer = times.age.is_some() && times.fetched_at() > fetched_at;
            let is_current = times.age.is_some_and(|age| age < max_age) && stored.agrees_with(record);
            if is_newer || is_current {
                return Ok(Some(()));
            }
        }
        let sealed = keys.seal(&record.write(), &associated_data(&label));
        let (nonce, sealed) = sealed.ok_or_else(|| problem("the system has no random numbers"))?;
        let written_ms = platform.wall_ms();
        document.entries.push(Entry { label, key: keys.id.clone(), nonce: nonce.to_vec(), sealed, written_ms });
        document.remove_old_entries(written_ms);
        document.replace(&self.path)?;
        Ok(Some(()))
    }

    fn lock(&self) -> Result<Option<FileLock>> {
        FileLock::acquire(&sibling(&self.path, ".lock"))
    }
}

fn decrypt(keys: &Keys, entry: Entry) -> Option<Record> {
    let text = keys.open(&entry.nonce, entry.sealed, &associated_data(&entry.label))?;
    Record::read(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ManualPlatform;
    use crate::providers::{Fetched, Material, Notes, Origin, Windows};
    use crate::store::keys::Keys;

    fn record(platform: &ManualPlatform, password: &str) -> Record {
        let fetched = Fetched {
            material: Material::database(Origin::Cloud, "user", Secret::from_text(password)),
            windows: Windows { ends_at: Some(platform.now().after(Duration::from_secs(60))), ..Windows::default() },
            notes: Notes { rotation_status: Some(String::from("1")), ..Notes::default() },
            unsettled: false,
            degraded: None,
        };
        Record::of(&fetched, platform, platform.now())
    }

    fn slot(test: &str) -> Slot {
        let folder = std::env::temp_dir().join(format!("evercred-slot-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Slot::new(folder.join("cache"), Secret::from_text("a key"), String::from("a?b"))
    }

    #[test]
    fn a_modified_or_truncated_file_never_returns_another_value() {
        let slot = slot("altered");
        let platform = ManualPlatform::new(1_000_000_000_000);
        slot.write(&record(&platform, "a password"), &platform, Duration::ZERO).unwrap().unwrap();
        let whole = std::fs::read(&slot.path).unwrap();
        // Kept alive, since otherwise each read after a modified salt would derive them again.
        let _keys = slot.keys(&Document::read(&slot.path).unwrap().unwrap()).unwrap();
        let password = |content: Result<SlotContent>| {
            content.ok().and_then(|content| content.record).map(|record| record.material.password.expose().to_owned())
        };
        assert_eq!(password(slot.read()).as_deref(), Some("a password"));
        // In memory, since writing the file so often takes long on a busy disk.
        let read = |bytes: &[u8]| password(slot.read_from(Document::parse(bytes)?));
        for length in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..length]), None, "{length} of {}", whole.len());
        }
        let mut unaffected = 0;
        for position in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[position] ^= 1;
            if let Some(password) = read(&bytes) {
                assert_eq!(password, "a password");
                unaffected += 1;
            }
        }
        // White space, the time of writing and the id of the key have no effect on the value.
        assert!(unaffected < whole.len() / 4, "{unaffected} of {}", whole.len());
        std::fs::remove_dir_all(slot.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn keys_are_derived_once_and_not_for_each_read() {
        let slot = slot("once");
        let platform = ManualPlatform::new(1_000_000_000_000);
        slot.write(&record(&platform, "a password"), &platform, Duration::ZERO).unwrap().unwrap();
        let derived = slot.last_keys.load_full().unwrap();
        let another = Slot::new(slot.path.clone(), slot.secret.clone(), String::from("b?c"));
        for slot in [&slot, &another] {
            slot.read().unwrap();
            assert!(Arc::ptr_eq(&derived, &slot.last_keys.load_full().unwrap()));
        }
        std::fs::remove_dir_all(slot.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_entry_cannot_be_moved_to_another_label() {
        let keys = Keys::derive(&Secret::from_text("a key"), &[7; 16]).unwrap();
        let (nonce, sealed) = keys.seal(b"text", &associated_data(&keys.label("here"))).unwrap();
        assert!(keys.open(&nonce, sealed.clone(), &associated_data(&keys.label("there"))).is_none());
        assert_eq!(keys.open(&nonce, sealed, &associated_data(&keys.label("here"))).unwrap().as_slice(), b"text");
        let (another, _) = keys.seal(b"text", "").unwrap();
        assert_ne!(nonce, another);
    }

    #[test]
    fn an_older_answer_does_not_replace_a_newer_one_and_the_same_is_not_written_twice() {
        let slot = slot("newer");
        let platform = ManualPlatform::new(1_000_000_000_000);
        let older = record(&platform, "older");
        platform.advance(Duration::from_secs(1));
        let newer = record(&platform, "newer");
        let write = |record: &Record| slot.write(record, &platform, Duration::from_secs(10)).unwrap().unwrap();
        write(&newer);
        let written = std::fs::read(&slot.path).unwrap();
        write(&older);
        write(&record(&platform, "newer"));
        assert_eq!(std::fs::read(&slot.path).unwrap(), written);
        // A record with another expiration, or after an old one, is written.
        platform.advance(Duration::from_secs(11));
        write(&record(&platform, "newer"));
        assert_ne!(std::fs::read(&slot.path).unwrap(), written);
        std::fs::remove_dir_all(slot.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn the_file_stays_small() {
        let mut document = Document::empty().unwrap();
        for number in 0..100 {
            document.entries.push(Entry {
                label: number.to_string(),
                key: String::new(),
                nonce: vec![0; 12],
                sealed: vec![0; 30_000],
                written_ms: number,
            });
        }
        document.remove_old_entries(100);
        assert!(document.entries.len() < 100 && document.entries[0].label == "99", "the newest stay");
        let path = slot("small").path;
        document.replace(&path).unwrap();
        assert!(Document::read(&path).unwrap().is_some());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
