//! What a subscription hears: each kind of event, in order, bounded, and never at the cost of the library.

use std::time::Duration;

use evercred_core::cache::{Event, EventKind};
use evercred_core::client::{Config, Format, Subscription};
use evercred_core::error::Code;
use evercred_core::http::certificate_ends;
use evercred_core::platform::Platform as _;
use evercred_emulator::{Fault, FaultKind};
use proptest::prelude::*;
use crate::support::managed::{HOUR, MINUTE, NAME, NO_POLL, managed_world, open as managed};
use crate::support::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A certificate that ends at 2031-04-10 03:47:42 UTC, written with two digits of the year, and one that ends at
/// 2054-04-09 03:47:42 UTC, written with four. Nobody has their keys.
const ENDS_2031: &str = "\
-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIUBZfYcZ8buSapaZCsbfa6CMVDRnIwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTAeFw0yNjExMjIwMzQ3NDJaFw0z
MTA0MTAwMzQ3NDJaMBsxGTAXBgNVBAMMEGV2ZXJjcmVkIHRlc3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASguFHicOmeTEtbCFlgZCb53mBquB6OTtZr0yxo
HSeHlFpEUFL38Pr5SsF3Y2MGVJxtNvwP71aYz1/7NnqKWws9o1MwUTAdBgNVHQ4E
FgQUcg1MXxhDCCEL1GcntPbTJVeG9sAwHwYDVR0jBBgwFoAUcg1MXxhDCCEL1Gcn
tPbTJVeG9sAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAmuPgB
STHqSqAi2uDXEmsLw+HnGepZm1qXt4iomdPwUgIgHNJLO5YCpY4VXx+T/Wa0TggM
KD/h9XfRaFWRkIbdadA=
-----END CERTIFICATE-----
";
const ENDS_2054: &str = "\
-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUBLPrtTfCUcB2Y6vYmttP9OZi/DMwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTAgFw0yNjExMjIwMzQ3NDJaGA8y
MDU0MDQwOTAzNDc0MlowGzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABBgzCWh/wBkMWVgJT8nc1v0qnLZR20LlJtLM
J6Y7OwDUkXHEVbFVS5gTOKI/TY0dIKhf4VskrQ9JyeVat6nmMy6jUzBRMB0GA1Ud
DgQWBBRys9HhNi/HylH71E8tftiAVbiqlTAfBgNVHSMEGDAWgBRys9HhNi/HylH7
1E8tftiAVbiqlTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDC
lIHIMpCSrK0OoUu88x6oAEotLPaYeAtUvTlNCvorLwIgPXlFzfreirGpS056P9Wg
CHJddGnx/4iuSIBPFm8NsxM=
-----END CERTIFICATE-----
";
const END_MS: i64 = 1_933_559_262_000;
const LATER_END_MS: i64 = 2_659_319_262_000;
const DAY_MS: i64 = 24 * 3_600_000;

fn next(subscription: &Subscription) -> Event {
    subscription.next(Some(LONG)).unwrap().unwrap()
}

