//! Handles timers and landings, and publishes their result: the snapshot, the generation, the status.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::announce::Before;
use super::{LiveState, Source, lock, wake_all};
use crate::cache::credential::Credential;
use crate::cache::entry::Held;
use crate::cache::policy::State;
use crate::cache::status::Status;
use crate::error::{Code, Result};
use crate::log::Level;
use crate::platform::Moment;
use crate::providers::{Fetched, Material, Origin};

impl Source {
    /// The timer of the source: publishes changes by time, and starts a refresh if one is due.
    pub fn tick(self: &Arc<Self>) {
        if self.runner.is_closed() {
            return;
        }
        let live = self.live();
        let mut state = lock(&live);
        let launched = if state.entry.refresh_is_due(self.platform.now()) { self.launch(&mut state) } else { Ok(()) };
        self.publish(&mut state);
        self.notify_time_events(&mut state);
        self.rearm(&mut state);
        drop(state);
        if let Err(error) = launched {
            self.log.write(Level::Error, || format!("{}: the refresh could not be started: {error}", self.name));
        }
    }

    /// A flight landed.
    pub(in crate::cache) fn land(self: &Arc<Self>, result: Result<Fetched>) {
        let live = self.live();
        let (now, wall_ms, random) = (self.platform.now(), self.platform.wall_ms(), self.platform.random());
        let failed = result.as_ref().err().cloned();
        let degraded = result.as_ref().ok().and_then(|fetched| fetched.degraded.clone());
        let (changed, generation) = {
            let mut state = lock(&live);
            let before_landing = Before::of(&state);
            state.entry.in_flight = false;
            state.entry.landed = state.entry.landed.wrapping_add(1);
            match result {
                Ok(fetched) => state.entry.succeed(now, wall_ms, fetched, random),
                Err(error) => state.entry.fail(now, error, random),
            }
            let before = state.published.0;
            self.publish(&mut state);
            self.notify_landing(&state, before_landing, failed.as_ref().or(degraded.as_ref()));
            self.notify_time_events(&mut state);
            self.rearm(&mut state);
            wake_all(&live, &mut state);
            (before != state.published.0, state.generation)
        };
        match (failed, degraded) {
            (Some(error), _) if error.code() == Code::Closed => {}
            (Some(error), _) => {
                self.log.write(Level::Warn, || format!("{}: refresh failed: {error}", self.name));
            }
            (None, Some(error)) => {
                self.log.write(Level::Warn, || format!("{}: degraded value in use: {error}", self.name));
            }
            (None, None) if changed => {
                self.log.write(Level::Info, || format!("{}: new value, generation {generation}", self.name));
            }
            (None, None) => self.log.write(Level::Debug, || format!("{}: same value", self.name)),
        }
        self.runner.landed();
    }

    /// Whether there is a value that is not expired.
    pub(in crate::cache) fn has_usable(&self) -> bool {
        lock(&self.live()).entry.has_usable(self.platform.now())
    }

    /// The state that a fetch depends on: whether there is a value that is not expired, the value that was reported as
    /// rejected, and whether the refresh is forced.
    pub(in crate::cache) fn fetch_state(&self) -> (bool, Option<Arc<Material>>, bool) {
        let live = self.live();
        let state = lock(&live);
        (state.entry.has_usable(self.platform.now()), state.entry.rejected(), state.entry.is_forced())
    }

