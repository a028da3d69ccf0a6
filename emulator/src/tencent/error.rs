//! Errors in the form of Tencent Cloud.

use serde_json::{Value, json};

/// An error as the service reports it, with HTTP 200.
#[derive(Debug)]
pub(crate) struct ServiceError {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> ServiceError {
        ServiceError { code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn body(&self, request_id: &str) -> Value {
        json!({"Response": {"Error": {"Code": self.code, "Message": self.message}, "RequestId": request_id}})
    }
}
