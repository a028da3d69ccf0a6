//! The file `aliyun_rpc.json`, and what the other files hold of RPC requests and of errors.

use evercred_core::error::Error;
use evercred_core::http::Response;
use evercred_core::providers::aliyun::api::envelope;
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::secret::Secret;
use evercred_core::sign::aliyun_rpc;
use serde_json::Value;

use crate::outcome::{Check, Outcome, bytes, from_form, pairs, same, text, wanted_text};

/// `aliyun_rpc`
pub fn request(kind: &str, case: &Value) -> Outcome {
    match kind {
        "" => signatures(case, case.get("expected").unwrap_or(&Value::Null)).into(),
        "error-answer" if case.pointer("/inputs/status").is_none_or(Value::is_null) => {
            Outcome::Skipped("a dropped connection")
        }
        "error-answer" => error_answer(case).into(),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

/// Checks the signature of every recorded request that has one.
pub fn signatures(case: &Value, expected: &Value) -> Check {
    let one = std::slice::from_ref(expected);
    let list = ["requests_in_order", "requests"].iter().find_map(|name| expected.get(name)?.as_array());
    let mut checked = 0;
    for request in list.map_or(one, Vec::as_slice) {
        checked += usize::from(signature(case, request)?);
    }
    if checked == 0 { Err("no signed request was recorded".to_owned()) } else { Ok(()) }
}

/// Checks one request; says whether it was a signed one.
pub fn signature(case: &Value, request: &Value) -> Result<bool, String> {
    let target = wanted_text(request, "/http_request/target")?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut parameters = from_form(query)?;
    let body = bytes(request, "/http_request/body_hex", "/http_request/body_utf8").unwrap_or_default();
    parameters.extend(from_form(std::str::from_utf8(&body).map_err(|_| "the body is not UTF-8")?)?);
    let find = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (Some(sent), Some(key_id)) = (find("Signature"), find("AccessKeyId")) else { return Ok(false) };
    let by_client_key = find("SignatureMethod").as_deref() == Some(aliyun_rpc::SHA256_WITH_RSA);
    parameters.retain(|(name, _)| name != "Signature");

    let to_sign = aliyun_rpc::string_to_sign(wanted_text(request, "/http_request/method")?, &parameters);
    let signature = if by_client_key {
        let key = client_key(case)?;
        same("key id", key.key_id(), key_id.as_str())?;
        aliyun_rpc::sign_rsa(&to_sign, key.key()).map_err(|error| error.to_string())?
    } else {
        let inputs = case.get("inputs").unwrap_or(&Value::Null);
        let secret = secret_of(inputs, &key_id).ok_or_else(|| format!("the case has no secret of {key_id}"))?;
        aliyun_rpc::sign_hmac(&to_sign, &Secret::from_text(secret))
    };
    // Where the official SDK is wrong, the case says what is right.
    let correct = case.get("expected_correct").filter(|correct| correct.get("signature").is_some());
    if let Some(wanted) = text(correct.unwrap_or(request), "/string_to_sign") {
        same("string to sign", to_sign.as_str(), wanted)?;
    }
    let wanted = text(correct.unwrap_or(request), "/signature").unwrap_or(&sent);
    same("signature", signature.as_str(), wanted)?;
    Ok(true)
}

fn client_key(case: &Value) -> Result<ClientKey, String> {
    let file = case.pointer("/inputs/credential/client_key_file_json").ok_or("the case has no client key")?;
    let password = Secret::from_text(wanted_text(case, "/inputs/credential/password")?);
    ClientKey::open(file.to_string().as_bytes(), &password).map_err(|error| error.to_string())
}

/// The secret that belongs to a key id, anywhere in the inputs.
pub fn secret_of<'a>(value: &'a Value, id: &str) -> Option<&'a str> {
    const NAMES: &[(&str, &str)] = &[("access_key_id", "access_key_secret"), ("AccessKeyId", "AccessKeySecret")];
    let here = NAMES.iter().find(|(name, _)| value.get(name).and_then(Value::as_str) == Some(id));
    if let Some((_, secret)) = here {
        return value.get(secret)?.as_str();
    }
    match value {
        Value::Object(fields) => fields.values().find_map(|value| secret_of(value, id)),
        Value::Array(values) => values.iter().find_map(|value| secret_of(value, id)),
        // Answers are recorded as text that holds JSON.
        Value::String(text) if text.starts_with('{') => {
            let inner: Value = serde_json::from_str(text).ok()?;
            secret_of(&inner, id).map(|secret| &*Box::leak(secret.to_owned().into_boxed_str()))
        }
        _ => None,
    }
}

/// An answer recorded as status and body.
pub fn answer(recorded: &Value) -> Result<Response, String> {
    let status = recorded.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    Ok(Response {
        status: status.ok_or("the status is no status")?,
        headers: pairs(recorded, "/extra_headers").unwrap_or_default(),
        body: bytes(recorded, "/body_hex", "/body_utf8")?.into(),
    })
}

/// An error must carry the code that the body of the answer has, or none.
pub fn code_of_body(answer: &Response, error: &Error) -> Check {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    same("the body's code", error.provider_code(), text(&body, "/Code"))?;
    same("the body's request id", error.request_id(), text(&body, "/RequestId"))
}

fn error_answer(case: &Value) -> Check {
    let answer = answer(case.get("inputs").unwrap_or(&Value::Null))?;
    let result = envelope::check(&answer, false);
    let fails = case.pointer("/expected_official/exception").is_some_and(|exception| !exception.is_null());
    same("an error", result.is_err(), fails)?;
    result.err().map_or(Ok(()), |error| code_of_body(&answer, &error))
}
