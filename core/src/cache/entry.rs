//! What a source remembers between refreshes, and what each event does to it. No clock, no lock, no I/O.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::backoff::{self, Bucket, Limits, full_jitter};
use crate::cache::policy::{Failing, Rejected, State, View, state};
use crate::error::{Class, Code, Error};
use crate::platform::Moment;
use crate::providers::{Fetched, Material, Notes, Origin, Windows};

/// How a source is to be kept; every duration is an option of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long past its end a value may be handed out while the cloud cannot be reached.
    pub max_stale: Duration,
    /// How often the value is asked for although it is good: an early rotation is noticed by this.
    pub poll_interval: Option<Duration>,
    /// How long after a reported refusal another value is waited for.
    pub settle: Duration,
    /// Waits after failures.
    pub limits: Limits,
    /// Tries in one flight while nothing usable is held.
    pub attempts: u32,
    /// How many refreshes may be forced, in how long a time.
    pub forced: (u32, Duration),
    /// How long one fetch may take in all.
    pub total_timeout: Duration,
    /// Refresh only within `get`.
    pub lazy: bool,
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
        }
    }
}

/// How far the safety poll strays from its interval, as a part of it: the mean stays.
const POLL_JITTER: f64 = 0.1;
/// How long after `renew_at` the background asks at the latest: processes of one host must not ask in step.
const RENEW_JITTER: Duration = Duration::from_secs(2);
/// The least time between a success and the next refresh.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// Waits between tries while a change on the service's side has not settled.
const UNSETTLED_INITIAL: Duration = Duration::from_secs(1);
const UNSETTLED_MAX: Duration = Duration::from_secs(60);
/// How late a rotation may be before it counts as overdue: it takes minutes to settle, and the official plugin asks for
/// the next value up to a quarter of an hour after it.
const ROTATION_GRACE: Duration = Duration::from_secs(15 * 60);
/// Waits between tries while the service still hands out a value that was reported as refused.
const REJECTED_INITIAL: Duration = Duration::from_millis(500);
const REJECTED_MAX: Duration = Duration::from_secs(10);

/// The value held.
#[derive(Clone, Debug)]
pub struct Held {
    /// The value.
    pub material: Arc<Material>,
    /// Its windows.
    pub windows: Windows,
    /// What else the answer said.
    pub notes: Notes,
    /// The wall clock when it came, in milliseconds since 1970.
    pub fetched_wall_ms: i64,
    /// The same moment on the steady clock.
    pub fetched_at: Moment,
}

#[derive(Clone, Copy, Debug)]
struct Rejection {
    until: Moment,
    tries: u32,
}

/// The memory of a source.
#[derive(Debug)]
pub struct Entry {
    settings: Settings,
    /// The value held, if any.
    pub held: Option<Held>,
    /// Counts the values: another value, another number.
    pub version: u64,
    /// Refreshes that failed in a row.
    pub failures: u32,
    /// The last of them.
    pub last_error: Option<Error>,
    /// When the background refreshes next.
    pub refresh_at: Option<Moment>,
    /// A flight is under way.
    pub in_flight: bool,
    /// Flights that ended, and whether the last one failed.
    pub landed: u64,
    /// Reports of refusal that were acted upon.
    pub rejections: u64,
    failing: Option<Failing>,
    rejected: Option<Rejection>,
    /// The service stood by the value that was reported as refused.
    insisted: bool,
    /// A refresh was asked for by name and has not landed.
    forced: bool,
    unsettled: u32,
    /// When a value last took the place of another one.
    replaced_at: Option<Moment>,
    /// That the rotation is overdue is known already.
    overdue_told: bool,
    bucket: Bucket,
}

