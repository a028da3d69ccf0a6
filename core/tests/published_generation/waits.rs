//! How long callers wait, and for which fetch.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use evercred_core::cache::policy::State;
use evercred_core::cache::{EventKind, Settings};
use evercred_core::error::Code;
use evercred_core::platform::Platform;

use crate::setup::*;

#[test]
fn a_wait_for_something_better_than_what_is_held_is_short() {
    let stale = Settings { max_stale: Duration::from_millis(HOUR), ..Settings::default() };
    let lazy = Settings { lazy: true, ..Settings::default() };
    let cases = [
        ("due in lazy mode", lazy, [Some(1000), None, Some(HOUR)], State::Fresh),
        ("mandatory", Settings::default(), [Some(1000), Some(1000), Some(HOUR)], State::Mandatory),
        ("stale", stale, [Some(1000), None, Some(1000)], State::Stale),
        ("rejected", Settings::default(), [None, None, None], State::Rejected),
        ("rejected in lazy mode", lazy, [None, None, None], State::Rejected),
    ];
    for (name, settings, [renew, mandatory, end], expected) in cases {
        let settings = Settings { refresh_wait: Duration::from_millis(50), total_timeout: 3 * LONG, ..settings };
        let world = World::new(settings, Answer::Value("a", renew, mandatory, end));
        let held = world.get();
        world.answer(Answer::Hangs);
        world.platform.advance(Duration::from_secs(2));
        world.source.tick();
        if expected == State::Rejected {
            world.source.report_rejected(&held).unwrap();
        }
        for timeout in [None, Some(LONG)] {
            let start = Instant::now();
            let served = world.source.get(timeout).unwrap();
            assert_eq!(served.state(), expected, "{name}");
            assert!(served.material().same_as(held.material()) && start.elapsed() < LONG / 2, "{name}");
        }
        eventually("it is in the air", || world.fetches() == 2);
        // Others have waited for this flight.
        world.platform.advance(Duration::from_millis(50));
        assert_eq!(world.source.try_get().unwrap().unwrap().state(), expected, "{name}");
        // A caller with nothing waits for its whole timeout.
        let (start, timeout) = (Instant::now(), Duration::from_millis(200));
        let error = world.source.get_newer(held.generation(), Some(timeout)).unwrap_err();
        assert!(error.code() == Code::Timeout && start.elapsed() >= timeout, "{name}");
    }
}

#[test]
fn who_does_not_wait_is_told_when_the_held_value_is_returned() {
    let stale = Settings { max_stale: Duration::from_millis(HOUR), ..Settings::default() };
    let cases = [
        ("mandatory", Settings::default(), [Some(1000), Some(1000), Some(HOUR)], State::Mandatory),
        ("stale", stale, [Some(1000), None, Some(1000)], State::Stale),
        ("rejected", Settings::default(), [None, None, None], State::Rejected),
    ];
    for (name, settings, [renew, mandatory, end], expected) in cases {
        let wait = Duration::from_millis(700);
        let world = World::new(Settings { refresh_wait: wait, ..settings }, Answer::Value("a", renew, mandatory, end));
        let held = world.get();
        world.answer(Answer::Hangs);
        world.platform.advance(Duration::from_secs(2));
        world.source.tick();
        if expected == State::Rejected {
            world.source.report_rejected(&held).unwrap();
        }
        assert!(world.source.try_get().unwrap().is_none(), "{name}");
        eventually("it is in the air", || world.fetches() == 2);
        let tick = world.runner.next_tick.lock().unwrap().unwrap();
        assert!(tick <= world.platform.now().after(wait), "{name}");
        world.source.tick();
        assert_eq!(world.events(EventKind::WaitEnded), 0, "{name}");
        world.platform.advance(wait);
        world.source.tick();
        world.source.tick();
        assert_eq!(world.events(EventKind::WaitEnded), 1, "{name}");
        assert_eq!(world.source.try_get().unwrap().unwrap().state(), expected, "{name}");
    }
    // A value that ends before the wait does is not returned.
    let wait = Duration::from_millis(700);
    let ends_first = Answer::Value("a", Some(1000), Some(1000), Some(2500));
    let world = World::new(Settings { refresh_wait: wait, ..Settings::default() }, ends_first);
    world.get();
    world.answer(Answer::Hangs);
    world.platform.advance(Duration::from_secs(2));
    world.source.tick();
    assert!(world.source.try_get().unwrap().is_none());
    world.platform.advance(wait);
    world.source.tick();
    assert_eq!((world.events(EventKind::WaitEnded), world.events(EventKind::Ended)), (0, 1));
    assert!(world.source.try_get().unwrap().is_none());
    // Where there is nothing to return, only a landing ends the wait.
    let world = World::new(Settings::default(), Answer::Hangs);
    assert!(world.source.try_get().unwrap().is_none());
    world.platform.advance(Duration::from_secs(2));
    world.source.tick();
    assert_eq!(world.events(EventKind::WaitEnded), 0);
    world.answer(Answer::Value("a", None, None, None));
    eventually("it lands", || world.events(EventKind::Changed) == 1);
}

#[test]
fn a_report_above_the_limit_rejects_the_value_without_a_fetch_before_it_is_allowed() {
    let settings = Settings { forced: (1, Duration::from_secs(100)), settle: Duration::ZERO, ..Settings::default() };
    let world = World::new(settings, Answer::Value("a", None, None, None));
    let first = world.get();
    world.answer(Answer::Value("b", None, None, None));
    world.source.report_rejected(&first).unwrap();
    let held = world.source.get_newer(first.generation(), Some(LONG)).unwrap();
    let fetches = world.fetches();
    let error = world.source.report_rejected(&held).unwrap_err();
    assert_eq!(error.code(), Code::RateLimited);
    // It is no longer a good value, and callers do not wait for the time when a fetch is allowed.
    assert!(world.published() != held.generation() && world.events(EventKind::Rejected) == 2);
    let start = Instant::now();
    assert!(world.get().state() == State::Rejected && start.elapsed() < LONG / 2);
    assert_eq!(world.fetches(), fetches);
    world.answer(Answer::Value("c", None, None, None));
    world.platform.advance(error.retry_after().unwrap());
    world.source.tick();
    eventually("another one comes", || world.get().material().password.expose() == "c");
    assert_eq!(world.get().state(), State::Fresh);
}

