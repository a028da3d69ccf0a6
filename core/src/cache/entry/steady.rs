//! Which differences between two answers, and between two clocks, are none.

use std::time::Duration;

use crate::platform::Moment;
use crate::providers::Windows;

/// A moment that an answer moves by at most this much, or by this fraction of the time until it, is the same moment:
/// answers take different times.
const STEADY: Duration = Duration::from_secs(2);
const STEADY_PART: u32 = 50;
/// When the wall clock moves against the steady one by more than this, one of them is wrong.
const CLOCK_TOLERANCE_MS: u64 = 60_000;

/// Whether the wall clock moved against the steady clock since a fetch.
pub(in crate::cache) fn clock_moved(fetched_wall_ms: i64, fetched_at: Moment, now: Moment, wall_ms: i64) -> bool {
    wall_ms.abs_diff(fetched_wall_ms.saturating_add(fetched_at.ms_until(now))) > CLOCK_TOLERANCE_MS
}

/// The windows of a value that was fetched again: those that moved a little stay as they were, so that a good value
/// keeps its generation.
pub(super) fn steady(held: &Windows, fetched: Windows, now: Moment) -> Windows {
    let keep = |held: Option<Moment>, fetched: Option<Moment>| match (held, fetched) {
        (Some(held), Some(fetched)) => {
            let moved = held.since(fetched).max(fetched.since(held));
            let same = moved <= STEADY.min(held.since(now) / STEADY_PART);
            Some(if same { held } else { fetched })
        }
        (_, fetched) => fetched,
    };
    Windows {
        renew_at: keep(held.renew_at, fetched.renew_at),
        mandatory_at: keep(held.mandatory_at, fetched.mandatory_at),
        ends_at: keep(held.ends_at, fetched.ends_at),
    }
}
