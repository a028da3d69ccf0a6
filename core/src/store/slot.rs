//! One value's place in the file. All of this blocks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::store::file::{Document, Entry, Turn, bound_to, problem, sibling};
use crate::store::keys::Keys;
use crate::store::record::Record;

pub(super) struct Slot {
    /// The file.
    pub(super) path: PathBuf,
    /// What the key is derived from.
    pub(super) secret: Secret,
    /// What the value is and where it comes from; in the file it cannot be told.
    pub(super) name: String,
    /// The keys that were used last: held, or each look would derive them again.
    held: ArcSwapOption<Keys>,
}

/// What a look into the file brought.
#[derive(Default)]
pub(super) struct Found {
    /// What the place is called; none where there is no file to derive it from.
    pub(super) label: Option<String>,
    /// What lies there.
    pub(super) record: Option<Record>,
    /// Why what is there cannot be used.
    pub(super) trouble: Option<String>,
    /// The file system did not answer in time.
    pub(super) is_stuck: bool,
}

impl Slot {
    pub(super) fn new(path: PathBuf, secret: Secret, name: String) -> Slot {
        Slot { path, secret, name, held: ArcSwapOption::const_empty() }
    }

    /// The name, as far as it is fit for a log.
    pub(super) fn shown(&self) -> &str {
        self.name.split('?').next().unwrap_or_default()
    }

    /// Whether keys were derived already, be it of a file that has been replaced since.
    pub(super) fn has_keys(&self) -> bool {
        self.held.load().is_some()
    }

    pub(super) fn keys(&self, document: &Document) -> Result<Arc<Keys>> {
        let keys = Keys::derive(&self.secret, &document.salt).ok_or_else(|| problem("no key can be derived"))?;
        self.held.store(Some(Arc::clone(&keys)));
        Ok(keys)
    }

    pub(super) fn look(&self) -> Result<Found> {
        match Document::read(&self.path)? {
            Some(document) => self.look_into(document),
            None => Ok(Found::default()),
        }
    }

    fn look_into(&self, document: Document) -> Result<Found> {
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let foreign = !document.entries.is_empty() && document.entries.iter().all(|entry| entry.key != keys.id);
        let entry = document.entries.into_iter().find(|entry| entry.label == label);
        let (record, trouble) = match entry.map(|entry| opened(&keys, entry)) {
            Some(Some(record)) => (Some(record), None),
            Some(None) => (None, Some("an entry in it was altered")),
            None if foreign => (None, Some("what it holds is of another cache_secret or cache_key_file")),
            None => (None, None),
        };
        Ok(Found { label: Some(label), record, trouble: trouble.map(String::from), is_stuck: false })
    }

    /// Makes sure that there is a file that can be used. None where another process is at it.
    pub(super) fn prepare(&self) -> Result<Option<()>> {
        let Some(_turn) = self.turn()? else { return Ok(None) };
        // Nobody can use what cannot be read.
        if !matches!(Document::read(&self.path), Ok(Some(_))) {
            Document::empty()?.replace(&self.path)?;
        }
        Ok(Some(()))
    }

    /// Puts a value there, unless what is there was asked for later, or says the same and is not older than `wear`. None
    /// where another process is at the file.
    pub(super) fn keep(&self, record: &Record, platform: &dyn Platform, wear: Duration) -> Result<Option<()>> {
        let Some(_turn) = self.turn()? else { return Ok(None) };
        let mut document = match Document::read(&self.path) {
            Ok(Some(document)) => document,
            Ok(None) | Err(_) => Document::empty()?,
        };
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let (ours, others): (Vec<_>, Vec<_>) = document.entries.into_iter().partition(|entry| entry.label == label);
        document.entries = others;
        let asked_at = record.placed(platform).asked_at();
        for before in ours.into_iter().filter_map(|entry| opened(&keys, entry)) {
            let placed = before.placed(platform);
            let is_newer = placed.age.is_some() && placed.asked_at() > asked_at;
            let is_enough = placed.age.is_some_and(|age| age < wear) && before.agrees_with(record);
            if is_newer || is_enough {
                return Ok(Some(()));
            }
        }
        let sealed = keys.seal(&record.write(), &bound_to(&label));
        let (nonce, sealed) = sealed.ok_or_else(|| problem("the system gives no random numbers"))?;
        let written_ms = platform.wall_ms();
        document.entries.push(Entry { label, key: keys.id.clone(), nonce: nonce.to_vec(), sealed, written_ms });
        document.tidy(written_ms);
        document.replace(&self.path)?;
        Ok(Some(()))
    }