#[test]
fn a_report_above_the_limit_is_not_faster_than_the_limit() {
    let second = Duration::from_secs(1);
    let settings = Settings { forced: (1, 1000 * second), poll_interval: Some(20 * second), ..Settings::default() };
    let world = World::new(settings, Answer::Value("a", None, None, None));
    let first = world.get();
    world.answer(Answer::Value("b", None, None, None));
    world.source.report_rejected(&first).unwrap();
    let held = world.source.get_newer(first.generation(), Some(LONG)).unwrap();
    assert_eq!(world.source.report_rejected(&held).unwrap_err().code(), Code::RateLimited);
    assert_eq!(world.source.report_rejected(&held).unwrap_err().code(), Code::RateLimited);
    assert_eq!(world.events(EventKind::Rejected), 2);
    let before = world.fetches();
    for _ in 0..100 {
        let fetches = world.fetches();
        world.platform.advance(second);
        world.source.tick();
        thread::sleep(Duration::from_millis(2));
        if world.fetches() > fetches {
            let now = world.platform.wall_ms();
            eventually("it lands", || world.source.status().last_success_at_ms == now);
        }
    }
    // The polls only, which may find another value.
    let polls = world.fetches() - before;
    assert!((3..=7).contains(&polls) && world.get().state() == State::Rejected, "{polls}");
}

#[test]
fn reports_above_the_limit_of_a_reconfirmed_value_are_one_event_and_one_fetch() {
    let settings = Settings { forced: (1, Duration::from_secs(100)), settle: Duration::ZERO, ..Settings::default() };
    let world = World::new(settings, Answer::Value("a", None, None, None));
    let held = world.get();
    world.source.report_rejected(&held).unwrap();
    eventually("the service stands by it", || world.events(EventKind::Reconfirmed) == 1);
    let fetches = world.fetches();
    for _ in 0..10 {
        assert_eq!(world.source.report_rejected(&held).unwrap_err().code(), Code::RateLimited);
    }
    assert_eq!((world.events(EventKind::Rejected), world.fetches()), (2, fetches));
    world.platform.advance(Duration::from_secs(100));
    world.source.tick();
    eventually("and again", || world.events(EventKind::Reconfirmed) == 2);
    assert_eq!(world.fetches(), fetches + 1);
}

#[test]
fn a_refresh_is_answered_by_a_fetch_that_began_after_the_call() {
    let world = World::good();
    world.answer(Answer::Hangs);
    world.source.prefetch().unwrap();
    eventually("the first one is in the air", || world.fetches() == 1);
    thread::scope(|scope| {
        let refreshing: Vec<_> = (0..4).map(|_| scope.spawn(|| world.refresh())).collect();
        thread::sleep(Duration::from_millis(50));
        world.answer(Answer::Value("b", None, None, None));
        for thread in refreshing {
            assert_eq!(thread.join().unwrap().material().password.expose(), "b");
        }
    });
    let forced = world.forced.load(Ordering::SeqCst);
    assert!(forced >= 1 && world.fetches() == 1 + forced, "{forced} of {}", world.fetches());
}

#[test]
fn a_get_without_a_value_asks_again_before_the_background_does() {
    let world = World::new(Settings::default(), Answer::Fails(Code::Network));
    for _ in 0..10 {
        assert_eq!(world.source.get(Some(Duration::ZERO)).err().map(|error| error.code()), Some(Code::Timeout));
        eventually("it lands", || world.source.status().failures > 0);
        world.platform.advance(Duration::from_secs(1));
    }
    world.answer(Answer::Value("a", None, None, None));
    world.platform.advance(Duration::from_secs(1));
    assert_eq!(world.get().state(), State::Fresh);
}

#[test]
fn a_wait_for_a_newer_value_fetches_in_lazy_mode_when_the_poll_is_due() {
    let poll_interval = Some(Duration::from_secs(100));
    let world =
        World::new(Settings { lazy: true, poll_interval, ..Settings::default() }, Answer::Value("a", None, None, None));
    let held = world.get();
    world.answer(Answer::Value("b", None, None, None));
    world.platform.advance(Duration::from_secs(200));
    assert_eq!(world.get().state(), State::Fresh);
    let newer = world.source.get_newer(held.generation(), Some(LONG / 4)).unwrap();
    assert!(newer.material().password.expose() == "b" && world.fetches() == 2);
}

#[test]
fn a_refresh_whose_fetch_cannot_start_fails() {
    let world = World::good();
    let held = world.get();
    world.answer(Answer::Hangs);
    thread::scope(|scope| {
        let first = scope.spawn(|| world.source.refresh(Some(LONG)));
        eventually("the first one is in the air", || world.fetches() == 2);
        let second = scope.spawn(|| world.source.refresh(Some(LONG)));
        thread::sleep(Duration::from_millis(100));
        world.runner.cannot_fly.store(true, Ordering::Release);
        world.answer(Answer::Value("a", Some(HOUR), None, Some(2 * HOUR)));
        assert!(first.join().unwrap().unwrap().material().same_as(held.material()));
        assert_eq!(second.join().unwrap().unwrap_err().code(), Code::Resources);
    });
}
