//! How events are delivered: bounds, the descriptor, closing, fork.

use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::EventKind;
use evercred_core::client::Subscription;
use evercred_core::error::Code;
use evercred_emulator::FaultKind;

#[test]
fn a_slow_subscriber_loses_the_oldest_events_and_gets_their_count() {
    let world = World::new();
    let client = world.client(&[("forced_refresh_burst", "1000")]);
    let source = world.source(&client);
    let listener = client.subscribe(Some(&source)).unwrap();
    get(&source);
    world.inject(u64::MAX, FaultKind::CloseEarly);
    for _ in 0..299 {
        source.refresh(Some(LONG)).unwrap_err();
    }
    let events = waiting(&listener);
    assert_eq!((events.len(), events[0].dropped), (256, 44));
    assert!(events.iter().all(|event| event.kind == EventKind::RefreshFailed));
    assert!(events[1..].iter().all(|event| event.dropped == 0));
}

/// Whether a poll finds the descriptor readable within a moment.
#[cfg(unix)]
fn is_readable(subscription: &Subscription) -> bool {
    let descriptor = subscription.descriptor().unwrap().try_clone_to_owned().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let polled = tokio::net::UnixStream::from_std(descriptor.into()).unwrap();
        tokio::time::timeout(Duration::from_millis(50), polled.readable()).await.is_ok()
    })
}

#[cfg(unix)]
#[test]
fn the_descriptor_is_readable_while_events_wait() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let subscription = client.subscribe(Some(&source)).unwrap();
    let late = client.subscribe(None).unwrap();
    assert!(!is_readable(&subscription));
    get(&source);
    assert!(is_readable(&subscription) && is_readable(&subscription));
    // This descriptor was made after the events came.
    assert!(is_readable(&late));
    next(&late);
    assert!(is_readable(&late), "one of two is left");
    next(&late);
    next(&subscription);
    assert!(!is_readable(&late) && !is_readable(&subscription));
    client.close();
    assert!(is_readable(&subscription));
}

#[test]
fn closing_delivers_waiting_events_first() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let full = client.subscribe(Some(&source)).unwrap();
    get(&source);
    let empty = client.subscribe(None).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| empty.next(Some(3 * LONG)).unwrap_err().code());
        std::thread::sleep(Duration::from_millis(50));
        client.close();
        assert_eq!(waiter.join().unwrap(), Code::Closed);
    });
    assert_eq!(next(&full).kind, EventKind::Changed);
    assert_eq!(full.next(None).unwrap_err().code(), Code::Closed);
    assert_eq!(client.subscribe(None).unwrap_err().code(), Code::Closed);
    drop(client);
    assert_eq!(full.next(Some(LONG)).unwrap_err().code(), Code::Closed);
}

#[test]
fn dropped_and_inherited_subscriptions_receive_nothing() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let other = world.client(&[]);
    let error = other.subscribe(Some(&source)).unwrap_err();
    assert!(error.code() == Code::InvalidArgument && error.message().starts_with("source"), "{error}");
    drop(client.subscribe(Some(&source)).unwrap());

    let parents = client.subscribe(Some(&source)).unwrap();
    world.platform.fork();
    let childs = client.subscribe(Some(&source)).unwrap();
    get(&source);
    assert_eq!(next(&childs).kind, EventKind::Changed);
    let error = parents.next(Some(LONG)).unwrap_err();
    assert!(error.code() == Code::InvalidArgument && error.message().starts_with("subscription"), "{error}");
    #[cfg(unix)]
    assert!(parents.descriptor().is_none() && childs.descriptor().is_some());
}
