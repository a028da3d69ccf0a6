//! Several opens of one source.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use evercred_core::cache::Lease;
use evercred_core::error::Code;
use evercred_core::platform::Platform as _;

use crate::setup::*;

#[test]
fn a_source_ends_with_its_last_lease() {
    let world = World::good();
    let leases = [0, 1].map(|_| Lease::new(Arc::clone(&world.source)).unwrap());
    let held = leases[0].get(Some(LONG)).unwrap();
    leases[0].report_rejected_generation(held.generation()).unwrap();
    eventually("the look lands", || world.source.status().next_refresh_at_ms > world.platform.wall_ms());
    world.answer(Answer::Hangs);
    world.platform.advance(Duration::from_secs(1));
    thread::scope(|scope| {
        let [one, other] = &leases;
        let generation = held.generation();
        let waiting = |lease| scope.spawn(move || Lease::get_newer(lease, generation, Some(LONG)).unwrap_err().code());
        let (first, second) = (waiting(one), waiting(other));
        eventually("it is in the air", || world.fetches() == 3);
        one.close();
        one.close();
        assert_eq!(first.join().unwrap(), Code::Closed);
        assert_eq!(one.get(Some(LONG)).unwrap_err().code(), Code::Closed);
        assert!(one.get_fresh().is_none() && !second.is_finished() && other.try_get().is_ok());
        // A lease of a source that is still open.
        drop(Lease::new(Arc::clone(&world.source)).unwrap());
        assert!(!world.source.has_ended() && !world.provider_dropped.load(Ordering::SeqCst));
        other.close();
        assert_eq!(second.join().unwrap(), Code::Closed);
    });
    assert!(world.source.has_ended() && Lease::new(Arc::clone(&world.source)).is_none());
    assert_eq!(world.published(), 0);
    eventually("the flight and the provider end", || world.provider_dropped.load(Ordering::SeqCst));
    assert!(!held.is_current() && held.material().password.expose() == "a");
    for error in [world.source.get(None).err(), world.source.refresh(None).err(), world.source.try_get().err()] {
        assert_eq!(error.map(|error| error.code()), Some(Code::Closed));
    }
}
