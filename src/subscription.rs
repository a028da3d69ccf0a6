//! `evercred_subscription`: what happens to a client's sources.

use evercred_core::client::Subscription;

use crate::client::evercred_client;
use crate::error::evercred_error;
use crate::event::{EventView, evercred_event};
use crate::plumbing::{Handle, Out, borrow, boundary, free, quietly, share};
use crate::source::{evercred_source, timeout};

/// What happens to a client's sources, in the order in which it happened. Nothing of evercred calls into the program: it
/// fetches, or polls a descriptor. At most 256 events wait; then the oldest are lost, and the next one says how many. A
/// forked child opens its own.
/// [one thread at a time]
pub struct evercred_subscription;

impl Handle for evercred_subscription {
    type Inner = Subscription;
}

/// Listens from now on to what happens to one source, or for NULL to all sources of the client, login identities among
/// them, and to its CA files. A source whose last handle is freed has no more events: hold those that matter.
///
/// @return NULL, or an error: CLOSED, or INVALID_ARGUMENT for another client's source.
/// Owns: the caller gets `*subscription_out` and frees it with `evercred_subscription_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_open(
    client: *mut evercred_client,
    source: *const evercred_source,
    subscription_out: *mut *mut evercred_subscription,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("subscription_out", subscription_out) }?;
        // SAFETY: as above.
        let (client, source) = unsafe { (share("client", client.cast_const())?, borrow(source)) };
        out.give(client.subscribe(source.map(|view| &view.source))?);
        Ok(())
    })
}

/// Hands out the next event; one is waited for at most `timeout_ms` (0: not at all; negative: the option
/// `total_timeout_ms`). Where none came, `*event_out` is NULL and that is no error.
///
/// @return NULL, or an error: CLOSED once the client was closed and all events from before it are fetched, at once for
/// who waits; INVALID_ARGUMENT in a forked child for its parent's subscription.
/// Owns: the caller gets `*event_out` and frees it with `evercred_event_free`. Blocks: at most `timeout_ms`.
/// Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_next(
    subscription: *mut evercred_subscription,
    timeout_ms: i64,
    event_out: *mut *mut evercred_event,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("event_out", event_out) }?;
        // SAFETY: as above.
        let subscription = unsafe { share("subscription", subscription.cast_const()) }?;
        if let Some(event) = subscription.next(timeout(timeout_ms))? {
            out.give(EventView::new(event));
        }
        Ok(())
    })
}

/// A descriptor for `poll`, `epoll` and event loops. It is readable as long as events wait, and for good once the client
/// was closed: then call `evercred_subscription_next` with a timeout of 0 until it hands out none. Never read, write or
/// close it.
///
/// @return the descriptor, which lives as long as the subscription; -1 where there can be none (the limit of open files, a
/// forked child, a system without them), and for NULL.
/// Owns: nothing. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_descriptor(subscription: *mut evercred_subscription) -> i32 {
    quietly(-1, || {
        // SAFETY: the crate's contract with C.
        let subscription = unsafe { borrow(subscription.cast_const()) };
        subscription.and_then(descriptor).unwrap_or(-1)
    })
}

#[cfg(unix)]
fn descriptor(subscription: &Subscription) -> Option<i32> {
    use std::os::fd::AsRawFd as _;
    subscription.descriptor().map(|descriptor| descriptor.as_raw_fd())
}

#[cfg(not(unix))]
fn descriptor(_: &Subscription) -> Option<i32> {
    None
}

/// Frees a subscription and closes its descriptor. Events that it handed out live on. NULL is nothing.
///
/// Owns: takes `subscription`. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_free(subscription: *mut evercred_subscription) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(subscription) });
}
