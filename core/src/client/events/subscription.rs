//! A listener: events are pulled, nothing of ours calls into the host.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::Event;
use crate::client::core::{Core, ca_event};
use crate::client::events::broadcast::{Broadcast, Queue, Waited};
use crate::error::{Code, Error, Result};

/// What happens to a client's sources, or to one of them, in the order in which it happened. At most 256 events wait to be
/// fetched; then the oldest are lost, and the next one tells how many. It keeps neither the client nor a source alive.
pub struct Subscription {
    broadcast: Arc<Broadcast>,
    queue: Arc<Queue>,
    epoch: u64,
    default_timeout: Duration,
}

impl Subscription {
    pub(in crate::client) fn new(core: &Core, source: Option<String>) -> Subscription {
        let whole_client = source.is_none();
        let subscription = Subscription {
            broadcast: Arc::clone(&core.broadcast),
            queue: Arc::new(Queue::new(source)),
            epoch: core.broadcast.epoch(),
            default_timeout: core.config.duration("total_timeout_ms"),
        };
        core.broadcast.add(&subscription.queue);
        if whole_client {
            // What is so already is told to everybody who comes.
            for error in core.ca.warnings(core.platform.wall_ms()) {
                subscription.queue.push(&ca_event(core, error));
            }
        }
        subscription
    }

    /// The next event; it is waited for at most `timeout` (`None`: the option `total_timeout_ms`), and `None` where none
    /// comes.
    ///
    /// # Errors
    /// [`Code::Closed`] once the client was closed and the events from before are fetched, at once for who waits;
    /// [`Code::InvalidArgument`] in a forked child, which needs a subscription of its own.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Event>> {
        if !self.is_ours() {
            let text = "it is of the process that this one was forked from; open one here";
            return Err(Error::argument("subscription", text));
        }
        match self.queue.next(timeout.unwrap_or(self.default_timeout)) {
            Waited::Event(event) => Ok(Some(event)),
            Waited::Nothing => Ok(None),
            Waited::Closed => Err(Error::new(Code::Closed, "the client was closed")),
        }
    }

    /// A descriptor that is readable while events wait, and for good once the client was closed: for `poll` and its kind,
    /// never to be read, written or closed. `None` in a forked child, and where the process may open no more.
    #[cfg(unix)]
    pub fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        use std::os::fd::AsFd as _;
        if !self.is_ours() {
            return None;
        }
        self.queue.wakeup().map(|wakeup| wakeup.as_fd())
    }

    fn is_ours(&self) -> bool {
        self.epoch == self.broadcast.epoch()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.broadcast.remove(&self.queue);
        if !self.is_ours() {
            // A thread that does not exist here may have been changing it.
            std::mem::forget(Arc::clone(&self.queue));
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}
