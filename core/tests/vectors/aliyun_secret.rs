//! The file `aliyun_secret_values.json`.

use evercred_core::http::Response;
use evercred_core::providers::aliyun::kms::{answer, schedule, secret_value};
use serde_json::Value;

use crate::outcome::{Check, Outcome, same, text, wanted_text};

/// `aliyun_secret_values`
pub fn value(kind: &str, case: &Value) -> Outcome {
    match kind {
        "secret-value" => secret(case).into(),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn secret(case: &Value) -> Check {
    let number = |name: &str| case.pointer(&format!("/inputs/{name}")).and_then(Value::as_i64);
    let now_ms = number("now_ms").ok_or("the case has no time")?;
    let disturbance_ms = number("random_disturbance_ms").unwrap_or_default();
    let body = wanted_text(case, "/inputs/response_body_utf8")?.as_bytes().to_vec();
    let official = case.get("expected_official").ok_or("nothing expected")?;
    let answer = answer::parse(&Response { status: 200, headers: Vec::new(), body: body.into() }, false);
    if official.pointer("/parse/error").is_some() {
        return same("refused", answer.is_err(), true);
    }
    let answer = answer.map_err(|error| error.to_string())?;

    // What is right replaces what the official client did, and lists only what is to be checked.
    let target = |name: &str| case.get("expected_correct").unwrap_or(official).get(name);
    let credential = secret_value::ram_credential(&answer);
    if let Some(wanted) = target("credentials") {
        same("credentials are good", credential.is_ok(), wanted.get("ok").is_some())?;
    }
    if let (Ok(credential), Some(wanted)) = (credential, target("credentials").and_then(|wanted| wanted.get("ok"))) {
        same("id", Some(credential.access_key_id.as_str()), text(wanted, "/access_key_id"))?;
        same("secret", Some(credential.access_key_secret.expose()), text(wanted, "/access_key_secret"))?;
        // -1 and null both mean "not given".
        let time = |name: &str| wanted.get(name).map(|time| time.as_i64().filter(|time| *time >= 0));
        if let Some(wanted) = time("expire_timestamp_ms") {
            same("end", credential.expires_at_ms, wanted)?;
        }
        if let Some(wanted) = time("generate_timestamp_ms") {
            same("beginning", credential.generated_at_ms, wanted)?;
        }
    }

    let fallback = schedule::INTERVAL_MS + disturbance_ms;
    if let Some(wanted) = target("ttl_ms") {
        let wanted = wanted.get("ok").and_then(Value::as_i64).unwrap_or(fallback);
        same("ttl_ms", schedule::ttl_ms(&answer, disturbance_ms).unwrap_or(-1), wanted)?;
    }
    if let Some(wanted) = target("next_execute_time_ms") {
        let wanted = wanted.get("ok").map_or(Some(now_ms + fallback), Value::as_i64);
        same("next_execute_time_ms", Some(schedule::next_execute_time_ms(&answer, now_ms, disturbance_ms)), wanted)?;
    }
    Ok(())
}
