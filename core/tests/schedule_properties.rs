//! When a source asks again: its memory ([`Entry`]) driven by random events, and the arithmetic of its waits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

use std::time::Duration;

use evercred_core::cache::backoff::{Bucket, Limits, after_failure, full_jitter};
use evercred_core::cache::policy::{Decision, decide};
use evercred_core::cache::{Entry, Settings};
use evercred_core::error::{Class, Code, Error};
use evercred_core::platform::{Moment, Platform, StdPlatform};
use evercred_core::providers::{Fetched, Material, Notes, Origin, Windows};
use evercred_core::secret::Secret;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

const START: u64 = 3_600_000;
/// The least wait after a failure, and the most that a service may ask for.
const LEAST: Duration = Duration::from_millis(100);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// What happens to a source.
#[derive(Clone, Debug)]
enum Event {
    Pass(Duration),
    /// A flight starts, as `get` and the timer start one.
    Start,
    /// It lands with a value: its number, its windows from now, whether the service was amid a change, and the error of
    /// a degraded value.
    Succeed {
        number: u8,
        windows: [Option<u64>; 3],
        unsettled: bool,
        degraded: Option<Error>,
    },
    Fail(Error),
    Reject,
    Force,
}

fn error() -> impl Strategy<Value = Error> {
    let code = prop::sample::select(vec![
        Code::Network,
        Code::Service,
        Code::Throttled,
        Code::Tls,
        Code::Internal,
        Code::Refused,
        Code::Identity,
        Code::Clock,
        Code::NoIdentity,
    ]);
    (code, of(0..4000_u64))
        .prop_map(|(code, asked)| Error::new(code, "x").with_retry_after(asked.map(Duration::from_secs)))
}

