//! The gate that every call into the host's callbacks passes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::{Forkable, Platform};

/// Lets calls pass until it is closed. A forked child has none of its parent's threads inside.
pub struct Gate {
    platform: Arc<dyn Platform>,
    closed: AtomicBool,
    calls: Forkable<Calls>,
}

/// The threads that are in a call, one entry per call.
#[derive(Default)]
struct Calls {
    inside: Mutex<Vec<ThreadId>>,
    left: Condvar,
}

impl Gate {
    /// An open gate.
    pub fn new(platform: Arc<dyn Platform>) -> Gate {
        Gate { platform, closed: AtomicBool::new(false), calls: Forkable::default() }
    }

    /// Makes the call; `None` if the gate is closed.
    pub fn pass<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let epoch = self.platform.fork_epoch();
        let calls = self.calls.get(epoch, Calls::default);
        {
            let mut inside = calls.inside();
            if self.closed.load(Ordering::Acquire) {
                return None;
            }
            inside.push(thread::current().id());
        }
        let _inside = Inside { gate: self, calls, epoch };
        Some(call())
    }

    /// No call starts from now on, except one that is about to start: [`Gate::wait`] waits for it.
    pub fn close(&self) {
        let calls = self.calls.get(self.platform.fork_epoch(), Calls::default);
        let _inside = calls.inside();
        self.closed.store(true, Ordering::Release);
    }

    /// Waits until no other thread is in a call, for `limit` at most. Returns whether that is so. Calls of this thread
    /// do not count: one of them may wait here.
    pub fn wait(&self, limit: Option<Duration>) -> bool {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let calls = self.calls.get(self.platform.fork_epoch(), Calls::default);
        let this = thread::current().id();
        let mut inside = calls.inside();
        while inside.iter().any(|other| *other != this) {
            inside = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return false,
                Some(left) => calls.left.wait_timeout(inside, left).unwrap_or_else(PoisonError::into_inner).0,
                None => calls.left.wait(inside).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.calls.abandon(self.platform.fork_epoch());
    }
}

impl Calls {
    fn inside(&self) -> MutexGuard<'_, Vec<ThreadId>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call; it ends on drop, also after a panic.
struct Inside<'a> {
    gate: &'a Gate,
    calls: Arc<Calls>,
    epoch: u64,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // A child that was forked inside the call must not take the parent's lock.
        if self.epoch != self.gate.platform.fork_epoch() {
            return;
        }
        let this = thread::current().id();
        let mut inside = self.calls.inside();
        if let Some(at) = inside.iter().position(|thread| *thread == this) {
            inside.swap_remove(at);
        }
        drop(inside);
        self.calls.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::super::ManualPlatform;
    use super::*;

    #[test]
    fn nothing_passes_a_closed_gate_and_nobody_is_left_inside() {
        let platform = Arc::new(ManualPlatform::new(0));
        let gate = Arc::new(Gate::new(Arc::clone(&platform) as Arc<dyn Platform>));
        let (entered, inside) = channel();
        let (leave, hang) = channel::<()>();
        let other = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            other.pass(|| {
                entered.send(()).unwrap();
                hang.recv().unwrap_err();
            })
        });
        inside.recv().unwrap();
        gate.close();
        assert_eq!(gate.pass(|| 1), None);
        assert!(!gate.wait(Some(Duration::from_millis(20))));
        // A forked child has no such thread.
        platform.fork();
        assert!(gate.wait(None));
        assert_eq!(gate.pass(|| 1), None);
        drop(leave);
        thread.join().unwrap();
    }

    #[test]
    fn a_call_does_not_wait_for_itself() {
        let gate = Gate::new(Arc::new(ManualPlatform::new(0)));
        let inside = gate.pass(|| {
            gate.close();
            gate.wait(None)
        });
        assert_eq!(inside, Some(true));
    }
}
