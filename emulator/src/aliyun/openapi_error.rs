//! Refusals in the words of the OpenAPI gateway.

use serde_json::{Value, json};

use super::key::Trouble;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::util::uuid;

pub(crate) type Answer = Result<Value, Refusal>;

impl Refusal {
    pub(crate) fn missing(name: &str) -> Refusal {
        let message =
            format!("The input parameter \"{name}\" that is mandatory for processing this request is not supplied.");
        Refusal::new(400, &format!("Missing{name}"), message)
    }

    pub(crate) fn invalid(name: &str, message: impl Into<String>) -> Refusal {
        Refusal::new(400, &format!("InvalidParameter.{name}"), message)
    }

    /// A key that is not good, as the gateway of KMS and STS says it.
    pub(crate) fn of_key(trouble: Trouble) -> Refusal {
        let (status, code, message) = match trouble {
            Trouble::Unknown => (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
            Trouble::Inactive => (400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
            Trouble::Expired => (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
            Trouble::WrongToken => (
                400,
                "InvalidSecurityToken.MismatchWithAccessKey",
                "Specified SecurityToken mismatch with the AccessKey.",
            ),
        };
        Refusal::new(status, code, message)
    }

    /// The body of an OpenAPI error.
    pub(crate) fn json(&self, host: &str) -> Reply {
        let body = json!({"RequestId": uuid(), "HostId": host, "Code": self.code, "Message": self.message});
        Reply::json(self.status, &body)
    }
}
