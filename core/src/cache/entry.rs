//! The state of a source between refreshes, and how each event changes it. Pure: it uses no clock, lock or I/O.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::backoff::{self, Bucket, Limits, full_jitter};
use crate::cache::policy::{Failing, Rejected, State, View, state};
use crate::error::{Class, Code, Error};
use crate::platform::Moment;
use crate::providers::{Fetched, Material, Notes, Origin, Windows};

/// How a source keeps its value fresh; every duration is an option of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long after its end a value may be returned while the cloud cannot be reached.
    pub max_stale: Duration,
    /// How often a good value is fetched again, which detects an early rotation.
    pub poll_interval: Option<Duration>,
    /// How long after a report of a rejected value callers wait for another one.
    pub settle: Duration,
    /// The waits after failures.
    pub limits: Limits,
    /// Fetches in one flight while there is no usable value.
    pub attempts: u32,
    /// How many refreshes may be forced, and in which period.
    pub forced: (u32, Duration),
    /// How long one flight may take in total.
    pub total_timeout: Duration,
    /// Whether only `get` refreshes.
    pub lazy: bool,
    /// Whether it is a login identity: other sources wait for it, so its flights go first.
    pub identity: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_stale: Duration::ZERO,
            poll_interval: None,
            settle: Duration::from_secs(60),
            limits: Limits::default(),
            attempts: 3,
            forced: (5, Duration::from_secs(600)),
            total_timeout: Duration::from_secs(30),
            lazy: false,
            identity: false,
        }
    }
}

/// The random deviation of the poll interval, as a fraction of it. The mean does not change.
const POLL_JITTER: f64 = 0.1;
/// The longest random delay of a refresh after `renew_at`: the processes of a host must not refresh at the same time.
const RENEW_JITTER: Duration = Duration::from_secs(2);
/// The shortest time between a success and the next refresh.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The bounds of the waits between fetches while a change in the service has not settled.
const UNSETTLED_INITIAL: Duration = Duration::from_secs(1);
const UNSETTLED_MAX: Duration = Duration::from_secs(60);
/// How late a rotation may be before it counts as overdue: it takes minutes to settle, and the official plugin fetches
/// the next value up to 15 minutes after it.
const ROTATION_GRACE: Duration = Duration::from_secs(15 * 60);
/// The bounds of the waits between fetches while the service still returns a value that was reported as rejected.
const REJECTED_INITIAL: Duration = Duration::from_millis(500);
const REJECTED_MAX: Duration = Duration::from_secs(10);

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

#[derive(Clone, Copy, Debug)]
struct Rejection {
    until: Moment,
    /// Fetches that ended since the report.
    fetches: u32,
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
    /// Reports of a rejected value that caused a refresh.
    pub rejections: u64,
    failing: Option<Failing>,
    rejected: Option<Rejection>,
    /// The service returned the same value for the whole settle time after it was reported as rejected.
    reconfirmed: bool,
    /// A forced refresh is in progress.
    forced: bool,
    unsettled: u32,
    /// When a value last replaced another one.
    replaced_at: Option<Moment>,
    /// Whether subscribers were notified that the rotation is overdue.
    overdue_notified: bool,
    bucket: Bucket,
}

impl Entry {
    /// The state of a source without a value.
    pub fn new(settings: Settings, now: Moment) -> Entry {
        Entry {
            settings,
            held: None,
            version: 0,
            failures: 0,
            last_error: None,
            refresh_at: None,
            in_flight: false,
            landed: 0,
            rejections: 0,
            failing: None,
            rejected: None,
            reconfirmed: false,
            forced: false,
            unsettled: 0,
            replaced_at: None,
            overdue_notified: false,
            bucket: Bucket::new(settings.forced.0, settings.forced.1, now),
        }
    }

    /// The input of the policy.
    pub fn view(&self) -> View {
        View {
            windows: self.held.as_ref().map(|held| held.windows),
            max_stale: self.settings.max_stale,
            failing: self.failing,
            rejected: self
                .rejected
                .map(|rejection| Rejected { until: rejection.until, fetched_since: rejection.fetches > 0 }),
            in_flight: self.in_flight,
            lazy: self.settings.lazy,
        }
    }

    /// The state of the held value.
    pub fn state(&self, now: Moment) -> State {
        state(now, &self.view())
    }

    /// Whether there is a value that is not expired.
    pub fn has_usable(&self, now: Moment) -> bool {
        self.held.as_ref().is_some_and(|held| held.windows.ends_at.is_none_or(|end| now < end))
    }

    /// The held value, if it was reported as rejected.
    pub fn rejected(&self) -> Option<Arc<Material>> {
        self.rejected.and(self.held.as_ref()).map(|held| Arc::clone(&held.material))
    }

