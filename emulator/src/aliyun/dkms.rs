//! Dedicated KMS: `GetSecretValue` in protobuf, signed with a client key.

use std::time::UNIX_EPOCH;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::auth::Caller;
use super::key::SKEW_S;
use super::kms::{self, Asked};
use super::state::ACCOUNT;
use crate::http::Head;
use crate::protobuf::{Field, fields, number, text};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::util::{hex, uuid};

const VERSION: &str = "dkms-gcs-0.2";
const CONTENT_TYPE: &str = "application/x-protobuf";

/// Whether a request is for this service.
pub(crate) fn covers(head: &Head) -> bool {
    ["x-kms-apiname", "x-kms-apiversion", "x-kms-acccesskeyid"].iter().any(|name| head.header(name).is_some())
}

/// A refusal as a message.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    let mut body = Vec::new();
    number(&mut body, 1, u64::from(refusal.status));
    text(&mut body, 2, &refusal.code);
    text(&mut body, 3, &refusal.message);
    text(&mut body, 4, &uuid());
    Reply { body, ..Reply::text(refusal.status, CONTENT_TYPE, "") }
}

fn invalid(name: &str) -> Refusal {
    Refusal::new(400, "InvalidParam", format!("The Param {name} is invalid."))
}

pub(crate) fn answer(state: &State, head: &Head, body: &[u8]) -> Result<Reply, Refusal> {
    let sent = |name: &str| head.header(name).map(str::trim).filter(|value| !value.is_empty());
    if head.method != "POST" || head.path() != "/" {
        return Err(Refusal::new(404, "InvalidAction", "There is only POST / here."));
    }
    if sent("x-kms-apiversion") != Some(VERSION) {
        return Err(invalid("ApiVersion"));
    }
    if sent("x-kms-apiname") != Some("GetSecretValue") {
        return Err(invalid("ApiName"));
    }
    if sent("x-kms-signaturemethod") != Some("RSA_PKCS1_SHA_256") {
        return Err(invalid("SignatureMethod"));
    }
    let caller = check(state, head, body)?;
    let asked = fields(body).ok_or_else(|| invalid("Body"))?;
    let asked_text = |wanted: u64| {
        let found = asked.iter().rev().find_map(|(field, value)| match value {
            Field::Bytes(bytes) if *field == wanted => Some(*bytes),
            _ => None,
        });
        found.and_then(|bytes| std::str::from_utf8(bytes).ok()).filter(|text| !text.is_empty())
    };
    let extended = asked.iter().any(|(field, value)| *field == 4 && *value != Field::Number(0));
    let name = asked_text(1).ok_or_else(|| invalid("SecretName"))?;
    let asked = Asked { name, id: asked_text(3), stage: asked_text(2), extended };
    Ok(message(&kms::read(state, &asked, &caller)?))
}

fn check(state: &State, head: &Head, body: &[u8]) -> Result<Caller, Refusal> {
    let date = head.header("date").ok_or_else(|| invalid("Date"))?;
    let time = httpdate::parse_http_date(date.trim()).map_err(|_| invalid("Date"))?;
    let seconds = time.duration_since(UNIX_EPOCH).map_err(|_| invalid("Date"))?.as_secs();
    let now = u64::try_from(state.now_ms().div_euclid(1000)).unwrap_or(0);
    if seconds.abs_diff(now) > SKEW_S.unsigned_abs() {
        return Err(invalid("Date"));
    }
    let authorization = head.header("authorization").ok_or_else(|| invalid("Authorization"))?;
    let signature = authorization.strip_prefix("Bearer ").ok_or_else(|| invalid("Authorization"))?;
    if head.header("content-sha256") != Some(hex(&Sha256::digest(body)).to_uppercase().as_str()) {
        return Err(invalid("ContentSha256"));
    }
    let unauthorized =
        || Refusal::new(401, "Unauthorized", "The client key is not known, or the signature is not its own.");
    let key_id = head.header("x-kms-acccesskeyid").ok_or_else(unauthorized)?.trim();
    let key = state.saved.aliyun.client_keys.iter().find(|key| key.id == key_id).ok_or_else(unauthorized)?;
    if !key.verifies(string_to_sign(head).as_bytes(), signature.trim()) {
        return Err(unauthorized());
    }
    Ok(Caller { key_id: key_id.to_owned(), arn: format!("acs:kms::{ACCOUNT}:clientkey/{key_id}") })
}

/// What has to be signed. Names count as sent: those with capitals are not covered.
pub(crate) fn string_to_sign(head: &Head) -> String {
    let value = |name: &str| head.header(name).unwrap_or_default();
    let mut out =
        format!("{}\n{}\n{}\n{}\n", head.method, value("content-sha256"), value("content-type"), value("date"));
    let mut signed: Vec<_> = head.headers.iter().filter(|(name, _)| name.starts_with("x-kms-")).collect();
    signed.sort();
    for (name, value) in signed {
        out.push_str(&format!("{name}:{}\n", value.trim()));
    }
    out.push_str(head.path());
    out
}

fn message(fields: &Value) -> Reply {
    let mut body = Vec::new();
    let names = ["SecretName", "SecretType", "SecretData", "SecretDataType"];
    let field = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    for (at, name) in (1..).zip(names) {
        text(&mut body, at, field(name));
    }
    let stages = fields.pointer("/VersionStages/VersionStage").and_then(Value::as_array);
    for stage in stages.into_iter().flatten() {
        text(&mut body, 5, stage.as_str().unwrap_or_default());
    }
    text(&mut body, 6, field("VersionId"));
    text(&mut body, 7, field("CreateTime"));
    text(&mut body, 8, &uuid());
    let names = ["LastRotationDate", "NextRotationDate", "ExtendedConfig", "AutomaticRotation", "RotationInterval"];
    for (at, name) in (9..).zip(names) {
        text(&mut body, at, field(name));
    }
    Reply { body, ..Reply::text(200, CONTENT_TYPE, "") }
}
