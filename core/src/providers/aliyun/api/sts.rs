//! Roles: the parameters of STS's `AssumeRole` and `AssumeRoleWithOIDC`, and the temporary keys in the answers.
//!
//! Facts: requests and answers recorded from the official credentials SDK and from aliyun-python-sdk-core.

use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::http::{Response, short_name};
use crate::providers::aliyun::api::envelope::Answer;
use crate::providers::aliyun::api::failure::of_code;
use crate::providers::json::{take_header_secret, take_header_text};
use crate::secret::Secret;
use crate::sign::utc;

/// The API's version.
pub const VERSION: &str = "2015-04-01";
/// The default lifetime of a role's keys, in seconds.
pub const DEFAULT_DURATION_S: u32 = 3_600;
/// The minimum lifetime that the service grants, in seconds.
pub const SHORTEST_DURATION_S: u32 = 900;
/// The action that an access key signs.
pub const ASSUME_ROLE: &str = "AssumeRole";
/// The action that is not signed, since its token proves the identity.
pub const ASSUME_ROLE_WITH_OIDC: &str = "AssumeRoleWithOIDC";

/// Names and values of an action's own parameters.
pub type Parameters<'a> = Vec<(&'static str, std::borrow::Cow<'a, str>)>;

/// The common parameters of both actions.
#[derive(Clone, Debug)]
pub struct Role<'a> {
    /// The role's ARN.
    pub arn: &'a str,
    /// The session's name, for the service's logs.
    pub session_name: &'a str,
    /// The lifetime of the keys, in seconds.
    pub duration_s: u32,
    /// A policy in JSON that restricts the role's permissions.
    pub policy: Option<&'a str>,
    /// The external id that the role's owner demands. Only `AssumeRole` has it.
    pub external_id: Option<&'a str>,
}

impl<'a> Role<'a> {
    /// The parameters of `AssumeRole`.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] that names the parameter that is empty or out of range.
    pub fn assume(&self) -> Result<Parameters<'a>> {
        let mut parameters = self.common()?;
        parameters.extend(non_empty(self.external_id).map(|id| ("ExternalId", id.into())));
        Ok(parameters)
    }

    /// The parameters of `AssumeRoleWithOIDC`. The token is a secret, so they belong in the body.
    ///
    /// # Errors
    /// As [`Role::assume`].
    pub fn assume_with_oidc(&self, provider_arn: &'a str, token: &'a Secret) -> Result<Parameters<'a>> {
        require("oidc_provider_arn", provider_arn)?;
        require("oidc_token_file", token.expose())?;
        let mut parameters = self.common()?;
        parameters.push(("OIDCProviderArn", provider_arn.into()));
        parameters.push(("OIDCToken", token.expose().into()));
        Ok(parameters)
    }

    fn common(&self) -> Result<Parameters<'a>> {
        require("role_arn", self.arn)?;
        require("role_session_name", self.session_name)?;
        if self.duration_s < SHORTEST_DURATION_S {
            return Err(Error::option("duration_seconds", &format!("must be at least {SHORTEST_DURATION_S}")));
        }
        let mut parameters: Parameters<'a> = vec![
            ("RoleArn", self.arn.into()),
            ("RoleSessionName", self.session_name.into()),
            ("DurationSeconds", self.duration_s.to_string().into()),
        ];
        parameters.extend(non_empty(self.policy).map(|policy| ("Policy", policy.into())));
        Ok(parameters)
    }
}

fn non_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn require(name: &str, value: &str) -> Result<()> {
    if value.is_empty() { Err(Error::option(name, "must not be empty")) } else { Ok(()) }
}

/// The default session name, as in the official SDKs: the client's name and the time.
pub fn default_session_name(client: &str, unix_seconds: i64) -> String {
    format!("{client}-{unix_seconds}")
}

/// The token in a file, without the white space around it. The official SDK also sends the line end.
///
/// # Errors
/// [`Code::File`] when it is empty or not text.
pub fn oidc_token(file: &[u8]) -> Result<Secret> {
    let text = std::str::from_utf8(file).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(Error::new(Code::File, "the OIDC token file is empty or not text"));
    }
    Ok(Secret::from_text(text))
}

