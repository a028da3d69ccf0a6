//! The sources of a client, so that two opens of the same thing share one.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;

use crate::cache::Source;

/// A list that is replaced whole: readers, a forked child among them, meet no lock.
#[derive(Default)]
pub(super) struct Registry(ArcSwap<Vec<(String, Weak<Source>)>>);

impl Registry {
    /// The source of this key; made where there is none. It is called `name`, with a number where another one that is
    /// kept with other options is called so: reports tell them apart.
    pub(super) fn share(&self, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        if let Some(found) = find(&self.0.load(), key) {
            return found;
        }
        let taken: Vec<_> = self.all().iter().map(|source| source.name().to_owned()).collect();
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
        let fresh = Arc::new(make(free.unwrap_or_default()));
        let mut shared = Arc::clone(&fresh);
        self.0.rcu(|list| {
            if let Some(found) = find(list, key) {
                shared = found;
                return Arc::clone(list);
            }
            shared = Arc::clone(&fresh);
            let alive = list.iter().filter(|(_, source)| source.strong_count() > 0).cloned();
            Arc::new(alive.chain([(key.to_owned(), Arc::downgrade(&fresh))]).collect())
        });
        shared
    }

    /// All sources that somebody holds.
    pub(super) fn all(&self) -> Vec<Arc<Source>> {
        self.0.load().iter().filter_map(|(_, source)| source.upgrade()).collect()
    }
}

fn find(list: &[(String, Weak<Source>)], key: &str) -> Option<Arc<Source>> {
    list.iter().find(|(other, _)| other == key).and_then(|(_, source)| source.upgrade())
}
