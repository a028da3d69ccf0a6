//! Authenticates requests.

use super::error::ServiceError;
use super::params::{Call, missing};
use super::sign::{Tc3, legacy};
use crate::state::State;
use crate::util::date_text;

/// How far a request's time may differ from the services' clock, in seconds.
const SKEW_S: i64 = 300;

fn refuse(kind: &str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(&format!("AuthFailure.{kind}"), message)
}

/// Authenticates a signed request, to this service if it is given.
pub(crate) fn check(state: &mut State, call: &Call<'_>, service: Option<&str>) -> Result<(), ServiceError> {
    if let Some(name) = twice(call) {
        return Err(refuse("InvalidAuthorization", format!("The header {name} is given more than once.")));
    }
    match call.head.header("Authorization") {
        Some(header) => check_tc3(state, call, service, header),
        None if call.form.iter().any(|(name, _)| name == "Signature") => check_legacy(state, call),
        None => Err(refuse("InvalidAuthorization", "The request is not signed.")),
    }
}

/// Checks an action that is called without keys.
pub(crate) fn check_unsigned(state: &State, call: &Call<'_>) -> Result<(), ServiceError> {
    if call.head.header("Authorization") != Some("SKIP") {
        return Err(refuse(
            "InvalidAuthorization",
            "This action is unsigned: the header Authorization has to be SKIP.",
        ));
    }
    timestamp(state, call).map(|_| ())
}

fn check_tc3(state: &State, call: &Call<'_>, service: Option<&str>, header: &str) -> Result<(), ServiceError> {
    let malformed =
        || refuse("InvalidAuthorization", "The header Authorization is not of the form of TC3-HMAC-SHA256.");
    let claim = Tc3::parse(header).ok_or_else(malformed)?;
    let names = &claim.signed_headers;
    if !names.contains(&"host") || !names.contains(&"content-type") {
        return Err(refuse("InvalidAuthorization", "SignedHeaders has to hold content-type and host."));
    }
    let (seconds, text) = timestamp(state, call)?;
    let key = key(state, claim.secret_id, call)?;
    if claim.date != date_text(seconds) {
        let message =
            format!("The date in the credential scope is not the UTC date of X-TC-Timestamp, {}.", date_text(seconds));
        return Err(refuse("SignatureFailure", message));
    }
    if let Some(service) = service.filter(|service| claim.service != *service) {
        return Err(refuse("SignatureFailure", format!("The service in the credential scope is not {service}.")));
    }
    let fits = |host: &str| {
        [false, true]
            .iter()
            .any(|lower| claim.expected(call, host, text, key, *lower).as_deref() == Some(claim.signature))
    };
    if hosts(state, call).any(fits) { Ok(()) } else { Err(wrong_signature()) }
}

/// A header given twice that the signature or the gateway reads once.
fn twice<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    let names = call.head.headers.iter().map(|(name, _)| name.as_str());
    let mut single = names.filter(|name| {
        let lower = name.to_ascii_lowercase();
        lower.starts_with("x-tc-") || matches!(lower.as_str(), "host" | "content-type" | "authorization")
    });
    single.find(|name| call.head.all(name).count() > 1)
}

fn check_legacy(state: &mut State, call: &Call<'_>) -> Result<(), ServiceError> {
    let param = |name: &str| call.form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let required = |name: &str| param(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name));
    let (secret_id, signature) = (required("SecretId")?, required("Signature")?);
    let nonce = required("Nonce")?;
    let method = param("SignatureMethod").unwrap_or("HmacSHA1");
    if !matches!(method, "HmacSHA1" | "HmacSHA256") {
        return Err(refuse("InvalidAuthorization", format!("The SignatureMethod {method} is not known.")));
    }
    timestamp(state, call)?;
    let key = key(state, secret_id, call)?;
    let fits = |host: &str| legacy(call, host, method, key).as_deref() == Some(signature);
    if !hosts(state, call).any(fits) {
        return Err(wrong_signature());
    }
    // The service documents that Nonce and Timestamp prevent replays, and no error code for one.
    let now = state.now_ms();
    if !state.tencent.nonces.take(secret_id, nonce, now, SKEW_S) {
        return Err(refuse("SignatureFailure", "The Nonce was used before."));
    }
    Ok(())
}

fn wrong_signature() -> ServiceError {
    refuse("SignatureFailure", "The provided credentials could not be validated because of a wrong signature.")
}

/// The request's host, then the hosts that signatures are also accepted for.
fn hosts<'a>(state: &'a State, call: &'a Call<'_>) -> impl Iterator<Item = &'a str> {
    call.head.header("host").into_iter().chain(state.saved.signed_hosts.iter().map(String::as_str))
}

/// The request's time, as a number and as sent, if it is close to the emulator's clock.
fn timestamp<'a>(state: &State, call: &'a Call<'_>) -> Result<(i64, &'a str), ServiceError> {
    let text = call.common("Timestamp").ok_or_else(|| missing("Timestamp"))?;
    let invalid = || ServiceError::new("InvalidParameter", "The parameter `Timestamp` should be an integer.");
    let seconds: i64 = text.parse().map_err(|_| invalid())?;
    let now = state.now_ms().div_euclid(1000);
    if seconds.abs_diff(now) > SKEW_S.unsigned_abs() {
        let message = format!("The timestamp {seconds} is more than five minutes away from the server's time {now}.");
        return Err(refuse("SignatureExpire", message));
    }
    Ok((seconds, text))
}

/// The secret key of an id, if the session token is the right one.
fn key<'a>(state: &'a State, secret_id: &str, call: &Call<'_>) -> Result<&'a str, ServiceError> {
    let unknown = || refuse("SecretIdNotFound", "The SecretId is not found.");
    let key = state.key(secret_id).ok_or_else(unknown)?;
    let token = call.common("Token").filter(|token| !token.is_empty());
    if key.token.as_deref() != token {
        return Err(refuse("TokenFailure", "The token does not belong to the SecretId."));
    }
    if key.expired || key.expires_at_ms.is_some_and(|end| end <= state.now_ms()) {
        return Err(refuse("TokenFailure", "The token has expired."));
    }
    Ok(&key.secret_key)
}
