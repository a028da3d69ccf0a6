//! Decides what `get` does, as a pure function: the heart of evercred. Start with [`decide`] and the table in its test.

use std::time::Duration;

use crate::platform::Moment;
use crate::providers::Windows;

/// The state of a value; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum State {
    /// There is no value.
    Empty = 0,
    /// The value is good and no refresh is due.
    Fresh = 1,
    /// The value is good and a refresh is due.
    Due = 2,
    /// The value is still good but about to expire: a refresh is mandatory.
    Mandatory = 3,
    /// The value is expired, or overdue if its end is not known. It is returned because the cloud cannot be reached.
    Stale = 4,
    /// The value is expired, and `max_stale` has passed.
    Ended = 5,
    /// The value was reported as rejected.
    Rejected = 6,
}

impl State {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "empty",
            State::Fresh => "fresh",
            State::Due => "due",
            State::Mandatory => "mandatory",
            State::Stale => "stale",
            State::Ended => "ended",
            State::Rejected => "rejected",
        }
    }
}

/// The refreshes that failed since the last success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Whether the cloud answered the last refresh with a refusal.
    pub refused: bool,
    /// Whether only a person can correct the cause: a caller without a value does not wait for the next refresh.
    pub lasting: bool,
    /// No refresh is made before this moment.
    pub until: Moment,
}

/// The held value was reported as rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Callers wait for another value until this moment. Afterwards this one is returned, since there is no better one.
    pub until: Moment,
    /// Whether at least one fetch ended since the report.
    pub fetched_since: bool,
}

/// The input of the decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// The windows of the held value; `None` if there is no value.
    pub windows: Option<Windows>,
    /// How long after its end (after `renew_at` if the end is not known) a value may be returned. [`Duration::MAX`]: forever.
    pub max_stale: Duration,
    /// The failed refreshes, if the last one failed.
    pub failing: Option<Failing>,
    /// Set if the held value was reported as rejected.
    pub rejected: Option<Rejected>,
    /// Whether a flight is in progress.
    pub in_flight: bool,
    /// Whether there is no background thread, so that `get` itself refreshes.
    pub lazy: bool,
}

/// What `get` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Return the held value.
    Serve(State),
    /// Return the held value and start a refresh, unless one is in progress.
    ServeAndRefresh(State),
    /// Wait for a refresh. When the caller's timeout ends, return the held value in this state; `None`: fail.
    Wait(Option<State>),
    /// Return the last error.
    Fail,
}

impl View {
    /// Whether a failed refresh forbids another one now.
    pub fn backs_off(&self, now: Moment) -> bool {
        self.failing.is_some_and(|failing| now < failing.until)
    }

    /// Whether the last failure was a refusal.
    pub fn is_refused(&self) -> bool {
        self.failing.is_some_and(|failing| failing.refused)
    }

    /// Whether only a person can correct the cause of the last failure.
    pub fn is_lasting(&self) -> bool {
        self.failing.is_some_and(|failing| failing.lasting)
    }

    /// The end of the time in which an expired value, or an overdue one without a known end, may be returned.
    pub fn stale_until(&self) -> Option<Moment> {
        let windows = self.windows?;
        match (windows.ends_at, windows.renew_at) {
            (Some(end), _) => Some(end.after(self.max_stale)),
            (None, Some(due)) if self.max_stale < Duration::MAX => Some(due.after(self.max_stale)),
            (None, _) => None,
        }
    }
}

/// The state of the held value.
pub fn state(now: Moment, view: &View) -> State {
    let Some(windows) = view.windows else { return State::Empty };
    let reached = |moment: Option<Moment>| moment.is_some_and(|moment| now >= moment);
    let stale_over = reached(view.stale_until());
    if reached(windows.ends_at) {
        let unwanted = view.is_refused() || view.rejected.is_some();
        return if stale_over || unwanted { State::Ended } else { State::Stale };
    }
    if view.rejected.is_some() {
        return State::Rejected;
    }
    let overdue = windows.ends_at.is_none() && view.failing.is_some() && stale_over;
    if reached(windows.mandatory_at) && !overdue {
        return State::Mandatory;
    }
    if !reached(windows.renew_at) {
        return State::Fresh;
    }
    match (windows.ends_at, view.failing) {
        (None, Some(_)) if stale_over => State::Ended,
        (None, Some(_)) => State::Stale,
        _ => State::Due,
    }
}

