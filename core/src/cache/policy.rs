//! What `get` does, as a pure function of what is known: the heart of evercred.

use std::time::Duration;

use crate::platform::Moment;
use crate::providers::Windows;

/// How good a value is; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum State {
    /// There is none.
    Empty = 0,
    /// In its prime.
    Fresh = 1,
    /// A refresh is due; the value is good.
    Due = 2,
    /// About to end; the value is still good.
    Mandatory = 3,
    /// Past its end or overdue, handed out since the cloud cannot be reached.
    Stale = 4,
    /// Past its end and past all patience.
    Ended = 5,
    /// The service that it is for refused it.
    Rejected = 6,
}

impl State {
    /// A short name for reports.
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

/// What is known of refreshes that failed since the last one that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The last failure was a refusal: only a person can mend it.
    pub refused: bool,
    /// Until then no other try is made.
    pub until: Moment,
}

/// What is known of a value that its service refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Until then another one is waited for.
    pub until: Moment,
    /// The cloud was asked at least once since.
    pub looked: bool,
}

/// All that the decision depends on.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// The windows of the value held; `None`: none is held.
    pub windows: Option<Windows>,
    /// How long past its end (or past `renew_at` where no end is known) a value may be handed out.
    pub max_stale: Duration,
    /// What is known of failed refreshes.
    pub failing: Option<Failing>,
    /// The value was refused by its service.
    pub rejected: Option<Rejected>,
    /// A fetch is under way.
    pub in_flight: bool,
    /// No background thread refreshes: whoever asks does.
    pub lazy: bool,
}

/// What `get` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Hand out the value held.
    Serve(State),
    /// Hand it out and see to it that a refresh runs.
    ServeAndRefresh(State),
    /// Wait for a refresh; where the caller's time runs out, hand out the value held, if the state says so.
    Wait(Option<State>),
    /// Hand out the last error.
    Fail,
}

impl View {
    /// Whether a failed refresh forbids another try now.
    pub fn backs_off(&self, now: Moment) -> bool {
        self.failing.is_some_and(|failing| now < failing.until)
    }

    fn refused(&self) -> bool {
        self.failing.is_some_and(|failing| failing.refused)
    }

    /// Until when the value may be handed out although it is past its end, or overdue with no end known.
    pub fn stale_until(&self) -> Option<Moment> {
        let windows = self.windows?;
        match (windows.ends_at, windows.renew_at) {
            (Some(end), _) => Some(end.after(self.max_stale)),
            (None, Some(due)) => Some(due.after(self.max_stale)),
            (None, None) => None,
        }
    }
}

