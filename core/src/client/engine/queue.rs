//! The flights that wait for a turn: a client has only so many in the air.

use std::collections::{BTreeMap, HashMap};

use crate::cache::{Flight, Need};

/// Flights by urgency, and within the same urgency the oldest first.
pub(super) struct Queue {
    waiting: BTreeMap<(Turn, u64), Flight>,
    /// The place of each source's flight, by the source's key.
    places: HashMap<usize, (Turn, u64)>,
    arrivals: u64,
    in_the_air: usize,
    /// Flights in the air that wait for a look-up or a file that hangs.
    slow: usize,
    limit: usize,
}

/// How many turns of slow flights others may use, as a multiple of the limit. Not all: when a name server answers
/// again, all of them go on at once.
const MOST_LENT: usize = 3;

/// The order of the flights. A flight that another flight waits for starts in any case, since that one does not use its
/// own turn meanwhile: otherwise the flights in the air could all wait for one that cannot start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    ForAFlight,
    Identity,
    ForACaller,
    Background,
}

impl Queue {
    /// At most `limit` flights are in the air.
    pub(super) fn new(limit: usize) -> Queue {
        Queue { waiting: BTreeMap::new(), places: HashMap::new(), arrivals: 0, in_the_air: 0, slow: 0, limit }
    }

    pub(super) fn add(&mut self, flight: Flight) {
        let turn = if flight.is_of_identity() { Turn::Identity } else { Turn::Background };
        let key = flight.key();
        self.arrivals += 1;
        let place = (turn, self.arrivals);
        self.places.insert(key, place);
        self.waiting.insert(place, flight);
    }

    /// The source's flight is needed; nothing happens if none waits.
    pub(super) fn needed(&mut self, key: usize, need: Need) {
        let turn = match need {
            Need::Flight => Turn::ForAFlight,
            Need::Caller => Turn::ForACaller,
        };
        let Some(place) = self.places.get_mut(&key) else { return };
        if turn < place.0
            && let Some(flight) = self.waiting.remove(place)
        {
            *place = (turn, place.1);
            self.waiting.insert(*place, flight);
        }
    }

    /// The flight that may start now. It counts as in the air until [`Queue::landed`].
    pub(super) fn next(&mut self) -> Option<Flight> {
        let first = self.waiting.first_entry()?;
        let lent = self.slow.min(self.limit.saturating_mul(MOST_LENT));
        if self.in_the_air >= self.limit.saturating_add(lent) && first.key().0 != Turn::ForAFlight {
            return None;
        }
        let flight = first.remove();
        self.places.remove(&flight.key());
        self.in_the_air += 1;
        Some(flight)
    }

    pub(super) fn landed(&mut self) {
        self.in_the_air = self.in_the_air.saturating_sub(1);
    }

    /// A flight in the air waits for something that hangs, or goes on.
    pub(super) fn slow(&mut self, is_slow: bool) {
        self.slow = if is_slow { self.slow.saturating_add(1) } else { self.slow.saturating_sub(1) };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
