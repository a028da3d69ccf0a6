//! When a managed secret is due, as the official plugin reckons it.
//!
//! Facts (recorded): `d` is one random value of 0 to 10 minutes a process. A secret is asked for again 5 minutes and `d`
//! after its next rotation, or 6 hours and `d` from now where that comes first or the rotation is overdue or not known.
//! Where the plugin's reckoning fails over a malformed field, 6 hours and `d` stand in: such a field never costs the key.

use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::aliyun::kms::secret_value::{RAM_CREDENTIALS, RAM_USER_ACCESS_KEY};
use crate::providers::json::Document;
use crate::sign::utc;

/// The time after which a secret is asked for in any case, in milliseconds.
pub const INTERVAL_MS: i64 = 6 * 3_600_000;
/// How long after a rotation it is asked for, in milliseconds.
pub const DELAY_MS: i64 = 5 * 60_000;
/// The largest random disturbance, in milliseconds.
pub const LARGEST_DISTURBANCE_MS: i64 = 10 * 60_000;
/// The life of a cached value where nothing else is known, in milliseconds.
pub const DEFAULT_TTL_MS: i64 = 3_600_000;
/// A secret that says it lives for less is not asked for more often all the same, in milliseconds.
const LEAST_TTL_MS: i64 = 1_000;

/// A field that should hold something else than it does.
struct Malformed;

/// How long a value that was fetched may be used before it is asked for again, in milliseconds; none where the secret does
/// not say, and then [`DEFAULT_TTL_MS`] holds. Like in the plugin it may be negative when the secret says so.
pub fn ttl_ms(answer: &SecretAnswer, disturbance_ms: i64) -> Option<i64> {
    match own_ttl_ms(answer, disturbance_ms) {
        Ok(ttl) => ttl,
        Err(Malformed) => Some(INTERVAL_MS.saturating_add(disturbance_ms)),
    }
}

fn own_ttl_ms(answer: &SecretAnswer, disturbance_ms: i64) -> Result<Option<i64>, Malformed> {
    let after = |seconds: &str| -> Result<Option<i64>, Malformed> {
        let seconds: i64 = seconds.replace('s', "").trim().parse().map_err(|_| Malformed)?;
        Ok(Some(seconds.saturating_mul(1_000).saturating_add(disturbance_ms)))
    };
    if answer.secret_type.text() == Some(RAM_CREDENTIALS) && answer.extended_config != Field::Absent {
        let text = answer.extended_config.text().ok_or(Malformed)?;
        let config = Document::read(text.as_bytes()).ok_or(Malformed)?;
        let sub_type = config.fields().ok_or(Malformed)?.get("SecretSubType").and_then(|value| value.as_str());
        if sub_type == Some(RAM_USER_ACCESS_KEY) {
            return match &answer.rotation_interval {
                Field::Absent => Ok(Some(INTERVAL_MS.saturating_add(disturbance_ms))),
                Field::Text(text) if text.is_empty() => Ok(Some(INTERVAL_MS.saturating_add(disturbance_ms))),
                Field::Text(text) => after(text),
                Field::NotText => Err(Malformed),
            };
        }
    }
    let data = data(answer)?;
    match data.fields().ok_or(Malformed)?.get("refreshInterval") {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) if text.is_empty() => Ok(None),
        Some(serde_json::Value::String(text)) => after(text),
        Some(_) => Err(Malformed),
    }
}

/// When a secret is asked for again, in milliseconds since the epoch.
pub fn next_execute_time_ms(answer: &SecretAnswer, now_ms: i64, disturbance_ms: i64) -> i64 {
    let latest = now_ms.saturating_add(INTERVAL_MS).saturating_add(disturbance_ms);
    match next_rotation_ms(answer) {
        Ok(Some(next)) if next > now_ms && next < latest => {
            next.saturating_add(DELAY_MS).saturating_add(disturbance_ms)
        }
        _ => latest,
    }
}

/// When a secret is to be renewed, in milliseconds since the epoch: when it is asked for again as above, or when its own time
/// to live is over, whichever comes first.
pub fn renew_at_ms(answer: &SecretAnswer, now_ms: i64, disturbance_ms: i64) -> i64 {
    let lives = [ttl_ms(answer, disturbance_ms), plain_ttl_ms(answer)];
    let life = lives.into_iter().flatten().filter(|life| *life > 0).min().unwrap_or(DEFAULT_TTL_MS).max(LEAST_TTL_MS);
    next_execute_time_ms(answer, now_ms, disturbance_ms).min(now_ms.saturating_add(life))
}

/// When the secret will be rotated, in milliseconds since the epoch, where it says so.
pub fn rotation_ms(answer: &SecretAnswer) -> Option<i64> {
    next_rotation_ms(answer).ok().flatten()
}

