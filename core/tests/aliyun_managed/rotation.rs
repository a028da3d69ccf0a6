//! Rotations of a managed key on schedule, early and late, revocation, outages, throttling and malformed answers, with calls
//! that the emulator checks.

use std::sync::Arc;
use std::time::Duration;

use crate::child::in_child;
use crate::support::aliyun_managed::*;
use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_emulator::FaultKind;

const SECOND: Duration = Duration::from_secs(1);
const GONE: &str = "InvalidAccessKeyId.NotFound";

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap())
}

/// The renewal is at a time, and at most the random part after it.
fn renewed_after(world: &World, source: &Arc<Source>, at_ms: i64) {
    let late = source.status().renew_at_ms - at_ms;
    // The wall clock of answers is in whole seconds.
    assert!((-1000..=600_000 + 1000).contains(&late), "{late} ms off, at {}", world.platform.wall_ms());
}

#[test]
fn a_rotation_on_schedule_is_followed_as_the_official_plugin_does() {
    let world = managed_world();
    let (_client, source) = open(&world, &[NO_POLL]);
    let before = get(&source);
    renewed_after(&world, &source, world.platform.wall_ms() + 6 * 3_600_000);
    let rotation = world.emulator.next_secret_rotation_ms(NAME).unwrap();
    world.advance(millis(rotation - world.platform.wall_ms()) - HOUR);
    world.landed(&source);
    renewed_after(&world, &source, rotation + 5 * 60_000);
    current(&world);
    // Just after the rotation the old key is held, and valid.
    world.advance(HOUR + 4 * MINUTE);
    assert_eq!((key_of(&get(&source)), call(&world, &before).as_str()), (key_of(&before), ""));
    assert_ne!(key_of(&before), current(&world));
    let requests = world.emulator.requests(ACTION);
    world.advance(15 * MINUTE);
    world.landed(&source);
    let after = get(&source);
    assert_eq!((key_of(&after), call(&world, &after)), (current(&world).as_str(), String::new()));
    assert_eq!(world.emulator.requests(ACTION) - requests, 1);
}

#[test]
fn an_early_rotation_is_noticed_by_the_poll_within_minutes() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    world.advance(HOUR);
    world.landed(&source);
    rotate(&world, 48 * HOUR);
    // Five minutes, and a tenth of them.
    world.advance(330 * SECOND);
    world.landed(&source);
    let after = get(&source);
    assert_ne!(key_of(&after), key_of(&before));
    assert_eq!((key_of(&after), call(&world, &after)), (current(&world).as_str(), String::new()));
}

#[test]
fn an_overdue_rotation_keeps_the_key_and_causes_no_extra_requests() {
    let world = managed_world();
    world.emulator.hold_rotation(true);
    world.emulator.set_next_secret_rotation_in(NAME, HOUR);
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    let start = world.emulator.requests(ACTION);
    for _ in 0..120 {
        world.advance(2 * MINUTE);
        world.landed(&source);
        let held = get(&source);
        assert_eq!((held.state(), key_of(&held), call(&world, &held)), (State::Fresh, key_of(&before), String::new()));
    }
    // Four hours of polls.
    let asked = world.emulator.requests(ACTION) - start;
    assert!((40..=60).contains(&asked), "{asked} requests");
    current(&world);
    world.emulator.hold_rotation(false);
    world.advance(330 * SECOND);
    world.landed(&source);
    assert_ne!(key_of(&get(&source)), key_of(&before));
    assert_eq!(key_of(&get(&source)), current(&world));
}

#[test]
fn under_steady_load_immediate_rotations_fail_no_call() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    get(&source);
    let mut keys = Vec::new();
    let mut calls = 0;
    for round in 0..3_u32 {
        // At another time of the poll's each round; the old key dies after ten minutes.
        for step in 0..216 {
            if step == 24 + 17 * round {
                rotate(&world, 10 * MINUTE);
            }
            world.advance(5 * SECOND);
            world.landed(&source);
            let held = get(&source);
            assert_eq!(call(&world, &held), "", "round {round}, step {step}");
            calls += 1;
            if keys.last() != Some(&key_of(&held).to_owned()) {
                keys.push(key_of(&held).to_owned());
            }
        }
    }
    assert_eq!((calls, keys.len(), world.emulator.secret_rotations(NAME)), (648, 4, 3));
    // All but the last have been deleted by now.
    assert!(keys[..3].iter().all(|key| !world.emulator.is_access_key_live(key)));
}

#[test]
fn sixty_four_threads_that_are_refused_make_one_refresh_and_go_on() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    get(&source);
    rotate(&world, Duration::ZERO);
    fail(&world, 1, FaultKind::Delay(Duration::from_millis(50)));
    let start = std::sync::Barrier::new(64);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let held = source.peek().unwrap();
                start.wait();
                assert_eq!(call(&world, &held), GONE);
                source.report_rejected(&held).unwrap();
                assert_eq!(call(&world, &get(&source)), "");
            });
        }
    });
    assert_eq!((world.emulator.requests(ACTION), source.status().rejections), (2, 1));
}

