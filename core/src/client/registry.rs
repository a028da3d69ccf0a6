//! The open sources of a client: two opens with the same key share one source.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;

use crate::cache::Source;
use crate::platform::Forkable;

/// The list is replaced as a whole, so that readers (also in a forked child) need no lock. Writers take `writing`.
#[derive(Default)]
pub(super) struct Registry {
    list: ArcSwap<Vec<(String, Weak<Source>)>>,
    writing: Forkable<Mutex<()>>,
}

impl Registry {
    /// The source with this key; `make` creates it if there is none. Its name is `name`, with a number if another
    /// source has that name, so that names are unique in reports.
    pub(super) fn share(&self, epoch: u64, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        // Dropped after the lock: this may be the last reference to a source, whose drop frees the host's userdata.
        let all;
        let writing = self.writing.get(epoch, Mutex::default);
        let _lock = writing.lock().unwrap_or_else(PoisonError::into_inner);
        let list = self.list.load_full();
        if let Some((_, found)) = list.iter().find(|(other, _)| other == key)
            && let Some(found) = found.upgrade()
        {
            return found;
        }
        all = self.all();
        let taken: Vec<_> = all.iter().map(|source| source.name()).collect();
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(&name.as_str()));
        let fresh = Arc::new(make(free.unwrap_or_default()));
        let alive = list.iter().filter(|(_, source)| source.strong_count() > 0).cloned();
        self.list.store(Arc::new(alive.chain([(key.to_owned(), Arc::downgrade(&fresh))]).collect()));
        fresh
    }

    /// All sources that are still in use.
    pub(super) fn all(&self) -> Vec<Arc<Source>> {
        self.list.load().iter().filter_map(|(_, source)| source.upgrade()).collect()
    }
}

impl Registry {
    /// For the owner's drop; see [`Forkable::abandon`].
    pub(super) fn abandon(&self, epoch: u64) {
        self.writing.abandon(epoch);
    }
}
