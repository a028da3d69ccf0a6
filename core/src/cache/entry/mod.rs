//! The state of a source between refreshes, and how each event changes it. Pure: it uses no clock, lock or I/O. Here are
//! landings; `schedule` says when to refresh and wake, `demand` is what callers demand, `rejection` a report of a rejected
//! value, `steady` which differences count as none, `settings` how it is configured.

mod demand;
mod rejection;
mod schedule;
mod settings;
mod steady;

use std::sync::Arc;
use std::time::Duration;

use self::rejection::Rejection;
pub use self::settings::Settings;
pub(super) use self::steady::clock_moved;
use self::steady::steady;
use crate::cache::backoff::{self, Bucket, full_jitter};
use crate::cache::policy::{Failing, State, View, state};
use crate::error::{Class, Code, Error};
use crate::platform::Moment;
use crate::providers::{Fetched, Material, Notes, Origin, Windows};

/// At this age of an identity's flight, those that wait for it lend their turns.
const LEND_AFTER: Duration = Duration::from_millis(250);

/// The bounds of the waits between fetches while a change in the service has not settled.
const UNSETTLED_INITIAL: Duration = Duration::from_secs(1);
const UNSETTLED_MAX: Duration = Duration::from_secs(60);

/// The held value.
#[derive(Clone, Debug)]
pub struct Held {
    /// The value.
    pub material: Arc<Material>,
    /// Its windows.
    pub windows: Windows,
    /// Further facts of the answer.
    pub notes: Notes,
    /// When it was fetched, on the wall clock, in milliseconds since 1970.
    pub fetched_wall_ms: i64,
    /// When it was fetched, on the steady clock.
    pub fetched_at: Moment,
}

/// The state of a source.
#[derive(Debug)]
pub struct Entry {
    settings: Settings,
    /// The held value, if there is one.
    pub held: Option<Held>,
    /// The number of the held value: it changes with the value.
    pub version: u64,
    /// Consecutive failed refreshes.
    pub failures: u32,
    /// The error of the last failed refresh, if no later one succeeded.
    pub last_error: Option<Error>,
    /// When the background thread refreshes next.
    pub refresh_at: Option<Moment>,
    /// Whether a flight is in progress.
    pub in_flight: bool,
    /// The number of flights that landed.
    pub landed: u64,
    /// The last of them that brought a value, by its number.
    pub succeeded: u64,
    /// Reports of a rejected value that caused a refresh.
    pub rejections: u64,
    /// Somebody was told that there is no value yet, and waits for the next landing without a thread.
    pub wanted: bool,
    /// Such a caller waits although there is a value, which `get` returns when its wait ends.
    pub wanted_better: bool,
    flight_began: Moment,
    failing: Option<Failing>,
    /// When a caller without a usable value may start a refresh after a failed one.
    retry_at: Option<Moment>,
    rejected: Option<Rejection>,
    /// The flight in progress is a forced refresh.
    forced: bool,
    /// A forced refresh follows the flight in progress.
    forced_next: bool,
    unsettled: u32,
    /// The clocks moved against each other since the value was fetched.
    doubted: bool,
    /// When a value last replaced another one.
    replaced_at: Option<Moment>,
    /// Whether subscribers were notified that the rotation is overdue.
    overdue_notified: bool,
    refreshes: Bucket,
    reports: Bucket,
}

impl Entry {
    /// The state of a source without a value.
    pub fn new(settings: Settings, now: Moment) -> Entry {
        let bucket = Bucket::new(settings.forced.0, settings.forced.1, now);
        Entry {
            settings,
            held: None,
            version: 0,
            failures: 0,
            last_error: None,
            refresh_at: None,
            in_flight: false,
            landed: 0,
            succeeded: 0,
            rejections: 0,
            wanted: false,
            wanted_better: false,
            flight_began: now,
            failing: None,
            retry_at: None,
            rejected: None,
            forced: false,
            forced_next: false,
            unsettled: 0,
            doubted: false,
            replaced_at: None,
            overdue_notified: false,
            refreshes: bucket,
            reports: bucket,
        }
    }

