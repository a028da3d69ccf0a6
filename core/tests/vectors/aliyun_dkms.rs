//! The file `aliyun_dkms.json`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evercred_core::http::Endpoint;
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::providers::aliyun::kms::dedicated::{self, Query};
use evercred_core::secret::Secret;
use evercred_core::sign::dkms as sign;
use serde_json::Value;

use crate::aliyun_acs3::same_fields;
use crate::aliyun_rpc;
use crate::outcome::{Check, Outcome, from_hex, same, text, wanted_text};

/// `aliyun_dkms`
pub fn case(kind: &str, case: &Value) -> Outcome {
    match kind {
        "request" => request(case).into(),
        "client-key" => client_key(case).into(),
        "answer" => match case.pointer("/inputs/answers").and_then(Value::as_array).map(Vec::as_slice) {
            Some([recorded]) if recorded.is_object() => answer(case, recorded).into(),
            _ => Outcome::Skipped("a dropped connection or a sequence of answers"),
        },
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn request(case: &Value) -> Check {
    let input = |name: &str| text(case, &format!("/inputs/{name}"));
    let expected = |name: &str| wanted_text(case, &format!("/expected/{name}"));
    let file = case.pointer("/inputs/client_key_json").ok_or("the case has no client key")?.to_string();
    let password = Secret::from_text(input("password").unwrap_or_default());
    let key = ClientKey::open(file.as_bytes(), &password).map_err(|error| error.to_string())?;
    same("modulus", key.key().modulus(), from_hex(&even(expected("rsa_modulus_hex")?))?)?;

    let query = Query {
        name: input("secret_name").unwrap_or_default(),
        version_stage: input("version_stage").unwrap_or_default(),
        version_id: input("version_id").unwrap_or_default(),
        fetch_extended_config: case.pointer("/inputs/fetch_extended_config").and_then(Value::as_bool) == Some(true),
    };
    let endpoint =
        Endpoint::parse(input("endpoint").unwrap_or_default(), "https").map_err(|error| error.to_string())?;
    let date = input("date").and_then(|date| httpdate::parse_http_date(date).ok()).ok_or("the date is none")?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    let seconds = i64::try_from(since_epoch.as_secs()).map_err(|error| error.to_string())?;
    let ours = dedicated::build(&endpoint, &query, &key, seconds).map_err(|error| error.to_string())?;
    same("body", ours.body.to_vec(), from_hex(expected("body_protobuf_hex")?)?)?;
    let sha256 = sign::content_sha256(&ours.body);
    same("content-sha256", sha256.as_str(), expected("content_sha256")?)?;

    // Headers of the caller's own come on top, of which those in lower case are signed as well.
    let own = case.pointer("/inputs/request_headers").and_then(Value::as_object);
    let own = own.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let mut headers: Vec<(&str, &str)> =
        ours.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.extend(own.clone());
    let to_sign = sign::string_to_sign(&sha256, dedicated::CONTENT_TYPE, input("date").unwrap_or_default(), &headers);
    same("string to sign", to_sign.as_str(), expected("string_to_sign")?)?;
    let authorization = sign::authorization(&to_sign, key.key()).map_err(|error| error.to_string())?;
    same("authorization", authorization.as_str(), expected("authorization")?)?;
    if own.count() == 0 {
        let sent = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| *value);
        same("our authorization", sent, Some(authorization.as_str()))?;
    }
    Ok(())
}

/// Hex of a number, which may lack its leading zero.
fn even(hex: &str) -> String {
    if hex.len().is_multiple_of(2) { hex.to_owned() } else { format!("0{hex}") }
}

fn answer(case: &Value, recorded: &Value) -> Check {
    let result = dedicated::parse(&aliyun_rpc::answer(recorded)?, false);
    let official = case.get("expected_official").ok_or("nothing expected")?;
    let expected = case.get("expected_correct").unwrap_or(official);
    same("success", result.is_ok(), text(expected, "/result") == Some("ok"))?;
    match result {
        Ok(secret) => same_fields(&secret, expected.get("json_body").ok_or("no body is expected")?),
        Err(error) => {
            let wanted = text(expected, "/error_code").filter(|code| !code.is_empty());
            same("code", error.provider_code(), wanted)?;
            match expected.get("request_id") {
                Some(wanted) => same("request id", error.request_id(), wanted.as_str()),
                None => Ok(()),
            }
        }
    }
}

fn client_key(case: &Value) -> Check {
    let file = wanted_text(case, "/inputs/client_key_json_text")?;
    let password = Secret::from_text(text(case, "/inputs/password").unwrap_or_default());
    let expected = case.get("expected_official").ok_or("nothing expected")?;
    let key = ClientKey::open(file.as_bytes(), &password);
    same("opened", key.is_ok(), text(expected, "/result") == Some("ok"))?;
    let Ok(key) = key else { return Ok(()) };
    same("key id", key.key_id(), wanted_text(expected, "/key_id")?)?;
    let modulus = key.key().modulus();
    same("modulus", &modulus, &from_hex(&even(wanted_text(expected, "/rsa_modulus_hex")?))?)?;
    let signature = key.key().sign(b"example").map_err(|error| error.to_string())?;
    same("signature", STANDARD.encode(signature).as_str(), wanted_text(expected, "/signature_of_text_example_base64")?)
}
