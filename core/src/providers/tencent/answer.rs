//! The answers of CAM's `BuildDataFlowAuthToken` and of STS's `AssumeRole` family.
//!
//! Facts: answers as the official SDK reads them, and the vendor's API pages. Every field except `RequestId` may be
//! null.

use crate::error::Result;
use crate::http::Response;
use crate::providers::json::{take_header_secret, take_header_text, take_secret, take_text};
use crate::providers::tencent::envelope::{Answer, whole_number};
use crate::secret::Secret;

/// The lifetime of a password whose rotation is overdue, in milliseconds, as in the official SDK.
pub(super) const LIFE_WHEN_OVERDUE_MS: i64 = 5_000;
/// The maximum lifetime, a hundred years, so that adding it to a time cannot overflow.
const MAX_LIFE_MS: i64 = 100 * 366 * 86_400_000;

/// CAM's answer about a database account's password.
#[derive(Debug)]
pub struct CamAnswer {
    /// The encrypted token; see [`super::token`].
    pub token: Secret,
    /// The service's time, in milliseconds since 1970.
    pub current_time_ms: Option<i64>,
    /// When the password changes next, on the service's clock, in milliseconds since 1970.
    pub next_rotation_time_ms: Option<i64>,
    /// How long the last rotation took, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// The result of the last rotation, as the service reports it.
    pub rotation_status: Option<String>,
    /// The service's message about the last rotation.
    pub rotation_message: Option<String>,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl CamAnswer {
    /// The remaining lifetime of the password on the service's clock, in milliseconds. 5000 when its rotation is
    /// overdue, as in the official SDK. `None` when the service does not return the times.
    pub fn life_ms(&self) -> Option<i64> {
        let (now, next) = (self.current_time_ms?, self.next_rotation_time_ms?);
        Some(if next < now { LIFE_WHEN_OVERDUE_MS } else { next.saturating_sub(now).min(MAX_LIFE_MS) })
    }
}

/// Reads the answer to `BuildDataFlowAuthToken`.
///
/// # Errors
/// The service's error with its code and request id, whatever the status and content type. Without a code, an error for
/// the status. [`crate::error::Code::Malformed`] when the answer has no token.
pub fn parse_cam(response: &Response, identity_is_temporary: bool) -> Result<CamAnswer> {
    let mut answer = Answer::read(response, identity_is_temporary)?;
    let request_id = answer.request_id.clone();
    let credentials = answer.response_mut().and_then(|body| body.get_mut("Credentials")?.as_object_mut());
    let parsed = credentials.and_then(|fields| {
        Some(CamAnswer {
            token: take_secret(fields, "Token")?,
            current_time_ms: whole_number(fields, "CurrentTime"),
            next_rotation_time_ms: whole_number(fields, "NextRotationTime"),
            last_rotation_cost_ms: whole_number(fields, "LastRotationTimeCost"),
            rotation_status: take_text(fields, "RotationStatus"),
            rotation_message: take_text(fields, "RotationMessage"),
            request_id,
        })
    });
    parsed.ok_or_else(|| answer.missing("Credentials.Token"))
}

/// Temporary keys.
#[derive(Debug)]
pub struct StsAnswer {
    /// The id of the temporary key.
    pub secret_id: String,
    /// The temporary key.
    pub secret_key: Secret,
    /// The session token of the temporary key.
    pub token: Secret,
    /// When they expire, in seconds since 1970.
    pub expired_time_s: Option<i64>,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// Reads the answer to `AssumeRole`, `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity`.
///
/// # Errors
/// As [`parse_cam`]; [`crate::error::Code::Malformed`] when the id, the key or the token is missing.
pub fn parse_sts(response: &Response, identity_is_temporary: bool) -> Result<StsAnswer> {
    let mut answer = Answer::read(response, identity_is_temporary)?;
    let request_id = answer.request_id.clone();
    let parsed = answer.response_mut().and_then(|body| {
        let expired_time_s = whole_number(body, "ExpiredTime");
        let keys = body.get_mut("Credentials")?.as_object_mut()?;
        Some(StsAnswer {
            secret_id: take_header_text(keys, "TmpSecretId")?,
            secret_key: take_header_secret(keys, "TmpSecretKey")?,
            token: take_header_secret(keys, "Token")?,
            expired_time_s,
            request_id,
        })
    });
    parsed.ok_or_else(|| answer.missing("complete Credentials"))
}

#[cfg(test)]
mod tests {
    use super::{parse_cam, parse_sts};
    use crate::error::Code;
    use crate::http::Response;
    use zeroize::Zeroizing;

    fn answer(body: &str) -> Response {
        Response { status: 200, headers: Vec::new(), body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    fn life(times: &str) -> Option<i64> {
        let body = format!(r#"{{"Response":{{"Credentials":{{"Token":"t"{times}}},"RequestId":"r"}}}}"#);
        parse_cam(&answer(&body), false).unwrap().life_ms()
    }

    #[test]
    fn lifetimes() {
        assert_eq!(life(""), None);
        assert_eq!(life(r#","CurrentTime":1,"NextRotationTime":null"#), None);
        assert_eq!(life(r#","CurrentTime":1000,"NextRotationTime":3000"#), Some(2000));
        assert_eq!(life(r#","CurrentTime":"1000","NextRotationTime":3e3"#), Some(2000));
        assert_eq!(life(r#","CurrentTime":3000,"NextRotationTime":3000"#), Some(0));
        assert_eq!(life(r#","CurrentTime":3001,"NextRotationTime":3000"#), Some(5000));
        assert_eq!(life(r#","CurrentTime":1e300,"NextRotationTime":3000"#), None);
        let extremes = format!(r#","CurrentTime":{},"NextRotationTime":{}"#, i64::MIN, i64::MAX);
        assert_eq!(life(&extremes), Some(100 * 366 * 86_400_000));
    }

    #[test]
    fn a_token_is_required() {
        for credentials in ["null", "{}", "[]", "7", r#"{"Token":null}"#, r#"{"Token":""}"#, r#"{"Token":1}"#] {
            let body = format!(r#"{{"Response":{{"Credentials":{credentials},"RequestId":"r-1"}}}}"#);
            let error = parse_cam(&answer(&body), false).unwrap_err();
            assert_eq!((error.code(), error.request_id()), (Code::Malformed, Some("r-1")), "{credentials}");
        }
    }

    #[test]
    fn temporary_keys() {
        let body = r#"{"Response":{"Credentials":{"Token":"t","TmpSecretId":"i","TmpSecretKey":"k"},
            "ExpiredTime":1700003600,"Expiration":"2023-11-14T23:13:20Z","RequestId":"r"}}"#;
        let keys = parse_sts(&answer(body), false).unwrap();
        assert_eq!((keys.secret_id.as_str(), keys.secret_key.expose(), keys.token.expose()), ("i", "k", "t"));
        assert_eq!((keys.expired_time_s, keys.request_id.as_deref()), (Some(1_700_003_600), Some("r")));
        assert!(!format!("{keys:?}").contains("\"k\""));

        for keys in [r#""TmpSecretId":"i""#, r#""TmpSecretId":"i\n","TmpSecretKey":"k""#] {
            let body = format!(r#"{{"Response":{{"Credentials":{{"Token":"t",{keys}}}}}}}"#);
            assert_eq!(parse_sts(&answer(&body), false).unwrap_err().code(), Code::Malformed, "{keys}");
        }
    }
}
