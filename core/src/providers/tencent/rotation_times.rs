//! When a database password changes, from the times in CAM's answer.
//!
//! Facts: `NextRotationTime` is documented in milliseconds. The unit of `CurrentTime` is not documented, and an example of
//! the vendor shows seconds beside milliseconds. Passwords rotate every 24 hours by default.

use std::time::Duration;

use crate::platform::Moment;
use crate::providers::tencent::answer::CamAnswer;

/// A time below this is in seconds: as milliseconds it would be in 1973, as seconds it is in the year 5138.
const FIRST_MS: i64 = 100_000_000_000;
/// The first time that is plausible, in seconds and in milliseconds: September 2001, and a year far away.
const FIRST_S: i64 = 1_000_000_000;
const LAST_MS: i64 = 100_000_000_000_000;
/// A rotation farther away than this, in either direction, is not believed.
const MAX_DISTANCE_MS: i64 = 30 * 86_400_000;
/// A rotation that is late by more than this may never come: the poll notices it soon enough.
const LONG_PAST_MS: i64 = 3_600_000;

/// What the times say about the password's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// It changes after this time.
    In(Duration),
    /// It should have changed a short time ago.
    Overdue,
    /// The service does not say, or nothing that can be believed. The password is good nevertheless.
    Unknown,
}

/// What an answer says about the next rotation, and when that is or was planned, for a request that was sent at `sent_at`.
pub(super) fn rotation(answer: &CamAnswer, sent_at: Moment) -> (Rotation, Option<Moment>) {
    let times = answer.current_time_ms.and_then(milliseconds).zip(answer.next_rotation_time_ms.and_then(milliseconds));
    let distance = times.map(|(now, next)| next.saturating_sub(now)).filter(|far| far.abs() <= MAX_DISTANCE_MS);
    let Some(distance) = distance else { return (Rotation::Unknown, None) };
    let rotation = match u64::try_from(distance) {
        Ok(left) if left > 0 => Rotation::In(Duration::from_millis(left)),
        _ if distance >= -LONG_PAST_MS => Rotation::Overdue,
        _ => Rotation::Unknown,
    };
    (rotation, Some(Moment::from_ms(sent_at.as_ms().saturating_add_signed(distance))))
}

/// The time in milliseconds since 1970, from either unit; `None` if it is not plausible in either.
fn milliseconds(time: i64) -> Option<i64> {
    match time {
        FIRST_S..FIRST_MS => Some(time.saturating_mul(1000)),
        FIRST_MS..LAST_MS => Some(time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Rotation, rotation};
    use crate::platform::Moment;
    use crate::providers::tencent::answer::CamAnswer;
    use crate::secret::Secret;
    use std::time::Duration;

    const NOW: i64 = 1_700_000_000_000;
    const DAY: i64 = 86_400_000;

    fn of(now: Option<i64>, next: Option<i64>) -> (Rotation, Option<i64>) {
        let answer = CamAnswer {
            token: Secret::default(),
            current_time_ms: now,
            next_rotation_time_ms: next,
            last_rotation_cost_ms: None,
            rotation_status: None,
            rotation_message: None,
            request_id: None,
        };
        let (rotation, due) = rotation(&answer, Moment::from_ms(100 * 86_400_000));
        (rotation, due.map(|due| i64::try_from(due.as_ms()).unwrap() - 100 * DAY))
    }

    #[test]
    fn units_are_told_apart_by_their_size() {
        let day = (Rotation::In(Duration::from_secs(86_400)), Some(DAY));
        for (now, next) in
            [(NOW, NOW + DAY), (NOW / 1000, NOW + DAY), (NOW, (NOW + DAY) / 1000), (NOW / 1000, (NOW + DAY) / 1000)]
        {
            assert_eq!(of(Some(now), Some(next)), day, "{now} {next}");
        }
    }

    #[test]
    fn what_cannot_be_believed_is_not_known() {
        let unknown = (Rotation::Unknown, None);
        for next in [0, -1, 1, i64::MIN, i64::MAX, NOW + 31 * DAY, NOW - 31 * DAY, NOW * 1000] {
            assert_eq!(of(Some(NOW), Some(next)), unknown, "{next}");
            assert_eq!(of(Some(next), Some(NOW)), unknown, "{next}");
        }
        assert_eq!(of(None, Some(NOW)), unknown);
        assert_eq!(of(Some(NOW), None), unknown);
    }

    #[test]
    fn a_late_rotation_is_awaited_for_an_hour() {
        assert_eq!(of(Some(NOW), Some(NOW)), (Rotation::Overdue, Some(0)));
        assert_eq!(of(Some(NOW), Some(NOW - 3_600_000)), (Rotation::Overdue, Some(-3_600_000)));
        assert_eq!(of(Some(NOW), Some(NOW - 3_600_001)), (Rotation::Unknown, Some(-3_600_001)));
        assert_eq!(of(Some(NOW), Some(NOW - 29 * DAY)), (Rotation::Unknown, Some(-29 * DAY)));
    }
}
