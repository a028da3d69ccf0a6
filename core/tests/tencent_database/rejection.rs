//! Passwords that the database rejects: reports, the refreshes that they cause, and their limits.

use std::time::{Duration, Instant};

use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::cache::EventKind;
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
use evercred_core::providers::Origin;
use evercred_emulator::FaultKind;

#[test]
fn an_early_rotation_is_found_by_a_reported_refusal() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.rotate();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| source.report_rejected(&before).unwrap());
        }
    });
    assert!(!before.is_current());
    let after = get(&source);
    assert_eq!(password_of(&after), world.password());
    assert_eq!(world.requests(), 2);
    assert_eq!(source.status().rejections, 1);
    // A report of an older value is ignored.
    source.report_rejected(&before).unwrap();
    assert!(after.is_current());
    world.assert_no_secret(&client, &[]);
}

#[test]
fn a_rotation_that_has_not_settled_is_waited_for() {
    let world = World::new();
    let client = world.real_client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected_generation(before.generation()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            world.rotate();
        });
        // The whole timeout is for another value, also while the service returns the rejected one.
        let after = source.get_newer(before.generation(), Some(LONG)).unwrap();
        assert_ne!(password_of(&after), password_of(&before));
        // An old generation, and one that was never handed out: as `get`.
        for generation in [before.generation(), 0, u64::MAX] {
            assert_eq!(source.get_newer(generation, Some(LONG)).unwrap().generation(), after.generation());
        }
        let error = source.get_newer(after.generation(), Some(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.code(), Code::Timeout);
    });
    assert!(world.requests() > 2, "one look was not enough");
    // A report by an old generation is ignored.
    source.report_rejected_generation(before.generation()).unwrap();
    assert_eq!((source.status().rejections, source.status().state), (1, State::Fresh));
}

#[test]
fn a_value_that_the_service_returns_again_stays_rejected() {
    let world = World::new();
    let client = world.client(&[("poll_interval_ms", "300000"), ("refresh_wait_ms", "0")]);
    let source = world.source(&client);
    let before = get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    let waiting = || std::iter::from_fn(|| subscription.next(Some(Duration::ZERO)).unwrap()).collect::<Vec<_>>();
    source.report_rejected(&before).unwrap();
    let mut events = Vec::new();
    for _ in 0..3 * 60 {
        world.advance(Duration::from_secs(10));
        world.landed(&source);
        let held = get(&source);
        assert_eq!((held.state(), password_of(&held)), (State::Rejected, password_of(&before)));
        assert!(!held.is_current() && !before.is_current());
        events.extend(waiting());
    }
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Rejected, EventKind::Reconfirmed], "the looking ends in an event");
    // Half an hour: some looks until it settles, and then the poll.
    assert!((8..=40).contains(&world.requests()), "{} requests", world.requests());

    // The service has stood by it. A later report looks again, each with a token of its own.
    for _ in 0..4 {
        let looks = world.requests();
        source.report_rejected(&get(&source)).unwrap();
        assert_eq!(get(&source).state(), State::Rejected);
        eventually("it looks again", || world.requests() > looks);
        world.advance(Duration::from_secs(61));
        world.landed(&source);
        eventually("and settles", || {
            let done = waiting().iter().any(|event| event.kind == EventKind::Reconfirmed);
            world.platform.advance(Duration::from_secs(1));
            done
        });
    }
    world.rotate();
    world.advance(Duration::from_secs(400));
    status_where(&source, "another value ends it", |status| status.state == State::Fresh);
    assert_eq!(password_of(&get(&source)), world.password());
}

#[test]
fn reports_that_are_used_up_leave_the_value_rejected() {
    let world = World::new();
    let client = world.client(&[("rejected_settle_ms", "0"), ("forced_refresh_burst", "2"), ("refresh_wait_ms", "0")]);
    let source = world.source(&client);
    let before = get(&source);
    for _ in 0..2 {
        let looks = world.requests();
        source.report_rejected(&before).unwrap();
        eventually("it looks", || world.requests() > looks);
        world.landed(&source);
    }
    assert_eq!(source.report_rejected(&before).unwrap_err().code(), Code::RateLimited);
    assert_eq!((source.status().state, get(&source).state()), (State::Rejected, State::Rejected));
    // Refreshes have a count of their own, and an answer with the same value is none with another.
    source.refresh(Some(LONG)).unwrap();
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(source.refresh(Some(LONG)).unwrap_err().code(), Code::RateLimited);
    assert_eq!((source.status().state, get(&source).state()), (State::Rejected, State::Rejected));
}