/// What waits at present.
fn waiting(subscription: &Subscription) -> Vec<Event> {
    std::iter::from_fn(|| subscription.next(Some(Duration::ZERO)).unwrap()).collect()
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

fn count(events: &[Event], kind: EventKind) -> usize {
    events.iter().filter(|event| event.kind == kind).count()
}

#[test]
fn values_come_in_order_login_identities_among_them() {
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
    // The safety poll brings the same value: nothing to tell.
    world.advance(6 * MINUTE);
    world.landed(&source);
    assert!(waiting(&all).is_empty());
    world.advance(DAY);
    let event = next(&one);
    assert_eq!((event.kind, event.generation), (EventKind::Changed, get(&source).generation()));
    assert!(waiting(&one).is_empty());
}

#[test]
fn failures_are_told_and_so_is_what_ends_them() {
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
fn the_end_of_a_value_and_of_all_patience_is_told_once() {
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
    let mut told = 0;
    for _ in 0..10 {
        world.advance(MINUTE);
        world.landed(&source);
        told += count(&waiting(&subscription), EventKind::Ended);
        assert!(source.get(Some(Duration::ZERO)).is_err() || told == 0);
    }
    assert_eq!(told, 1);
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
fn a_rotation_of_a_token_that_does_not_come_is_told_once() {
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
    // The next one that is late is told as well.
    world.emulator.hold_rotation(true);
    world.advance(DAY);
    world.landed(&source);
    world.advance(20 * MINUTE);
    assert_eq!(next(&subscription).kind, EventKind::RotationOverdue);
}

#[test]
fn a_rotation_of_a_secret_that_does_not_come_is_told_without_waiting_for_an_answer() {
    let world = managed_world();
    // No poll for a day: only the source's own timer can tell.
    let (client, source) = managed(&world, &[NO_POLL]);
    world.emulator.set_secret_rotation(NAME, Some(7 * DAY));
    get(&source);
    let subscription = client.subscribe(Some(&source)).unwrap();
    world.emulator.hold_rotation(true);
    let mut told = Vec::new();
    let start = world.platform.now();
    while world.platform.now().since(start) < 8 * DAY {
        world.advance(MINUTE * 5);
        world.landed(&source);
        for event in waiting(&subscription) {
            told.push((event.kind, world.platform.now().since(start)));
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, EventKind::RotationOverdue);
    assert!((7 * DAY + 14 * MINUTE..7 * DAY + 26 * MINUTE).contains(&told[0].1), "{told:?}");
}

#[test]
fn an_outage_at_the_rotation_is_no_overdue_rotation() {
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
fn a_slow_listener_loses_the_oldest_and_hears_how_many() {
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

/// Whether a poll of the descriptor says so within a moment.
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
    // It was asked for after the events had come.
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
fn closing_wakes_who_waits_after_what_came_before() {
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
fn who_left_or_is_of_another_process_hears_nothing() {
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

struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("evercred-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn a_certificate_that_is_about_to_end_is_told_once_a_day() {
    let world = World::new();
    let file = File::new("ca", ENDS_2031);
    let path = file.0.to_str().unwrap();
    // Ten days before its end.
    world.platform.shift_wall(END_MS - 10 * DAY_MS - world.platform.wall_ms());
    let client = world.client(&[("ca_file", path), ("poll_interval_ms", "3600000")]);
    assert!(world.logged("ca_file: a certificate in") && world.logged("Thu, 10 Apr 2031 03:47:42 GMT"));
    let source = world.source(&client);
    let early = client.subscribe(None).unwrap();
    let event = next(&early);
    assert_eq!((event.kind, event.source.as_str(), event.generation), (EventKind::CaExpiring, "", 0));
    assert!(event.error.unwrap().message().contains(path));
    assert!(client.subscribe(Some(&source)).unwrap().next(Some(Duration::ZERO)).unwrap().is_none());
    get(&source);
    let mut told = 0;
    for _ in 0..12 {
        world.advance(4 * HOUR);
        world.landed(&source);
        told += count(&waiting(&early), EventKind::CaExpiring);
    }
    assert!((1..=2).contains(&told), "{told} in two days");
    assert!(client.report(Format::Json).text().contains(&format!("\"ca_expires_at_ms\":{END_MS}")));

    // A bundle that holds the successor, or another bound, has nothing to tell of.
    let both = File::new("ca-both", &format!("{ENDS_2031}{ENDS_2054}"));
    for options in [
        [("ca_file", path), ("ca_expiry_warning_ms", "86400000")],
        [("ca_file", both.0.to_str().unwrap()), ("ca_expiry_warning_ms", "0")],
    ] {
        let client = world.client(&options);
        assert!(client.subscribe(None).unwrap().next(Some(Duration::ZERO)).unwrap().is_none());
    }
    assert!(world.client(&[]).report(Format::Json).text().contains("\"ca_expires_at_ms\":null"));
}

#[test]
fn codes_of_a_refused_value_are_judged() {
    let world = managed_world();
    let (client, secret) = managed(&world, &[]);
    let account = world.source(&client);
    for (code, of_account, of_secret) in [
        ("1045", true, true),
        ("28p01", true, true),
        (" ER_access_denied_error ", true, true),
        ("AuthenticationFailed", true, true),
        ("18456", true, true),
        ("InvalidAccessKeyId.NotFound", false, true),
        ("invalidaccesskeyid", false, true),
        ("InvalidAccessKeyId.Inactive", false, false),
        ("1044", false, false),
        ("104", false, false),
        ("", false, false),
    ] {
        assert_eq!((account.judge(code), secret.judge(code)), (of_account, of_secret), "{code}");
    }
    let mut overrides = Config::new();
    overrides.set("rejected_codes", "Unauthorized, NoSuchKey,,").unwrap();
    let own = client.open_managed(Some(&overrides), NAME).unwrap();
    assert!(own.judge("unauthorized") && own.judge("NoSuchKey"));
    assert!(!own.judge("InvalidAccessKeyId") && !own.judge(""));

    // What the official plugin's handlers do: judge, report, get, repeat.
    let refused = get(&secret);
    world.emulator.rotate_secret(NAME, Duration::ZERO);
    assert!(secret.judge("InvalidAccessKeyId.NotFound"));
    secret.report_rejected(&refused).unwrap();
    let id = |credential: &evercred_core::cache::Credential| credential.material().access_key_id.expose().to_owned();
    assert!(world.emulator.is_access_key_live(&id(&get(&secret))));
}

#[test]
fn an_identity_that_is_refused_is_told_too() {
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
    assert_eq!(kinds(&events), [EventKind::Rejected], "{events:?}");
    assert_eq!(events[0].source, "identity/tencent/cvm_role");
}

#[test]
fn certificates_say_when_they_end() {
    assert_eq!(certificate_ends(ENDS_2031.as_bytes()), [END_MS]);
    assert_eq!(certificate_ends(format!("# two\n{ENDS_2031}\n{ENDS_2054}").as_bytes()), [END_MS, LATER_END_MS]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_certificate_makes_the_reader_panic(cut in 0_usize..400, at in 0_usize..400, byte: u8) {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::STANDARD;
        let lines: String = ENDS_2054.lines().filter(|line| !line.starts_with('-')).collect();
        let mut der = engine.decode(lines).unwrap();
        der.truncate(cut);
        if let Some(place) = der.get_mut(at) {
            *place = byte;
        }
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", engine.encode(&der));
        prop_assert!(certificate_ends(pem.as_bytes()).len() <= 1);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=\n ]{0,40}){0,8}") {
        prop_assert!(certificate_ends(text.as_bytes()).len() <= 8);
    }
}
