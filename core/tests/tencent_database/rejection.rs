//! Passwords that the database rejects: reports, the refreshes that they cause, and their limits.

use std::time::{Duration, Instant};

use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
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
fn a_refusal_waits_for_a_rotation_that_has_not_settled() {
    let world = World::new();
    let client = world.real_client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            world.rotate();
        });
        let after = get(&source);
        assert_ne!(password_of(&after), password_of(&before));
    });
    assert!(world.requests() > 2, "one look was not enough");
}

#[test]
fn a_mistaken_report_keeps_the_password() {
    let world = World::new();
    let client = world.real_client(&[("rejected_settle_ms", "600")]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    // There is no other value: the caller gets the rejected one, marked, at its deadline.
    let held = source.get(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(held.state(), State::Rejected);
    assert_eq!(password_of(&held), password_of(&before));
    let status = status_where(&source, "the cloud confirms it", |status| status.state == State::Fresh);
    assert!(status.generation > before.generation());
    // The cloud has confirmed it: another report causes one request, not another wait.
    let start = Instant::now();
    source.report_rejected(&get(&source)).unwrap();
    assert_eq!(password_of(&get(&source)), password_of(&before));
    assert!(start.elapsed() < Duration::from_secs(10));
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
    assert_eq!(source.refresh(Some(LONG)).unwrap_err().code(), Code::RateLimited);
    assert_eq!(world.requests(), requests);
    assert_eq!(get(&source).state(), State::Fresh);
    world.platform.advance(2 * MINUTE);
    source.refresh(Some(LONG)).unwrap();
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
    let fresh = get(&source);
    assert!(fresh.state() == State::Fresh && fresh.is_current());
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY + MINUTE);
    let stale = get(&source);
    assert!(stale.state() == State::Stale && !stale.is_current());
}
