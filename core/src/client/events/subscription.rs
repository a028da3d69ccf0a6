//! A subscription: the host pulls events, the library does not call it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::Event;
use crate::client::core::{Core, ca_event};
use crate::client::events::broadcast::{Broadcast, Queue, Waited};
use crate::error::{Code, Error, Result};

/// The events of a client or of one source, in the order in which they happened. At most 256 events wait to be
/// fetched; then the oldest are dropped, and the next event has their number. It keeps neither the client nor a source
/// alive.
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
            // A new subscriber gets the warnings that are valid already.
            for error in core.ca.warnings(core.platform.wall_ms()) {
                subscription.queue.push(&ca_event(core, error));
            }
        }
        subscription
    }

    /// Waits at most `timeout` for the next event (`None`: the option `total_timeout_ms`). Returns `None` after a
    /// timeout.
    ///
    /// # Errors
    /// [`Code::Closed`] if the subscription or the client is closed and all earlier events are fetched, immediately for a waiting caller;
    /// [`Code::InvalidArgument`] in a forked child, which must open its own subscription.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Event>> {
        if !self.is_ours() {
            let text = "it was opened in the parent process of a fork; open one in this process";
            return Err(Error::argument("subscription", text));
        }
        match self.queue.next(timeout.unwrap_or(self.default_timeout)) {
            Waited::Event(event) => Ok(Some(event)),
            Waited::TimedOut => Ok(None),
            Waited::Closed => Err(Error::new(Code::Closed, "the subscription or its client is closed")),
        }
    }

    /// Ends the subscription: a waiting caller returns, and after the earlier events [`Subscription::next`] says
    /// `Closed`. Any thread may call it; a second call has no effect.
    pub fn close(&self) {
        self.broadcast.remove(&self.queue);
        if self.is_ours() {
            self.queue.close();
        }
    }

    /// A descriptor that is readable while events wait, and always after the subscription or the client is closed. It
    /// does not block, may be duplicated, and suits edge-triggered polling. Do not read, write or close it. `None` in a forked child, and if the process can open no more
    /// descriptors.
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
            // A thread of the parent, which does not exist here, may have held its lock.
            std::mem::forget(Arc::clone(&self.queue));
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}