    /// The input of the policy.
    pub fn view(&self) -> View {
        let windows = self.held.as_ref().map(|held| held.windows);
        // The renewal of an identity without an end only looks for another one: its failure ends nothing.
        let is_lasting = self.settings.identity && windows.is_some_and(|windows| windows.ends_at.is_none());
        View {
            windows,
            max_stale: if is_lasting { Duration::MAX } else { self.settings.max_stale },
            failing: self.failing,
            rejected: self.rejected.as_ref().map(Rejection::view),
            in_flight: self.in_flight,
            lazy: self.settings.lazy,
        }
    }

    /// The state of the held value.
    pub fn state(&self, now: Moment) -> State {
        state(now, &self.view())
    }

    /// Whether there is a value that is neither expired, nor overdue past `max_stale`, nor rejected.
    pub fn has_usable(&self, now: Moment) -> bool {
        let expired = |held: &Held| held.windows.ends_at.is_some_and(|end| now >= end);
        let held = self.held.as_ref().is_some_and(|held| !expired(held));
        held && self.rejected.is_none() && self.state(now) != State::Ended
    }

    /// A flight starts.
    pub fn begin(&mut self, now: Moment) {
        self.in_flight = true;
        self.flight_began = now;
        if let Some(rejection) = &mut self.rejected {
            if rejection.ends_deferral(now) {
                // It is the fetch that the report was not allowed. Two reports cannot have the same token.
                let _other_took_it = self.reports.take(now).is_err();
            }
            rejection.look(now, self.settings.refresh_wait);
            rejection.after_request = false;
        }
    }

    /// The flight could not be started.
    pub fn not_begun(&mut self) {
        self.forced = false;
    }

    /// Whether the flight in progress is older than callers wait for it while they hold a value.
    pub fn flight_is_slow(&self, now: Moment) -> bool {
        self.in_flight && now.since(self.flight_began) >= self.settings.refresh_wait
    }

    /// When callers that wait for something better than the held value stop waiting, although no fetch has landed.
    pub(super) fn wait_ends_at(&self) -> Option<Moment> {
        let slow = self.in_flight.then(|| self.flight_began.after(self.settings.refresh_wait));
        let rejected = self.rejected.as_ref().map(|rejection| rejection.view().until);
        slow.into_iter().chain(rejected).min().filter(|_| self.wanted_better)
    }

    /// Whether that moment has come since the last call.
    pub fn wait_ended(&mut self, now: Moment) -> bool {
        let ended = self.wait_ends_at().is_some_and(|end| now >= end);
        self.wanted_better &= !ended;
        ended
    }

    /// How long a flight that waits for this one keeps its turn: until this one is too old to land in a moment.
    /// Otherwise all sources of an identity would start at once while it is fetched.
    pub fn lend_after(&self, now: Moment) -> Duration {
        if self.in_flight { LEND_AFTER.saturating_sub(now.since(self.flight_began)) } else { Duration::ZERO }
    }

    /// The flight in progress ends: [`Entry::succeed`] or [`Entry::fail`] follows.
    pub fn end_flight(&mut self) {
        self.in_flight = false;
        self.landed = self.landed.saturating_add(1);
    }

