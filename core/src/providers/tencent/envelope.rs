//! The common form of all answers of Tencent Cloud's API: `Response`, `Error` and `RequestId`.
//!
//! Facts (recorded from tencentcloud-sdk-python): an error is `Response.Error{Code, Message}`, usually with status 200.
//! The official SDK does not recognize it with another content type or status; here neither matters.

use serde_json::{Map, Value};

use crate::error::{Class, Code, Error, Result};
use crate::http::{Response, of_status, short_name};
use crate::providers::json::Document;
use crate::providers::service_error;
use crate::providers::tencent::codes;

/// A parsed body.
pub(super) struct Answer {
    document: Document,
    /// The service's id of the request.
    pub(super) request_id: Option<String>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// The service's error in the answer; without one, an error for the status; [`Code::Malformed`] when the form is
    /// wrong.
    pub(super) fn read(response: &Response, temporary_identity: bool) -> Result<Answer> {
        let parsed = Document::read(&response.body);
        let unreadable = parsed.is_none();
        let mut answer = Answer { document: parsed.unwrap_or_default(), request_id: None };
        answer.request_id = answer.response().and_then(|body| body.get("RequestId")).and_then(short_text);

        let error = match answer.response().and_then(|body| body.get("Error")) {
            Some(Value::Object(error)) => Some(error_of(error, response.status, temporary_identity)),
            _ if !(200..300).contains(&response.status) => Some(of_status(response.status)),
            _ if unreadable => Some(Error::new(Code::Malformed, "the service's answer is not JSON")),
            _ if answer.response().is_none() => {
                Some(Error::new(Code::Malformed, "the service's answer has no Response"))
            }
            _ => None,
        };
        match error {
            None => Ok(answer),
            Some(error) => Err(service_error::with_answer(error, response, answer.request_id.clone())),
        }
    }

    fn response(&self) -> Option<&Map<String, Value>> {
        self.document.fields()?.get("Response")?.as_object()
    }

    /// The object `Response`, for taking texts out of it.
    pub(super) fn response_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.document.fields_mut()?.get_mut("Response")?.as_object_mut()
    }

    /// The error for an answer without a required part.
    pub(super) fn missing(&self, what: &str) -> Error {
        service_error::missing(what, self.request_id.clone())
    }
}

/// An integer, also from a text or from a number with a fraction. Any other value counts as absent.
pub(super) fn whole_number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    match fields.get(name)? {
        Value::Number(number) => number.as_i64().or_else(|| {
            // A larger float cannot represent every integer. No valid time is that large.
            number.as_f64().filter(|float| float.abs() < 9e15).map(|float| float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn error_of(error: &Map<String, Value>, status: u16, temporary_identity: bool) -> Error {
    let Some(code) = error.get("Code").and_then(short_text) else {
        return match status {
            200..300 => {
                Error::new(Code::Service, "the service reports an error without a code").with_class(Class::Unknown)
            }
            _ => of_status(status),
        };
    };
    let meaning = codes::classify(&code, temporary_identity);
    let message = error.get("Message").and_then(Value::as_str).filter(|_| may_quote(&code));
    service_error::of_code(&code, meaning, codes::advice(&code), message, status)
        .with_user_notification_required(codes::user_notification_required(&code))
}

/// Whether a code's message may be quoted. Messages about a signature or token may repeat the signed text; a message
/// about a denied permission names the missing permission.
fn may_quote(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    !code.starts_with("authfailure") || code == "authfailure.unauthorizedoperation"
}

/// A code or request id, if the value is a text.
fn short_text(value: &Value) -> Option<String> {
    value.as_str().and_then(short_name)
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::error::{Class, Code, Error};
    use crate::http::{Response, quotable};
    use std::time::Duration;
    use zeroize::Zeroizing;

    fn error(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let response = Response { status, headers, body: Zeroizing::new(body.as_bytes().to_vec()) };
        Answer::read(&response, false).err().unwrap()
    }

    #[test]
    fn a_status_without_a_code() {
        for (status, code, class) in [
            (302, Code::Network, Class::Unknown),
            (403, Code::Service, Class::Unknown),
            (429, Code::Throttled, Class::Transient),
            (500, Code::Service, Class::Transient),
            (503, Code::Service, Class::Transient),
            (204, Code::Malformed, Class::Transient),
        ] {
            let error = error(status, &[], "");
            assert_eq!((error.code(), error.class()), (code, class), "{status}");
            assert_eq!(error.provider_code(), None);
        }
    }

    #[test]
    fn a_code_counts_with_any_status() {
        let body = r#"{"Response":{"Error":{"Code":"New.Thing","Message":"m\nn"},"RequestId":"r-1"}}"#;
        assert_eq!(error(200, &[], body).class(), Class::Unknown);
        assert_eq!(error(500, &[], body).class(), Class::Transient);
        assert_eq!(error(429, &[], body).code(), Code::Throttled);
        let error = error(302, &[], body);
        assert_eq!((error.provider_code(), error.request_id()), (Some("New.Thing"), Some("r-1")));
        assert!(error.message().contains("m n"));
    }

    #[test]
    fn odd_errors() {
        assert_eq!(error(200, &[], r#"{"Response":{"Error":{}}}"#).code(), Code::Service);
        assert_eq!(error(200, &[], r#"{"Response":{"Error":{"Code":7}}}"#).provider_code(), None);
        assert_eq!(error(200, &[], r#"{"Response":null}"#).code(), Code::Malformed);
        assert_eq!(error(200, &[], "[]").code(), Code::Malformed);
        assert_eq!(error(200, &[], "\u{0}").code(), Code::Malformed);
    }

    #[test]
    fn retry_after() {
        let wait = |headers: &[(&str, &str)]| error(503, headers, "").retry_after();
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", " 7 ")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("Retry-After", "99999999999")]), Some(Duration::from_secs(86_400)));
        assert_eq!(wait(&[("Retry-After", "soon")]), None);
        let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(wait(&[("Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT"), date]), Some(Duration::from_secs(30)));
        assert_eq!(wait(&[("Retry-After", "Tue, 14 Nov 2023 22:13:10 GMT"), date]), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_quoted() {
        assert_eq!(
            quotable("no permission on qcs::cam::uin/1:resourceUser/cdb-1/app"),
            "no permission on \
             qcs::cam::uin/1:resourceUser/cdb-1/app"
        );
        assert_eq!(quotable(&format!("token {} is bad\r\n", "x".repeat(41))), "token [omitted] is bad");
        assert_eq!(quotable(&"y".repeat(5000)), "");
        assert_eq!(quotable(&format!("{} {}", "a ".repeat(140), "z".repeat(60))), "a ".repeat(140).trim());
        let body = r#"{"Response":{"Error":{"Code":"AuthFailure.TokenFailure","Message":"token s3cr3t is bad"}}}"#;
        assert!(!error(200, &[], body).to_string().contains("s3cr3t"));
    }
}