impl Entry {
    /// The memory of a source that holds nothing yet.
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
            insisted: false,
            forced: false,
            unsettled: 0,
            replaced_at: None,
            overdue_told: false,
            bucket: Bucket::new(settings.forced.0, settings.forced.1, now),
        }
    }

    /// What the policy looks at.
    pub fn view(&self) -> View {
        View {
            windows: self.held.as_ref().map(|held| held.windows),
            max_stale: self.settings.max_stale,
            failing: self.failing,
            rejected: self.rejected.map(|rejection| Rejected { until: rejection.until, looked: rejection.tries > 0 }),
            in_flight: self.in_flight,
            lazy: self.settings.lazy,
        }
    }

    /// The state of the value held.
    pub fn state(&self, now: Moment) -> State {
        state(now, &self.view())
    }

    /// Whether a value is held that has not ended.
    pub fn has_usable(&self, now: Moment) -> bool {
        self.held.as_ref().is_some_and(|held| held.windows.ends_at.is_none_or(|end| now < end))
    }

    /// The value held, where its service was reported to refuse it.
    pub fn rejected(&self) -> Option<Arc<Material>> {
        self.rejected.and(self.held.as_ref()).map(|held| Arc::clone(&held.material))
    }

    /// Whether the refresh under way was asked for by name.
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// The earliest moment for another try, where that is not now.
    pub fn not_before(&self, now: Moment) -> Option<Moment> {
        let failing = self.failing.map(|failing| failing.until);
        let settling = self.rejected.and(self.refresh_at);
        failing.max(settling).filter(|moment| *moment > now)
    }

    /// A fetch brought a value.
    pub fn succeed(&mut self, now: Moment, wall_ms: i64, fetched: Fetched, random: f64) {
        self.forced = false;
        let same = self.held.as_ref().is_some_and(|held| held.material.same_as(&fetched.material));
        let mut windows = fetched.windows;
        self.refresh_at = self.planned(now, fetched.notes.confirmed_ago, &windows, random);

        self.unsettled = if fetched.unsettled { self.unsettled.saturating_add(1) } else { 0 };
        if fetched.unsettled {
            let wait = full_jitter(UNSETTLED_INITIAL, UNSETTLED_MAX, self.unsettled, 0.5 + random / 2.0);
            self.refresh_at = Some(now.after(wait));
            // The value lives at least until the next try, or each `get` in between would ask again.
            let next_try = now.after(wait.saturating_mul(2));
            windows.ends_at = windows.ends_at.map(|end| end.max(next_try));
            windows.renew_at = windows.renew_at.map(|due| due.max(next_try));
        }

        if !same {
            self.version = self.version.wrapping_add(1);
            self.rejected = None;
            self.insisted = false;
            self.replaced_at = self.held.as_ref().map(|_| now);
        } else if let Some(rejection) = &mut self.rejected {
            rejection.tries = rejection.tries.saturating_add(1);
            if now >= rejection.until {
                // The service stands by it: the report may have been mistaken, and a value is better than none.
                self.rejected = None;
                self.insisted = true;
            } else {
                let wait = full_jitter(REJECTED_INITIAL, REJECTED_MAX, rejection.tries, 0.5 + random / 2.0);
                self.refresh_at = Some(now.after(wait).min(rejection.until));
            }
        }

        self.held = Some(Held {
            material: match (&self.held, same) {
                // That another process got the same says nothing new of where it came from.
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

    /// Takes over a value that the parent of this forked process had, and that its service may have refused.
    pub fn inherit(&mut self, held: Held, rejected: bool, now: Moment, random: f64) {
        self.refresh_at = self.planned(now, None, &held.windows, random);
        self.held = Some(held);
        self.version = 1;
        if rejected {
            self.rejected = Some(Rejection { until: now.after(self.settings.settle), tries: 0 });
            self.refresh_at = Some(now);
        }
    }

    /// A fetch failed.
    pub fn fail(&mut self, now: Moment, error: Error, random: f64) {
        self.forced = false;
        if error.code() == Code::Closed {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = backoff::after_failure(&self.settings.limits, &error, self.failures, random);
        let refused = !matches!(error.class(), Class::Transient | Class::Unknown);
        // The background asks about a refusal less and less often; a caller's `get` may ask again after a short while,
        // unless the service wants to be left alone for longer.
        let asked = error.retry_after().unwrap_or_default();
        let until = if refused { wait.min(self.settings.limits.refused.max(asked)) } else { wait };
        self.failing = Some(Failing { refused, until: now.after(until) });
        if let Some(rejection) = &mut self.rejected {
            rejection.tries = rejection.tries.saturating_add(1);
        }
        self.refresh_at = Some(now.after(wait));
        self.last_error = Some(error);
    }

    /// The service refused the value held; the caller has made sure that it is this one. Says whether that is news, or
    /// how long until it may be reported again, where it was done too often.
    pub fn reject(&mut self, now: Moment) -> Result<bool, Duration> {
        if self.rejected.is_some() {
            return Ok(false);
        }
        self.bucket.take(now)?;
        self.rejections = self.rejections.saturating_add(1);
        // Once the service has stood by a value, one look is enough: a mistaken report must not stall everybody.
        let settle = if self.insisted { Duration::ZERO } else { self.settings.settle };
        self.rejected = Some(Rejection { until: now.after(settle), tries: 0 });
        self.refresh_at = Some(now);
        self.failing = None;
        Ok(true)
    }

    /// A refresh is asked for by name: counted, and free of any back-off.
    pub fn force(&mut self, now: Moment) -> Result<(), Duration> {
        if !self.in_flight {
            self.bucket.take(now)?;
            self.failing = None;
            self.forced = true;
        }
        Ok(())
    }

    /// Whether the service should have rotated the value by now: said only where it has handed out the old one since.
    pub fn rotation_overdue(&self, now: Moment) -> bool {
        self.overdue_at().is_some_and(|overdue| now >= overdue)
    }

    /// Whether the rotation has become overdue since this was last asked.
    pub fn overdue_is_news(&mut self, now: Moment) -> bool {
        let overdue = self.rotation_overdue(now);
        let known = std::mem::replace(&mut self.overdue_told, overdue);
        overdue && !known
    }

    fn overdue_at(&self) -> Option<Moment> {
        let held = self.held.as_ref()?;
        let due = held.notes.rotation_due_at?;
        // An older answer does not know whether it has been rotated meanwhile.
        let seen_since = held.fetched_at >= due;
        let replaced_since = self.replaced_at.is_some_and(|replaced| replaced >= due);
        (seen_since && !replaced_since).then(|| due.after(ROTATION_GRACE))
    }

    /// The next moment at which something changes by itself.
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

    /// Whether the background is to refresh now.
    pub fn refresh_is_due(&self, now: Moment) -> bool {
        !self.in_flight && self.refresh_at.is_some_and(|moment| now >= moment)
    }

    fn planned(&self, now: Moment, ago: Option<Duration>, windows: &Windows, random: f64) -> Option<Moment> {
        let poll = self.settings.poll_interval.map(|interval| {
            let interval = interval.mul_f64(1.0 - POLL_JITTER + 2.0 * POLL_JITTER * random);
            now.after(interval.saturating_sub(ago.unwrap_or_default()))
        });
        let renewal = windows.renew_at.map(|due| {
            // A short life leaves no room for the whole jitter.
            let jitter = RENEW_JITTER.min(due.since(now) / 10);
            due.after(jitter.mul_f64(random))
        });
        let planned = match (poll, renewal) {
            (Some(poll), Some(renewal)) => Some(poll.min(renewal)),
            (poll, renewal) => poll.or(renewal),
        };
        // What is due when it arrives must not be asked for without a pause.
        planned.map(|moment| moment.max(now.after(LEAST_PAUSE)))
    }
}
