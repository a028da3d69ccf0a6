//! Counts of requests, for the tests that bound them and the benchmark that reports them.

use std::time::Duration;

use evercred_core::platform::Platform;
use evercred_emulator::FaultKind;

use super::{World, get};

/// How many requests one source makes in a simulated day with the default options and a rotation every 24 hours.
pub fn requests_in_a_day() -> u64 {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    let start = world.emulator.now_ms();
    while world.emulator.now_ms() - start < 24 * 3600 * 1000 {
        world.landed(&source);
        // Not the thread's own timer: for a moment after a landing it still shows the time from before.
        let left = source.status().next_refresh_at_ms - world.platform.wall_ms();
        world.advance(Duration::from_millis(u64::try_from(left).unwrap_or_default().max(1)));
    }
    assert_eq!(source.status().failures, 0);
    world.requests()
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
