//! Counts of requests, for the tests that bound them and the benchmark that reports them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evercred_core::cache::Source;
use evercred_core::platform::Platform;
use evercred_emulator::{FaultKind, Options};

use super::aliyun_managed::{
    ACTION, NAME, call, current, fail, key_of, managed_options, managed_world, open, rotate, with_secret,
};
use super::{World, get};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many requests one source makes in a simulated day with the default options and a rotation every 24 hours.
pub fn requests_in_a_day() -> u64 {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    pass(&world, &source, DAY);
    world.requests()
}

/// How many requests one source of a managed credential makes in a simulated week, with the default options and a rotation
/// every 7 days.
pub fn requests_in_a_week_managed() -> u64 {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    current(&world);
    pass(&world, &source, 7 * DAY);
    // The rotation came at the week's end.
    let requests = world.emulator.requests(ACTION);
    pass(&world, &source, DAY / 24);
    assert_eq!(key_of(&get(&source)), current(&world));
    assert_ne!(key_of(&before), current(&world));
    requests
}

/// Lets the time go by, from one refresh to the next.
fn pass(world: &World, source: &Arc<Source>, time: Duration) {
    get(source);
    let start = world.platform.now();
    while world.platform.now().since(start) < time {
        world.landed(source);
        // Not the thread's own timer: for a moment after a landing it still shows the time from before.
        let left = source.status().next_refresh_at_ms - world.platform.wall_ms();
        world.advance(Duration::from_millis(u64::try_from(left).unwrap_or_default().max(1)));
    }
    world.landed(source);
    assert_eq!(source.status().failures, 0);
}

/// From the moment a service says that a key is gone to the new key in hand, over HTTPS, with a KMS that takes 20 ms for
/// its answer: the median of several, in real time.
pub fn revoked_to_new_key() -> Duration {
    let world = with_secret(World::with(Options { tls: true, ..Options::default() }));
    let host = world.emulator.host_port();
    let client = world.real_client(&managed_options(&host, &[("forced_refresh_burst", "1000")]));
    let source = client.open_managed(None, NAME).unwrap();
    let mut held = get(&source);
    fail(&world, u64::MAX, FaultKind::Delay(Duration::from_millis(20)));
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            rotate(&world, Duration::ZERO);
            assert_eq!(call(&world, &held), "InvalidAccessKeyId.NotFound");
            let start = Instant::now();
            source.report_rejected(&held).unwrap();
            held = get(&source);
            let time = start.elapsed();
            assert_eq!(key_of(&held), current(&world));
            assert_eq!(call(&world, &held), "");
            time
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// How many requests 64 threads make that ask a source which holds nothing, at once.
pub fn requests_of_64_cold_threads() -> u64 {
    let world = World::new();
    world.inject(1, FaultKind::Delay(Duration::from_millis(200)));
    let client = world.client(&[]);
    let source = world.source(&client);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| get(&source));
        }
    });
    world.requests()
}
