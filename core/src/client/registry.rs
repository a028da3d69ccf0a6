//! The open sources of a client: two opens with the same key share one source. Opening takes the same time whatever is
//! open, and a source that is dropped leaves nothing behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use sha2::{Digest as _, Sha256};

use crate::cache::Source;
use crate::client::trie::{Key, Trie};
use crate::platform::Forkable;

/// The map is replaced as a whole, so that readers (also in a forked child) need no lock. Writers take `writing`.
#[derive(Default)]
pub(super) struct Registry {
    sources: ArcSwap<Trie<Listed>>,
    writing: Forkable<Mutex<Names>>,
}

#[derive(Clone)]
struct Listed {
    name: String,
    source: Weak<Source>,
}

/// The names of the sources. Nothing that may drop a source happens while they are locked: its drop takes the lock.
#[derive(Default)]
struct Names {
    /// The key of the source with a name, by the name's hash.
    taken: HashMap<Key, Key>,
    /// For a name with numbers, by its hash: no number from 2 to the one before this one is free.
    next: HashMap<Key, u32>,
}

impl Registry {
    /// The source with this key; `make` creates it if there is none. Its name is `name`, with a number if another
    /// source has that name, so that names are unique in reports.
    pub(super) fn share(&self, epoch: u64, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        let key = hash(key);
        // Dropped after the lock.
        let found;
        let names = self.names(epoch);
        let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sources = Trie::clone(&self.sources.load());
        if let Some(listed) = sources.get(key) {
            found = listed.source.upgrade();
            if let Some(found) = found.as_ref().filter(|found| !found.has_ended()) {
                return Arc::clone(found);
            }
            // It has ended, or it is being dropped by another thread.
            names.release(&listed.name);
        }
        let (free, dropped) = names.take(name, key, |key| sources.get(key));
        if let Some(dropped) = dropped {
            sources = sources.without(dropped);
        }
        let fresh = Arc::new(make(free.clone()));
        self.sources.store(Arc::new(sources.with(key, Listed { name: free, source: Arc::downgrade(&fresh) })));
        fresh
    }

    /// Removes a source that is being dropped.
    pub(super) fn remove(&self, epoch: u64, name: &str) {
        let names = self.names(epoch);
        let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
        let sources = Trie::clone(&self.sources.load());
        let Some(key) = names.taken.get(&hash(name)).copied() else { return };
        // Another source may have got the name already.
        if sources.get(key).is_some_and(Listed::is_dropped) {
            names.release(name);
            self.sources.store(Arc::new(sources.without(key)));
        }
    }

    /// All sources that are still in use.
    pub(super) fn all(&self) -> Vec<Arc<Source>> {
        let mut all = Vec::new();
        self.sources.load().for_each(|_, listed| all.extend(listed.source.upgrade()));
        all
    }

    /// The source with this name, if it is still in use.
    pub(super) fn named(&self, epoch: u64, name: &str) -> Option<Arc<Source>> {
        let names = self.names(epoch);
        let key = names.lock().unwrap_or_else(PoisonError::into_inner).taken.get(&hash(name)).copied()?;
        self.sources.load().get(key)?.source.upgrade()
    }

    /// The names of the sources. A forked child lists those that it inherits.
    fn names(&self, epoch: u64) -> Arc<Mutex<Names>> {
        let inherited = || {
            let mut names = Names::default();
            self.sources.load().for_each(|key, listed| {
                names.taken.insert(hash(&listed.name), key);
            });
            Mutex::new(names)
        };
        self.writing.get(epoch, inherited)
    }

    /// For the owner's drop; see [`Forkable::abandon`].
    pub(super) fn abandon(&self, epoch: u64) {
        self.writing.abandon(epoch);
    }
}

impl Listed {
    fn is_dropped(&self) -> bool {
        self.source.strong_count() == 0
    }
}

