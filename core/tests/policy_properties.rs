//! What the policy never does, in any state and at any time. The table of what it does is in
//! `core/src/cache/policy.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

use std::time::Duration;

use evercred_core::cache::policy::{Decision, Failing, Rejected, State, View, decide, state};
use evercred_core::platform::Moment;
use evercred_core::providers::Windows;
use proptest::option::of;
use proptest::prelude::*;

/// Small, so that moments meet each other often: most mistakes lie exactly on a boundary.
const LAST: u64 = 40;

fn moment() -> impl Strategy<Value = Moment> {
    (0..LAST).prop_map(Moment::from_ms)
}

fn now() -> impl Strategy<Value = Moment> {
    (0..2 * LAST).prop_map(Moment::from_ms)
}

/// Windows in their order; `mandatory_at` means "about to end", so it comes with an end only.
fn windows() -> impl Strategy<Value = Windows> {
    (of(moment()), of(moment()), of(moment())).prop_map(|(one, two, three)| {
        let mut moments: Vec<Moment> = [one, two, three].into_iter().flatten().collect();
        moments.sort();
        match (one, moments.as_slice()) {
            (_, [renew, mandatory, end]) => {
                Windows { renew_at: Some(*renew), mandatory_at: Some(*mandatory), ends_at: Some(*end) }
            }
            (_, [renew, end]) => Windows { renew_at: Some(*renew), mandatory_at: None, ends_at: Some(*end) },
            (Some(_), [only]) => Windows { ends_at: Some(*only), ..Windows::default() },
            (None, [only]) => Windows { renew_at: Some(*only), ..Windows::default() },
            _ => Windows::default(),
        }
    })
}

fn view() -> impl Strategy<Value = View> {
    let failing = (any::<bool>(), any::<bool>(), moment());
    let failing = failing.prop_map(|(refused, lasting, until)| Failing { refused, lasting, until });
    let rejected = (moment(), any::<bool>()).prop_map(|(until, fetched_since)| Rejected { until, fetched_since });
    (of(windows()), 0..LAST / 2, of(failing), of(rejected), any::<bool>(), any::<bool>()).prop_map(
        |(windows, stale, failing, rejected, in_flight, lazy)| View {
            windows,
            max_stale: Duration::from_millis(stale),
            failing,
            rejected,
            in_flight,
            lazy,
        },
    )
}

/// The state in which a value may reach the caller by this decision; none: only a new value or an error may.
fn handed_out(decision: Decision) -> Option<State> {
    match decision {
        Decision::Serve(state) | Decision::ServeAndRefresh(state) => Some(state),
        Decision::Wait(state) => state,
        Decision::Fail => None,
    }
}

/// How far down the road a value is; what was rejected stays so until it ends.
fn age(state: State) -> u8 {
    match state {
        State::Empty | State::Fresh => 0,
        State::Due => 1,
        State::Mandatory | State::Rejected => 2,
        State::Stale => 3,
        State::Ended => 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, max_global_rejects: 1 << 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_handed_out_where_nothing_is_held(view in view(), now in now()) {
        let view = View { windows: None, ..view };
        prop_assert_eq!(state(now, &view), State::Empty);
        prop_assert_eq!(handed_out(decide(now, &view)), None);
    }

    #[test]
    fn a_value_is_handed_out_with_its_state(view in view(), now in now()) {
        if let Some(said) = handed_out(decide(now, &view)) {
            prop_assert_eq!(said, state(now, &view));
            prop_assert!(said != State::Ended && said != State::Empty);
        }
    }

    #[test]
    fn before_its_renewal_a_value_is_served_at_once(view in view(), now in now()) {
        let due = view.windows.is_none_or(|windows| {
            [windows.renew_at, windows.ends_at].into_iter().flatten().any(|moment| now >= moment)
        });
        prop_assume!(!due);
        let view = View { rejected: None, ..view };
        prop_assert_eq!(decide(now, &view), Decision::Serve(State::Fresh));
    }

    #[test]
    fn an_expired_value_is_never_fresh(view in view(), now in now()) {
        prop_assume!(view.windows.and_then(|windows| windows.ends_at).is_some_and(|end| now >= end));
        prop_assert!(matches!(state(now, &view), State::Stale | State::Ended));
        if view.failing.is_some_and(|failing| failing.refused) {
            prop_assert_eq!(handed_out(decide(now, &view)), None, "a refusal is not papered over");
        }
    }

    #[test]
    fn nothing_is_handed_out_past_max_stale(view in view(), now in now()) {
        prop_assume!(view.stale_until().is_some_and(|until| now >= until));
        // Without an end, `max_stale` begins to count when refreshing fails; and a rejected value has rules of its own.
        let counts = view.windows.is_some_and(|windows| windows.ends_at.is_some())
            || view.failing.is_some() && view.rejected.is_none();
        prop_assume!(counts);
        prop_assert_eq!(handed_out(decide(now, &view)), None);
    }

    #[test]
    fn a_value_never_grows_younger(view in view(), now in now(), later in 0..2 * LAST) {
        let later = now.after(Duration::from_millis(later));
        prop_assert!(age(state(now, &view)) <= age(state(later, &view)));
    }

    #[test]
    fn a_back_off_asks_nothing_of_the_cloud_while_a_value_is_usable(view in view(), now in now()) {
        prop_assume!(view.backs_off(now) && !view.in_flight && view.rejected.is_none());
        prop_assume!(!matches!(state(now, &view), State::Empty | State::Ended));
        prop_assert!(matches!(decide(now, &view), Decision::Serve(_)));
    }

    #[test]
    fn the_state_is_the_same_in_lazy_mode(view in view(), now in now()) {
        let other = View { lazy: !view.lazy, ..view };
        prop_assert_eq!(state(now, &view), state(now, &other));
        prop_assert_eq!(handed_out(decide(now, &view)), handed_out(decide(now, &other)));
    }
}
