//! The common form of KMS's and STS's JSON answers: a flat object, or an object with `Code` and `Message`.
//!
//! Facts (recorded from the official SDKs): status 2xx is a success, whatever the body contains. Every other status is
//! an error, with a code if the body is JSON and contains one.

use crate::error::{Error, Result};
use crate::http::{Response, short_name};
use crate::providers::aliyun::api::failure::of_answer;
use crate::providers::json::Document;
use crate::providers::service_error;

/// A successful answer.
pub(in crate::providers::aliyun) struct Answer {
    /// The body; null if it is not JSON.
    pub(in crate::providers::aliyun) document: Document,
    /// The service's id of the request.
    pub(in crate::providers::aliyun) request_id: Option<String>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// As [`check`].
    pub(in crate::providers::aliyun) fn read(response: &Response, temporary_identity: bool) -> Result<Answer> {
        let document = Document::read(&response.body).unwrap_or_default();
        let text = |name: &str| document.fields()?.get(name)?.as_str();
        let request_id = text("RequestId").and_then(short_name);
        if (200..300).contains(&response.status) {
            return Ok(Answer { document, request_id });
        }
        let code = text("Code").and_then(short_name);
        Err(of_answer(response, code.as_deref(), text("Message"), request_id, temporary_identity))
    }

    /// The error for an answer without a required part.
    pub(in crate::providers::aliyun) fn missing(&self, what: &str) -> Error {
        service_error::missing(what, self.request_id.clone())
    }
}

/// Checks that an answer is a success.
///
/// # Errors
/// The service's error with its code and request id. If the body has no code, an error for the status.
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
        assert_eq!(read.missing("thing").request_id(), Some("r-2"));
        assert!(read.document.fields().is_some());
    }
}