fn next_rotation_ms(answer: &SecretAnswer) -> Result<Option<i64>, Malformed> {
    match &answer.next_rotation_date {
        Field::Text(date) if !date.is_empty() => {
            utc::parse_iso(date).map(|seconds| Some(seconds * 1_000)).ok_or(Malformed)
        }
        Field::NotText => Err(Malformed),
        Field::Absent | Field::Text(_) => {
            let data = data(answer)?;
            match data.fields().ok_or(Malformed)?.get("scheduleRotateTimestamp") {
                None | Some(serde_json::Value::Null) => Ok(None),
                Some(value) => match (value.as_i64(), value.as_f64()) {
                    (Some(seconds), _) => Ok(Some(seconds.saturating_mul(1_000))),
                    // A cast of a float saturates.
                    (None, Some(seconds)) => Ok(Some((seconds * 1_000.0) as i64)),
                    (None, None) => Err(Malformed),
                },
            }
        }
    }
}

/// The `ttl` in the data, in milliseconds, which the plain client (not the plugin) goes by; none unless it is a positive
/// whole number.
pub fn plain_ttl_ms(answer: &SecretAnswer) -> Option<i64> {
    data(answer).ok()?.fields()?.get("ttl")?.as_i64().filter(|ttl| *ttl > 0)
}

fn data(answer: &SecretAnswer) -> Result<Document, Malformed> {
    Document::read(answer.data.as_ref().ok_or(Malformed)?.expose_bytes()).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::{
        DEFAULT_TTL_MS, DELAY_MS, INTERVAL_MS, next_execute_time_ms, plain_ttl_ms, renew_at_ms, rotation_ms, ttl_ms,
    };
    use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
    use crate::secret::Secret;

    fn answer(data: &str) -> SecretAnswer {
        SecretAnswer { data: Some(Secret::from_text(data)), ..SecretAnswer::default() }
    }

    #[test]
    fn what_the_data_says() {
        assert_eq!(ttl_ms(&answer(r#"{"refreshInterval":"60s"}"#), 5), Some(60_005));
        assert_eq!(ttl_ms(&answer(r#"{"refreshInterval":60}"#), 5), Some(INTERVAL_MS + 5));
        assert_eq!(ttl_ms(&answer("{}"), 5), None);
        assert_eq!(ttl_ms(&answer("[]"), 5), Some(INTERVAL_MS + 5));
        assert_eq!(ttl_ms(&SecretAnswer::default(), 5), Some(INTERVAL_MS + 5));
        assert_eq!(plain_ttl_ms(&answer(r#"{"ttl":5000}"#)), Some(5000));
        assert_eq!(plain_ttl_ms(&answer(r#"{"ttl":-1}"#)), None);
        assert_eq!(rotation_ms(&answer(r#"{"scheduleRotateTimestamp":7}"#)), Some(7000));
        assert_eq!(rotation_ms(&answer(r#"{"scheduleRotateTimestamp":"7"}"#)), None);
        assert_eq!(next_execute_time_ms(&answer(r#"{"scheduleRotateTimestamp":7.5}"#), 0, 1), 7_501 + DELAY_MS);
    }

    #[test]
    fn the_shortest_time_counts() {
        assert_eq!(renew_at_ms(&answer(r#"{"refreshInterval":"60s"}"#), 1_000, 5), 61_005);
        assert_eq!(renew_at_ms(&answer(r#"{"ttl":5000,"refreshInterval":"60s"}"#), 1_000, 5), 6_000);
        assert_eq!(renew_at_ms(&answer(r#"{"scheduleRotateTimestamp":7}"#), 1_000, 5), 7_005 + DELAY_MS);
        assert_eq!(renew_at_ms(&answer(r#"{"ttl":1}"#), 0, 0), 1_000);
        assert_eq!(renew_at_ms(&answer("{}"), 0, 5), DEFAULT_TTL_MS);
        assert_eq!(renew_at_ms(&answer("just a text"), 0, 5), INTERVAL_MS + 5);
        let ram = SecretAnswer {
            secret_type: Field::Text("RAMCredentials".into()),
            extended_config: Field::Text(r#"{"SecretSubType":"RamUserAccessKey"}"#.into()),
            rotation_interval: Field::Text("3600s".into()),
            ..answer("{}")
        };
        assert_eq!(renew_at_ms(&ram, 0, 7), 3_600_007);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let most = SecretAnswer { rotation_interval: Field::Text(i64::MAX.to_string()), ..answer("{}") };
        assert_eq!(ttl_ms(&most, i64::MAX), None);
        assert_eq!(next_execute_time_ms(&most, i64::MAX, i64::MAX), i64::MAX);
        let schedule = answer(r#"{"scheduleRotateTimestamp":1e308}"#);
        assert_eq!(next_execute_time_ms(&schedule, 0, 0), INTERVAL_MS);
    }
}
