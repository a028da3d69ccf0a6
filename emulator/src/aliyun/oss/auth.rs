//! OSS: whether a request is let in.

use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::request::Request;
use super::signature::{self, Claim};
use crate::aliyun::key::{KeyError, SKEW_S};
use crate::body::Body;
use crate::refusal::Refusal;
use crate::state::State;

/// A refusal with the fields that only some errors have.
pub(crate) struct Details {
    pub(crate) refusal: Refusal,
    pub(crate) more: Vec<(&'static str, String)>,
}

impl From<Refusal> for Details {
    fn from(refusal: Refusal) -> Details {
        Details { refusal, more: Vec::new() }
    }
}

/// Checks signature, time and key of a request, and that its body is the one that it states.
pub(crate) fn check(state: &State, request: &Request<'_>, body: &Body) -> Result<(), Details> {
    let denied = |message: &str| Details::from(Refusal::new(403, "AccessDenied", message));
    let claim =
        Claim::read(request).ok_or_else(|| denied("You have no right to access this object because of bucket acl."))?;
    let malformed = || Refusal::new(400, "InvalidArgument", "The authorization is not of a form that is known.");
    let claim = claim.ok_or_else(malformed)?;
    let now = state.now_ms().div_euclid(1000);
    let skewed = || {
        Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
    };
    let near = |seconds: i64| seconds.abs_diff(now) <= SKEW_S.unsigned_abs();
    match &claim {
        Claim::V1 { expires: Some(expires), .. } => {
            if expires.parse().is_ok_and(|end: i64| end < now) {
                return Err(denied("Request has expired."));
            }
        }
        Claim::V1 { expires: None, .. } => {
            let date = request.head.header("x-oss-date").or_else(|| request.head.header("date"));
            let time = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
            let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let no_date = || denied("OSS authentication requires a valid Date.");
            let seconds = i64::try_from(since.ok_or_else(no_date)?.as_secs()).unwrap_or(i64::MAX);
            if !near(seconds) {
                return Err(skewed().into());
            }
        }
        Claim::V4(v4) => {
            let seconds = v4.seconds().filter(|_| v4.is_for_oss()).ok_or_else(malformed)?;
            let life: Option<i64> = v4.expires.as_deref().map(|text| text.parse().unwrap_or(-1));
            match life {
                Some(..=0 | 604_801..) => return Err(malformed().into()),
                Some(_) if seconds > now.saturating_add(SKEW_S) => return Err(denied("Request is not valid yet.")),
                Some(life) if now > seconds.saturating_add(life) => return Err(denied("Request has expired.")),
                None if !near(seconds) => return Err(skewed().into()),
                _ => {}
            }
        }
    }
    let token_names = ["security-token", "x-oss-security-token"];
    let in_query = token_names.iter().find_map(|name| request.param(name));
    let token = request.head.header("x-oss-security-token").or(in_query);
    let key = state.saved.aliyun.valid_key(claim.key_id(), token, state.now_ms()).map_err(|error| Details {
        refusal: of_key(error),
        more: vec![("OSSAccessKeyId", claim.key_id().to_owned())],
    })?;
    let (to_sign, canonical, right) = match &claim {
        Claim::V1 { expires, .. } => {
            let to_sign = signature::v1_string(request, expires.as_deref());
            let right = signature::v1(&to_sign, &key.secret);
            (to_sign, None, right)
        }
        Claim::V4(v4) => {
            let canonical = v4.canonical(request).ok_or_else(malformed)?;
            let to_sign = v4.string(&canonical);
            let right = v4.sign(&to_sign, &key.secret);
            (to_sign, Some(canonical), right)
        }
    };
    if right.as_deref() == Some(claim.signature()) {
        return digests(request, &claim, body).map_err(Details::from);
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    let mut more = vec![
        ("OSSAccessKeyId", claim.key_id().to_owned()),
        ("SignatureProvided", claim.signature().to_owned()),
        ("StringToSign", to_sign),
    ];
    more.extend(canonical.map(|canonical| ("CanonicalRequest", canonical)));
    Err(Details { refusal: Refusal::new(403, "SignatureDoesNotMatch", message), more })
}

fn of_key(error: KeyError) -> Refusal {
    let (code, message) = match error {
        KeyError::Unknown => {
            ("InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")
        }
        KeyError::Inactive => ("InvalidAccessKeyId", "The OSS Access Key Id you provided is disabled."),
        KeyError::WrongToken => ("InvalidSecurityToken", "The security token you provided is invalid."),
        KeyError::Expired => ("SecurityTokenExpired", "The security token you provided has expired."),
    };
    Refusal::new(403, code, message)
}

/// Whether the body is the one of `x-oss-content-sha256` (V4) and of `Content-MD5`.
fn digests(request: &Request<'_>, claim: &Claim, body: &Body) -> Result<(), Refusal> {
    let sha256 = request.head.header("x-oss-content-sha256").filter(|_| matches!(claim, Claim::V4(_)));
    if let Some(stated) = sha256.map(str::trim).filter(|stated| *stated != "UNSIGNED-PAYLOAD")
        && !stated.eq_ignore_ascii_case(&body.sha256_hex())
    {
        let message = "The value of the x-oss-content-sha256 header is neither UNSIGNED-PAYLOAD nor the body's hash.";
        return Err(Refusal::new(400, "InvalidArgument", message));
    }
    // A request without a body has nothing that the header could be about.
    let carries = body.length() > 0 || matches!(request.head.method.as_str(), "PUT" | "POST");
    if let Some(stated) = request.head.header("content-md5").filter(|_| carries)
        && STANDARD.decode(stated.trim()).ok().as_deref() != Some(body.md5().as_slice())
    {
        return Err(Refusal::new(400, "InvalidDigest", "The Content-MD5 you specified is not that of the body."));
    }
    Ok(())
}
