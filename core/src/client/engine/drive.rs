//! The loop of the background thread.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::queue::Queue;
use super::shared::{Command, Shared};
use super::timers::Timers;
use crate::cache::{Flight, fly};
use crate::log::{Level, Sink};
use crate::platform::Platform;
use crate::slow_wait::{SlowWaitListener, with_slow_wait_listener};

/// A difference of the wall clock and the steady one that changes by more than this is a jump: the machine was paused
/// or restored, or its clock was set.
const JUMP_MS: u64 = 60_000;

/// Runs flights and timers until a command to close or, in lazy mode, until there is nothing to do.
pub(super) async fn drive(shared: &Shared, commands: UnboundedReceiver<Command>) {
    let mut timers = Timers::default();
    // Dropped before the timers: a source that is told of their end must not set its timer in this queue again.
    let mut commands = commands;
    let mut clocks = Clocks::new(&*shared.platform);
    let mut queue = Queue::new(shared.limit);
    let (turns, mut turn_changes) = unbounded_channel();
    let mut flights = JoinSet::new();
    loop {
        if clocks.have_jumped(&*shared.platform) {
            for source in timers.all() {
                guarded(|| source.clock_jumped());
            }
        }
        for source in timers.due(shared.platform.now()) {
            guarded(|| source.tick());
        }
        while let Some(flight) = queue.next() {
            let listener = Arc::new(Listener::new(&flight, turns.clone()));
            flights.spawn(with_slow_wait_listener(listener, fly(flight, Arc::clone(&shared.http))));
        }
        let next = timers.next();
        let sleep = async {
            match next {
                Some(moment) => shared.platform.sleep(moment).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::Fly(flight)) => {
                    let (key, is_of_identity) = (flight.key(), flight.is_of_identity());
                    queue.add(flight, key, is_of_identity);
                }
                Some(Command::Needed(key, need)) => queue.needed(key, need),
                Some(Command::Watch(source, at)) => timers.set(source, at),
                Some(Command::Close) | None => return,
            },
            Some(change) = turn_changes.recv() => match change {
                TurnChange::Lends => queue.lends(),
                TurnChange::GoesOn { is_of_identity, sender } => queue.goes_on(is_of_identity, sender),
            },
            Some(_) = flights.join_next(), if !flights.is_empty() => {
                queue.landed();
                if shared.lazy && flights.is_empty() && queue.is_empty() {
                    let mut state = shared.state();
                    if commands.is_empty() {
                        // Under the lock: no command can be sent now, and the next one starts a new thread.
                        state.queue = None;
                        return;
                    }
                }
            }
            () = sleep => {}
        }
    }
}

/// What happens to the turn of a flight in the air.
enum TurnChange {
    Lends,
    GoesOn { is_of_identity: bool, sender: oneshot::Sender<()> },
}

/// Lends the turn of a flight while the flight waits for something slow.
struct Listener {
    turns: UnboundedSender<TurnChange>,
    /// How many slow waits of the flight there are now: parts of it may wait at the same time.
    waits: AtomicUsize,
    is_of_identity: bool,
    source: String,
    log: Sink,
}

impl Listener {
    fn new(flight: &Flight, turns: UnboundedSender<TurnChange>) -> Listener {
        let (source, log) = flight.name_and_log();
        Listener { turns, waits: AtomicUsize::new(0), is_of_identity: flight.is_of_identity(), source, log }
    }
}

impl SlowWaitListener for Listener {
    fn begins(&self) {
        if self.waits.fetch_add(1, Ordering::AcqRel) == 0 {
            // The receiver exists as long as the flights.
            let _ended = self.turns.send(TurnChange::Lends).is_err();
        }
    }

    fn ends(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if self.waits.fetch_sub(1, Ordering::AcqRel) == 1 {
            let change = TurnChange::GoesOn { is_of_identity: self.is_of_identity, sender };
            let _ended = self.turns.send(change).is_err();
        }
        receiver
    }

    fn left_behind(&self, work: &'static str, jobs: usize) {
        self.log.write(Level::Warn, || {
            format!("{}: {work} hangs, so its thread was replaced; {jobs} of its kind hang now", self.source)
        });
    }
}

/// A panic in one source must not end the timers of all.
fn guarded(work: impl FnOnce()) {
    let _panicked = catch_unwind(AssertUnwindSafe(work)).is_err();
}

/// Notices when the wall clock moves against the steady one.
struct Clocks {
    offset_ms: i64,
}

impl Clocks {
    fn new(platform: &dyn Platform) -> Clocks {
        Clocks { offset_ms: Clocks::offset_ms(platform) }
    }

    /// Whether they moved since the last time when this was so: slow steps add up.
    fn have_jumped(&mut self, platform: &dyn Platform) -> bool {
        let offset_ms = Clocks::offset_ms(platform);
        let moved = self.offset_ms.abs_diff(offset_ms) > JUMP_MS;
        if moved {
            self.offset_ms = offset_ms;
        }
        moved
    }

    fn offset_ms(platform: &dyn Platform) -> i64 {
        platform.wall_ms().saturating_sub_unsigned(platform.now().as_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ManualPlatform;

    #[test]
    fn slow_steps_of_the_wall_clock_add_up() {
        let platform = ManualPlatform::new(1_700_000_000_000);
        let mut clocks = Clocks::new(&platform);
        let mut moved = |by_ms| {
            platform.shift_wall(by_ms);
            clocks.have_jumped(&platform)
        };
        assert_eq!([40_000, 40_000, 40_000, -100, -60_000].map(&mut moved), [false, true, false, false, false]);
        assert_eq!([-45_000, 61_000].map(&mut moved), [true, true]);
    }
}
