//! The timer of a source, and what ends the trust in what it published: a thread that ended, clocks that moved.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Caller, LiveState, Source, lock};
use crate::error::Result;
use crate::log::Level;

impl Source {
    /// The timer of the source: publishes changes by time, and starts a refresh if one is due.
    pub fn tick(self: &Arc<Self>) {
        if self.check_open(Caller::NONE).is_err() {
            return;
        }
        let live = self.live();
        let mut state = lock(&live);
        let doubted = state.entry.doubt_clock(self.platform.now(), self.platform.wall_ms());
        let launched = self.launch_if_due(&mut state);
        self.rearm(&mut state);
        self.publish(&mut state);
        self.notify_time_events(&mut state);
        drop(state);
        if doubted {
            self.log.write(Level::Warn, || {
                format!("{}: the wall clock moved against the steady clock; checking the value again", self.name)
            });
        }
        if let Err(error) = launched {
            self.log.write(Level::Error, || format!("{}: the refresh could not be started: {error}", self.name));
        }
    }

    /// The thread of [`Source::tick`] has ended without being asked to: nobody watches the value until a later call
    /// starts another thread. Called without a lock that [`super::Runner::watch`] takes.
    pub fn timer_lost(&self) {
        self.cell.store(0, Ordering::Release);
        if let Some(live) = self.live.existing(self.platform.fork_epoch()) {
            let mut state = lock(&live);
            state.watched = false;
            // Again, under the lock: another thread may have published meanwhile.
            self.cell.store(0, Ordering::Release);
        }
    }

    /// The wall clock moved against the steady clock by more than a minute: checks the value again at once. The owner
    /// of the timer calls it, since it notices this between two ticks.
    pub fn clock_jumped(self: &Arc<Self>) {
        if self.live.existing(self.platform.fork_epoch()).is_some() {
            self.tick();
        }
    }

    pub(super) fn launch_if_due(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if state.entry.refresh_is_due(self.platform.now()) { self.launch(state) } else { Ok(()) }
    }

    pub(super) fn ensure_watched(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if self.settings.lazy || state.watched {
            return Ok(());
        }
        self.runner.watch(self, state.entry.next_wake(self.platform.now()))?;
        state.watched = true;
        Ok(())
    }

    /// Sets the timer again. Before publishing: what nobody watches must not be published.
    pub(super) fn rearm(self: &Arc<Self>, state: &mut LiveState) {
        if !self.settings.lazy {
            state.watched = self.runner.watch(self, state.entry.next_wake(self.platform.now())).is_ok();
        }
    }
}
