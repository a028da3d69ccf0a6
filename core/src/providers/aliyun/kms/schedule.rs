//! When a managed secret must be fetched again, as the official plugin calculates it.

use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::aliyun::kms::secret_value::{RAM_CREDENTIALS, RAM_USER_ACCESS_KEY};
use crate::providers::json::Document;
use crate::sign::utc;

/// The longest time until a secret is fetched again, without the disturbance, in milliseconds.
pub const INTERVAL_MS: i64 = 6 * 3_600_000;
/// The time between a rotation and the next fetch, without the disturbance, in milliseconds.
pub const DELAY_MS: i64 = 5 * 60_000;
/// The maximum random disturbance, in milliseconds.
pub const MAX_DISTURBANCE_MS: i64 = 10 * 60_000;
/// The default lifetime of a cached value, in milliseconds.
pub const DEFAULT_TTL_MS: i64 = 3_600_000;
/// The minimum lifetime, in milliseconds. A shorter lifetime in the secret does not lead to more requests.
const MIN_TTL_MS: i64 = 1_000;

/// A field does not have the expected format.
struct Malformed;

/// The lifetime of a fetched value until the next fetch, in milliseconds. `None` if the secret does not contain one;
/// the default is then [`DEFAULT_TTL_MS`]. As in the plugin, it is negative if the secret contains a negative value.
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

/// When a secret is fetched again because of its rotation, in milliseconds since 1970.
///
/// Facts (recorded): `d`, the disturbance, is one random value of 0 to 10 minutes per process. A secret is fetched again
/// 5 minutes and `d` after its next rotation; or 6 hours and `d` from now if that is earlier, or if the rotation is
/// overdue or not known. Where the plugin's calculation fails because of a malformed field, 6 hours and `d` are used
/// instead, so that the key stays usable.
pub fn next_execute_time_ms(answer: &SecretAnswer, now_ms: i64, disturbance_ms: i64) -> i64 {
    let latest = now_ms.saturating_add(INTERVAL_MS).saturating_add(disturbance_ms);
    match next_rotation_ms(answer) {
        Ok(Some(next)) if next > now_ms && next < latest => {
            next.saturating_add(DELAY_MS).saturating_add(disturbance_ms)
        }
        _ => latest,
    }
}

/// When a secret must be renewed, in milliseconds since 1970: at [`next_execute_time_ms`] or at the end of its
/// lifetime, whichever is earlier.
pub fn renew_at_ms(answer: &SecretAnswer, now_ms: i64, disturbance_ms: i64) -> i64 {
    let lives = [ttl_ms(answer, disturbance_ms), plain_ttl_ms(answer)];
    let life = lives.into_iter().flatten().filter(|life| *life > 0).min().unwrap_or(DEFAULT_TTL_MS).max(MIN_TTL_MS);
    next_execute_time_ms(answer, now_ms, disturbance_ms).min(now_ms.saturating_add(life))
}

/// When the secret will be rotated, in milliseconds since 1970, if known.
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

/// The `ttl` in the data, in milliseconds, which the plain client (not the plugin) uses. `None` unless it is a positive
/// integer.
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
    fn times_come_from_the_data() {
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
    fn the_earliest_time_counts() {
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
