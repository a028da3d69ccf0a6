//! Events: `broadcast` hands each event to every subscriber's queue, `subscription` is what a subscriber pulls from, `wakeup`
//! is the descriptor that an event loop polls.

pub(super) mod broadcast;
pub(super) mod subscription;
mod wakeup;
