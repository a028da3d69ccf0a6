//! What the JSON answers of KMS and STS have in common: a flat object, or `Code` and `Message` in its place.
//!
//! Facts (recorded from the official SDKs): 2xx is success whatever the body says; every other status is an error, with a
//! code where the body is JSON and has one.

use crate::error::{Code, Error, Result};
use crate::http::{Response, of_status, retry_after, short_name};
use crate::providers::aliyun::api::failure::of_code;
use crate::providers::json::Document;

/// A successful answer.
pub(in crate::providers::aliyun) struct Answer {
    /// The body; null where it was not JSON.
    pub(in crate::providers::aliyun) document: Document,
    /// The service's id of the request.
    pub(in crate::providers::aliyun) request_id: Option<String>,
}

impl Answer {
    /// Reads an answer, or the error that it is.
    pub(in crate::providers::aliyun) fn read(response: &Response, temporary_identity: bool) -> Result<Answer> {
        let document = Document::read(&response.body).unwrap_or_default();
        let text = |name: &str| document.fields()?.get(name)?.as_str();
        let request_id = text("RequestId").and_then(short_name);
        if (200..300).contains(&response.status) {
            return Ok(Answer { document, request_id });
        }
        let error = match text("Code").and_then(short_name) {
            Some(code) => of_code(&code, text("Message"), response.status, temporary_identity),
            None => of_status(response.status),
        };
        Err(error.with_request_id(request_id).with_retry_after(retry_after(response)))
    }

    /// The answer is one, but lacks what it is for.
    pub(in crate::providers::aliyun) fn lacks(&self, what: &str) -> Error {
        Error::new(Code::Malformed, format!("the service's answer has no {what}"))
            .with_request_id(self.request_id.clone())
    }
}

/// Whether an answer is a success.
///
/// # Errors
/// The service's error with its code and request id; an error of the status where the body names no code.
pub fn check(response: &Response, temporary_identity: bool) -> Result<()> {
    Answer::read(response, temporary_identity).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::{Answer, check};
    use crate::error::{Class, Code};
    use crate::http::Response;
    use zeroize::Zeroizing;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    #[test]
    fn errors() {
        let error = check(&answer(404, r#"{"Code":"Forbidden.ResourceNotFound","RequestId":"r"}"#), false).unwrap_err();
        assert_eq!((error.provider_code(), error.request_id()), (Some("Forbidden.ResourceNotFound"), Some("r")));
        assert_eq!(error.class(), Class::Refused);
        for body in ["", "<html/>", "[]", "{}", r#"{"Code":7}"#, r#"{"Code":""}"#] {
            let error = check(&answer(500, body), false).unwrap_err();
            assert_eq!((error.provider_code(), error.code()), (None, Code::Service), "{body}");
        }
    }

    #[test]
    fn success() {
        assert!(check(&answer(201, "{}"), false).is_ok());
        let read = Answer::read(&answer(200, r#"{"RequestId":"r-2"}"#), false).ok().unwrap();
        assert_eq!(read.lacks("thing").request_id(), Some("r-2"));
        assert!(read.document.fields().is_some());
    }
}