#[test]
fn an_empty_bucket_is_an_error_with_the_time_to_wait() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    for _ in 0..5 {
        let held = get(&source);
        rotate(&world, Duration::ZERO);
        assert_eq!(call(&world, &held), GONE);
        source.report_rejected(&held).unwrap();
        assert_eq!(call(&world, &get(&source)), "");
    }
    let held = get(&source);
    rotate(&world, Duration::ZERO);
    let requests = world.emulator.requests(ACTION);
    let error = source.report_rejected(&held).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (Code::RateLimited, true));
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::ZERO && wait <= 2 * MINUTE, "{wait:?}");
    // No request was made, and the value is not called new.
    assert_eq!((world.emulator.requests(ACTION), key_of(&get(&source))), (requests, key_of(&held)));
    world.advance(wait);
    source.report_rejected(&held).unwrap();
    assert_eq!(call(&world, &get(&source)), "");
}

#[test]
fn a_rotation_under_way_that_still_answers_the_old_key_is_waited_for() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    let old = [world.emulator.secret_data(NAME).unwrap(), world.emulator.secret_version_id(NAME).unwrap()];
    rotate(&world, Duration::ZERO);
    world.emulator.replace_secret_field(NAME, "SecretData", Some(&old[0]));
    world.emulator.replace_secret_field(NAME, "VersionId", Some(&old[1]));
    assert_eq!(call(&world, &before), GONE);
    source.report_rejected(&before).unwrap();
    // Twice the old key comes back; the call that waits goes on waiting.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| source.get_newer(before.generation(), Some(LONG)).unwrap());
        for answered in 2..=3 {
            eventually("the old key is answered", || world.emulator.requests(ACTION) == answered);
            status_where(&source, "and has landed", |status| status.next_refresh_at_ms > world.platform.wall_ms());
            assert_eq!(source.status().state, State::Rejected);
            assert!(!waiting.is_finished());
            if answered == 3 {
                let new = [world.emulator.secret_data(NAME).unwrap(), world.emulator.secret_version_id(NAME).unwrap()];
                world.emulator.replace_secret_field(NAME, "SecretData", Some(&new[0]));
                world.emulator.replace_secret_field(NAME, "VersionId", Some(&new[1]));
            }
            // The waits double: half a second, one second.
            world.advance(2 * SECOND);
        }
        let after = waiting.join().unwrap();
        assert_eq!((key_of(&after), call(&world, &after)), (current(&world).as_str(), String::new()));
    });
    assert_eq!((world.emulator.requests(ACTION), source.status().rejections), (4, 1));
}

#[test]
fn an_outage_past_the_ttl_keeps_the_key_in_use() {
    let world = managed_world();
    // The plugin's ttl is the interval and at most ten minutes.
    world.emulator.set_secret_rotation(NAME, Some(HOUR));
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    fail(&world, u64::MAX, FaultKind::Drop);
    for _ in 0..6 {
        world.advance(HOUR);
        world.landed(&source);
        let held = source.get(Some(Duration::ZERO)).unwrap();
        assert_eq!((key_of(&held), call(&world, &held)), (key_of(&before), String::new()));
    }
    let status = source.status();
    assert_eq!((status.state, status.last_error.map(|error| error.code())), (State::Stale, Some(Code::Network)));
    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    status_where(&source, "it recovers by itself", |status| status.state == State::Fresh);
    assert_eq!(key_of(&get(&source)), current(&world));
}

#[test]
fn throttling_is_obeyed_in_either_header() {
    let header = |name: &str, value: &str| {
        let headers = [("Content-Type", "application/json"), (name, value)];
        FaultKind::Raw {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: br#"{"Code":"Rejected.Throttling","Message":"QPS Limit Exceeded","RequestId":"R-1"}"#.to_vec(),
        }
    };
    for (name, value) in [("Retry-After", "120"), ("x-acs-retry-after", "120000")] {
        let world = managed_world();
        let (_client, source) = open(&world, &[]);
        let before = get(&source);
        fail(&world, 1, header(name, value));
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll is throttled", |status| status.failures == 1);
        let error = status.last_error.unwrap();
        assert_eq!((error.code(), error.retry_after()), (Code::Throttled, Some(2 * MINUTE)), "{name}");
        assert_eq!((error.provider_code(), error.request_id()), (Some("Rejected.Throttling"), Some("R-1")));
        assert!(status.next_refresh_at_ms - world.platform.wall_ms() >= 120_000);
        let held = get(&source);
        assert_eq!((held.state(), key_of(&held)), (State::Fresh, key_of(&before)));
        let requests = world.emulator.requests(ACTION);
        world.advance(119 * SECOND);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(world.emulator.requests(ACTION), requests);
        world.advance(2 * SECOND);
        status_where(&source, "it is asked again", |status| status.failures == 0);
        current(&world);
    }
}

