//! Events: `broadcast` adds each event to the queue of every subscriber, a `subscription` pulls from its queue,
//! `wakeup` is the descriptor that an event loop polls.

pub(super) mod broadcast;
pub(super) mod subscription;
mod wakeup;
