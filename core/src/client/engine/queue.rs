//! The flights that wait for a turn: a client has only so many in the air.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::oneshot;

use crate::cache::Need;

/// Flights by urgency, and within the same urgency the oldest first.
pub(super) struct Queue<F> {
    waiting: BTreeMap<(Turn, u64), Waiting<F>>,
    /// The place of each source's flight that has not started, by the source's key.
    places: HashMap<usize, (Turn, u64)>,
    arrivals: u64,
    in_the_air: usize,
    /// Flights in the air without a turn: they wait for something slow, or for a turn to go on.
    lending: usize,
    limit: usize,
}

enum Waiting<F> {
    /// A flight that has not started, and its source's key.
    New(usize, F),
    /// A flight that has lent its turn and goes on when the sender is used.
    GoesOn(oneshot::Sender<()>),
}

/// The order of the flights. A flight that another flight waits for starts in any case: otherwise the flights in the air
/// could all wait for one that cannot start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    ForAFlight,
    Identity,
    GoesOn,
    ForACaller,
    Background,
}

impl<F> Queue<F> {
    /// At most `limit` flights have a turn.
    pub(super) fn new(limit: usize) -> Queue<F> {
        let (waiting, places) = (BTreeMap::new(), HashMap::new());
        Queue { waiting, places, arrivals: 0, in_the_air: 0, lending: 0, limit }
    }

    /// A flight of the source with this key.
    pub(super) fn add(&mut self, flight: F, key: usize, is_of_identity: bool) {
        let place = self.place(if is_of_identity { Turn::Identity } else { Turn::Background });
        self.places.insert(key, place);
        self.waiting.insert(place, Waiting::New(key, flight));
    }

    fn place(&mut self, turn: Turn) -> (Turn, u64) {
        self.arrivals += 1;
        (turn, self.arrivals)
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

    /// The flight that may start now. It counts as in the air until [`Queue::landed`]. Flights that may go on before it
    /// do.
    pub(super) fn next(&mut self) -> Option<F> {
        loop {
            let first = self.waiting.first_entry()?;
            let needs_turn = match first.get() {
                Waiting::New(..) => first.key().0 != Turn::ForAFlight,
                // Otherwise it has gone on without one, or has ended.
                Waiting::GoesOn(sender) => !sender.is_closed(),
            };
            if needs_turn && self.in_the_air.saturating_sub(self.lending) >= self.limit {
                return None;
            }
            match first.remove() {
                Waiting::New(key, flight) => {
                    self.places.remove(&key);
                    self.in_the_air += 1;
                    return Some(flight);
                }
                Waiting::GoesOn(sender) => {
                    self.lending = self.lending.saturating_sub(1);
                    let _ended = sender.send(()).is_err();
                }
            }
        }
    }

    pub(super) fn landed(&mut self) {
        self.in_the_air = self.in_the_air.saturating_sub(1);
    }

    /// A flight in the air waits for something slow: others may use its turn.
    pub(super) fn lends(&mut self) {
        self.lending = self.lending.saturating_add(1);
    }

    /// A flight that has lent its turn takes one again, before new flights that are no identities.
    pub(super) fn goes_on(&mut self, is_of_identity: bool, sender: oneshot::Sender<()>) {
        let place = self.place(if is_of_identity { Turn::Identity } else { Turn::GoesOn });
        self.waiting.insert(place, Waiting::GoesOn(sender));
    }

    /// Whether no flight waits for its start.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    /// What starts when one flight after another lands.
    fn in_turn(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        let mut all = Vec::new();
        while !queue.is_empty() {
            queue.landed();
            all.extend(started(queue));
        }
        all
    }

    #[test]
    fn identities_come_first_and_then_the_oldest_need() {
        let mut queue = Queue::new(1);
        queue.add("in the air", 1, false);
        assert_eq!(started(&mut queue), ["in the air"]);
        queue.add("background", 2, false);
        queue.add("later background", 3, false);
        queue.add("for a caller", 4, false);
        queue.add("later for a caller", 5, false);
        queue.add("identity", 6, true);
        queue.add("later identity", 7, true);
        assert!(started(&mut queue).is_empty());
        queue.needed(5, Need::Caller);
        queue.needed(4, Need::Caller);
        queue.needed(7, Need::Caller);
        queue.needed(99, Need::Caller);
        let expected =
            ["identity", "later identity", "for a caller", "later for a caller", "background", "later background"];
        assert_eq!(in_turn(&mut queue), expected);
    }

    #[test]
    fn a_flight_that_another_one_waits_for_starts_in_any_case() {
        let mut queue = Queue::new(1);
        queue.add("waits", 1, false);
        assert_eq!(started(&mut queue), ["waits"]);
        queue.add("identity", 2, true);
        assert!(started(&mut queue).is_empty());
        queue.needed(2, Need::Flight);
        assert_eq!(started(&mut queue), ["identity"]);
    }

    #[test]
    fn turns_are_lent_without_a_bound_and_taken_again() {
        let mut queue = Queue::new(2);
        (0..100).for_each(|key| queue.add("slow", key, false));
        for _ in 0..50 {
            assert_eq!(started(&mut queue).len(), 2);
            queue.lends();
            queue.lends();
        }
        // All go on at once: two have a turn, and the others wait for theirs.
        let mut receivers = Vec::new();
        for _ in 0..100 {
            let (sender, receiver) = oneshot::channel();
            queue.goes_on(false, sender);
            receivers.push(receiver);
        }
        queue.add("new", 200, false);
        let going = |receivers: &mut Vec<oneshot::Receiver<()>>| {
            let before = receivers.len();
            receivers.retain_mut(|receiver| receiver.try_recv().is_err());
            before - receivers.len()
        };
        assert!(started(&mut queue).is_empty());
        assert_eq!(going(&mut receivers), 2);
        queue.landed();
        assert!(started(&mut queue).is_empty());
        assert_eq!(going(&mut receivers), 1);
        // Those that reach their deadlines go on without a turn, and then land.
        receivers.clear();
        assert!(started(&mut queue).is_empty());
        (0..98).for_each(|_| queue.landed());
        assert_eq!(started(&mut queue), ["new"]);
    }
}
