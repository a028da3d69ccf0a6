//! The files `tencent_auth_token.json` and `tencent_cam_responses.json`.

use std::sync::atomic::{AtomicU32, Ordering};

use evercred_core::error::{Code, Error};
use evercred_core::http::Response;
use evercred_core::providers::tencent::answer::{CamAnswer, parse_cam};
use evercred_core::providers::tencent::{codes, fallback, token, validate};
use evercred_core::secret::Secret;
use serde_json::Value;

use crate::outcome::{Check, Outcome, bytes, from_hex, pairs, same, text, wanted_text};

/// `tencent_auth_token`
pub fn token(_kind: &str, case: &Value) -> Outcome {
    check_token(case).into()
}

fn check_token(case: &Value) -> Check {
    let input = |name: &str| text(case, &format!("/inputs/{name}")).unwrap_or_default();
    let (instance, region, user, sealed) = (input("instance_id"), input("region"), input("user_name"), input("token"));
    let decoded = token::decode(instance, region, user, sealed);
    let password = token::password(instance, region, user, sealed);
    refused_in_form(decoded.as_ref().err())?;
    refused_in_form(password.as_ref().err())?;
    if case.get("either").and_then(Value::as_bool) == Some(true) {
        return Ok(());
    }
    let expected = expected(case)?;
    if let Some(result) = text(expected, "/parser") {
        same("parser", word(decoded.is_ok()), result)?;
    }
    if let (Some(fields), Ok(decoded)) = (expected.get("fields"), decoded) {
        let mine = serde_json::json!({
            "appId": decoded.app_id, "uin": decoded.uin, "ownerUin": decoded.owner_uin, "reqId": decoded.request_id,
            "instanceId": decoded.instance_id, "region": decoded.region, "username": decoded.user_name,
            "password": decoded.password.expose(), "createTime": decoded.create_time, "extraInfo": decoded.extra_info,
            "tokenType": decoded.token_type, "randNum": decoded.rand_num,
        });
        same("fields", &mine, fields)?;
    }
    if let Some(result) = text(expected, "/signer") {
        same("signer", word(password.is_ok()), result)?;
    }
    if let Some(wanted) = text(expected, "/signer_auth_token") {
        same("password", password.ok().as_ref().map(Secret::expose), Some(wanted))?;
    }
    Ok(())
}

fn refused_in_form(error: Option<&Error>) -> Check {
    error.map_or(Ok(()), |error| same("the error's code", error.code(), Code::Malformed))
}

fn word(ok: bool) -> &'static str {
    if ok { "ok" } else { "error" }
}

/// The target: what the official SDK did, unless the case knows better.
fn expected(case: &Value) -> Result<&Value, String> {
    case.get("expected_correct").or_else(|| case.get("expected_official")).ok_or_else(|| "nothing expected".to_owned())
}

