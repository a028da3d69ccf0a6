//! `evercred_subscription`: the events of a client's sources.

use evercred_core::client::Subscription;

use crate::client::evercred_client;
use crate::error::evercred_error;
use crate::event::{EventView, evercred_event};
use crate::plumbing::{Handle, OneThreadAtATime, Out, borrow, boundary, free, quietly, share};
use crate::source::{SourceView, evercred_source, timeout};

/// The events of a client's sources, in the order in which they happened. The library does not call the program: the
/// program fetches events or polls a descriptor. At most 256 events wait to be fetched. After that the oldest ones are
/// dropped, and the next event says how many. A forked child opens its own subscription.
/// [one thread at a time]
pub struct evercred_subscription;

impl Handle for evercred_subscription {
    type Inner = Subscription;
    type Threads = OneThreadAtATime;
}

/// Subscribes to the future events of one source or, if `source` is NULL, of all sources of the client, including login
/// identities, and of its CA files. A source whose last handle is freed has no more events: keep a handle to each
/// source that matters.
///
/// @return NULL on success, or an error: CLOSED, or INVALID_ARGUMENT for another client's source.
/// Owns: the caller owns `*subscription_out` and frees it with `evercred_subscription_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_open(
    client: *const evercred_client,
    source: *const evercred_source,
    subscription_out: *mut *mut evercred_subscription,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("subscription_out", subscription_out) }?;
        // SAFETY: as above.
        let (client, source) = unsafe { (share("client", client)?, borrow(source)) };
        out.give(client.subscribe(source.map(SourceView::source))?);
        Ok(())
    })
}

/// Returns the next event. The call waits for one at most `timeout_ms` (0: no wait; negative: the option
/// `total_timeout_ms`). If no event arrives, `*event_out` is NULL; that is not an error.
///
/// @return NULL on success, or an error: CLOSED if the subscription or the client is closed and all earlier events are
/// fetched (a call that waits returns immediately), or INVALID_ARGUMENT in a forked child for its parent's subscription.
/// Owns: the caller owns `*event_out` and frees it with `evercred_event_free`. Blocks: at most `timeout_ms`. Threads:
/// one at a time.
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

/// A descriptor for `poll`, `epoll` and event loops. It is readable while events wait, and always after the subscription
/// or the client is closed. When it is readable, call `evercred_subscription_next` with a timeout of 0 until it returns no
/// event: then the next event makes it readable again, which is an edge for edge-triggered polling. It does not block, and
/// it may be duplicated. Never read, write or close the descriptor; close only a duplicate.
///
/// @return the descriptor, valid as long as the subscription; -1 if there is none (limit of open files, forked child,
/// system without descriptors), and for NULL.
/// Owns: nothing. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_descriptor(subscription: *mut evercred_subscription) -> i32 {
    quietly(-1, || {
        // SAFETY: the crate's contract with C.
        let subscription = unsafe { borrow(subscription.cast_const()) };
        subscription.and_then(descriptor).unwrap_or(-1)
    })
}

/// Any thread may close a subscription, so that its value is used by several.
const _: fn() = || {
    fn shared<T: Sync>() {}
    shared::<Subscription>();
};

#[cfg(unix)]
fn descriptor(subscription: &Subscription) -> Option<i32> {
    use std::os::fd::AsRawFd as _;
    subscription.descriptor().map(|descriptor| descriptor.as_raw_fd())
}

#[cfg(not(unix))]
fn descriptor(_: &Subscription) -> Option<i32> {
    None
}

/// Closes a subscription before it is freed: no event is added any more, a call of `evercred_subscription_next` that
/// waits returns, and after the events that wait already it returns CLOSED. A second call has no effect. NULL is ignored.
///
/// Owns: nothing. Blocks: no. Threads: any, also while another thread uses the subscription.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_close(subscription: *const evercred_subscription) {
    quietly((), || {
        // SAFETY: the crate's contract with C.
        if let Ok(subscription) = unsafe { share("subscription", subscription) } {
            subscription.close();
        }
    });
}

/// Frees a subscription and closes its descriptor. Its events stay valid. NULL is ignored.
///
/// Owns: takes `subscription`. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_subscription_free(subscription: *mut evercred_subscription) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(subscription) });
}
