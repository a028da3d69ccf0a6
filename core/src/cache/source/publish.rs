//! Handles landings, and publishes their result: the snapshot, the generation, the status.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::announce::Before;
use super::{LiveState, Source, lock, wake_all};
use tokio::sync::oneshot;

use crate::cache::credential::Credential;
use crate::cache::entry::{Held, clock_moved};
use crate::cache::policy::State;
use crate::cache::status::Status;
use crate::error::{Code, Error, Result};
use crate::log::Level;
use crate::platform::Moment;
use crate::providers::{Fetched, Material, Origin};

impl Source {
    /// A flight landed.
    pub(in crate::cache) fn land(self: &Arc<Self>, result: Result<Fetched>) {
        let live = self.live();
        let (now, wall_ms, random) = (self.platform.now(), self.platform.wall_ms(), self.platform.random());
        let failed = result.as_ref().err().cloned();
        let degraded = result.as_ref().ok().and_then(|fetched| fetched.degraded.clone());
        let (changed, generation, is_known) = {
            let mut state = lock(&live);
            let said = |error: &Error| error.to_string();
            let is_known = degraded.as_ref().map(said) == state.entry.last_error.as_ref().map(said);
            let before = Before::of(&state);
            state.abort = None;
            state.entry.end_flight();
            match result {
                Ok(fetched) => {
                    state.entry.succeed(now, wall_ms, fetched, random);
                    let (began_wall_ms, began) = state.flight_began;
                    if clock_moved(began_wall_ms, began, now, wall_ms) {
                        state.entry.doubt_landing(now);
                    }
                }
                Err(error) => state.entry.fail(now, error, random),
            }
            let unstarted = if state.entry.follow() { self.launch(&mut state).err() } else { None };
            if let Some(error) = &unstarted {
                // Nobody may wait for a flight that does not start.
                state.entry.end_flight();
                state.entry.fail(now, error.clone(), random);
            }
            self.rearm(&mut state);
            self.publish(&mut state);
            self.notify_landing(&state, before, failed.as_ref().or(degraded.as_ref()).or(unstarted.as_ref()));
            state.entry.wanted = false;
            state.entry.wanted_better = false;
            self.notify_time_events(&mut state);
            wake_all(&live, &mut state);
            (before.version != state.entry.version, state.published.generation(), is_known)
        };
        match (failed, degraded) {
            (Some(error), _) if error.code() == Code::Closed => {}
            (Some(error), _) => {
                self.log.write(Level::Warn, || format!("{}: refresh failed: {error}", self.name));
            }
            (None, Some(error)) => {
                // A cause that lasts is no news at each fetch.
                let (level, still) = if is_known { (Level::Debug, "still ") } else { (Level::Warn, "") };
                self.log.write(level, || format!("{}: {still}degraded value in use: {error}", self.name));
            }
            (None, None) if changed => {
                self.log.write(Level::Info, || format!("{}: new value, generation {generation}", self.name));
            }
            (None, None) => self.log.write(Level::Debug, || format!("{}: same value", self.name)),
        }
        self.runner.landed();
    }

    /// Whether there is a usable value: neither expired nor rejected.
    pub(in crate::cache) fn has_usable(&self) -> bool {
        lock(&self.live()).entry.has_usable(self.platform.now())
    }

    /// The state that a fetch depends on: whether there is a usable value, the value that was reported as rejected, and
    /// whether the refresh is forced.
    pub(in crate::cache) fn fetch_state(&self) -> (bool, Option<Arc<Material>>, bool) {
        let live = self.live();
        let state = lock(&live);
        (state.entry.has_usable(self.platform.now()), state.entry.rejected(), state.entry.is_forced())
    }

    /// Something that is ready when the source ends while this flight is in progress; `None` if it has ended.
    pub(in crate::cache) fn until_end(&self) -> Option<oneshot::Receiver<()>> {
        let (sender, receiver) = oneshot::channel();
        let live = self.live();
        lock(&live).abort = Some(sender);
        // Either this sees that the source has ended, or its end sees the sender.
        if self.has_ended() { None } else { Some(receiver) }
    }

