//! Who sent a request, and whether the service lets it in.

use super::error::ServiceError;
use super::params::{Call, missing};
use super::sign::{Tc3, legacy};
use crate::state::State;
use crate::util::date_text;

/// The gateway's tolerance between its clock and the request's.
const SKEW_S: i64 = 300;

fn refuse(kind: &str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(&format!("AuthFailure.{kind}"), message)
}

/// Lets a signed request in, or says why not.
pub(crate) fn check(state: &State, call: &Call<'_>, service: &str) -> Result<(), ServiceError> {
    match call.head.header("Authorization") {
        Some(header) => check_tc3(state, call, service, header),
        None if call.form.iter().any(|(name, _)| name == "Signature") => check_legacy(state, call),
        None => Err(refuse("InvalidAuthorization", "The request is not signed.")),
    }
}

/// An action that is called without keys.
pub(crate) fn check_unsigned(state: &State, call: &Call<'_>) -> Result<(), ServiceError> {
    if call.head.header("Authorization") != Some("SKIP") {
        return Err(refuse(
            "InvalidAuthorization",
            "This action is unsigned: the header Authorization has to be SKIP.",
        ));
    }
    timestamp(state, call).map(|_| ())
}

fn check_tc3(state: &State, call: &Call<'_>, service: &str, header: &str) -> Result<(), ServiceError> {
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
    if claim.service != service {
        return Err(refuse("SignatureFailure", format!("The service in the credential scope is not {service}.")));
    }
    let fits = |host: &str| {
        [false, true]
            .iter()
            .any(|lower| claim.expected(call, host, text, key, *lower).as_deref() == Some(claim.signature))
    };
    if hosts(state, call).any(fits) { Ok(()) } else { Err(wrong_signature()) }
}

fn check_legacy(state: &State, call: &Call<'_>) -> Result<(), ServiceError> {
    let param = |name: &str| call.form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let required = |name: &str| param(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name));
    let (secret_id, signature) = (required("SecretId")?, required("Signature")?);
    required("Nonce")?;
    let method = param("SignatureMethod").unwrap_or("HmacSHA1");
    if !matches!(method, "HmacSHA1" | "HmacSHA256") {
        return Err(refuse("InvalidAuthorization", format!("The SignatureMethod {method} is not known.")));
    }
    timestamp(state, call)?;
    let key = key(state, secret_id, call)?;
    let fits = |host: &str| legacy(call, host, method, key).as_deref() == Some(signature);
    if hosts(state, call).any(fits) { Ok(()) } else { Err(wrong_signature()) }
}

fn wrong_signature() -> ServiceError {
    refuse("SignatureFailure", "The provided credentials could not be validated because of a wrong signature.")
}

/// The host that was asked, then those that are signed for behind a gateway.
fn hosts<'a>(state: &'a State, call: &'a Call<'_>) -> impl Iterator<Item = &'a str> {
    call.head.header("host").into_iter().chain(state.saved.signed_hosts.iter().map(String::as_str))
}

/// The request's time, as a number and as sent, if it is near the emulator's.
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

/// The secret key of an id whose session token fits.
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