/// Temporary keys.
#[derive(Debug)]
pub struct TemporaryKeys {
    /// The id of the temporary key.
    pub access_key_id: String,
    /// The temporary key.
    pub access_key_secret: Secret,
    /// The session token of the temporary key.
    pub security_token: Secret,
    /// When they expire, in seconds since 1970.
    pub expires_at_s: i64,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// Reads the answer of STS.
///
/// # Errors
/// The service's error with its code; [`Code::Malformed`] when the keys or their expiration are missing.
pub fn parse(response: &Response, temporary_identity: bool) -> Result<TemporaryKeys> {
    let mut answer = Answer::read(response, temporary_identity)?;
    let request_id = answer.request_id.clone();
    let keys = answer.document.fields_mut().and_then(|fields| fields.get_mut("Credentials")?.as_object_mut());
    keys.and_then(|keys| take_keys(keys, request_id)).ok_or_else(|| answer.missing("complete Credentials"))
}

/// Reads the answer of the metadata service or of a credentials URI: the same keys in a flat object with `Code:
/// Success`.
///
/// # Errors
/// As [`parse`]; also when `Code` is not `Success`: the error has this code.
pub fn parse_flat(response: &Response) -> Result<TemporaryKeys> {
    let mut answer = Answer::read(response, true)?;
    let request_id = answer.request_id.clone();
    let code = answer.document.fields().and_then(|fields| fields.get("Code")?.as_str()).unwrap_or_default();
    if code != "Success" {
        return Err(match short_name(code) {
            Some(code) => of_code(&code, None, response.status, true).with_request_id(request_id),
            None => answer.missing("Code"),
        });
    }
    let keys = answer.document.fields_mut();
    keys.and_then(|keys| take_keys(keys, request_id)).ok_or_else(|| answer.missing("complete credentials"))
}

fn take_keys(keys: &mut Map<String, Value>, request_id: Option<String>) -> Option<TemporaryKeys> {
    Some(TemporaryKeys {
        expires_at_s: keys.get("Expiration")?.as_str().and_then(utc::parse_iso)?,
        access_key_id: take_header_text(keys, "AccessKeyId")?,
        access_key_secret: take_header_secret(keys, "AccessKeySecret")?,
        security_token: take_header_secret(keys, "SecurityToken")?,
        request_id,
    })
}

#[cfg(test)]
mod tests {
    use super::{Role, oidc_token, parse, parse_flat};
    use crate::error::{Class, Code};
    use crate::http::Response;
    use zeroize::Zeroizing;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    const KEYS: &str =
        r#""AccessKeyId":"i","AccessKeySecret":"k3y","SecurityToken":"t0k","Expiration":"2024-01-02T04:04:05Z""#;

    #[test]
    fn keys() {
        let keys = parse(&answer(200, &format!(r#"{{"RequestId":"r","Credentials":{{{KEYS}}}}}"#)), false).unwrap();
        assert_eq!((keys.access_key_id.as_str(), keys.access_key_secret.expose()), ("i", "k3y"));
        assert_eq!((keys.security_token.expose(), keys.expires_at_s), ("t0k", 1_704_168_245));
        assert!(!format!("{keys:?}").contains("k3y"));
        let flat = parse_flat(&answer(200, &format!(r#"{{"Code":"Success",{KEYS}}}"#))).unwrap();
        assert_eq!(flat.access_key_id, "i");
    }

    #[test]
    fn answers_without_complete_keys() {
        for body in ["", "[]", "{}", r#"{"Credentials":null}"#, r#"{"Credentials":{}}"#] {
            assert_eq!(parse(&answer(200, body), false).unwrap_err().code(), Code::Malformed, "{body}");
            assert_eq!(parse_flat(&answer(200, body)).unwrap_err().code(), Code::Malformed, "{body}");
        }
        for (name, value) in [("i", "a\\nb"), ("k3y", "k3y "), ("t0k", "t0k\\r\\n")] {
            let keys = KEYS.replace(&format!("\"{name}\""), &format!("\"{value}\""));
            let error = parse_flat(&answer(200, &format!(r#"{{"Code":"Success",{keys}}}"#))).unwrap_err();
            assert_eq!(error.code(), Code::Malformed, "{value}");
        }
        let error = parse_flat(&answer(200, r#"{"Code":"Fail"}"#)).unwrap_err();
        assert_eq!((error.provider_code(), error.class()), (Some("Fail"), Class::Unknown));
    }

    #[test]
    fn invalid_parameters_are_refused_before_the_request() {
        let role = Role { arn: "a", session_name: "s", duration_s: 900, policy: Some(""), external_id: None };
        assert_eq!(role.assume().unwrap().len(), 3);
        for (bad, name) in [
            (Role { arn: "", ..role.clone() }, "role_arn"),
            (Role { session_name: "", ..role.clone() }, "role_session_name"),
            (Role { duration_s: 899, ..role.clone() }, "duration_seconds"),
        ] {
            assert!(bad.assume().unwrap_err().message().starts_with(name));
        }
        let token = oidc_token(b" t\r\n").unwrap();
        assert_eq!(token.expose(), "t");
        assert!(role.assume_with_oidc("", &token).is_err());
        assert!(oidc_token(b" \n").is_err());
        assert!(oidc_token(b"\xff").is_err());
    }
}