impl Names {
    /// Takes the first free one of `name`, `name#2`, `name#3`… for the source with this key. Returns it, and the key of
    /// the source that had it if that one is being dropped.
    fn take<'a>(&mut self, name: &str, key: Key, find: impl Fn(Key) -> Option<&'a Listed>) -> (String, Option<Key>) {
        let base = hash(name);
        let mut number: Option<u32> = None;
        loop {
            let candidate = number.map_or_else(|| name.to_owned(), |number| format!("{name}#{number}"));
            let taken = self.taken.get(&hash(&candidate)).copied();
            if taken.is_none_or(|other| find(other).is_none_or(Listed::is_dropped)) {
                self.taken.insert(hash(&candidate), key);
                if let Some(number) = number {
                    self.next.insert(base, number.saturating_add(1));
                }
                return (candidate, taken);
            }
            number = Some(match number {
                None => self.next.get(&base).copied().unwrap_or(2),
                Some(number) => number.saturating_add(1),
            });
        }
    }

    /// Makes a name free.
    fn release(&mut self, name: &str) {
        self.taken.remove(&hash(name));
        let numbered = name.rsplit_once('#').and_then(|(base, number)| Some((hash(base), number.parse::<u32>().ok()?)));
        if let Some((base, number)) = numbered
            && let Some(next) = self.next.get_mut(&base)
        {
            *next = number.clamp(2, *next);
            if *next == 2 {
                self.next.remove(&base);
            }
        }
    }
}

fn hash(text: &str) -> Key {
    let digest = Sha256::digest(text.as_bytes());
    digest.first_chunk::<16>().map_or(0, |bytes| Key::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, Config};
    use crate::platform::ManualPlatform;

    fn client(platform: &Arc<ManualPlatform>) -> Client {
        let mut config = Config::new();
        for (name, value) in [("tencent_secret_id", "id"), ("tencent_secret_key", "key"), ("proxy", "none")] {
            config.set(name, value).unwrap();
        }
        Client::new(config, Arc::clone(platform) as Arc<dyn crate::platform::Platform>).unwrap()
    }

    /// How many sources, taken names and remembered numbers there are.
    fn sizes(client: &Client) -> [usize; 3] {
        let registry = &client.core.sources;
        let mut count = 0;
        registry.sources.load().for_each(|_, _| count += 1);
        let names = registry.names(client.core.platform.fork_epoch());
        let names = names.lock().unwrap();
        [count, names.taken.len(), names.next.len()]
    }

    fn open(client: &Client, user: usize) -> Arc<Source> {
        client.open_database(None, "ap-guangzhou", "cdb-example1", &format!("user{user}")).unwrap()
    }

    #[test]
    fn dropped_sources_leave_nothing() {
        let client = client(&Arc::new(ManualPlatform::new(1_000_000_000_000)));
        let sources: Vec<_> = (0..1000).map(|user| open(&client, user)).collect();
        // The login identity is a source too.
        assert_eq!(sizes(&client), [1001, 1001, 0]);
        assert!(Arc::ptr_eq(&open(&client, 7), &sources[7]));
        drop(sources);
        assert_eq!(sizes(&client), [0, 0, 0]);
        (0..5000).for_each(|user| drop(open(&client, user)));
        assert_eq!(sizes(&client), [0, 0, 0]);
    }

    #[test]
    fn equal_names_are_numbered_and_numbers_are_used_again() {
        let client = client(&Arc::new(ManualPlatform::new(1_000_000_000_000)));
        let open = |stale: usize| {
            let mut overrides = Config::new();
            overrides.set("max_stale_ms", &stale.to_string()).unwrap();
            client.open_database(Some(&overrides), "ap-guangzhou", "cdb-example1", "user").unwrap()
        };
        let mut sources: Vec<_> = (0..500).map(open).collect();
        let name = "database/ap-guangzhou/cdb-example1/user";
        let names: Vec<_> = sources.iter().map(|source| source.name().to_owned()).collect();
        assert_eq!(
            (names[0].as_str(), names[1].clone(), names[499].clone()),
            (name, format!("{name}#2"), format!("{name}#500"))
        );
        sources.remove(400);
        sources.remove(100);
        assert_eq!([open(1000).name(), open(1000).name()], [names[100].as_str(), &names[100]], "the first free one");
        let more = [open(1000), open(1001), open(1002)];
        assert_eq!(
            [more[0].name(), more[1].name(), more[2].name()],
            [&names[100], &names[400], &format!("{name}#501")]
        );
        drop((sources, more));
        assert_eq!(sizes(&client), [0, 0, 0]);
    }

    #[test]
    fn a_forked_child_shares_what_it_inherits() {
        let platform = Arc::new(ManualPlatform::new(1_000_000_000_000));
        let client = client(&platform);
        let (one, other) = (open(&client, 1), open(&client, 2));
        platform.fork();
        assert!(Arc::ptr_eq(&open(&client, 1), &one));
        drop((one, other));
        assert_eq!(sizes(&client), [0, 0, 0]);
    }
}