/// What `get` does now: the table of the design under "Behaviour of `get`".
pub fn decide(now: Moment, view: &View) -> Decision {
    let state = state(now, view);
    let backs_off = view.backs_off(now) && !view.in_flight;
    match state {
        State::Fresh => Decision::Serve(State::Fresh),
        State::Due if backs_off => Decision::Serve(State::Due),
        State::Due if view.lazy => Decision::Wait(Some(State::Due)),
        State::Due => Decision::ServeAndRefresh(State::Due),
        State::Mandatory if backs_off => Decision::Serve(State::Mandatory),
        State::Mandatory => Decision::Wait(Some(State::Mandatory)),
        // An overdue value without a known end may well be good: callers do not wait.
        State::Stale if view.windows.is_some_and(|windows| windows.ends_at.is_none()) => {
            if backs_off {
                Decision::Serve(State::Stale)
            } else {
                Decision::ServeAndRefresh(State::Stale)
            }
        }
        State::Stale if backs_off => Decision::Serve(State::Stale),
        State::Stale => Decision::Wait(Some(State::Stale)),
        // Neither the service nor the cloud takes what is held. A refusal is remembered for a while, so that a tight loop
        // does not flood the cloud with requests.
        State::Rejected if view.is_refused() && backs_off => Decision::Fail,
        State::Rejected if view.is_refused() => Decision::Wait(None),
        // The report may be wrong: where there is no other value, this one is better than none.
        State::Rejected if view.rejected.is_some_and(|rejected| now >= rejected.until) => {
            if backs_off {
                Decision::Serve(State::Rejected)
            } else {
                Decision::ServeAndRefresh(State::Rejected)
            }
        }
        State::Rejected => Decision::Wait(Some(State::Rejected)),
        State::Empty | State::Ended if backs_off && view.is_lasting() => Decision::Fail,
        State::Empty | State::Ended => Decision::Wait(None),
    }
}

#[cfg(test)]
mod tests {
    use super::Decision::{Fail, Serve, ServeAndRefresh, Wait};
    use super::State::{Due, Empty, Ended, Fresh, Mandatory, Rejected as Refused, Stale};
    use super::*;

    const EMPTY: View = View {
        windows: None,
        max_stale: Duration::from_millis(50),
        failing: None,
        rejected: None,
        in_flight: false,
        lazy: false,
    };

    /// Due at 100, mandatory from 200, expired at 300, `max_stale` over at 350.
    fn full() -> View {
        windows(Some(100), Some(200), Some(300))
    }

    /// As a database token: due and expired at 300, `max_stale` over at 350.
    fn token() -> View {
        windows(Some(300), None, Some(300))
    }

    /// Due at 100, end not known, `max_stale` over at 150.
    fn open() -> View {
        windows(Some(100), None, None)
    }

    fn windows(renew: Option<u64>, mandatory: Option<u64>, end: Option<u64>) -> View {
        let [renew_at, mandatory_at, ends_at] = [renew, mandatory, end].map(|at| at.map(Moment::from_ms));
        View { windows: Some(Windows { renew_at, mandatory_at, ends_at }), ..EMPTY }
    }

    impl View {
        /// A temporary failure forbids another refresh until this moment.
        fn failing(self, until: u64) -> View {
            View { failing: Some(Failing { refused: false, lasting: false, until: Moment::from_ms(until) }), ..self }
        }

        /// The cloud refused, which is remembered until this moment.
        fn refusing(self, until: u64) -> View {
            View { failing: Some(Failing { refused: true, lasting: true, until: Moment::from_ms(until) }), ..self }
        }

        /// The value was reported as rejected; callers wait for another one until this moment.
        fn rejected(self, until: u64, fetched_since: bool) -> View {
            View { rejected: Some(Rejected { until: Moment::from_ms(until), fetched_since }), ..self }
        }

        fn in_flight(self) -> View {
            View { in_flight: true, ..self }
        }
    }