    /// Whether the flight in progress is a forced refresh.
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// The earliest moment of the next refresh; `None` if it may start now.
    pub fn not_before(&self, now: Moment) -> Option<Moment> {
        let failing = self.failing.map(|failing| failing.until);
        let settling = self.rejected.and(self.refresh_at);
        failing.max(settling).filter(|moment| *moment > now)
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
            self.reconfirmed = false;
            self.replaced_at = self.held.as_ref().map(|_| now);
        } else if let Some(rejection) = &mut self.rejected {
            rejection.fetches = rejection.fetches.saturating_add(1);
            if now >= rejection.until {
                // The service still returns it: the report may be wrong, and a value is better than none.
                self.rejected = None;
                self.reconfirmed = true;
            } else {
                let wait = full_jitter(REJECTED_INITIAL, REJECTED_MAX, rejection.fetches, 0.5 + random / 2.0);
                self.refresh_at = Some(now.after(wait).min(rejection.until));
            }
        }

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
            Some(error) => self.fail(now, error, random),
            None => {
                self.failures = 0;
                self.failing = None;
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
            self.rejected = Some(Rejection { until: now.after(self.settings.settle), fetches: 0 });
            self.refresh_at = Some(now);
        }
    }

    /// A flight landed with an error.
    pub fn fail(&mut self, now: Moment, error: Error, random: f64) {
        self.forced = false;
        if error.code() == Code::Closed {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = backoff::after_failure(&self.settings.limits, &error, self.failures, random);
        let refused = !matches!(error.class(), Class::Transient | Class::Unknown);
        // The background thread retries more and more slowly after a refusal. A caller's `get` may retry after a short
        // time, unless the service asks for a longer one.
        let asked = error.retry_after().unwrap_or_default();
        let until = if refused { wait.min(self.settings.limits.refused.max(asked)) } else { wait };
        self.failing = Some(Failing { refused, until: now.after(until) });
        if let Some(rejection) = &mut self.rejected {
            rejection.fetches = rejection.fetches.saturating_add(1);
        }
        self.refresh_at = Some(now.after(wait));
        self.last_error = Some(error);
    }

    /// The held value was reported as rejected. Returns whether that is a new report.
    ///
    /// # Errors
    /// There were too many reports: the time until the next one may be made.
    pub fn reject(&mut self, now: Moment) -> Result<bool, Duration> {
        if self.rejected.is_some() {
            return Ok(false);
        }
        self.bucket.take(now)?;
        self.rejections = self.rejections.saturating_add(1);
        // After the service reconfirmed a value, one fetch is enough: a wrong report must not make all callers wait.
        let settle = if self.reconfirmed { Duration::ZERO } else { self.settings.settle };
        self.rejected = Some(Rejection { until: now.after(settle), fetches: 0 });
        self.refresh_at = Some(now);
        self.failing = None;
        Ok(true)
    }

    /// Prepares a forced refresh: it is counted and ignores the back-off.
    ///
    /// # Errors
    /// There were too many: the time until the next one may be made.
    pub fn force(&mut self, now: Moment) -> Result<(), Duration> {
        if !self.in_flight {
            self.bucket.take(now)?;
            self.failing = None;
            self.forced = true;
        }
        Ok(())
    }

    /// Whether the rotation is overdue: the service returned the old value after the time of the rotation.
    pub fn rotation_overdue(&self, now: Moment) -> bool {
        self.overdue_at().is_some_and(|overdue| now >= overdue)
    }

    /// Whether the rotation became overdue since the last call.
    pub fn became_overdue(&mut self, now: Moment) -> bool {
        let overdue = self.rotation_overdue(now);
        let known = std::mem::replace(&mut self.overdue_notified, overdue);
        overdue && !known
    }

    fn overdue_at(&self) -> Option<Moment> {
        let held = self.held.as_ref()?;
        let due = held.notes.rotation_due_at?;
        // An older answer does not say whether the value was rotated since.
        let fetched_since = held.fetched_at >= due;
        let replaced_since = self.replaced_at.is_some_and(|replaced| replaced >= due);
        (fetched_since && !replaced_since).then(|| due.after(ROTATION_GRACE))
    }

    /// The next moment at which the state changes without an event.
    pub fn next_wake(&self, now: Moment) -> Option<Moment> {
        let view = self.view();
        let windows = view.windows.unwrap_or_default();
        [
            if self.in_flight { None } else { self.refresh_at },
            windows.renew_at,
            windows.mandatory_at,
            windows.ends_at,
            view.stale_until(),
            self.overdue_at(),
        ]
        .into_iter()
        .flatten()
        .filter(|moment| *moment > now)
        .chain(if self.refresh_is_due(now) { Some(now) } else { None })
        .min()
    }

    /// Whether the background thread must refresh now.
    pub fn refresh_is_due(&self, now: Moment) -> bool {
        !self.in_flight && self.refresh_at.is_some_and(|moment| now >= moment)
    }

    fn planned(&self, now: Moment, ago: Option<Duration>, windows: &Windows, random: f64) -> Option<Moment> {
        let poll = self.settings.poll_interval.map(|interval| {
            let interval = interval.mul_f64(1.0 - POLL_JITTER + 2.0 * POLL_JITTER * random);
            now.after(interval.saturating_sub(ago.unwrap_or_default()))
        });
        let renewal = windows.renew_at.map(|due| {
            // A short life does not allow the whole jitter.
            let jitter = RENEW_JITTER.min(due.since(now) / 10);
            due.after(jitter.mul_f64(random))
        });
        let planned = match (poll, renewal) {
            (Some(poll), Some(renewal)) => Some(poll.min(renewal)),
            (poll, renewal) => poll.or(renewal),
        };
        // A value that is due on arrival must not be fetched again without a pause.
        planned.map(|moment| moment.max(now.after(SHORTEST_PAUSE)))
    }
}
