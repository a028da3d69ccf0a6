//! What a source holds as usable, which failures count as a refusal, and which answer confirms a rejected value.

use std::time::Duration;

use evercred_core::cache::policy::State;
use evercred_core::cache::{Entry, Settings};
use evercred_core::error::{Class, Code, Error};
use evercred_core::platform::Moment;
use evercred_core::providers::{Fetched, Material, Notes, Origin, Windows};
use evercred_core::secret::Secret;

const WALL_MS: i64 = 1_700_000_000_000;

fn at(seconds: u64) -> Moment {
    Moment::from_ms(seconds * 1000)
}

fn fetched(renew: Option<u64>, end: Option<u64>) -> Fetched {
    Fetched {
        material: Material::database(Origin::Cloud, "user", Secret::from_text("a")),
        windows: Windows { renew_at: renew.map(at), mandatory_at: None, ends_at: end.map(at) },
        notes: Notes::default(),
        unsettled: false,
        degraded: None,
    }
}

/// An entry that fetched this value at the first moment.
fn holding(settings: Settings, value: Fetched) -> Entry {
    let mut entry = Entry::new(settings, at(0));
    entry.succeed(at(0), WALL_MS, value, 0.5);
    entry
}

#[test]
fn an_overdue_value_past_max_stale_is_not_usable() {
    let settings = Settings { max_stale: Duration::from_secs(10), ..Settings::default() };
    let mut entry = holding(settings, fetched(Some(1), None));
    entry.fail(at(2), Error::new(Code::Network, "no"), 0.5);
    assert!(entry.state(at(2)) == State::Stale && entry.has_usable(at(2)));
    assert!(entry.state(at(11)) == State::Ended && !entry.has_usable(at(11)));
}

#[test]
fn a_failure_without_an_answer_of_the_cloud_is_no_refusal() {
    let settings = Settings { max_stale: Duration::from_secs(100), ..Settings::default() };
    for (code, class, expected) in [
        (Code::File, None, State::Stale),
        (Code::NoIdentity, None, State::Stale),
        (Code::Clock, None, State::Stale),
        (Code::Network, None, State::Stale),
        (Code::Refused, None, State::Ended),
        (Code::Identity, None, State::Ended),
        // An unpaid bill.
        (Code::Refused, Some(Class::Unknown), State::Stale),
    ] {
        let mut error = Error::new(code, "no");
        if let Some(class) = class {
            error = error.with_class(class);
        }
        let mut entry = holding(settings, fetched(Some(1), Some(1)));
        entry.fail(at(2), error, 0.5);
        assert_eq!(entry.state(at(2)), expected, "{code:?}");
    }
}

#[test]
fn an_answer_to_an_earlier_request_does_not_confirm_a_rejected_value() {
    let settings = Settings { settle: Duration::ZERO, ..Settings::default() };
    let mut entry = holding(settings, fetched(None, None));
    entry.in_flight = true;
    assert_eq!(entry.reject(at(1)), Ok(true));
    entry.end_flight();
    entry.succeed(at(2), WALL_MS + 2000, fetched(None, None), 0.5);
    assert!(!entry.is_reconfirmed() && entry.refresh_is_due(at(2)), "it looks again at once");
    entry.in_flight = true;
    entry.end_flight();
    entry.succeed(at(3), WALL_MS + 3000, fetched(None, None), 0.5);
    assert!(entry.is_reconfirmed());
}
