//! Dedicated KMS: `GetSecretValue` over protobuf, signed with a client key.
//!
//! Facts: requests and answers recorded from the official dedicated KMS SDK and the client that wraps it. That client
//! translates some codes to those of public KMS, so that the user sees the same codes for both. The same translation is
//! done here.

use std::time::{Duration, UNIX_EPOCH};

use crate::error::{Code, Error, Result};
use crate::http::{Endpoint, Request, Response, short_name};
use crate::providers::aliyun::api::failure::of_answer;
use crate::providers::aliyun::client_key::ClientKey;
use crate::providers::aliyun::kms::answer::{ACTION, SecretAnswer};
use crate::providers::aliyun::kms::dedicated_messages;
use crate::sign::dkms;

/// The value of `x-kms-apiversion`.
pub const API_VERSION: &str = "dkms-gcs-0.2";
/// The content type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-protobuf";

/// The secret and version to fetch.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The secret's name.
    pub name: &'a str,
    /// The version's stage, or empty.
    pub version_stage: &'a str,
    /// The version's id, or empty.
    pub version_id: &'a str,
    /// Whether the answer contains the extended configuration.
    pub fetch_extended_config: bool,
}

/// Builds a signed `POST`, dated `unix_seconds`.
///
/// # Errors
/// As [`dkms::authorization`].
pub fn build(endpoint: &Endpoint, query: &Query<'_>, key: &ClientKey, unix_seconds: i64) -> Result<Request> {
    let body =
        dedicated_messages::request(query.name, query.version_stage, query.version_id, query.fetch_extended_config);
    let content_sha256 = dkms::content_sha256(&body);
    let since_epoch = Duration::from_secs(u64::try_from(unix_seconds).unwrap_or_default());
    // The date format ends with the year 9999.
    let latest = Duration::from_secs(253_402_300_799);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + since_epoch.min(latest));
    let headers = [
        ("x-kms-apiversion", API_VERSION),
        ("x-kms-apiname", ACTION),
        ("x-kms-signaturemethod", dkms::METHOD),
        ("x-kms-acccesskeyid", key.key_id()),
    ];
    let to_sign = dkms::string_to_sign(&content_sha256, CONTENT_TYPE, &date, &headers);
    let authorization = dkms::authorization(&to_sign, key.key())?;
    let mut all = vec![
        ("Host", endpoint.host_and_port.as_str()),
        ("Accept", CONTENT_TYPE),
        ("Content-Type", CONTENT_TYPE),
        ("Date", &date),
        ("content-sha256", &content_sha256),
    ];
    all.extend(headers);
    all.push(("Authorization", &authorization));
    Ok(Request::post(endpoint.url("/"), &all, body))
}

/// Reads an answer. `can_change` means that the client key can be read again, so that an unknown key can become valid.
///
/// # Errors
/// The service's error with its translated code and its request id; [`Code::Malformed`] when a success is not a valid
/// message.
pub fn parse(response: &Response, can_change: bool) -> Result<SecretAnswer> {
    if (200..300).contains(&response.status) {
        return dedicated_messages::secret(&response.body)
            .map_err(|_| Error::new(Code::Malformed, "the service's answer is not a secret in protobuf"));
    }
    // Only an error status comes with an error message: the body of a redirect is another message or none.
    let error = match response.status {
        400.. => dedicated_messages::error(&response.body).unwrap_or_default(),
        _ => dedicated_messages::ErrorMessage::default(),
    };
    let (code, message) = (short_name(&error.code), error.message.as_str());
    let code = code.as_deref().map(|code| translate(code, message));
    Err(of_answer(response, code, Some(message), short_name(&error.request_id), can_change))
}

/// Translates a code of dedicated KMS to the code of public KMS.
fn translate<'a>(code: &'a str, message: &str) -> &'a str {
    match code {
        "Unauthorized" => "InvalidAccessKeyId.NotFound",
        "InvalidParam" if message.contains("Param Date ") => "IllegalTimestamp",
        "InvalidParam" if message.contains("Param Authorization ") => "IncompleteSignature",
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, translate};
    use crate::error::{Class, Code};
    use crate::http::Response;
    use zeroize::Zeroizing;

    fn answer(status: u16, body: &[u8]) -> Response {
        Response { status, headers: Vec::new(), body: Zeroizing::new(body.to_vec()) }
    }

    #[test]
    fn answers_that_are_not_messages() {
        assert_eq!(parse(&answer(200, b"<html>"), false).unwrap_err().code(), Code::Malformed);
        assert_eq!(parse(&answer(502, b"<html>"), false).unwrap_err().class(), Class::Transient);
        assert_eq!(parse(&answer(302, b""), false).unwrap_err().code(), Code::Network);
        // The second field of a secret is its type, of an error its code.
        let secret = b"\x0a\x01n\x12\x07Generic\x1a\x05sup3r";
        let error = parse(&answer(302, secret), false).unwrap_err();
        assert_eq!((error.code(), error.provider_code()), (Code::Network, None));
        assert!(!error.to_string().contains("sup3r"), "{error}");
    }

    #[test]
    fn translations() {
        assert_eq!(translate("Unauthorized", ""), "InvalidAccessKeyId.NotFound");
        assert_eq!(translate("InvalidParam", "The Param Date is invalid."), "IllegalTimestamp");
        assert_eq!(translate("InvalidParam", "The Param Authorization is invalid."), "IncompleteSignature");
        assert_eq!(translate("InvalidParam", "The Param SecretName is invalid."), "InvalidParam");
    }
}
