//! Errors that are made of an answer, and what of a server's words may stand in them.
//!
//! Facts: errors as the official SDKs record them. `SignatureDoesNotMatch` repeats the text that was signed, which holds
//! the session token; such messages are never quoted.

use crate::error::{Class, Code, Error};
use crate::http::quotable;
use crate::providers::aliyun::api::codes;

/// The error of a code that a service gave.
pub(in crate::providers::aliyun) fn of_code(
    code: &str,
    message: Option<&str>,
    status: u16,
    temporary_identity: bool,
) -> Error {
    let (mut ours, mut class) = codes::classify(code, temporary_identity);
    // A code that we do not know may still come with a status that we know.
    if class == Class::Unknown && ours == Code::Service {
        match status {
            429 => (ours, class) = (Code::Throttled, Class::Transient),
            500.. => class = Class::Transient,
            _ => {}
        }
    }
    let mut text = codes::advice(code).to_owned();
    let said = message.filter(|_| may_quote(code)).map(quotable).unwrap_or_default();
    if !said.is_empty() {
        text.push_str(" The service says: ");
        text.push_str(&said);
    }
    Error::new(ours, text).with_class(class).with_provider_code(code)
}

/// What is missing when a permission is denied is worth quoting; other messages may repeat what was sent.
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
