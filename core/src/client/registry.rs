//! The sources of a client, so that two opens of the same thing share one.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;

use crate::cache::Source;
use crate::platform::Forkable;

/// A list that is replaced whole: readers, a forked child among them, meet no lock. Those who add to it take turns.
#[derive(Default)]
pub(super) struct Registry {
    list: ArcSwap<Vec<(String, Weak<Source>)>>,
    turns: Forkable<Mutex<()>>,
}

impl Registry {
    /// The source of this key; made where there is none. It is called `name`, with a number where another one that is
    /// kept with other options is called so: reports tell them apart.
    pub(super) fn share(&self, epoch: u64, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        // Let go of after the turn: the last hold on a source may go with it, and with that the host's userdata.
        let all;
        let turns = self.turns.get(epoch, Mutex::default);
        let _turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// All sources that somebody holds.
    pub(super) fn all(&self) -> Vec<Arc<Source>> {
        self.list.load().iter().filter_map(|(_, source)| source.upgrade()).collect()
    }
}

impl Registry {
    /// To be called by the owner's drop.
    pub(super) fn abandon(&self, epoch: u64) {
        self.turns.abandon(epoch);
    }
}
