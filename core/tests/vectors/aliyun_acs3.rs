//! The file `aliyun_acs3.json`.

use std::collections::BTreeMap;

use evercred_core::providers::aliyun::kms::answer::{self, SecretAnswer};
use evercred_core::secret::Secret;
use evercred_core::sign::acs3;
use serde_json::{Value, json};

use crate::aliyun_rpc;
use crate::outcome::{Check, Outcome, Pairs, bytes, from_form, pairs, same, text, wanted_text};

/// `aliyun_acs3`
pub fn request(kind: &str, case: &Value) -> Outcome {
    if text(case, "/inputs/signature_algorithm") == Some("ACS3-HMAC-SM3") {
        return Outcome::Skipped("the algorithm ACS3-HMAC-SM3");
    }
    match kind {
        "signer" => signer(case).into(),
        "kms-client" => client(case).into(),
        "kms-client-rpc-v2" => aliyun_rpc::signatures(case, case.get("expected").unwrap_or(&Value::Null)).into(),
        "error-answer" => match case.pointer("/inputs/answers").and_then(Value::as_array).map(Vec::as_slice) {
            Some([answer]) if answer.is_object() => error_answer(case, answer).into(),
            _ => Outcome::Skipped("a dropped connection or a sequence of answers"),
        },
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

/// A JSON object of texts, as pairs.
fn map(case: &Value, pointer: &str) -> Result<Pairs, String> {
    let object = case.pointer(pointer).and_then(Value::as_object).ok_or_else(|| format!("no object at {pointer}"))?;
    Ok(object.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}

fn signer(case: &Value) -> Check {
    let input = |name: &str| wanted_text(case, &format!("/inputs/{name}"));
    let body_sha256 = acs3::body_sha256(input("body")?.as_bytes());
    same("hash of the body", body_sha256.as_str(), wanted_text(case, "/expected/payload_sha256")?)?;
    let (query, headers) = (map(case, "/inputs/query")?, map(case, "/inputs/headers")?);
    compare(case, input("method")?, input("pathname")?, &query, &headers, &body_sha256)
}

/// What the client sent, signed over the headers that it says it signed.
fn client(case: &Value) -> Check {
    let target = wanted_text(case, "/expected/http_request/target")?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let authorization = wanted_text(case, "/expected/authorization")?;
    let list = authorization.split_once("SignedHeaders=").and_then(|(_, rest)| rest.split(',').next());
    let list: Vec<&str> = list.ok_or("the authorization names no headers")?.split(';').collect();
    let mut headers = pairs(case, "/expected/http_request/headers")?;
    headers.retain(|(name, _)| list.contains(&name.to_ascii_lowercase().as_str()));
    let body = bytes(case, "/expected/http_request/body_hex", "/expected/http_request/body_utf8")?;
    let method = wanted_text(case, "/expected/http_request/method")?;
    compare(case, method, path, &from_form(query)?, &headers, &acs3::body_sha256(&body))
}

fn compare(case: &Value, method: &str, path: &str, query: &Pairs, headers: &Pairs, body_sha256: &str) -> Check {
    fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
    let signed = acs3::sign(&acs3::Input {
        access_key_id: wanted_text(case, "/inputs/access_key_id")?,
        access_key_secret: &Secret::from_text(wanted_text(case, "/inputs/access_key_secret")?),
        method,
        path,
        query: &borrowed(query),
        headers: &borrowed(headers),
        body_sha256,
    });
    let expected = |name: &str| text(case, &format!("/expected/{name}"));
    same("canonical request", Some(signed.canonical_request.as_str()), expected("canonical_request"))?;
    same("string to sign", Some(signed.string_to_sign.as_str()), expected("string_to_sign"))?;
    if let Some(signature) = expected("signature") {
        same("signature", signed.signature.as_str(), signature)?;
    }
    same("Authorization", Some(signed.authorization.as_str()), expected("authorization"))
}

fn error_answer(case: &Value, recorded: &Value) -> Check {
    let answer = aliyun_rpc::answer(recorded)?;
    let result = answer::parse(&answer, false);
    same("result", if result.is_ok() { "ok" } else { "error" }, wanted_text(case, "/expected_official/result")?)?;
    match result {
        Ok(secret) => same_fields(&secret, case.pointer("/expected_official/body").ok_or("no body is expected")?),
        Err(error) => aliyun_rpc::code_of_body(&answer, &error),
    }
}

/// Compares a secret's fields with those that the official client hands out.
pub fn same_fields(secret: &SecretAnswer, expected: &Value) -> Check {
    let fields = [
        ("SecretName", secret.name.text()),
        ("SecretType", secret.secret_type.text()),
        ("SecretData", secret.data.as_ref().map(Secret::expose)),
        ("SecretDataType", secret.data_type.text()),
        ("VersionId", secret.version_id.text()),
        ("CreateTime", secret.create_time.text()),
        ("LastRotationDate", secret.last_rotation_date.text()),
        ("NextRotationDate", secret.next_rotation_date.text()),
        ("ExtendedConfig", secret.extended_config.text()),
        ("AutomaticRotation", secret.automatic_rotation.text()),
        ("RotationInterval", secret.rotation_interval.text()),
        ("RequestId", secret.request_id.as_deref()),
    ];
    let given = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    let mine: BTreeMap<&str, Value> = fields
        .into_iter()
        .filter_map(|(name, text)| Some((name, json!(text.filter(|text| !text.is_empty())?))))
        .collect();
    let mut wanted: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, value) in expected.as_object().ok_or("the expected body is no object")? {
        if name != "VersionStages" && given(&value) {
            wanted.insert(name, value.clone());
        }
    }
    same("fields", mine, wanted)?;
    let stages = expected.pointer("/VersionStages/VersionStage").cloned().unwrap_or_else(|| json!([]));
    same("stages", json!(secret.version_stages), stages)
}
