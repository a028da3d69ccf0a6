//! Errors from the answers of a cloud's services: the rules and the advice that all clouds share.

use crate::error::{Class, Code, Error};
use crate::http::{Response, quotable, retry_after};

/// The advice for throttling.
pub const THROTTLED: &str = "Too many requests: a later retry is automatic; send fewer requests or share one client.";
/// The advice for a temporary failure of the service.
pub const TEMPORARY: &str = "The service has a temporary failure: a retry is automatic.";
/// The advice for a signing time that was not accepted.
pub const CLOCK: &str = "The signing time was not accepted: set this machine's clock.";
/// The advice for an expired session token.
pub const SESSION_TOKEN: &str = "The session token has expired or does not belong to the keys: get new temporary keys.";
/// The advice for a code that is not known.
pub const UNKNOWN: &str = "The service refused the request: see its error code in the vendor's documentation.";

/// The error for a service's error code. `meaning` and `advice` come from the cloud's list of codes. `message` is the
/// service's own message, if it may be quoted.
pub fn of_code(code: &str, meaning: (Code, Class), advice: &str, message: Option<&str>, status: u16) -> Error {
    let (mut ours, mut class) = meaning;
    // The status can classify a code that is not known.
    if (ours, class) == (Code::Service, Class::Unknown) {
        match status {
            429 => (ours, class) = (Code::Throttled, Class::Transient),
            500.. => class = Class::Transient,
            _ => {}
        }
    }
    let quote = message.map(quotable).filter(|quote| !quote.is_empty());
    let text = quote.map_or_else(|| advice.to_owned(), |quote| format!("{advice} The service says: {quote}"));
    Error::new(ours, text).with_class(class).with_provider_code(code)
}

/// The error with the request id and the wait time that came with the answer.
pub fn with_answer(error: Error, response: &Response, request_id: Option<String>) -> Error {
    error.with_request_id(request_id).with_retry_after(retry_after(response))
}

/// The error for a successful answer that lacks a required part.
pub fn missing(what: &str, request_id: Option<String>) -> Error {
    Error::new(Code::Malformed, format!("the service's answer has no {what}")).with_request_id(request_id)
}

#[cfg(test)]
mod tests {
    use super::of_code;
    use crate::error::{Class, Code};

    #[test]
    fn the_status_classifies_an_unknown_code() {
        let class = |meaning, status| of_code("New", meaning, "Advice.", None, status).class();
        let unknown = (Code::Service, Class::Unknown);
        assert_eq!(class(unknown, 200), Class::Unknown);
        assert_eq!(class(unknown, 503), Class::Transient);
        assert_eq!(of_code("New", unknown, "Advice.", None, 429).code(), Code::Throttled);
        assert_eq!(class((Code::Refused, Class::Unknown), 503), Class::Unknown);
    }

    #[test]
    fn the_message_follows_the_advice() {
        let text =
            |message| of_code("New", (Code::Refused, Class::Refused), "Advice.", message, 403).message().to_owned();
        assert_eq!(text(None), "Advice.");
        assert_eq!(text(Some("\n")), "Advice.");
        assert_eq!(text(Some("lacks a permission")), "Advice. The service says: lacks a permission");
    }
}
