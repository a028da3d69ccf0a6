//! The file `aliyun_sts.json`.

use std::collections::BTreeMap;

use evercred_core::error::Result as Fallible;
use evercred_core::http::Response;
use evercred_core::providers::aliyun::api::sts::{self, Role, TemporaryKeys};
use evercred_core::secret::Secret;
use evercred_core::sign::utc;
use serde_json::Value;

use crate::aliyun_rpc;
use crate::outcome::{Check, Outcome, from_form, same, text, wanted_text};

/// `aliyun_sts`
pub fn role(kind: &str, case: &Value) -> Outcome {
    match kind {
        "sdk-core" => sdk_core(case).into(),
        "assume-role" | "assume-role-with-oidc" => assume(kind == "assume-role", case).unwrap_or_else(Outcome::Failed),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn assume(signed: bool, case: &Value) -> Result<Outcome, String> {
    let official = case.get("expected_official").ok_or("nothing expected")?;
    let requests = official.get("requests").and_then(Value::as_array).ok_or("no requests were recorded")?;
    let input = |name: &str| text(case, &format!("/inputs/{name}"));
    let now = input("now").and_then(utc::parse_iso).ok_or("the case has no time")?;
    let default_name = sts::default_session_name("credentials-python", now);
    let duration = case.pointer("/inputs/duration_seconds").and_then(Value::as_u64);
    let role = Role {
        arn: input("role_arn").unwrap_or_default(),
        session_name: input("role_session_name").filter(|name| !name.is_empty()).unwrap_or(&default_name),
        duration_s: duration.and_then(|duration| duration.try_into().ok()).unwrap_or(sts::DEFAULT_DURATION_S),
        policy: input("policy"),
        external_id: input("external_id"),
    };
    let token = sts::oidc_token(input("token_file_content").unwrap_or_default().as_bytes());
    let ours = if signed {
        role.assume()
    } else {
        let provider_arn = input("oidc_provider_arn").unwrap_or_default();
        token.as_ref().map_err(Clone::clone).and_then(|token| role.assume_with_oidc(provider_arn, token))
    };
    let Some(request) = requests.first() else {
        // It was refused before anything was sent.
        same("refused", ours.is_err(), true)?;
        return Ok(Outcome::Passed);
    };
    let ours: BTreeMap<String, String> = ours
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_owned()))
        .collect();
    same("parameters", &ours, &own_parameters(request)?)?;
    if signed && !aliyun_rpc::signature(case, request)? {
        return Err("the request is not signed".to_owned());
    }

    match case.get("server_answers").and_then(Value::as_array).map(Vec::as_slice) {
        Some([answer]) if answer.is_object() => {
            let answer = aliyun_rpc::answer(answer)?;
            keys_or_error(&answer, sts::parse(&answer, false), official)?;
            Ok(Outcome::Passed)
        }
        Some([_]) => Ok(Outcome::Skipped("a dropped connection")),
        _ => Ok(Outcome::Skipped("a sequence of answers")),
    }
}

/// A recorded request's parameters without those that every request has.
fn own_parameters(request: &Value) -> Result<BTreeMap<String, String>, String> {
    const COMMON: &[&str] = &[
        "Action",
        "Format",
        "Version",
        "Timestamp",
        "RegionId",
        "AccessKeyId",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
    ];
    let target = wanted_text(request, "/http_request/target")?;
    let mut parameters = from_form(target.split_once('?').map_or("", |(_, query)| query))?;
    parameters.extend(from_form(text(request, "/http_request/body_utf8").unwrap_or_default())?);
    parameters.retain(|(name, _)| !COMMON.contains(&name.as_str()));
    Ok(parameters.into_iter().collect())
}

fn keys_or_error(answer: &Response, result: Fallible<TemporaryKeys>, official: &Value) -> Check {
    let Some(wanted) = official.get("credentials").filter(|credentials| !credentials.is_null()) else {
        return match result {
            Ok(_) => Err("keys came out of an answer that has none".to_owned()),
            Err(error) => aliyun_rpc::code_of_body(answer, &error),
        };
    };
    let keys = result.map_err(|error| error.to_string())?;
    same("id", Some(keys.access_key_id.as_str()), text(wanted, "/access_key_id"))?;
    same("secret", Some(keys.access_key_secret.expose()), text(wanted, "/access_key_secret"))?;
    same("token", Some(keys.security_token.expose()), text(wanted, "/security_token"))?;
    same("end", Some(keys.expires_at_s), wanted.get("expiration").and_then(Value::as_i64))
}

fn sdk_core(case: &Value) -> Check {
    aliyun_rpc::signatures(case, case.get("expected").unwrap_or(&Value::Null))?;
    type Parse = fn(&Response) -> Fallible<TemporaryKeys>;
    let kinds: [(&str, &str, Parse); 2] = [
        ("/inputs/credential/assume_role_answer", "/Credentials", |answer| sts::parse(answer, false)),
        ("/inputs/credential/metadata_answer", "", sts::parse_flat),
    ];
    for (pointer, inner, parse) in kinds {
        let Some(body) = case.pointer(pointer) else { continue };
        let answer = Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes().into() };
        let keys = parse(&answer).map_err(|error| error.to_string())?;
        let wanted = body.pointer(inner).ok_or("the answer has no credentials")?;
        same("id", Some(keys.access_key_id.as_str()), text(wanted, "/AccessKeyId"))?;
        same(
            "secret",
            Some(&keys.access_key_secret),
            text(wanted, "/AccessKeySecret").map(Secret::from_text).as_ref(),
        )?;
        same("token", Some(&keys.security_token), text(wanted, "/SecurityToken").map(Secret::from_text).as_ref())?;
        same("end", Some(keys.expires_at_s), text(wanted, "/Expiration").and_then(utc::parse_iso))?;
    }
    Ok(())
}
