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
        return if patience_over || view.refused() { State::Ended } else { State::Stale };
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
        State::Rejected if view.rejected.is_some_and(|rejected| !rejected.looked || now < rejected.until) => {
            Decision::Wait(Some(State::Rejected))
        }
        State::Rejected if backs_off => Decision::Serve(State::Rejected),
        State::Rejected => Decision::ServeAndRefresh(State::Rejected),
        State::Empty | State::Ended if backs_off && view.refused() => Decision::Fail,
        State::Empty | State::Ended => Decision::Wait(None),
    }
}