/// The state of the value held, whatever is being done about it.
pub fn state(now: Moment, view: &View) -> State {
    let Some(windows) = view.windows else { return State::Empty };
    let reached = |moment: Option<Moment>| moment.is_some_and(|moment| now >= moment);
    let patience_over = reached(view.stale_until());
    if reached(windows.ends_at) {
        let unwanted = view.refused() || view.rejected.is_some();
        return if patience_over || unwanted { State::Ended } else { State::Stale };
    }
    if view.rejected.is_some() {
        return State::Rejected;
    }
    if reached(windows.mandatory_at) {
        return State::Mandatory;
    }
    if !reached(windows.renew_at) {
        return State::Fresh;
    }
    match (windows.ends_at, view.failing) {
        (None, Some(_)) if patience_over => State::Ended,
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
        // An overdue value with no end known is good as far as anybody knows: nobody waits for it.
        State::Stale if view.windows.is_some_and(|windows| windows.ends_at.is_none()) => {
            if backs_off {
                Decision::Serve(State::Stale)
            } else {
                Decision::ServeAndRefresh(State::Stale)
            }
        }
        State::Stale if backs_off => Decision::Serve(State::Stale),
        State::Stale => Decision::Wait(Some(State::Stale)),
        // A refusal is remembered for a while, so that a tight loop does not hammer the cloud.
        State::Rejected if backs_off && view.refused() => Decision::Fail,
        // The report may have been mistaken: a value is better than none, once another one has been waited for.
        State::Rejected
            if backs_off && view.rejected.is_some_and(|rejected| rejected.looked && now >= rejected.until) =>
        {
            Decision::Serve(State::Rejected)
        }
        State::Rejected => Decision::Wait(Some(State::Rejected)),
        State::Empty | State::Ended if backs_off && view.refused() => Decision::Fail,
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

    /// Due at 100, mandatory from 200, ended at 300, patience over at 350.
    fn full() -> View {
        windows(Some(100), Some(200), Some(300))
    }

    /// As a database token: due and ended at 300, patience over at 350.
    fn token() -> View {
        windows(Some(300), None, Some(300))
    }

    /// Due at 100, no end known, patience over at 150.
    fn open() -> View {
        windows(Some(100), None, None)
    }

    fn windows(renew: Option<u64>, mandatory: Option<u64>, end: Option<u64>) -> View {
        let [renew_at, mandatory_at, ends_at] = [renew, mandatory, end].map(|at| at.map(Moment::from_ms));
        View { windows: Some(Windows { renew_at, mandatory_at, ends_at }), ..EMPTY }
    }

    impl View {
        /// A passing failure forbids another try until then.
        fn failing(self, until: u64) -> View {
            View { failing: Some(Failing { refused: false, until: Moment::from_ms(until) }), ..self }
        }

        /// The cloud refused, which is remembered until then.
        fn refusing(self, until: u64) -> View {
            View { failing: Some(Failing { refused: true, until: Moment::from_ms(until) }), ..self }
        }

        /// Its service refused the value; another is waited for until then.
        fn rejected(self, until: u64, looked: bool) -> View {
            View { rejected: Some(Rejected { until: Moment::from_ms(until), looked }), ..self }
        }

        fn flying(self) -> View {
            View { in_flight: true, ..self }
        }
    }

    /// What the row is about, what is known, the moment, and then the state and what `get` does, with a background thread
    /// and without.
    type Row = (&'static str, View, u64, State, Decision, Decision);

    #[test]
    #[rustfmt::skip] // a table: a row a line
    fn what_get_does() {
        let patient = |view: View, ms| View { max_stale: Duration::from_millis(ms), ..view };
        let rows: Vec<Row> = vec![
            ("nothing held", EMPTY, 0, Empty, Wait(None), Wait(None)),
            ("nothing held, backing off", EMPTY.failing(10), 9, Empty, Wait(None), Wait(None)),
            ("nothing held, refused", EMPTY.refusing(10), 9, Empty, Fail, Fail),
            ("nothing held, refusal forgotten", EMPTY.refusing(10), 10, Empty, Wait(None), Wait(None)),
            ("nothing held, refused, flying again", EMPTY.refusing(10).flying(), 9, Empty, Wait(None), Wait(None)),

            ("fresh", full(), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("fresh, whatever failed", full().failing(999), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("fresh, whatever was refused", full().refusing(999), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("without windows for ever", windows(None, None, None), u64::MAX, Fresh, Serve(Fresh), Serve(Fresh)),

            ("due at that moment", full(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due till the last moment", full(), 199, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, backing off", full().failing(101), 100, Due, Serve(Due), Serve(Due)),
            ("due, back-off over", full().failing(100), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, backing off, flying", full().failing(101).flying(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("due, refused", full().refusing(101), 100, Due, Serve(Due), Serve(Due)),
            ("due, refusal forgotten", full().refusing(100), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),

            ("mandatory at that moment", full(), 200, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("mandatory till the end", full(), 299, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("mandatory, backing off", full().failing(201), 200, Mandatory, Serve(Mandatory), Serve(Mandatory)),
            ("mandatory, refused", full().refusing(201), 200, Mandatory, Serve(Mandatory), Serve(Mandatory)),
            ("mandatory, back-off over", full().failing(200), 200, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),

            ("ended at that moment", full(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("ended, backing off", full().failing(301), 300, Stale, Serve(Stale), Serve(Stale)),
            ("ended, backing off, flying", full().failing(301).flying(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("ended, refused", full().refusing(301), 300, Ended, Fail, Fail),
            ("ended, refusal forgotten", full().refusing(300), 300, Ended, Wait(None), Wait(None)),
            ("stale till patience is over", full(), 349, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("patience over at that moment", full(), 350, Ended, Wait(None), Wait(None)),
            ("patience over, backing off", full().failing(999), 350, Ended, Wait(None), Wait(None)),
            ("patience over, refused", full().refusing(999), 350, Ended, Fail, Fail),
            ("no patience, before the end", patient(full(), 0), 299, Mandatory, Wait(Some(Mandatory)), Wait(Some(Mandatory))),
            ("no patience, at the end", patient(full(), 0), 300, Ended, Wait(None), Wait(None)),
            ("no patience, backing off", patient(full(), 0).failing(999), 300, Ended, Wait(None), Wait(None)),

            ("a token before its rotation", token(), 299, Fresh, Serve(Fresh), Serve(Fresh)),
            ("a token at its rotation", token(), 300, Stale, Wait(Some(Stale)), Wait(Some(Stale))),
            ("a token, cloud away", token().failing(301), 300, Stale, Serve(Stale), Serve(Stale)),
            ("a token, refused after its rotation", token().refusing(301), 300, Ended, Fail, Fail),

            ("no end known, fresh", open(), 99, Fresh, Serve(Fresh), Serve(Fresh)),
            ("no end known, due", open(), 100, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("no end known, long due, nothing failed", open(), 999, Due, ServeAndRefresh(Due), Wait(Some(Due))),
            ("no end known, failing", open().failing(101), 100, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, back-off over", open().failing(100), 100, Stale, ServeAndRefresh(Stale), ServeAndRefresh(Stale)),
            ("no end known, refused", open().refusing(101), 100, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, failing, last patience", open().failing(999), 149, Stale, Serve(Stale), Serve(Stale)),
            ("no end known, failing, patience over", open().failing(999), 150, Ended, Wait(None), Wait(None)),
            ("no end known, refused, patience over", open().refusing(999), 150, Ended, Fail, Fail),

            ("rejected", full().rejected(50, false), 10, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, not looked, settled", full().rejected(50, false), 50, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, looked, settling", full().rejected(50, true), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, looked, settled", full().rejected(50, true), 50, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, settling, backing off", full().rejected(50, true).failing(60), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, settled, backing off", full().rejected(50, true).failing(60), 50, Refused, Serve(Refused), Serve(Refused)),
            ("rejected and the cloud refuses", full().rejected(50, true).refusing(60), 49, Refused, Fail, Fail),
            ("rejected, the refusal forgotten", full().rejected(50, true).refusing(40), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected, refused, flying again", full().rejected(50, true).refusing(60).flying(), 49, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected in its mandatory window", full().rejected(250, false), 200, Refused, Wait(Some(Refused)), Wait(Some(Refused))),
            ("rejected and ended", full().rejected(310, false), 300, Ended, Wait(None), Wait(None)),
        ];
        for (name, view, now, expected, background, lazy) in rows {
            let now = Moment::from_ms(now);
            assert_eq!(state(now, &view), expected, "state: {name}");
            assert_eq!(decide(now, &view), background, "background: {name}");
            assert_eq!(decide(now, &View { lazy: true, ..view }), lazy, "lazy: {name}");
        }
    }
}
