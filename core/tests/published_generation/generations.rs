//! When the generation changes, and when nothing is published.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use evercred_core::cache::Settings;
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
use evercred_core::providers::Origin;

use crate::setup::*;

#[test]
fn an_end_that_moves_is_a_new_generation() {
    let world = World::good();
    let first = world.get();
    // The same value, a minute before its end.
    world.answer(Answer::Value("a", Some(60_000), None, Some(60_000)));
    let second = world.refresh();
    assert!(!first.is_current() && second.is_current() && second.generation() > first.generation());
    assert_eq!(first.expires_at_ms() - second.expires_at_ms(), 2 * HOUR as i64 - 60_000);
    assert_eq!(world.get().expires_at_ms(), second.expires_at_ms());
    // An answer that takes a moment longer, or a renewal that moves later, is none.
    world.answer(Answer::Value("a", Some(HOUR), None, Some(2 * HOUR)));
    let third = world.refresh();
    world.platform.advance(Duration::from_millis(1500));
    assert_eq!(world.refresh().expires_at_ms(), third.expires_at_ms());
    assert!(third.is_current() && third.generation() > second.generation());
    world.answer(Answer::Value("a", None, None, None));
    let open_end = world.refresh();
    world.answer(Answer::Value("a", Some(HOUR), None, None));
    world.platform.advance(Duration::from_secs(900));
    let due = world.refresh();
    assert!(due.generation() > open_end.generation(), "a renewal where there was none");
    world.platform.advance(Duration::from_secs(1800));
    let later = world.refresh();
    assert_eq!(later.generation(), due.generation());
    assert!(later.renew_at_ms() > due.renew_at_ms() && due.is_current());
}

#[test]
fn the_same_value_from_another_origin_is_a_new_generation() {
    let world = World::good();
    *world.origin.lock().unwrap() = Origin::FallbackFile;
    let from_file = world.get();
    *world.origin.lock().unwrap() = Origin::Cloud;
    let from_cloud = world.refresh();
    assert!(!from_file.is_current() && from_cloud.is_current() && from_cloud.material().same_as(from_file.material()));
    assert_eq!(world.get().material().origin, Origin::Cloud);
    // A report of either is one of the present value.
    world.source.report_rejected_generation(from_file.generation()).unwrap();
    assert_eq!(world.source.status().rejections, 1);
}

#[test]
fn generations_are_never_used_twice_in_a_process() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let world = World::good();
        for password in ["b", "c", "b"] {
            assert!(seen.insert(world.get().generation()));
            world.answer(Answer::Value(password, None, None, None));
            world.refresh();
        }
    }
}

#[test]
fn an_address_that_was_handed_out_is_not_lent_again() {
    let mut addresses = std::collections::HashSet::new();
    for _ in 0..100 {
        let world = World::good();
        let address = world.source.generation_address();
        assert_eq!(address, world.source.generation_address());
        let generation = world.get().generation();
        assert_eq!(world.published(), generation);
        let cell = address as usize;
        drop(world);
        assert!(addresses.insert(cell));
    }
}