    /// The name of the row, the input, the moment, the expected state, and the expected decision with a background
    /// thread and in lazy mode.
    type Row = (&'static str, View, u64, State, Decision, Decision);

    #[test]
    #[rustfmt::skip] // a table with one row per line
    fn what_get_does() {
        let endless = |view: View| View { max_stale: Duration::MAX, ..view };
        let with_max_stale = |view: View, ms| View { max_stale: Duration::from_millis(ms), ..view };
        let rows: Vec<Row> = vec![
            ("empty", EMPTY, 0, Empty, Wait(None), Wait(None)),
            ("empty, backing off", EMPTY.failing(10), 9, Empty, Wait(None), Wait(None)),
            ("empty, refused", EMPTY.refusing(10), 9, Empty, Fail, Fail),
            ("empty, refusal forgotten", EMPTY.refusing(10), 10, Empty, Wait(None), Wait(None)),
            ("empty, refused, in flight", EMPTY.refusing(10).in_flight(), 9, Empty, Wait(None), Wait(None)),

            ("fresh", full(), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("fresh, failing", full().failing(999), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("fresh, refused", full().refusing(999), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("without windows, always", windows(None, None, None), u64::MAX, Fresh, Serve(Fresh), Serve(Fresh)),

            ("due, first moment", full(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, last moment", full(), 199, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, backing off", full().failing(101), 100, Due, Serve(Due), Serve(Due)),
            ("due, back-off over", full().failing(100), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, backing off, in flight", full().failing(101).in_flight(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, refused", full().refusing(101), 100, Due, Serve(Due), Serve(Due)),
            ("due, refusal forgotten", full().refusing(100), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),

            ("mandatory, first moment", full(), 200, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("mandatory, last moment", full(), 299, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("mandatory, backing off", full().failing(201), 200, Mandatory, Serve(Mandatory), Serve(Mandatory)),
            ("mandatory, refused", full().refusing(201), 200, Mandatory, Serve(Mandatory), Serve(Mandatory)),
            ("mandatory, back-off over", full().failing(200), 200, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),

            ("expired, first moment", full(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("expired, backing off", full().failing(301), 300, Stale, Serve(Stale), Serve(Stale)),
            ("expired, backing off, in flight", full().failing(301).in_flight(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("expired, refused", full().refusing(301), 300, Ended, Fail, Fail),
            ("expired, refusal forgotten", full().refusing(300), 300, Ended, Wait(None), Wait(None)),
            ("stale, last moment", full(), 349, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("stale over, first moment", full(), 350, Ended, Wait(None), Wait(None)),
            ("stale over, backing off", full().failing(999), 350, Ended, Wait(None), Wait(None)),
            ("stale over, refused", full().refusing(999), 350, Ended, Fail, Fail),
            ("max_stale 0, before the end", with_max_stale(full(), 0), 299, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("max_stale 0, at the end", with_max_stale(full(), 0), 300, Ended, Wait(None), Wait(None)),
            ("max_stale 0, backing off", with_max_stale(full(), 0).failing(999), 300, Ended, Wait(None), Wait(None)),

            ("a token before its rotation", token(), 299, Fresh, Serve(Fresh), Serve(Fresh)),
            ("a token at its rotation", token(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("a token, cloud down", token().failing(301), 300, Stale, Serve(Stale), Serve(Stale)),
            ("a token, refused after its rotation", token().refusing(301), 300, Ended, Fail, Fail),

            ("no end known, fresh", open(), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("no end known, due", open(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("no end known, long due, nothing failed", open(), 999, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("no end known, failing", open().failing(101), 100, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, back-off over", open().failing(100), 100, Stale, ServeAndRefresh(Stale), ServeAndRefresh(Stale)),
            ("no end known, refused", open().refusing(101), 100, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, failing, last moment", open().failing(999), 149, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, failing, stale over", open().failing(999), 150, Ended, Wait(None), Wait(None)),
            ("no end known, mandatory", windows(Some(100), Some(20), None), 20, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("no end known, mandatory, stale over", windows(Some(100), Some(20), None).failing(999), 150, Ended, Wait(None), Wait(None)),
            ("no end known, refused, stale over", open().refusing(999), 150, Ended, Fail, Fail),
            ("no end at all, failing", endless(open()).failing(101), 100, Stale, Serve(Stale), Serve(Stale)),
            ("no end at all, failing for long", endless(open()).failing(999), 1000, Stale, ServeAndRefresh(Stale), ServeAndRefresh(Stale)),
            ("no end at all, refused for long", endless(open()).refusing(9999), 999, Stale, Serve(Stale), Serve(Stale)),

            ("rejected", full().rejected(50, false), 10, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, not fetched since, waited", full().rejected(50, false), 50, Refused, ServeAndRefresh(Refused), ServeAndRefresh(Refused)),
            ("rejected, fetched since, waiting", full().rejected(50, true), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, fetched since, waited", full().rejected(50, true), 50, Refused, ServeAndRefresh(Refused), ServeAndRefresh(Refused)),
            ("rejected, waiting, backing off", full().rejected(50, true).failing(60), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, waited, backing off", full().rejected(50, true).failing(60), 50, Refused, Serve(Refused), Serve(Refused)),
            ("rejected and the cloud refuses", full().rejected(50, true).refusing(60), 49, Refused, Fail, Fail),
            ("rejected, waited, and the cloud refuses", full().rejected(50, true).refusing(60), 50, Refused, Fail, Fail),
            ("rejected, refusal forgotten", full().rejected(50, true).refusing(40), 49, Refused, Wait(None), Wait(None)),
            ("rejected, refused, in flight", full().rejected(50, true).refusing(60).in_flight(), 49, Refused, Wait(None), Wait(None)),
            ("rejected in its mandatory window", full().rejected(250, false), 200, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected and expired", full().rejected(310, false), 300, Ended, Wait(None), Wait(None)),
        ];
        for (name, view, now, expected, background, lazy) in rows {
            let now = Moment::from_ms(now);
            assert_eq!(state(now, &view), expected, "state: {name}");
            assert_eq!(decide(now, &view), background, "background: {name}");
            assert_eq!(decide(now, &View { lazy: true, ..view }), lazy, "lazy: {name}");
        }
    }
}
