//! The subscribers of a client and the queue of each.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use once_cell::sync::OnceCell;

use crate::cache::Event;
use crate::client::events::wakeup::Wakeup;
use crate::platform::Platform;

/// The most events that wait for one subscriber.
const LONGEST_QUEUE: usize = 256;

/// All subscribers. The list is replaced as a whole, so that sending takes no lock but that of a queue, and costs
/// nothing without subscribers.
pub(in crate::client) struct Broadcast {
    platform: Arc<dyn Platform>,
    list: ArcSwap<Vec<Subscriber>>,
    closed: AtomicBool,
}

#[derive(Clone)]
struct Subscriber {
    /// The process of the subscriber: a forked child does not use its parent's queues.
    epoch: u64,
    queue: Weak<Queue>,
}

impl Broadcast {
    pub(in crate::client) fn new(platform: Arc<dyn Platform>) -> Broadcast {
        Broadcast { platform, list: ArcSwap::default(), closed: AtomicBool::new(false) }
    }

    pub(in crate::client) fn epoch(&self) -> u64 {
        self.platform.fork_epoch()
    }

    pub(in crate::client) fn has_subscribers(&self) -> bool {
        !self.list.load().is_empty()
    }

    pub(in crate::client) fn emit(&self, event: &Event) {
        self.queues().for_each(|queue| queue.push(event));
    }

    pub(in crate::client) fn add(&self, queue: &Arc<Queue>) {
        let subscriber = Subscriber { epoch: self.epoch(), queue: Arc::downgrade(queue) };
        self.list.rcu(|list| list.iter().chain([&subscriber]).cloned().collect::<Vec<_>>());
        // Either this sees that the client is closed, or `close` sees the new queue.
        if self.closed.load(Ordering::SeqCst) {
            queue.close();
        }
    }

    pub(in crate::client) fn remove(&self, queue: &Arc<Queue>) {
        let gone = Arc::downgrade(queue);
        self.list
            .rcu(|list| list.iter().filter(|subscriber| !subscriber.queue.ptr_eq(&gone)).cloned().collect::<Vec<_>>());
    }

    pub(in crate::client) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.queues().for_each(|queue| queue.close());
    }

    /// The queues of this process.
    fn queues(&self) -> impl Iterator<Item = Arc<Queue>> {
        let list = self.list.load_full();
        let epoch = if list.is_empty() { 0 } else { self.epoch() };
        let ours = |subscriber: &&Subscriber| subscriber.epoch == epoch;
        let queues: Vec<_> = list.iter().filter(ours).filter_map(|subscriber| subscriber.queue.upgrade()).collect();
        queues.into_iter()
    }
}

/// The events that a subscriber has not fetched yet.
pub(in crate::client) struct Queue {
    /// The name of the source whose events are wanted; `None`: all of the client.
    source: Option<String>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    wakeup: OnceCell<Wakeup>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    dropped: u64,
    closed: bool,
    /// Whether the descriptor, if there is one, is readable.
    is_readable: bool,
}

/// The result of a wait.
pub(in crate::client) enum Waited {
    Event(Event),
    TimedOut,
    Closed,
}

impl Queue {
    pub(in crate::client) fn new(source: Option<String>) -> Queue {
        Queue { source, waiting: Mutex::default(), changed: Condvar::new(), wakeup: OnceCell::new() }
    }

    /// Never waits for the subscriber: if the queue is full, the oldest event is dropped.
    pub(in crate::client) fn push(&self, event: &Event) {
        if self.source.as_ref().is_some_and(|wanted| *wanted != event.source) {
            return;
        }
        let mut waiting = self.lock();
        if waiting.closed {
            return;
        }
        if waiting.events.len() >= LONGEST_QUEUE {
            waiting.events.pop_front();
            waiting.dropped = waiting.dropped.saturating_add(1);
        }
        waiting.events.push_back(event.clone());
        self.update_wakeup(&mut waiting);
        drop(waiting);
        self.changed.notify_one();
    }

    pub(in crate::client) fn next(&self, timeout: Duration) -> Waited {
        let deadline = Instant::now().checked_add(timeout);
        let mut waiting = self.lock();
        loop {
            if let Some(mut event) = waiting.events.pop_front() {
                event.dropped = std::mem::take(&mut waiting.dropped);
                self.update_wakeup(&mut waiting);
                return Waited::Event(event);
            }
            if waiting.closed {
                return Waited::Closed;
            }
            // A deadline beyond the clock's range becomes repeated waits.
            const LONG: Duration = Duration::from_secs(3600);
            let left = deadline.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()).min(LONG));
            if left.is_zero() {
                return Waited::TimedOut;
            }
            waiting = self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(in crate::client) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        self.update_wakeup(&mut waiting);
        drop(waiting);
        self.changed.notify_all();
    }

    /// The descriptor, created by the first call that succeeds.
    pub(super) fn wakeup(&self) -> Option<&Wakeup> {
        let mut waiting = self.lock();
        let wakeup = self.wakeup.get_or_try_init(|| Wakeup::new().ok_or(())).ok();
        self.update_wakeup(&mut waiting);
        wakeup
    }

    /// Makes the descriptor readable if an event waits or the client is closed, and unreadable otherwise.
    fn update_wakeup(&self, waiting: &mut Waiting) {
        let Some(wakeup) = self.wakeup.get() else { return };
        let wanted = waiting.closed || !waiting.events.is_empty();
        if wanted != waiting.is_readable {
            wakeup.set(wanted);
            waiting.is_readable = wanted;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