#[test]
fn times_are_utc_in_any_zone_and_across_daylight_saving() {
    let folder = Folder::new("zones");
    // With rules in them, so that no data base of zones is needed: Berlin, New York, Lord Howe, and none.
    for zone in ["CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "UTC0"]
    {
        if in_child("rotation::times_are_utc_in_any_zone_and_across_daylight_saving", &[("TZ", zone)], folder.path()) {
            on_both_changes_of_2026();
            return;
        }
    }
}

/// 2026-03-29 and 2026-10-25, 01:00 UTC: Europe's; the others' are within the weeks around them.
fn on_both_changes_of_2026() {
    for change_ms in [1_774_746_000_000, 1_792_890_000_000_i64] {
        for days in [-28, -21, 0, 7] {
            let start = change_ms + days * 24 * 3_600_000 - 3_600_000;
            let world = managed_world();
            set_clock(&world, start);
            world.emulator.set_secret_timestamps(NAME, true);
            world.emulator.set_secret_rotation(NAME, Some(24 * HOUR));
            rotate(&world, HOUR);
            let (_client, source) = open(&world, &[NO_POLL]);
            let held = get(&source);
            let now = world.platform.wall_ms();
            // The end is one interval after the rotation, in UTC, to the second of the answer.
            let life = held.expires_at_ms() - now;
            assert!((24 * 3_600_000 - 2000..=24 * 3_600_000 + 2000).contains(&life), "{life}");
            renewed_after(&world, &source, now + 6 * 3_600_000);
            // Across the change, the rotation is seen at its time.
            world.emulator.set_secret_timestamps(NAME, false);
            world.emulator.set_next_secret_rotation_in(NAME, 2 * HOUR);
            let rotation = world.emulator.next_secret_rotation_ms(NAME).unwrap();
            source.refresh(Some(LONG)).unwrap();
            renewed_after(&world, &source, rotation + 5 * 60_000);
        }
    }
}

#[test]
fn malformed_rotation_fields_never_lose_the_key() {
    let odd =
        ["", "x", "null", "2026-13-45T99:99:99Z", "2026-01-01 00:00:00", "-1s", "99999999999999999999s", "{", "[]"];
    let fields = [
        "NextRotationDate",
        "LastRotationDate",
        "RotationInterval",
        "ExtendedConfig",
        "AutomaticRotation",
        "CreateTime",
    ];
    let world = managed_world();
    let (_client, source) = open(&world, &[NO_POLL, ("forced_refresh_burst", "1000")]);
    for field in fields {
        for value in odd.map(Some).into_iter().chain([None]) {
            world.emulator.replace_secret_field(NAME, field, value);
            let held = source.refresh(Some(LONG)).unwrap();
            assert_eq!((key_of(&held), held.state()), (current(&world).as_str(), State::Fresh), "{field} {value:?}");
            let renewal = held.renew_at_ms() - world.platform.wall_ms();
            assert!((0..=6 * 3_600_000 + 601_000).contains(&renewal), "{field} {value:?}: {renewal}");
        }
    }
    for data in [r#""ExpireTimestamp":"soon""#, r#""ExpireTimestamp":7"#, r#""GenerateTimestamp":[]"#] {
        let text = format!(r#"{{"AccessKeyId":"LTAIodd","AccessKeySecret":"odd-times-secret",{data}}}"#);
        world.remember("odd-times-secret");
        world.emulator.replace_secret_field(NAME, "SecretData", Some(&text));
        let held = source.refresh(Some(LONG)).unwrap();
        assert_eq!((key_of(&held), held.expires_at_ms()), ("LTAIodd", 0), "{data}");
    }
}

#[test]
fn a_debt_keeps_the_key_in_use_past_its_end_and_a_refusal_does_not() {
    for (code, kept) in
        [("Forbidden.InDebt", true), ("Forbidden.InDebtOverdue", true), ("Forbidden.NoPermission", false)]
    {
        let world = managed_world();
        world.emulator.set_secret_timestamps(NAME, true);
        rotate(&world, HOUR);
        let (_client, source) = open(&world, &[]);
        let before = get(&source);
        assert!(before.expires_at_ms() > 0);
        refuse(&world, u64::MAX, 403, code);
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll is refused", |status| status.failures > 0);
        let error = status.last_error.unwrap();
        assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some(code)));
        // Before its end any error keeps it.
        assert_eq!((get(&source).state(), key_of(&get(&source))), (State::Fresh, key_of(&before)));
        world.advance(millis(before.expires_at_ms() - world.platform.wall_ms()) + HOUR);
        world.landed(&source);
        match (source.get(Some(Duration::ZERO)), kept) {
            (Ok(held), true) => assert_eq!((held.state(), key_of(&held)), (State::Stale, key_of(&before)), "{code}"),
            (Err(error), false) => assert_eq!(error.provider_code(), Some(code)),
            (other, _) => unreachable!("{code}: {:?}", other.map(|held| held.state())),
        }
        current(&world);
        world.emulator.clear_faults();
        world.advance(HOUR);
        status_where(&source, "the bill is settled", |status| status.state == State::Fresh);
        assert_eq!(key_of(&get(&source)), current(&world));
    }
}

#[test]
fn a_simulated_week_makes_about_one_request_per_poll() {
    let requests = simulation::requests_in_a_week_managed();
    // 2016 polls, and what the schedule adds.
    assert!((1900..=2100).contains(&requests), "{requests} requests");
}