#[test]
fn whoever_gets_a_newer_value_finds_the_older_one_not_current() {
    let world = World::new(Settings { forced: (1_000_000, Duration::from_secs(1)), ..Settings::default() }, {
        Answer::Value("a", None, None, None)
    });
    let (stop, first) = (AtomicBool::new(false), world.get());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut held = Arc::clone(&first);
                while !stop.load(Ordering::Relaxed) {
                    let seen = [world.source.peek().unwrap(), world.get()];
                    for newer in seen {
                        let older = std::mem::replace(&mut held, newer);
                        assert!(held.generation() >= older.generation());
                        assert!(held.generation() == older.generation() || !older.is_current(), "still current");
                    }
                }
            });
        }
        let deadline = Instant::now() + Duration::from_secs(3);
        for round in 0..2000 {
            world.answer(Answer::Value(if round % 2 == 0 { "b" } else { "a" }, None, None, None));
            world.refresh();
            if Instant::now() > deadline {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn nothing_is_published_when_nobody_watches() {
    // The timer cannot be set again at a landing.
    let world = World::good();
    let held = world.get();
    assert!(held.is_current());
    world.runner.cannot_watch.store(true, Ordering::Release);
    world.refresh();
    assert!(!held.is_current() && world.published() == 0);
    assert_eq!(world.get().state(), State::Fresh, "the value itself is good");
    world.runner.cannot_watch.store(false, Ordering::Release);
    assert!(world.get().is_current());
    // Nor at a tick.
    world.runner.cannot_watch.store(true, Ordering::Release);
    world.source.tick();
    assert_eq!(world.published(), 0);
    world.runner.cannot_watch.store(false, Ordering::Release);
    assert!(world.get().is_current());
    // The thread ended.
    world.source.timer_lost();
    assert_eq!(world.published(), 0);
    assert!(world.get().is_current());
    // A forked child has no thread.
    world.platform.fork();
    world.source.timer_lost();
    assert_eq!(world.published(), 0);
    assert!(world.get().is_current());
    // The client is closed.
    world.runner.closed.store(true, Ordering::Release);
    world.source.close();
    world.source.tick();
    assert_eq!(world.published(), 0);
}

#[test]
fn a_wall_clock_that_moves_alone_puts_the_value_in_doubt() {
    for lazy in [false, true] {
        for by_ms in [2 * 86_400_000, -120_000] {
            let world = World::new(Settings { lazy, ..Settings::default() }, {
                Answer::Value("a", Some(24 * HOUR), None, Some(24 * HOUR))
            });
            let held = world.get();
            world.platform.shift_wall(30_000);
            assert_eq!((world.get().generation(), world.fetches()), (held.generation(), 1), "a small correction");
            world.answer(Answer::Value("b", Some(24 * HOUR), None, Some(24 * HOUR)));
            world.platform.shift_wall(by_ms);
            if lazy {
                assert!(!Arc::ptr_eq(&world.get(), &held));
            } else {
                world.source.clock_jumped();
                assert!(!held.is_current());
                eventually("it is fetched again", || world.source.peek().unwrap().generation() > held.generation() + 1);
            }
            assert_eq!(world.get().material().password.expose(), "b");
            assert_eq!((world.get().state(), world.fetches()), (State::Fresh, 2));
        }
    }
    // Without an answer the value is not fresh.
    let world = World::good();
    let held = world.get();
    world.answer(Answer::Fails(Code::Network));
    world.platform.shift_wall(86_400_000);
    world.source.clock_jumped();
    let doubted = world.get();
    assert_eq!((doubted.state(), doubted.is_current(), held.is_current()), (State::Mandatory, false, false));
}

#[test]
fn a_generation_of_another_source_is_not_ones_own() {
    let (world, other) = (World::good(), World::good());
    let first = world.get();
    let foreign = other.get();
    world.answer(Answer::Value("a", Some(HOUR), None, Some(HOUR)));
    assert!(first.generation() < foreign.generation() && foreign.generation() < world.refresh().generation());
    world.source.report_rejected_generation(foreign.generation()).unwrap();
    assert_eq!(world.source.status().rejections, 0);
    world.source.report_rejected_generation(first.generation()).unwrap();
    assert_eq!(world.source.status().rejections, 1, "an earlier one of the present value");
}

#[test]
fn a_value_that_was_under_way_while_the_clock_jumped_is_checked_again() {
    let world = World::good();
    world.get();
    world.answer(Answer::Hangs);
    world.platform.advance(Duration::from_millis(HOUR + 10_000));
    world.source.tick();
    eventually("it is in the air", || world.fetches() == 2);
    world.platform.shift_wall(120_000);
    world.answer(Answer::Value("b", Some(HOUR), None, Some(2 * HOUR)));
    eventually("it lands", || world.source.peek().unwrap().material().password.expose() == "b");
    assert_eq!(world.source.status().state, State::Mandatory);
    world.platform.advance(Duration::from_secs(2));
    world.source.tick();
    eventually("it is checked", || world.source.status().state == State::Fresh);
}
