//! One value's place in the file. All of this blocks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::store::file::{Document, Entry, Turn, beside, bound_to, problem};
use crate::store::kept::Kept;
use crate::store::keys::Keys;

pub(super) struct Shelf {
    /// The file.
    pub(super) path: PathBuf,
    /// What the key is derived from.
    pub(super) secret: Secret,
    /// What the value is and where it comes from; in the file it cannot be told.
    pub(super) name: String,
}

/// What a look into the file brought.
#[derive(Default)]
pub(super) struct Found {
    /// What the place is called; none where there is no file to derive it from.
    pub(super) label: Option<String>,
    /// What lies there.
    pub(super) kept: Option<Kept>,
    /// Why what is there cannot be used.
    pub(super) trouble: Option<String>,
    /// The file system did not answer in time.
    pub(super) is_stuck: bool,
}

impl Shelf {
    /// The name, as far as it is fit for a log.
    pub(super) fn shown(&self) -> &str {
        self.name.split('?').next().unwrap_or_default()
    }

    fn keys(&self, document: &Document) -> Result<Arc<Keys>> {
        Keys::derive(&self.secret, &document.salt).ok_or_else(|| problem("no key can be derived"))
    }

    pub(super) fn look(&self) -> Result<Found> {
        let Some(document) = Document::read(&self.path)? else { return Ok(Found::default()) };
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let foreign = !document.entries.is_empty() && document.entries.iter().all(|entry| entry.key != keys.id);
        let entry = document.entries.into_iter().find(|entry| entry.label == label);
        let (kept, trouble) = match entry.map(|entry| opened(&keys, entry)) {
            Some(Some(kept)) => (Some(kept), None),
            Some(None) => (None, Some("an entry in it was altered")),
            None if foreign => (None, Some("what it holds is of another cache_secret or cache_key_file")),
            None => (None, None),
        };
        Ok(Found { label: Some(label), kept, trouble: trouble.map(String::from), is_stuck: false })
    }

    /// Makes sure that there is a file that can be used, and says what the place is called. None where another process is
    /// at it.
    pub(super) fn prepare(&self) -> Result<Option<String>> {
        let Some(_turn) = self.turn()? else { return Ok(None) };
        let document = match Document::read(&self.path) {
            Ok(Some(document)) => document,
            // Nobody can use what is there.
            Ok(None) | Err(_) => {
                let document = Document::empty()?;
                document.replace(&self.path)?;
                document
            }
        };
        Ok(Some(self.keys(&document)?.label(&self.name)))
    }

    /// Puts a value there, unless what is there was asked for later, or says the same and is not older than `wear`. None
    /// where another process is at the file.
    pub(super) fn keep(&self, kept: &Kept, platform: &dyn Platform, wear: Duration) -> Result<Option<()>> {
        let Some(_turn) = self.turn()? else { return Ok(None) };
        let mut document = match Document::read(&self.path) {
            Ok(Some(document)) => document,
            Ok(None) | Err(_) => Document::empty()?,
        };
        let keys = self.keys(&document)?;
        let label = keys.label(&self.name);
        let (ours, others): (Vec<_>, Vec<_>) = document.entries.into_iter().partition(|entry| entry.label == label);
        document.entries = others;
        let asked_at = kept.placed(platform).asked_at();
        for before in ours.into_iter().filter_map(|entry| opened(&keys, entry)) {
            let placed = before.placed(platform);
            let is_newer = placed.age.is_some() && placed.asked_at() > asked_at;
            let is_enough = placed.age.is_some_and(|age| age < wear) && before.agrees_with(kept);
            if is_newer || is_enough {
                return Ok(Some(()));
            }
        }
        let sealed = keys.seal(&kept.write(), &bound_to(&label));
        let (nonce, sealed) = sealed.ok_or_else(|| problem("the system gives no random numbers"))?;
        let written_ms = platform.wall_ms();
        document.entries.push(Entry { label, key: keys.id.clone(), nonce: nonce.to_vec(), sealed, written_ms });
        document.tidy(written_ms);
        document.replace(&self.path)?;
        Ok(Some(()))
    }

    fn turn(&self) -> Result<Option<Turn>> {
        Turn::take(&beside(&self.path, ".lock"))
    }
}

fn opened(keys: &Keys, entry: Entry) -> Option<Kept> {
    let text = keys.open(&entry.nonce, entry.sealed, &bound_to(&entry.label))?;
    Kept::read(&text)
}