#[test]
fn a_mistaken_report_costs_a_short_wait() {
    let world = World::new();
    let client = world.real_client(&[("rejected_settle_ms", "600"), ("refresh_wait_ms", "200")]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    // There is no other value: the caller gets the rejected one, marked, without using its whole timeout.
    for _ in 0..50 {
        let start = Instant::now();
        let held = source.get(Some(LONG)).unwrap();
        assert!(start.elapsed() < LONG / 4, "{:?}", start.elapsed());
        assert_eq!((held.state(), password_of(&held)), (State::Rejected, password_of(&before)));
    }
}

#[test]
fn a_rejected_value_is_not_usable_during_an_outage() {
    let folder = Folder::new("rejected-fallback");
    let file = folder.write("fallback", "password-left-by-an-operator");
    let world = World::new();
    world.remember("password-left-by-an-operator");
    let client = world.client(&[("fallback_file", &file), ("max_attempts", "1")]);
    let source = world.source(&client);
    let before = get(&source);
    world.fail_times(u64::MAX, 503, None);
    source.report_rejected(&before).unwrap();
    let after = source.get_newer(before.generation(), Some(LONG)).unwrap();
    assert_eq!(password_of(&after), "password-left-by-an-operator");
    assert_eq!(after.material().origin, Origin::FallbackFile);

    // A file with the rejected password is no help.
    let world = World::new();
    let client = world.client(&[("fallback_file", &file), ("max_attempts", "1"), ("refresh_wait_ms", "0")]);
    let source = world.source(&client);
    let before = get(&source);
    folder.write("fallback", password_of(&before));
    world.fail_times(u64::MAX, 503, None);
    source.report_rejected(&before).unwrap();
    status_where(&source, "the look fails", |status| status.failures > 0);
    let held = get(&source);
    assert_eq!((held.state(), held.material().origin), (State::Rejected, Origin::Cloud));
}

#[test]
fn nothing_is_usable_if_the_cloud_refuses_too() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.emulator.set_account_enabled(REGION, INSTANCE, USER, false);
    source.report_rejected(&before).unwrap();
    for wait in [Duration::ZERO, Duration::from_secs(15)] {
        world.advance(wait);
        assert_eq!(get_error(&source).provider_code(), Some("ResourceNotFound.DataFlowAuthClose"));
    }
}

#[test]
fn reports_are_rate_limited_with_the_time_to_wait() {
    let world = World::new();
    let client = world.client(&[("rejected_settle_ms", "0")]);
    let source = world.source(&client);
    for _ in 0..5 {
        world.rotate();
        source.report_rejected(&get(&source)).unwrap();
        let credential = get(&source);
        assert_eq!(password_of(&credential), world.password());
    }
    let requests = world.requests();
    let error = source.report_rejected(&get(&source)).unwrap_err();
    assert_eq!(error.code(), Code::RateLimited);
    assert!(error.is_retryable() && error.retry_after().unwrap() <= 2 * MINUTE, "{error}");
    assert_eq!(world.requests(), requests);
    // Its service does not accept it: it is no good value although no request was made.
    assert_eq!(get(&source).state(), State::Rejected);
    // Refreshes have a count of their own.
    for _ in 0..5 {
        source.refresh(Some(LONG)).unwrap();
    }
    assert_eq!(source.refresh(Some(LONG)).unwrap_err().code(), Code::RateLimited);
    // One for the fetch that the last report was not allowed, and one for the next report.
    world.platform.advance(4 * MINUTE);
    source.refresh(Some(LONG)).unwrap();
    source.report_rejected(&get(&source)).unwrap();
}

#[test]
fn endless_reports_follow_the_schedule() {
    let world = World::new();
    let client = world.real_client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        source.report_rejected(&before).unwrap();
    }
    // The cloud confirms the value: it is asked again soon, and more and more rarely.
    assert!(world.requests() <= 10, "{} requests", world.requests());
    world.inject(u64::MAX, FaultKind::Drop);
    let requests = world.requests();
    while start.elapsed() < Duration::from_secs(4) {
        source.report_rejected(&before).unwrap();
    }
    assert!(world.requests() - requests <= 20, "{} requests", world.requests() - requests);
}

#[test]
fn rejected_and_stale_values_are_never_current() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    let held = source.get(Some(Duration::ZERO)).unwrap();
    assert!(held.state() == State::Rejected && !held.is_current());
    assert_eq!(source.generation_cell().load(std::sync::atomic::Ordering::Acquire), 0);
    world.rotate();
    world.platform.advance(MINUTE);
    let fresh = source.get_newer(held.generation(), Some(LONG)).unwrap();
    assert!(fresh.state() == State::Fresh && fresh.is_current());
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY + MINUTE);
    let stale = get(&source);
    assert!(stale.state() == State::Stale && !stale.is_current());
}
