//! One value in the cache file.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::store::file::{Document, Entry, associated_data, problem};
use crate::store::keys::{Keys, SALT};
use crate::store::record::Record;

/// The slot of one value in the file.
pub(super) struct Slot {
    /// The secret from which the keys are derived.
    secret: Secret,
    /// Describes the value and its source. The file does not reveal it.
    pub(super) name: String,
    /// The last keys, so that they are not derived again for each access.
    last_keys: ArcSwapOption<([u8; SALT], Arc<Keys>)>,
}

/// The result of reading a slot.
#[derive(Default)]
pub(super) struct SlotContent {
    /// The stored value.
    pub(super) record: Option<Record>,
    /// Why the file or the stored value cannot be used.
    pub(super) problem: Option<String>,
    /// Whether the file system did not answer in time.
    pub(super) is_stuck: bool,
}

impl Slot {
    pub(super) fn new(secret: Secret, name: String) -> Slot {
        Slot { secret, name, last_keys: ArcSwapOption::const_empty() }
    }

    /// The part of the name that may appear in a log.
    pub(super) fn log_name(&self) -> &str {
        self.name.split('?').next().unwrap_or_default()
    }

    /// The keys for the document's salt, if they are derived already.
    pub(super) fn known_keys(&self, document: &Document) -> Option<Arc<Keys>> {
        let last = self.last_keys.load();
        last.as_ref().filter(|last| last.0 == document.salt).map(|last| Arc::clone(&last.1))
    }

    /// The keys for the document's salt. It blocks for a noticeable time if no slot of this process has them.
    pub(super) fn keys(&self, document: &Document) -> Result<Arc<Keys>> {
        if let Some(keys) = self.known_keys(document) {
            return Ok(keys);
        }
        let keys = Keys::derive(&self.secret, &document.salt).ok_or_else(|| problem("no key can be derived"))?;
        self.last_keys.store(Some(Arc::new((document.salt, Arc::clone(&keys)))));
        Ok(keys)
    }

    /// Reads the slot. `keys` are those of the document.
    pub(super) fn read(&self, document: &Document, keys: &Keys) -> SlotContent {
        let label = keys.label(&self.name);
        let foreign = !document.entries.is_empty() && document.entries.iter().all(|entry| entry.key != keys.id);
        let entry = document.entries.iter().find(|entry| entry.label == label);
        let (record, problem) = match entry.map(|entry| decrypt(keys, entry)) {
            Some(Some(record)) => (Some(record), None),
            Some(None) => (None, Some("an entry in it was modified")),
            None if foreign => (None, Some("its entries were written with another cache_secret or cache_key_file")),
            None => (None, None),
        };
        SlotContent { record, problem: problem.map(String::from), is_stuck: false }
    }

    /// Puts a value into the document, unless the stored one was fetched later, or is the same and younger than
    /// `max_age`. Returns whether the document changed. It blocks like [`Slot::keys`].
    pub(super) fn put(
        &self,
        document: &mut Document,
        record: &Record,
        platform: &dyn Platform,
        max_age: Duration,
    ) -> Result<bool> {
        let keys = self.keys(document)?;
        let label = keys.label(&self.name);
        let fetched_at = record.times(platform).fetched_at();
        let ours = document.entries.iter().filter(|entry| entry.label == label);
        for stored in ours.filter_map(|entry| decrypt(&keys, entry)) {
            let times = stored.times(platform);
            let is_newer = times.age.is_some() && times.fetched_at() > fetched_at;
            let is_current = times.age.is_some_and(|age| age < max_age) && stored.agrees_with(record);
            if is_newer || is_current {
                return Ok(false);
            }
        }
        document.entries.retain(|entry| entry.label != label);
        let sealed = keys.seal(&record.write(), &associated_data(&label));
        let (nonce, sealed) = sealed.ok_or_else(|| problem("the system has no random numbers"))?;
        let written_ms = platform.wall_ms();
        document.entries.push(Entry { label, key: keys.id.clone(), nonce: nonce.to_vec(), sealed, written_ms });
        Ok(true)
    }
}