    /// The current status.
    pub fn status(&self) -> Status {
        let live = self.live();
        let state = lock(&live);
        let now = self.platform.now();
        let wall = self.platform.wall_ms();
        let entry = &state.entry;
        let held = entry.held.as_ref();
        let notes = held.map(|held| held.notes.clone()).unwrap_or_default();
        let in_wall = |moment: Option<Moment>| moment.map_or(0, |moment| wall.saturating_add(signed_ms(now, moment)));
        Status {
            name: self.name.clone(),
            state: entry.state(now),
            origin: held.map_or(Origin::None, |held| held.material.origin),
            expires_at_ms: held.map_or(0, |held| wall_of(held, held.windows.ends_at)),
            renew_at_ms: held.map_or(0, |held| wall_of(held, held.windows.renew_at)),
            next_refresh_at_ms: in_wall(if self.settings.lazy { None } else { entry.refresh_at }),
            last_success_at_ms: held.map_or(0, |held| {
                let ago = held.notes.confirmed_ago.unwrap_or_default().as_millis();
                held.fetched_wall_ms.saturating_sub(i64::try_from(ago).unwrap_or(i64::MAX))
            }),
            failures: entry.failures,
            last_error: entry.last_error.clone(),
            generation: state.generation,
            fetches: self.fetches.load(Ordering::Relaxed),
            rejections: entry.rejections,
            rotation_overdue: entry.rotation_overdue(now),
            rotation_status: notes.rotation_status,
            last_rotation_duration_ms: notes.last_rotation_cost_ms,
            identity_explanation: notes.explanation,
            endpoint: notes.endpoint,
            clock_skew_ms: notes.clock_skew_ms,
            secret: notes.secret,
            tls_verified: self.runner.tls_verified() && self.provider.is_encrypted(),
        }
    }

    pub(super) fn ensure_watched(self: &Arc<Self>, state: &mut LiveState) -> Result<()> {
        if self.settings.lazy || state.watched {
            return Ok(());
        }
        self.runner.watch(self, state.entry.next_wake(self.platform.now()))?;
        state.watched = true;
        Ok(())
    }

    pub(super) fn rearm(self: &Arc<Self>, state: &mut LiveState) {
        if !self.settings.lazy {
            state.watched = self.runner.watch(self, state.entry.next_wake(self.platform.now())).is_ok();
        }
    }

    /// Publishes the snapshot and the generation of the entry.
    pub(super) fn publish(&self, state: &mut LiveState) {
        let now = self.platform.now();
        let phase = match state.entry.state(now) {
            State::Due => State::Fresh,
            other => other,
        };
        let good = phase == State::Fresh;
        let key = (state.entry.version, phase);
        if key != state.published {
            state.published = key;
            state.generation += 1;
        }
        let open = !self.runner.is_closed();
        let visible = if good && state.watched && open { state.generation } else { 0 };
        if visible == 0 {
            // Before the slot changes: a reader must not take the new snapshot for a fresh one.
            self.cell.store(0, Ordering::Release);
        }
        if let Some(held) = &state.entry.held {
            let windows = held.windows;
            let ends = [windows.renew_at, windows.mandatory_at, windows.ends_at].into_iter().flatten().min();
            let expires_at_ms = wall_of(held, windows.ends_at);
            let renew_at_ms = wall_of(held, windows.renew_at);
            let unchanged = self.slot.load().as_ref().is_some_and(|credential| {
                credential.generation == state.generation
                    && credential.windows == windows
                    && Arc::ptr_eq(&credential.material, &held.material)
                    && credential.expires_at_ms == expires_at_ms
            });
            if !unchanged {
                self.slot.store(Some(Arc::new(Credential {
                    material: Arc::clone(&held.material),
                    windows,
                    state: phase,
                    generation: state.generation,
                    expires_at_ms,
                    renew_at_ms,
                    good_until: ends.unwrap_or(Moment::from_ms(u64::MAX)),
                    fetched_wall_ms: held.fetched_wall_ms,
                    fetched_at: held.fetched_at,
                    cell: Arc::clone(&self.cell),
                })));
            }
        }
        self.good.store(good && open, Ordering::Release);
        self.cell.store(visible, Ordering::Release);
    }
}

fn signed_ms(from: Moment, to: Moment) -> i64 {
    let ms = |wait: Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    if to >= from { ms(to.since(from)) } else { -ms(from.since(to)) }
}

/// A moment on the wall clock of the time when the value was fetched: later corrections of that clock do not change it.
fn wall_of(held: &Held, moment: Option<Moment>) -> i64 {
    moment.map_or(0, |moment| held.fetched_wall_ms.saturating_add(signed_ms(held.fetched_at, moment)))
}
