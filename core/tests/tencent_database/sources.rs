//! Sources of a client: sharing, names, refresh modes, fork, closing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::error::Code;
use evercred_emulator::FaultKind;

#[test]
fn sixty_four_threads_on_a_cold_source_make_one_request() {
    assert_eq!(simulation::requests_of_64_cold_threads(), 1);
}

#[test]
fn opens_of_one_account_share_a_source_and_its_request() {
    let world = World::new();
    let client = world.client(&[]);
    let sources: Vec<_> = (0..1000).map(|_| world.source(&client)).collect();
    for source in &sources {
        get(source);
        assert!(Arc::ptr_eq(source, &sources[0]));
    }
    assert_eq!(world.requests(), 1);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("max_stale_ms", "1").unwrap();
    let other = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert!(!Arc::ptr_eq(&other, &sources[0]));
}

#[test]
fn closing_wakes_all_waiters() {
    for lazy in ["background", "lazy"] {
        let world = World::new();
        world.inject(1, FaultKind::Delay(Duration::from_secs(30)));
        let client = world.client(&[("refresh", lazy)]);
        let source = world.source(&client);
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..8).map(|_| scope.spawn(|| code_of(&source))).collect();
            eventually("the request is under way", || world.requests() == 1);
            let start = Instant::now();
            client.close();
            client.close();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Code::Closed);
            }
            assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        });
        assert_eq!(code_of(&source), Code::Closed);
        assert!(client.open_database(None, REGION, INSTANCE, USER).is_err());
    }
}

#[test]
fn names_that_leave_the_folder_and_empty_ones_are_refused() {
    let world = World::new();
    let client = world.client(&[]);
    for (region, instance, user, named) in [
        ("", INSTANCE, USER, "region"),
        (REGION, "", USER, "instance"),
        (REGION, INSTANCE, "", "user"),
        (REGION, INSTANCE, "../../etc/passwd", "user"),
        ("..", INSTANCE, USER, "region"),
    ] {
        let error = client.open_database(None, region, instance, user).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with(named), "{error}");
    }
}

#[test]
fn lazy_mode_refreshes_within_get_only() {
    let world = World::new();
    let client = world.client(&[("refresh", "lazy")]);
    let source = world.source(&client);
    let first = get(&source);
    assert!(!first.is_current(), "no background");
    assert_eq!(source.generation_cell().load(std::sync::atomic::Ordering::Acquire), 0);
    world.rotate();
    get(&source);
    assert_eq!(world.requests(), 1);
    world.advance(DAY + MINUTE);
    assert_eq!(password_of(&get(&source)), world.password());
    assert_eq!(world.requests(), 2);
    source.report_rejected(&get(&source)).unwrap();
    world.rotate();
    assert_eq!(password_of(&get(&source)), world.password());
}

#[test]
fn a_forked_child_can_read_and_renew_inherited_values() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let inherited = get(&source);
    world.platform.fork();
    assert_eq!(password_of(&get(&source)), password_of(&inherited));
    world.rotate();
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(password_of(&get(&source)), world.password());
    // The thread belongs to the parent of the simulated fork.
    std::mem::forget(client);
}

#[test]
fn prefetch_starts_the_first_fetch() {
    let world = World::new();
    let client = world.client(&[("prefetch", "on")]);
    let source = world.source(&client);
    eventually("the value is there before the first get", || source.peek().is_some());
}

#[test]
fn reports_name_every_source_once() {
    let world = World::new();
    world.emulator.add_account("ap-shanghai", INSTANCE, USER);
    let client = world.client(&[]);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("max_stale_ms", "1").unwrap();
    let sources = [
        world.source(&client),
        client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap(),
        client.open_database(None, "ap-shanghai", INSTANCE, USER).unwrap(),
    ];
    sources.iter().for_each(|source| drop(get(source)));
    let mut names: Vec<_> = client.statuses().into_iter().map(|status| status.name).collect();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
    let report = client.report(evercred_core::client::Format::Prometheus);
    let mut series: Vec<_> = report
        .text()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit_once(' ').unwrap().0)
        .collect();
    let count = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), count);
}

#[test]
fn concurrent_opens_get_distinct_names() {
    let world = World::new();
    let client = world.client(&[]);
    for round in 0..100 {
        let instance = format!("cdb-{round}");
        let names: Vec<String> = std::thread::scope(|scope| {
            let opened: Vec<_> = (1..5)
                .map(|stale| {
                    let (client, instance) = (&client, &instance);
                    scope.spawn(move || {
                        let mut overrides = evercred_core::client::Config::new();
                        overrides.set("max_stale_ms", &stale.to_string()).unwrap();
                        client.open_database(Some(&overrides), REGION, instance, USER).unwrap()
                    })
                })
                .collect();
            let sources: Vec<_> = opened.into_iter().map(|thread| thread.join().unwrap()).collect();
            sources.iter().map(|source| source.name().to_owned()).collect()
        });
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 4, "{names:?}");
    }
}

#[test]
fn an_option_set_to_its_default_makes_no_other_source() {
    let world = World::new();
    let client = world.client(&[]);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("poll_interval_ms", "300000").unwrap();
    let same = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert!(Arc::ptr_eq(&same, &world.source(&client)));
    // Another schedule of a source does not make another identity.
    overrides.set("poll_interval_ms", "60000").unwrap();
    let other = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert_eq!((other.name(), client.statuses().len()), ("database/ap-guangzhou/cdb-example1/app_user#2", 3));
    assert!(!other.status().tls_verified, "the emulator speaks plain HTTP");
}