fn event() -> impl Strategy<Value = Event> {
    // Ordered and in part in the past: a slow answer may bring a value that is due already.
    let windows = prop::array::uniform3(of(0..200_000_u64)).prop_map(|mut windows| {
        windows.sort_by_key(|at| at.unwrap_or(u64::MAX));
        windows
    });
    let landing = (0..3_u8, windows, any::<bool>(), of(error()))
        .prop_map(|(number, windows, unsettled, degraded)| Event::Succeed { number, windows, unsettled, degraded });
    prop_oneof![
        3 => (0..100_000_u64).prop_map(|ms| Event::Pass(Duration::from_millis(ms))),
        3 => Just(Event::Start),
        3 => landing,
        2 => error().prop_map(Event::Fail),
        1 => Just(Event::Reject),
        1 => Just(Event::Force),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    (of(1000..600_000_u64), 0..100_000_u64, 0..120_000_u64, any::<bool>()).prop_map(|(poll, stale, settle, lazy)| {
        Settings {
            poll_interval: poll.map(Duration::from_millis),
            max_stale: Duration::from_millis(stale),
            settle: Duration::from_millis(settle),
            lazy,
            ..Settings::default()
        }
    })
}

fn fetched(number: u8, windows: [Option<u64>; 3], from: u64) -> Fetched {
    let [renew_at, mandatory_at, ends_at] = windows.map(|at| at.map(|at| Moment::from_ms(from + at)));
    Fetched {
        material: Material::database(Origin::Cloud, "user", Secret::from_text(&number.to_string())),
        windows: Windows { renew_at, mandatory_at: mandatory_at.and(ends_at).and(mandatory_at), ends_at },
        notes: Notes::default(),
        unsettled: false,
        degraded: None,
    }
}

/// A source's memory, with its clock.
struct Driven {
    entry: Entry,
    now: Moment,
    wall_ms: i64,
}

impl Driven {
    fn new(settings: Settings) -> Driven {
        let now = Moment::from_ms(START);
        Driven { entry: Entry::new(settings, now), now, wall_ms: 1_700_000_000_000 }
    }

    /// What a source does at an event. A landing without a flight, or the like, does not happen.
    fn meet(&mut self, event: &Event, random: f64) {
        match event {
            Event::Pass(time) => self.now = self.now.after(*time),
            Event::Start if !self.entry.in_flight => self.entry.begin(self.now),
            Event::Reject if self.entry.held.is_some() => {
                let _limited = self.entry.reject(self.now).is_err();
            }
            Event::Force => {
                let _limited = self.entry.force(self.now).is_err();
            }
            Event::Succeed { number, windows, unsettled, degraded } if self.entry.in_flight => {
                self.entry.end_flight();
                // Sent up to 10 s ago.
                let mut fetched = fetched(*number, *windows, self.now.as_ms() - 10_000);
                fetched.unsettled = *unsettled;
                fetched.degraded = degraded.clone();
                self.entry.succeed(self.now, self.wall_ms, fetched, random);
            }
            Event::Fail(error) if self.entry.in_flight => {
                self.entry.end_flight();
                self.entry.fail(self.now, error.clone(), random);
            }
            Event::Start | Event::Reject | Event::Succeed { .. } | Event::Fail(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_source_always_knows_when_to_wake(settings in settings(), events in vec((event(), 0.0..1.0), 1..60)) {
        let mut driven = Driven::new(settings);
        let mut landed = false;
        for (event, random) in &events {
            landed |= driven.entry.in_flight && matches!(event, Event::Succeed { .. } | Event::Fail(_));
            driven.meet(event, *random);
            let (entry, now) = (&driven.entry, driven.now);
            let wake = entry.next_wake(now);
            prop_assert!(wake.is_none_or(|wake| wake >= now), "{event:?}: {wake:?} is past at {now:?}");
            if entry.refresh_is_due(now) {
                prop_assert_eq!(wake, Some(now), "due, and no wake after {:?}", event);
            }
            if entry.in_flight {
                prop_assert!(!entry.refresh_is_due(now), "a second flight during the first");
            } else if landed && (settings.poll_interval.is_some() || entry.failures > 0) {
                prop_assert!(wake.is_some(), "forgotten for ever after {event:?}");
            }
            if let Some(windows) = entry.held.as_ref().map(|held| held.windows) {
                // Each of these changes what `get` answers, so the source must wake then.
                for change in [windows.renew_at, windows.mandatory_at, windows.ends_at, entry.view().stale_until()] {
                    if let Some(change) = change.filter(|change| *change > now) {
                        prop_assert!(wake.is_some_and(|wake| wake <= change));
                    }
                }
            }
        }
    }

    #[test]
    fn failures_are_counted_and_forgotten(settings in settings(), events in vec((event(), 0.0..1.0), 1..60)) {
        let mut driven = Driven::new(settings);
        for (event, random) in &events {
            let flying = driven.entry.in_flight;
            let (failures, version) = (driven.entry.failures, driven.entry.version);
            let material = driven.entry.held.as_ref().map(|held| (*held.material).clone());
            driven.meet(event, *random);
            let entry = &driven.entry;
            let now_held = entry.held.as_ref().map(|held| (*held.material).clone());
            prop_assert_eq!(version == entry.version, material == now_held, "a value has a number of its own");
            match event {
                Event::Fail(error) if flying => {
                    prop_assert_eq!(entry.failures, failures + 1);
                    prop_assert_eq!(entry.last_error.as_ref().map(Error::code), Some(error.code()));
                    let wait = entry.refresh_at.map(|at| at.since(driven.now));
                    prop_assert!(wait.is_some_and(|wait| wait >= LEAST), "a failing loop must not spin: {wait:?}");
                    let asked = error.retry_after().unwrap_or_default().min(RETRY_AFTER_MAX);
                    prop_assert!(wait.is_some_and(|wait| wait >= asked), "Retry-After {asked:?}, waits {wait:?}");
                    prop_assert!(entry.not_before(driven.now).is_some_and(|at| at.since(driven.now) >= asked));
                }
                Event::Succeed { degraded: None, .. } if flying => {
                    // A value that had ended on arrival counts as a failure; what was not a success resets nothing.
                    let ended = entry.failures == failures + 1;
                    prop_assert!(ended || (entry.failures, entry.last_error.is_none()) == (0, true));
                }
                Event::Succeed { .. } if flying => prop_assert_eq!(entry.failures, failures + 1),
                _ => prop_assert_eq!(entry.failures, failures),
            }
        }
    }

    #[test]
    fn a_jump_of_the_wall_clock_changes_no_decision(
        settings in settings(),
        events in vec((event(), 0.0..1.0, -100_000_000_000..100_000_000_000_i64), 1..60),
    ) {
        let (mut steady, mut jumping) = (Driven::new(settings), Driven::new(settings));
        for (event, random, jump) in &events {
            jumping.wall_ms += jump;
            steady.meet(event, *random);
            jumping.meet(event, *random);
            let known = |driven: &Driven| -> (Decision, Option<Moment>, Option<Moment>) {
                let (entry, now) = (&driven.entry, driven.now);
                (decide(now, &entry.view()), entry.next_wake(now), entry.not_before(now))
            };
            prop_assert_eq!(known(&steady), known(&jumping));
        }
    }

    #[test]
    fn a_caller_without_a_value_asks_no_later_than_the_background(failures in vec((error(), 0.0..1.0), 1..20)) {
        let mut driven = Driven::new(Settings::default());
        for (error, random) in failures {
            driven.meet(&Event::Start, random);
            driven.meet(&Event::Fail(error.clone()), random);
            let (entry, now) = (&driven.entry, driven.now);
            let early = entry.not_before_without_value(now).map(|at| at.since(now));
            let background = entry.refresh_at.map(|at| at.since(now));
            prop_assert!(early <= background, "{early:?} > {background:?}");
            // Not on each call, and never before the service allows it.
            let asked = error.retry_after().unwrap_or_default().min(RETRY_AFTER_MAX);
            prop_assert!(early.is_some_and(|early| early >= LEAST && early >= asked), "{early:?}");
            let first = after_failure(&Limits::default(), &error, 1, random);
            prop_assert!(early.is_some_and(|early| early <= first.max(asked)), "{early:?}");
        }
    }

    #[test]
    fn a_full_jitter_keeps_its_bounds(initial in 0..600_000_u64, max in 1..600_000_u64, failures in 0..200_u32, random in 0.0..1.0) {
        let (initial, max) = (Duration::from_millis(initial), Duration::from_millis(max));
        let wait = full_jitter(initial, max, failures, random);
        prop_assert!(wait >= LEAST.min(max) && wait <= max, "{wait:?}");
    }

    #[test]
    fn every_wait_after_a_failure_has_an_end(error in error(), failures in 1..1000_u32, random in 0.0..1.0) {
        let limits = Limits::default();
        let wait = after_failure(&limits, &error, failures, random);
        let asked = error.retry_after().unwrap_or_default();
        prop_assert!(wait >= asked.min(RETRY_AFTER_MAX));
        prop_assert!(wait >= LEAST && wait <= RETRY_AFTER_MAX, "{wait:?}");
        if asked.is_zero() {
            let most = match error.class() {
                Class::Transient | Class::Unknown => limits.max,
                _ => Duration::from_secs(330),
            };
            prop_assert!(wait <= most, "{wait:?}");
        }
        if error.class() == Class::Refused {
            prop_assert!(wait >= limits.refused);
        }
    }

    /// Within any time, at most the capacity and what flowed in meanwhile are given out: exactly `capacity` each period.
    #[test]
    fn a_bucket_gives_no_more_than_flowed_in(
        capacity in 0..50_u32,
        period in 1..5000_u64,
        steps in vec(prop_oneof![Just(0), 0..20_u64, 0..3000_u64], 1..300),
    ) {
        let mut now = Moment::from_ms(START);
        let mut bucket = Bucket::new(capacity, Duration::from_millis(period), now);
        let mut given: Vec<Moment> = Vec::new();
        for step in steps {
            now = now.after(Duration::from_millis(step));
            let before = bucket;
            match bucket.take(now) {
                Ok(()) => given.push(now),
                Err(wait) => {
                    // The returned wait is exact: not sooner, and then for certain.
                    let at = |wait: Duration| { let mut then = before; then.take(now.after(wait)).is_ok() };
                    prop_assert!(!wait.is_zero());
                    prop_assert_eq!(at(wait), capacity > 0);
                    prop_assert!(!at(wait.saturating_sub(Duration::from_millis(1))));
                }
            }
        }
        for (first, start) in given.iter().enumerate() {
            for (last, end) in given.iter().enumerate().skip(first) {
                let count = u64::try_from(last - first + 1).unwrap();
                let flowed_in = u64::from(capacity) * (end.as_ms() - start.as_ms());
                prop_assert!(count * period <= u64::from(capacity) * period + flowed_in);
            }
        }
    }
}

#[test]
fn a_full_bucket_gives_its_capacity_at_once_and_no_more() {
    // 1999 / 1000 is not a whole number: what a token costs must not be rounded.
    for (capacity, period) in [(1, 1), (5, 600_000), (1000, 1999), (1000, 1), (7, 10)] {
        let now = Moment::from_ms(START);
        let mut bucket = Bucket::new(capacity, Duration::from_millis(period), now);
        let given = (0..3 * capacity).filter(|_| bucket.take(now).is_ok()).count();
        assert_eq!(u32::try_from(given), Ok(capacity), "capacity {capacity}, period {period} ms");
    }
}

#[test]
fn the_polls_jitter_keeps_the_mean() {
    const DRAWS: u32 = 20_000;
    let interval = Duration::from_secs(300);
    let settings = Settings { poll_interval: Some(interval), ..Settings::default() };
    let now = Moment::from_ms(START);
    let mut sum = Duration::ZERO;
    for _ in 0..DRAWS {
        let mut entry = Entry::new(settings, now);
        entry.in_flight = true;
        entry.succeed(now, 0, fetched(1, [None; 3], START), StdPlatform.random());
        let wait = entry.refresh_at.unwrap().since(now);
        assert!(wait >= interval.mul_f64(0.899) && wait <= interval.mul_f64(1.101), "{wait:?}");
        sum += wait;
    }
    let mean = sum / DRAWS;
    assert!(mean > interval.mul_f64(0.98) && mean < interval.mul_f64(1.02), "{mean:?}");
}