/// `tencent_cam_responses`
pub fn answer(kind: &str, case: &Value) -> Outcome {
    match kind {
        "response" if case.pointer("/inputs/status").is_none() => Outcome::Skipped("a dropped connection"),
        "response" => response(case).into(),
        "classification" => classification(case).into(),
        "fallback-file" => fallback_file(case).into(),
        "request-validation" => request_validation(case).into(),
        "credential-validation" => credential_validation(case).into(),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn response(case: &Value) -> Check {
    let status = case.pointer("/inputs/status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let body = bytes(case, "/inputs/body_hex", "/inputs/body_utf8")?;
    let answer = Response {
        status: status.ok_or("the status is no status")?,
        headers: pairs(case, "/inputs/headers").unwrap_or_default(),
        body: body.clone().into(),
    };
    let input = |name: &str| text(case, &format!("/inputs/{name}")).unwrap_or_default();
    let result = parse_cam(&answer, false).and_then(|answer| {
        let sealed = answer.token.expose();
        let password = token::password(input("instance_id"), input("region"), input("user_name"), sealed)?;
        Ok((answer, password))
    });
    if case.get("either").and_then(Value::as_bool) == Some(true) {
        return Ok(());
    }
    let official = case.get("expected_official").unwrap_or(&Value::Null);
    // What the official SDK hands to its caller is nested below what its lower half makes of the answer.
    let expected = case.get("expected_correct").or_else(|| official.get("dbauth")).unwrap_or(official);
    same("result", word(result.is_ok()), wanted_text(expected, "/result")?)?;
    match result {
        Ok((answer, password)) => {
            if let Some(wanted) = text(expected, "/auth_token") {
                same("password", password.expose(), wanted)?;
            }
            if let Some(wanted) = expected.get("expires_minus_now_ms") {
                same("life in ms", answer.life_ms(), wanted.as_i64())?;
            }
            answer_fields(&answer, official)
        }
        Err(error) => {
            // The code that the body holds is the target, with or without an expectation of its own.
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            same("the body's code", error.provider_code(), text(&body, "/Response/Error/Code"))?;
            if let Some(correct) = case.get("expected_correct") {
                for (name, got) in [("code", error.provider_code()), ("request_id", error.request_id())] {
                    if let Some(wanted) = correct.get(name) {
                        same(name, got, wanted.as_str())?;
                    }
                }
            }
            Ok(())
        }
    }
}

fn answer_fields(answer: &CamAnswer, official: &Value) -> Check {
    if let Some(wanted) = official.get("request_id") {
        same("request id", answer.request_id.as_deref(), wanted.as_str())?;
    }
    let Some(wanted) = official.get("credentials") else { return Ok(()) };
    let number = |name: &str| wanted.get(name).and_then(Value::as_i64);
    let field = |name: &str| wanted.get(name).and_then(Value::as_str);
    same("Token", Some(answer.token.expose()), field("Token"))?;
    same("CurrentTime", answer.current_time_ms, number("CurrentTime"))?;
    same("NextRotationTime", answer.next_rotation_time_ms, number("NextRotationTime"))?;
    same("LastRotationTimeCost", answer.last_rotation_cost_ms, number("LastRotationTimeCost"))?;
    same("RotationStatus", answer.rotation_status.as_deref(), field("RotationStatus"))?;
    same("RotationMessage", answer.rotation_message.as_deref(), field("RotationMessage"))
}

fn classification(case: &Value) -> Check {
    let code = text(case, "/inputs/code").unwrap_or_default();
    let wanted = expected(case)?.get("user_notification_required").and_then(Value::as_bool);
    same("user notification required", Some(codes::user_notification_required(code)), wanted)
}

fn fallback_file(case: &Value) -> Check {
    static NEXT: AtomicU32 = AtomicU32::new(0);

    let wanted = text(expected(case)?, "/password");
    let content = text(case, "/inputs/file_hex").map(from_hex).transpose()?;
    if let Some(content) = &content {
        same("password in the bytes", fallback::parse(content).as_ref().map(Secret::expose), wanted)?;
    }
    // And once through a real file.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("evercred-vector-{}-{number}.pwd", std::process::id()));
    if let Some(content) = &content {
        std::fs::write(&path, content).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let read = fallback::read(&path);
    if content.is_some() {
        std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(life) = expected(case)?.get("expires_minus_now_ms").and_then(Value::as_u64) {
        same("life", fallback::LIFE.as_millis(), u128::from(life))?;
    }
    same("password in the file", read.ok().flatten().as_ref().map(Secret::expose), wanted)
}

fn request_validation(case: &Value) -> Check {
    let input = |name: &str| text(case, &format!("/inputs/{name}")).unwrap_or_default();
    let key = Secret::from_text("key");
    let credential = text(case, "/inputs/credential").map(|_| ("id", &key));
    let result = validate::account(input("region"), input("instance_id"), input("user_name"))
        .and_then(|()| validate::credential(credential));
    let names =
        [("region", "region"), ("instance_id", "instance_id"), ("user_name", "user"), ("credential", "credential")];
    let culprit = names.iter().find(|(field, _)| input(field).is_empty()).map(|(_, name)| *name);
    names_the_culprit(case, result, culprit)
}

fn credential_validation(case: &Value) -> Check {
    let input = |name: &str| text(case, &format!("/inputs/{name}")).unwrap_or_default();
    let result = validate::keys(input("secret_id"), &Secret::from_text(input("secret_key")));
    let unusable = |field: &&str| input(field).trim().is_empty() || input(field).trim() != input(field);
    let culprit = ["secret_id", "secret_key"].into_iter().find(unusable);
    names_the_culprit(case, result, culprit)
}

fn names_the_culprit(case: &Value, result: Result<(), Error>, culprit: Option<&str>) -> Check {
    same("result", word(result.is_ok()), wanted_text(expected(case)?, "/result")?)?;
    let named = result.as_ref().err().and_then(|error| error.message().split(':').next());
    same("the argument that the error names", named, culprit)
}