    fn turn(&self) -> Result<Option<Turn>> {
        Turn::take(&sibling(&self.path, ".lock"))
    }
}

fn opened(keys: &Keys, entry: Entry) -> Option<Record> {
    let text = keys.open(&entry.nonce, entry.sealed, &bound_to(&entry.label))?;
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
    fn what_was_altered_or_cut_anywhere_is_not_taken_for_another_value() {
        let slot = slot("altered");
        let platform = ManualPlatform::new(1_000_000_000_000);
        slot.keep(&record(&platform, "a password"), &platform, Duration::ZERO).unwrap().unwrap();
        let whole = std::fs::read(&slot.path).unwrap();
        // Held, or each look after one at an altered salt would derive them again.
        let _keys = slot.keys(&Document::read(&slot.path).unwrap().unwrap()).unwrap();
        let password = |found: Result<Found>| {
            found.ok().and_then(|found| found.record).map(|record| record.material.password.expose().to_owned())
        };
        assert_eq!(password(slot.look()).as_deref(), Some("a password"));
        // Not by way of the file, which a busy disk takes long to write so often.
        let look = |bytes: &[u8]| password(slot.look_into(Document::parse(bytes)?));
        for length in 0..whole.len() - 1 {
            assert_eq!(look(&whole[..length]), None, "{length} of {}", whole.len());
        }
        let mut unharmed = 0;
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            if let Some(password) = look(&bytes) {
                assert_eq!(password, "a password");
                unharmed += 1;
            }
        }
        // White space, the time of writing and the name of the key.
        assert!(unharmed < whole.len() / 4, "{unharmed} of {}", whole.len());
        std::fs::remove_dir_all(slot.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn keys_are_derived_once_and_not_at_each_look() {
        let slot = slot("once");
        let platform = ManualPlatform::new(1_000_000_000_000);
        slot.keep(&record(&platform, "a password"), &platform, Duration::ZERO).unwrap().unwrap();
        let derived = slot.held.load_full().unwrap();
        let another = Slot::new(slot.path.clone(), slot.secret.clone(), String::from("b?c"));
        for slot in [&slot, &another] {
            slot.look().unwrap();
            assert!(Arc::ptr_eq(&derived, &slot.held.load_full().unwrap()));
        }
        std::fs::remove_dir_all(slot.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_entry_cannot_be_moved_to_another_place() {
        let keys = Keys::derive(&Secret::from_text("a key"), &[7; 16]).unwrap();
        let (nonce, sealed) = keys.seal(b"text", &bound_to(&keys.label("here"))).unwrap();
        assert!(keys.open(&nonce, sealed.clone(), &bound_to(&keys.label("there"))).is_none());
        assert_eq!(keys.open(&nonce, sealed, &bound_to(&keys.label("here"))).unwrap().as_slice(), b"text");
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
        let keep = |record: &Record| slot.keep(record, &platform, Duration::from_secs(10)).unwrap().unwrap();
        keep(&newer);
        let written = std::fs::read(&slot.path).unwrap();
        keep(&older);
        keep(&record(&platform, "newer"));
        assert_eq!(std::fs::read(&slot.path).unwrap(), written);
        // Another end, or an older confirmation, is written.
        platform.advance(Duration::from_secs(11));
        keep(&record(&platform, "newer"));
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
        document.tidy(100);
        assert!(document.entries.len() < 100 && document.entries[0].label == "99", "the newest stay");
        let path = slot("small").path;
        document.replace(&path).unwrap();
        assert!(Document::read(&path).unwrap().is_some());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