    /// The current status.
    pub fn status(&self) -> Status {
        let live = self.live();
        let mut state = lock(&live);
        // Who sees a state here must not find the generation of an earlier one.
        self.publish(&mut state);
        let now = self.platform.now();
        let wall = self.platform.wall_ms();
        let entry = &state.entry;
        let held = entry.held.as_ref();
        let notes = held.map(|held| held.notes.clone()).unwrap_or_default();
        let in_wall = |moment: Option<Moment>| moment.map_or(0, |moment| wall.saturating_add(now.ms_until(moment)));
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
            generation: state.published.generation(),
            fetches: self.fetches.load(Ordering::Relaxed),
            rejections: entry.rejections,
            rotation_overdue: entry.rotation_overdue(now),
            rotation_status: notes.rotation_status,
            last_rotation_duration_ms: notes.last_rotation_cost_ms,
            identity_explanation: notes.explanation,
            endpoint: notes.endpoint,
            clock_skew_ms: notes.clock_skew_ms,
            secret: notes.secret,
            tls_verified: self.runner.tls_verified() && self.provider().is_none_or(|provider| provider.is_encrypted()),
        }
    }

    /// Publishes the snapshot and the generation of the entry.
    pub(super) fn publish(&self, state: &mut LiveState) {
        let phase = match state.entry.state(self.platform.now()) {
            State::Due => State::Fresh,
            other => other,
        };
        let is_open = !self.runner.is_closed() && !self.has_ended();
        let is_good = phase == State::Fresh && is_open;
        if let Some(held) = &state.entry.held {
            let expires_at_ms = wall_of(held, held.windows.ends_at);
            let origin = held.material.origin;
            state.published.update(state.entry.version, origin, phase, held.windows, expires_at_ms);
        }
        let generation = state.published.generation();
        let visible = if is_good && state.watched { generation } else { 0 };
        if self.cell.load(Ordering::Relaxed) != visible {
            // Before the slot changes: nobody may hold the new snapshot while the old one still counts as current, and no
            // reader may take a new one that is not fresh for a fresh one.
            self.cell.store(0, Ordering::Release);
        }
        if let Some(held) = &state.entry.held {
            let unchanged = self.slot.load().as_ref().is_some_and(|credential| {
                credential.generation == generation
                    && credential.windows == held.windows
                    && Arc::ptr_eq(&credential.material, &held.material)
            });
            if !unchanged {
                let revision = self.revision.load(Ordering::Relaxed).wrapping_add(1);
                self.slot.store(Some(Arc::new(self.credential(held, phase, revision, state))));
                self.revision.store(revision, Ordering::Release);
            }
        }
        self.good.store(is_good, Ordering::Release);
        self.cell.store(visible, Ordering::Release);
    }

    fn credential(&self, held: &Held, phase: State, revision: u64, state: &LiveState) -> Credential {
        let windows = held.windows;
        let ends = [windows.renew_at, windows.mandatory_at, windows.ends_at].into_iter().flatten().min();
        Credential {
            material: Arc::clone(&held.material),
            windows,
            state: phase,
            generation: state.published.generation(),
            revision,
            expires_at_ms: state.published.expires_at_ms(),
            renew_at_ms: wall_of(held, windows.renew_at),
            good_until: ends.unwrap_or(Moment::from_ms(u64::MAX)),
            fetched_wall_ms: held.fetched_wall_ms,
            fetched_at: held.fetched_at,
            cell: Arc::clone(&self.cell),
        }
    }
}

/// A moment on the wall clock of the time when the value was fetched: later corrections of that clock do not change it.
fn wall_of(held: &Held, moment: Option<Moment>) -> i64 {
    moment.map_or(0, |moment| held.fetched_wall_ms.saturating_add(held.fetched_at.ms_until(moment)))
}
