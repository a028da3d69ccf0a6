//! Each kind of event, and when it comes.

use std::time::Duration;

use crate::setup::*;
use crate::support::aliyun_managed::{HOUR, MINUTE, NAME, NO_POLL, managed_world, open as managed};
use crate::support::*;
use evercred_core::cache::EventKind;
use evercred_core::client::Format;
use evercred_core::error::Code;
use evercred_core::platform::Platform as _;
use evercred_emulator::{Fault, FaultKind};

#[test]
fn changes_are_ordered_and_include_login_identities() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let all = client.subscribe(None).unwrap();
    let one = client.subscribe(Some(&source)).unwrap();
    assert!(one.next(Some(Duration::ZERO)).unwrap().is_none());
    let first = get(&source);
    let identity = next(&all);
    assert_eq!((identity.kind, identity.source.as_str()), (EventKind::Changed, "identity/tencent/static"));
    for subscription in [&all, &one] {
        let event = next(subscription);
        assert_eq!((event.kind, event.source.as_str()), (EventKind::Changed, source.name()));
        assert_eq!((event.generation, event.time_ms), (first.generation(), world.platform.wall_ms()));
        assert!(event.error.is_none() && event.dropped == 0);
    }
    // The safety poll brings the same value: no event.
    world.advance(6 * MINUTE);
    world.landed(&source);
    assert!(waiting(&all).is_empty());
    world.advance(DAY);
    let event = next(&one);
    assert_eq!((event.kind, event.generation), (EventKind::Changed, get(&source).generation()));
    assert!(waiting(&one).is_empty());
}

#[test]
fn a_failure_and_its_recovery_are_events() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    let subscription = client.subscribe(None).unwrap();
    world.fail("InternalError");
    world.advance(6 * MINUTE);
    world.landed(&source);
    let failed = next(&subscription);
    assert_eq!(failed.kind, EventKind::RefreshFailed);
    let error = failed.error.unwrap();
    assert_eq!((error.code(), error.provider_code()), (Code::Service, Some("InternalError")));
    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    world.landed(&source);
    let events = waiting(&subscription);
    assert_eq!(kinds(&events).last(), Some(&EventKind::Recovered), "{events:?}");
    assert_eq!(count(&events, EventKind::Recovered), 1);
}

#[test]
fn a_value_past_max_stale_is_reported_once() {
    let world = World::new();
    let client = world.client(&[("max_stale_ms", "600000"), ("max_attempts", "1")]);
    let source = world.source(&client);
    get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY);
    for _ in 0..9 {
        world.advance(MINUTE);
        world.landed(&source);
    }
    assert_eq!(count(&waiting(&subscription), EventKind::Ended), 0);
    let mut reported = 0;
    for _ in 0..10 {
        world.advance(MINUTE);
        world.landed(&source);
        reported += count(&waiting(&subscription), EventKind::Ended);
        assert!(source.get(Some(Duration::ZERO)).is_err() || reported == 0);
    }
    assert_eq!(reported, 1);
}

#[test]
fn a_thousand_reports_are_one_rejection_and_one_change() {
    let world = managed_world();
    let (client, source) = managed(&world, &[]);
    let before = get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    assert!(world.emulator.rotate_secret(NAME, Duration::ZERO));
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| (0..16).for_each(|_| source.report_rejected(&before).unwrap()));
        }
    });
    let after = get(&source);
    let (rejected, changed) = (next(&subscription), next(&subscription));
    assert_eq!((rejected.kind, changed.kind), (EventKind::Rejected, EventKind::Changed));
    assert!(rejected.generation > before.generation() && changed.generation == after.generation());
    assert!(waiting(&subscription).is_empty());
}

#[test]
fn an_overdue_rotation_of_a_token_is_reported_once() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    world.emulator.hold_rotation(true);
    world.advance(DAY);
    world.landed(&source);
    for _ in 0..13 {
        world.advance(MINUTE);
        world.landed(&source);
    }
    assert!(waiting(&subscription).is_empty() && !source.status().rotation_overdue);
    for _ in 0..30 {
        world.advance(MINUTE);
        world.landed(&source);
    }
    assert_eq!(kinds(&waiting(&subscription)), [EventKind::RotationOverdue]);
    assert!(source.status().rotation_overdue);
    assert!(client.report(Format::Json).text().contains("\"rotation_overdue\":true"));
    world.password();
    world.emulator.hold_rotation(false);
    world.advance(2 * MINUTE);
    assert_eq!(next(&subscription).kind, EventKind::Changed);
    assert!(!source.status().rotation_overdue);
    // The next late rotation is reported as well.
    world.emulator.hold_rotation(true);
    world.advance(DAY);
    world.landed(&source);
    world.advance(20 * MINUTE);
    assert_eq!(next(&subscription).kind, EventKind::RotationOverdue);
}

#[test]
fn an_overdue_rotation_of_a_secret_is_reported_without_a_poll() {
    let world = managed_world();
    // No poll for a day: only the timer of the source can notice.
    let (client, source) = managed(&world, &[NO_POLL]);
    world.emulator.set_secret_rotation(NAME, Some(7 * DAY));
    get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    world.emulator.hold_rotation(true);
    let mut reported = Vec::new();
    let start = world.platform.now();
    while world.platform.now().since(start) < 8 * DAY {
        world.advance(MINUTE * 5);
        world.landed(&source);
        for event in waiting(&subscription) {
            reported.push((event.kind, world.platform.now().since(start)));
        }
    }
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert_eq!(reported[0].0, EventKind::RotationOverdue);
    assert!((7 * DAY + 14 * MINUTE..7 * DAY + 26 * MINUTE).contains(&reported[0].1), "{reported:?}");
}

#[test]
fn an_outage_at_the_rotation_is_not_an_overdue_rotation() {
    let world = World::new();
    let client = world.client(&[("max_attempts", "1")]);
    let source = world.source(&client);
    get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY);
    for _ in 0..20 {
        world.advance(MINUTE);
        world.landed(&source);
    }
    assert_eq!(count(&waiting(&subscription), EventKind::RotationOverdue), 0);
    assert!(!source.status().rotation_overdue);
}

#[test]
fn a_rejected_identity_is_an_event() {
    let world = World::new();
    world.emulator.set_role("app", HOUR);
    let mut config = world.bare_config();
    config.set("tencent_identity", "cvm_role").unwrap();
    let client = world.client_of(config);
    let source = world.source(&client);
    get(&source);
    let subscription = client.subscribe(None).unwrap();
    world.emulator.inject(Fault {
        action: Some(CAM.into()),
        times: 1,
        kind: FaultKind::Answer {
            status: 200,
            code: Some("AuthFailure.TokenFailure".into()),
            message: None,
            content_type: None,
            retry_after: None,
        },
    });
    source.refresh(Some(LONG)).unwrap();
    let events = waiting(&subscription);
    // The metadata service has no other keys, and this time CAM accepts them.
    let expected = [EventKind::Rejected, EventKind::Reconfirmed, EventKind::Refreshed];
    assert_eq!(kinds(&events), expected, "{events:?}");
    assert!(events[..2].iter().all(|event| event.source == "identity/tencent/cvm_role"));
    assert_eq!(events[2].source, source.name());
}
