//! Helpers for receiving events.

use std::time::Duration;

use crate::support::*;
use evercred_core::cache::{Event, EventKind};
use evercred_core::client::Subscription;

pub const DAY: Duration = Duration::from_secs(24 * 3600);

pub fn next(subscription: &Subscription) -> Event {
    subscription.next(Some(LONG)).unwrap().unwrap()
}

/// The events that wait at present.
pub fn waiting(subscription: &Subscription) -> Vec<Event> {
    std::iter::from_fn(|| subscription.next(Some(Duration::ZERO)).unwrap()).collect()
}

pub fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

pub fn count(events: &[Event], kind: EventKind) -> usize {
    events.iter().filter(|event| event.kind == kind).count()
}
