//! Rotations on schedule, early and late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::platform::Platform;
use evercred_core::providers::Origin;

#[test]
fn a_cold_start_brings_the_password_and_its_end() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    assert!(source.peek().is_none());
    let credential = get(&source);
    assert_eq!(password_of(&credential), world.password());
    assert_eq!(credential.material().username.expose(), USER);
    assert_eq!(credential.state(), State::Fresh);
    assert!(credential.is_current());
    let left = credential.expires_at_ms() - world.emulator.now_ms();
    assert!((left - 24 * 3600 * 1000).abs() < 20_000, "{left}");
    assert_eq!(source.status().origin, Origin::Cloud);
    get(&source);
    assert_eq!(world.requests(), 1);
    world.assert_no_secret(&client, &[format!("{credential:?} {source:?}")]);
}

#[test]
fn a_rotation_on_time_is_followed_at_once() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.password();
    world.advance(DAY + Duration::from_millis(10));
    // A caller does not wait for the jitter of the background.
    let after = get(&source);
    assert_ne!(password_of(&before), password_of(&after));
    assert_eq!(password_of(&after), world.password());
    assert!(!before.is_current() && after.is_current() && after.generation() > before.generation());
}

#[test]
fn the_background_follows_a_rotation_without_callers() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.advance(DAY + Duration::from_secs(5));
    eventually("the background takes the new password", || {
        source.peek().is_some_and(|credential| password_of(&credential) != password_of(&before))
    });
}

#[test]
fn an_early_rotation_is_found_by_the_safety_poll() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.rotate();
    assert!(before.is_current());
    world.advance(6 * MINUTE);
    eventually("the poll finds the rotation", || !before.is_current());
    assert_eq!(password_of(&get(&source)), world.password());
    assert_eq!(world.requests(), 2);
}

#[test]
fn a_late_rotation_is_polled_soon_and_rarely() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.emulator.hold_rotation(true);
    world.advance(DAY);
    let unsettled = get(&source);
    assert_eq!(password_of(&unsettled), password_of(&before));
    let mut passed = 0;
    let start = world.requests();
    while passed < 60_000 {
        world.advance(Duration::from_millis(250));
        passed += 250;
        world.landed(&source);
        get(&source);
    }
    let asked = world.requests() - start;
    assert!((2..=20).contains(&asked), "{asked} requests in a minute");
    world.password();
    world.emulator.hold_rotation(false);
    world.advance(2 * MINUTE);
    eventually("the new password comes", || password_of(&get(&source)) != password_of(&before));
}

#[test]
fn a_rotation_time_long_past_is_not_an_end() {
    let world = World::new();
    world.emulator.hold_rotation(true);
    world.emulator.set_next_rotation_in(REGION, INSTANCE, USER, Duration::from_secs(1));
    world.advance(2 * DAY);
    let client = world.client(&[("max_attempts", "1")]);
    let source = world.source(&client);
    let credential = get(&source);
    assert_eq!((credential.expires_at_ms(), credential.state()), (0, State::Fresh));
    assert!(source.status().rotation_overdue);
    // The poll looks, not more.
    let start = world.requests();
    for _ in 0..60 {
        world.advance(MINUTE);
        world.landed(&source);
        get(&source);
    }
    let asked = world.requests() - start;
    assert!((8..=16).contains(&asked), "{asked} requests in an hour");
    // An outage of half an hour is survived.
    world.fail_times(u64::MAX, 503, None);
    for _ in 0..30 {
        world.advance(MINUTE);
        world.landed(&source);
        assert_eq!(password_of(&get(&source)), password_of(&credential));
    }
    world.emulator.clear_faults();
    world.password();
    world.emulator.hold_rotation(false);
    world.advance(6 * MINUTE);
    eventually("the new password comes", || password_of(&get(&source)) != password_of(&credential));
}

#[test]
fn a_simulated_day_makes_at_most_three_hundred_requests() {
    let requests = simulation::requests_in_a_day();
    assert!((270..=300).contains(&requests), "{requests} requests");
}

#[test]
fn a_suspend_is_noticed_within_a_second_of_waking() {
    let world = World::new();
    let platform = Arc::new(RealTime::default());
    let client = world.kept(Client::new(world.config(&[]), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let source = world.source(&client);
    let before = get(&source);
    assert!(before.is_current());
    world.fail_times(u64::MAX, 503, None);
    platform.sleep_through(DAY + MINUTE);
    let start = Instant::now();
    eventually("the life that ended is noticed", || !before.is_current());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(get(&source).state(), State::Stale);
}
