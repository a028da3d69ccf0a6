//! The answers of CAM's `BuildDataFlowAuthToken` and of STS's `AssumeRole` family.
//!
//! Facts: answers as the official SDK reads them, and the vendor's API pages. Every field but `RequestId` may be null.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::http::Response;
use crate::providers::json::{take_secret, take_text};
use crate::providers::tencent::envelope::{Answer, whole_number};
use crate::secret::Secret;

/// The life that the official SDK gives a token whose rotation is already due, in milliseconds.
const LIFE_WHEN_OVERDUE_MS: i64 = 5_000;
/// No life is longer than a hundred years, so that adding it to a clock cannot overflow.
const LONGEST_LIFE_MS: i64 = 100 * 366 * 86_400_000;

/// What CAM says about a database account's password.
#[derive(Debug)]
pub struct CamAnswer {
    /// The encrypted token; see [`super::token`].
    pub token: Secret,
    /// The service's clock, in milliseconds since the epoch.
    pub current_time_ms: Option<i64>,
    /// When the password changes next, on the service's clock, in milliseconds since the epoch.
    pub next_rotation_time_ms: Option<i64>,
    /// How long the last rotation took, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// How the last rotation ended, in the service's words.
    pub rotation_status: Option<String>,
    /// What the service says about it.
    pub rotation_message: Option<String>,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl CamAnswer {
    /// How long the password is still good, in milliseconds, by the service's own clock; 5000 when its rotation is overdue,
    /// as in the official SDK; none when the service does not say.
    pub fn life_ms(&self) -> Option<i64> {
        let (now, next) = (self.current_time_ms?, self.next_rotation_time_ms?);
        Some(if next < now { LIFE_WHEN_OVERDUE_MS } else { next.saturating_sub(now).min(LONGEST_LIFE_MS) })
    }
}

/// Reads the answer to `BuildDataFlowAuthToken`.
///
/// # Errors
/// The service's error with its code and request id, whatever the status and content type; an error of the status where
/// there is no such code; [`crate::error::Code::Malformed`] when there is no token in the answer.
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
    parsed.ok_or_else(|| answer.lacks("Credentials.Token"))
}

/// Temporary keys.
#[derive(Debug)]
pub struct StsAnswer {
    /// The id of the temporary key.
    pub secret_id: String,
    /// The temporary key.
    pub secret_key: Secret,
    /// The session token that goes with it.
    pub token: Secret,
    /// When they end, in seconds since the epoch.
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
        // They travel in headers. One that cannot would be held to its end: no service would ever refuse it.
        let secret = |keys: &mut Map<String, Value>, name| take_secret(keys, name).filter(Secret::fits_header);
        Some(StsAnswer {
            secret_id: take_text(keys, "TmpSecretId").filter(|id| Secret::from_text(id).fits_header())?,
            secret_key: secret(keys, "TmpSecretKey")?,
            token: secret(keys, "Token")?,
            expired_time_s,
            request_id,
        })
    });
    parsed.ok_or_else(|| answer.lacks("complete Credentials"))
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
    fn lives() {
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
    fn a_token_is_wanted() {
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
