//! Errors from the answers of Alibaba Cloud's services.
//!
//! Facts: errors recorded from the official SDKs. The message of `SignatureDoesNotMatch` repeats the signed text, which
//! contains the session token. Such messages are never quoted.

use crate::error::Error;
use crate::http::{Response, of_status};
use crate::providers::aliyun::api::codes;
use crate::providers::service_error;

/// The error for an answer with an error status. Without a code, the status decides.
pub(in crate::providers::aliyun) fn of_answer(
    response: &Response,
    code: Option<&str>,
    message: Option<&str>,
    request_id: Option<String>,
    temporary_identity: bool,
) -> Error {
    let error = match code {
        Some(code) => of_code(code, message, response.status, temporary_identity),
        None => of_status(response.status),
    };
    service_error::with_answer(error, response, request_id)
}

/// The error for a service's error code.
pub(in crate::providers::aliyun) fn of_code(
    code: &str,
    message: Option<&str>,
    status: u16,
    temporary_identity: bool,
) -> Error {
    let meaning = codes::classify(code, temporary_identity);
    let message = message.filter(|_| may_quote(code));
    service_error::of_code(code, meaning, codes::advice(code), message, status)
}

/// Whether a code's message may be quoted. A message about a denied permission names the missing permission; other
/// messages may repeat the request.
fn may_quote(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    ["forbidden", "nopermission", "entitynotexist"].iter().any(|family| code.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::of_code;
    use crate::error::{Class, Code};

    #[test]
    fn what_is_quoted() {
        let error = of_code("SignatureDoesNotMatch", Some("string to sign is:POST&tok3n"), 400, false);
        assert!(!error.to_string().contains("tok3n"));
        let error = of_code("Forbidden.NoPermission", Some("lacks kms:GetSecretValue"), 403, false);
        assert!(error.to_string().contains("lacks kms:GetSecretValue"));
    }

    #[test]
    fn a_status_helps_an_unknown_code() {
        assert_eq!(of_code("New", None, 200, false).class(), Class::Unknown);
        assert_eq!(of_code("New", None, 503, false).class(), Class::Transient);
        assert_eq!(of_code("New", None, 429, false).code(), Code::Throttled);
        assert_eq!(of_code("Forbidden.InDebt", None, 503, false).code(), Code::Refused);
    }
}