fn decrypt(keys: &Keys, entry: &Entry) -> Option<Record> {
    let text = keys.open(&entry.nonce, entry.sealed.clone(), &associated_data(&entry.label))?;
    Record::read(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ManualPlatform;
    use crate::providers::{Fetched, Material, Notes, Origin, Windows};

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

    fn slot(name: &str) -> Slot {
        Slot::new(Secret::from_text("a key"), String::from(name))
    }

    /// The slot's content in a file with this text; `None` if the file cannot be used.
    fn read(slot: &Slot, text: &[u8]) -> Option<SlotContent> {
        let document = Document::parse(text)?;
        Some(slot.read(&document, &*slot.keys(&document).ok()?))
    }

    #[test]
    fn a_modified_or_truncated_file_never_returns_another_value() {
        let slot = slot("a?b");
        let platform = ManualPlatform::new(1_000_000_000_000);
        let mut document = Document::empty().unwrap();
        assert!(slot.put(&mut document, &record(&platform, "a password"), &platform, Duration::ZERO).unwrap());
        let whole = document.text().into_bytes();
        // Kept alive, since otherwise each read after a modified salt would derive them again.
        let _keys = slot.keys(&document).unwrap();
        let read = |bytes: &[u8]| {
            let content = read(&slot, bytes)?;
            content.record.map(|record| record.material.password.expose().to_owned())
        };
        assert_eq!(read(&whole).as_deref(), Some("a password"));
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
    }

    #[test]
    fn keys_are_derived_once_and_not_for_each_read() {
        let (slot, another) = (slot("a?b"), slot("b?c"));
        let platform = ManualPlatform::new(1_000_000_000_000);
        let mut document = Document::empty().unwrap();
        slot.put(&mut document, &record(&platform, "a password"), &platform, Duration::ZERO).unwrap();
        let derived = slot.known_keys(&document).unwrap();
        for slot in [&slot, &another] {
            slot.keys(&document).unwrap();
            assert!(Arc::ptr_eq(&derived, &slot.known_keys(&document).unwrap()));
        }
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
        let slot = slot("a?b");
        let platform = ManualPlatform::new(1_000_000_000_000);
        let older = record(&platform, "older");
        platform.advance(Duration::from_secs(1));
        let newer = record(&platform, "newer");
        let mut document = Document::empty().unwrap();
        let mut put = |record: &Record| slot.put(&mut document, record, &platform, Duration::from_secs(10)).unwrap();
        assert!(put(&newer));
        assert!(!put(&older));
        assert!(!put(&record(&platform, "newer")));
        // A record with another expiration, or after an old one, is written.
        platform.advance(Duration::from_secs(11));
        assert!(put(&record(&platform, "newer")));
        assert_eq!(document.entries.len(), 1);
    }

    #[test]
    fn the_file_stays_small() {
        let platform = ManualPlatform::new(100);
        let folder = std::env::temp_dir().join(format!("evercred-slot-small-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        // Many entries, and many that consist of their label and key.
        for (count, id, sealed) in [(100, 32, 30_000), (20_000, 64, 0)] {
            let mut document = Document::empty().unwrap();
            for number in 0..count {
                document.entries.push(Entry {
                    label: format!("{number:0id$}"),
                    key: "f".repeat(id),
                    nonce: vec![0; 12],
                    sealed: vec![0; sealed],
                    written_ms: i64::from(number),
                });
            }
            document.remove_old_entries(i64::from(count));
            let newest = format!("{:0id$}", count - 1);
            let kept = document.entries.len();
            assert!(kept < usize::try_from(count).unwrap() && document.entries[0].label == newest, "the newest stay");
            let path = folder.join("cache");
            document.replace(&path).unwrap();
            assert_eq!(Document::read(&path).unwrap().unwrap().entries.len(), kept);
        }
        // An entry with a label that no version writes is not carried along.
        let mut document = Document::empty().unwrap();
        slot("a?b").put(&mut document, &record(&platform, "a"), &platform, Duration::ZERO).unwrap();
        let label = document.entries[0].label.clone();
        let long = document.text().replace(&label, &"f".repeat(1_000_000));
        assert!(Document::parse(long.as_bytes()).unwrap().entries.is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
