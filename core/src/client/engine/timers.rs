//! The timers of the sources.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, Weak};

use crate::cache::Source;
use crate::platform::Moment;

/// One timer per source, the earliest on top. An entry of the heap that was rescheduled is skipped when it is due.
#[derive(Default)]
pub(super) struct Timers {
    earliest: BinaryHeap<Reverse<(Moment, usize)>>,
    sources: HashMap<usize, (Weak<Source>, Option<Moment>)>,
    /// At this size, sources that were dropped are removed.
    tidy_at: usize,
}

impl Timers {
    pub(super) fn set(&mut self, source: Weak<Source>, at: Option<Moment>) {
        // While there is a weak reference, the address is not reused.
        let key = source.as_ptr() as usize;
        if let Some(moment) = at {
            self.earliest.push(Reverse((moment, key)));
        }
        self.sources.insert(key, (source, at));
        if self.earliest.len().max(self.sources.len()) > self.tidy_at {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.sources.retain(|_, (source, _)| source.strong_count() > 0);
        let sources = &self.sources;
        self.earliest.retain(|Reverse((moment, key))| sources.get(key).is_some_and(|(_, at)| *at == Some(*moment)));
        self.tidy_at = 64 + 2 * self.earliest.len().max(self.sources.len());
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.earliest.peek().map(|Reverse((moment, _))| *moment)
    }

    /// The sources whose timer is due.
    pub(super) fn due(&mut self, now: Moment) -> Vec<Arc<Source>> {
        let mut due = Vec::new();
        while let Some(Reverse((moment, key))) = self.earliest.peek().copied() {
            if moment > now {
                break;
            }
            self.earliest.pop();
            let Some((source, at)) = self.sources.get_mut(&key) else { continue };
            if *at != Some(moment) {
                continue;
            }
            *at = None;
            match source.upgrade() {
                Some(source) => due.push(source),
                None => {
                    self.sources.remove(&key);
                }
            }
        }
        due
    }

    /// Every source that has a timer.
    pub(super) fn all(&self) -> Vec<Arc<Source>> {
        self.sources.values().filter_map(|(source, _)| source.upgrade()).collect()
    }
}

impl Drop for Timers {
    /// The thread ends, perhaps by a panic: nobody watches its sources any more.
    fn drop(&mut self) {
        for source in self.all() {
            source.timer_lost();
        }
    }
}
