//! Authenticates requests to the OpenAPI gateway.

use super::key::{AccessKey, KeyError, SKEW_S};
use super::params::Call;
use super::sign::{self, Acs3};
use super::state::ACCOUNT;
use crate::refusal::Refusal;
use crate::state::State;
use crate::util::{parse_iso, sha256_hex};

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    /// AccessKeyId or client key id.
    pub(crate) key_id: String,
    /// ARN.
    pub(crate) arn: String,
}

/// Authenticates a signed request.
pub(crate) fn check(state: &mut State, call: &Call<'_>) -> Result<Caller, Refusal> {
    if let Some(name) = twice(call) {
        let message = format!("The header {name} is supplied more than once.");
        return Err(Refusal::new(400, "IncompleteSignature", message));
    }
    let authorization = call.head.header("Authorization");
    let (caller, nonce) = match authorization {
        Some(header) => (acs3(state, call, header)?, call.head.header("x-acs-signature-nonce").unwrap_or_default()),
        None => (rpc(state, call)?, call.optional("SignatureNonce").unwrap_or_default()),
    };
    let now = state.now_ms();
    if !state.aliyun.nonces.take(&caller.key_id, nonce, now, SKEW_S) {
        return Err(Refusal::new(400, "SignatureNonceUsed", "Specified signature nonce was used already."));
    }
    Ok(caller)
}

/// Checks the timestamp of an action that is called without keys.
pub(crate) fn check_unsigned(state: &State, call: &Call<'_>) -> Result<(), Refusal> {
    let of_header = call.head.header("x-acs-date");
    on_time(state, of_header.or_else(|| call.optional("Timestamp")).ok_or_else(|| Refusal::missing("Timestamp"))?)
}

fn on_time(state: &State, text: &str) -> Result<(), Refusal> {
    let format =
        || Refusal::new(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
    let seconds = parse_iso(text).ok_or_else(format)?;
    if seconds.abs_diff(state.now_ms().div_euclid(1000)) > SKEW_S.unsigned_abs() {
        return Err(Refusal::new(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."));
    }
    Ok(())
}

fn rpc(state: &State, call: &Call<'_>) -> Result<Caller, Refusal> {
    let key_id = call.required("AccessKeyId")?;
    let (signature, _) = (call.required("Signature")?, call.required("SignatureNonce")?);
    on_time(state, call.required("Timestamp")?)?;
    if call.required("SignatureVersion")? != "1.0" {
        return Err(Refusal::new(400, "InvalidSignatureVersion", "The SignatureVersion has to be 1.0."));
    }
    let to_sign = sign::rpc_string(call);
    match (call.required("SignatureMethod")?, call.given("SignatureType").unwrap_or_default()) {
        ("HMAC-SHA1", "") => {
            let key = valid_key(state, key_id, call.optional("SecurityToken"))?;
            if sign::rpc(&to_sign, &key.secret).as_deref() != Some(signature) {
                return Err(mismatch(&to_sign));
            }
            Ok(caller(key))
        }
        ("SHA256withRSA", "PRIVATEKEY") => {
            let unknown = || Refusal::of_key(KeyError::Unknown);
            let key = state.saved.aliyun.client_keys.iter().find(|key| key.id == key_id).ok_or_else(unknown)?;
            if !key.verifies(to_sign.as_bytes(), signature) {
                return Err(mismatch(&to_sign));
            }
            Ok(Caller { key_id: key_id.to_owned(), arn: format!("acs:kms::{ACCOUNT}:clientkey/{key_id}") })
        }
        (method, _) => {
            Err(Refusal::new(400, "InvalidSignatureMethod", format!("The SignatureMethod {method} is not known here.")))
        }
    }
}

fn acs3(state: &State, call: &Call<'_>, header: &str) -> Result<Caller, Refusal> {
    let incomplete = |message: &str| Refusal::new(400, "IncompleteSignature", message);
    let claim = Acs3::parse(header)
        .ok_or_else(|| incomplete("The header Authorization is not of the form of ACS3-HMAC-SHA256."))?;
    let sent = |name: &str| {
        let value = call.head.header(name);
        value.ok_or_else(|| incomplete(&format!("The header {name} that is mandatory is not supplied.")))
    };
    let hash = sent("x-acs-content-sha256")?;
    sent("x-acs-signature-nonce")?;
    on_time(state, sent("x-acs-date")?)?;
    let signed = |name: &str| claim.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    let unsigned = call.head.headers.iter().any(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-acs-") && !signed(&name)
    });
    if unsigned || !signed("host") {
        return Err(incomplete("SignedHeaders has to hold host and every x-acs- header."));
    }
    let key = valid_key(state, claim.key_id, call.head.header("x-acs-security-token"))?;
    if hash != sha256_hex(call.body) {
        return Err(Refusal::new(
            400,
            "InvalidContentSha256",
            "The header x-acs-content-sha256 is not the body's hash.",
        ));
    }
    let mut first = None;
    for host in hosts(state, call) {
        let canonical = claim.canonical(call, host).ok_or_else(|| incomplete("A signed header did not come."))?;
        let to_sign = sign::acs3_string(&canonical);
        if sign::acs3(&to_sign, &key.secret).as_deref() == Some(claim.signature) {
            return Ok(caller(key));
        }
        first.get_or_insert(format!("{to_sign}, server canonicalString is:{canonical}"));
    }
    Err(mismatch(&first.unwrap_or_default()))
}

/// A header given twice that the signature or the gateway reads once.
fn twice<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    let names = call.head.headers.iter().map(|(name, _)| name.as_str());
    let mut single = names.filter(|name| {
        let lower = name.to_ascii_lowercase();
        lower.starts_with("x-acs-") || matches!(lower.as_str(), "host" | "authorization")
    });
    single.find(|name| call.head.all(name).count() > 1)
}

/// The request's host, then the hosts that signatures are also accepted for.
fn hosts<'a>(state: &'a State, call: &'a Call<'_>) -> impl Iterator<Item = &'a str> {
    call.head.header("host").into_iter().chain(state.saved.signed_hosts.iter().map(String::as_str))
}

fn valid_key<'a>(state: &'a State, id: &str, token: Option<&str>) -> Result<&'a AccessKey, Refusal> {
    state.saved.aliyun.valid_key(id, token, state.now_ms()).map_err(Refusal::of_key)
}

fn caller(key: &AccessKey) -> Caller {
    Caller { key_id: key.id.clone(), arn: key.owner.clone() }
}

fn mismatch(to_sign: &str) -> Refusal {
    let message =
        format!("Specified signature is not matched with our calculation. server string to sign is:{to_sign}");
    Refusal::new(400, "SignatureDoesNotMatch", message)
}