    /// A flight landed with a value.
    pub fn succeed(&mut self, now: Moment, wall_ms: i64, fetched: Fetched, random: f64) {
        self.forced = false;
        let same = self.held.as_ref().is_some_and(|held| held.material.same_as(&fetched.material));
        let mut windows = fetched.windows;
        self.refresh_at = self.planned(now, fetched.notes.confirmed_ago, &windows, random);

        self.unsettled = if fetched.unsettled { self.unsettled.saturating_add(1) } else { 0 };
        if fetched.unsettled {
            let wait = full_jitter(UNSETTLED_INITIAL, UNSETTLED_MAX, self.unsettled, 0.5 + random / 2.0);
            self.refresh_at = Some(now.after(wait));
            // The value stays good at least until the next fetch: otherwise each `get` before it would fetch again.
            let next_fetch = now.after(wait.saturating_mul(2));
            windows.ends_at = windows.ends_at.map(|end| end.max(next_fetch));
            windows.renew_at = windows.renew_at.map(|due| due.max(next_fetch));
        }

        if !same {
            self.version = self.version.wrapping_add(1);
            self.rejected = None;
            self.replaced_at = self.held.as_ref().map(|_| now);
        } else {
            if let Some(rejection) = &mut self.rejected {
                self.refresh_at = Some(rejection.repeated(now, self.refresh_at, random));
            }
            if let Some(held) = self.held.as_ref().filter(|_| !fetched.unsettled) {
                windows = steady(&held.windows, windows, now);
            }
        }

        self.doubted = false;
        self.held = Some(Held {
            material: match (&self.held, same) {
                // The same value from another process keeps its origin.
                (Some(held), true) if [held.material.origin, Origin::FileCache].contains(&fetched.material.origin) => {
                    Arc::clone(&held.material)
                }
                _ => Arc::new(fetched.material),
            },
            windows,
            notes: fetched.notes,
            fetched_wall_ms: wall_ms,
            fetched_at: now,
        });
        match fetched.degraded {
            Some(error) => self.degrade(now, error, random),
            None => {
                self.succeeded = self.landed;
                self.failures = 0;
                self.failing = None;
                self.retry_at = None;
                self.last_error = None;
            }
        }
    }

    /// Takes the value of the parent process into this forked child. `rejected`: it was reported as rejected.
    pub fn inherit(&mut self, held: Held, rejected: bool, now: Moment, random: f64) {
        self.refresh_at = self.planned(now, None, &held.windows, random);
        self.held = Some(held);
        self.version = 1;
        if rejected {
            self.rejected = Some(Rejection::new(now.after(self.settings.settle)));
            self.refresh_at = Some(now);
        }
    }

    /// A flight landed with a value, but something better failed. Nothing was refused for this value, and it is renewed
    /// in time.
    fn degrade(&mut self, now: Moment, error: Error, random: f64) {
        let planned = self.refresh_at;
        self.fail(now, error, random);
        if let Some(failing) = &mut self.failing {
            (failing.refused, failing.lasting) = (false, false);
        }
        self.refresh_at = planned.into_iter().chain(self.refresh_at).min();
    }

    /// A flight landed with an error.
    pub fn fail(&mut self, now: Moment, error: Error, random: f64) {
        self.forced = false;
        if error.code() == Code::Closed {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = backoff::after_failure(&self.settings.limits, &error, self.failures, random);
        let lasting = !matches!(error.class(), Class::Transient | Class::Unknown);
        // A held value stays in use while a bill is not paid, although that is an answer.
        let refused = lasting && !error.cloud_could_not_be_asked();
        // The background thread retries more and more slowly where only a person can help. A caller's `get` may retry
        // after a short time, unless the service asks for a longer one.
        let asked = error.retry_after().unwrap_or_default();
        let until = if lasting { wait.min(self.settings.limits.refused.max(asked)) } else { wait };
        self.failing = Some(Failing { refused, lasting, until: now.after(until) });
        // Nothing usable is worse than one more request: the first of these waits is short.
        let first = backoff::after_failure(&self.settings.limits, &error, 1, random);
        self.retry_at = Some(now.after(if lasting { until } else { first.min(wait) }));
        if let Some(rejection) = &mut self.rejected {
            rejection.after_request = false;
            rejection.fetches = rejection.fetches.saturating_add(1);
        }
        self.refresh_at = Some(now.after(wait));
        self.last_error = Some(error);
    }
}
