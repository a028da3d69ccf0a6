//! What went wrong, in a form that a program can act on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Stable error numbers, the same as in the C header; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    /// An argument is missing, empty, not UTF-8 or otherwise unusable. User action: mend the call.
    InvalidArgument = 1,
    /// No option has this name. User action: see the nearest name in the message.
    UnknownOption = 2,
    /// An option's value is not of its type or range. User action: mend the value.
    InvalidOption = 3,
    /// A file that was asked for cannot be read or understood. User action: mend the file or its path.
    File = 4,
    /// The client was closed. User action: none, or open another client.
    Closed = 5,
    /// The caller's time ran out before an answer came. User action: try again, or allow more time.
    Timeout = 6,
    /// The cloud could not be reached. User action: check network, endpoint and proxy.
    Network = 7,
    /// The server's certificate was not accepted, or no root certificates were found. User action: check the CA.
    Tls = 8,
    /// The cloud answered with a passing failure. User action: none; it is tried again.
    Service = 9,
    /// The cloud asked to be left alone for a while. User action: fewer requests.
    Throttled = 10,
    /// The cloud refuses: not permitted, switched off, no such resource. User action: as the message says.
    Refused = 11,
    /// The identity that signs requests is expired or unknown. User action: check the configured identity.
    Identity = 12,
    /// The signing time was not accepted. User action: set this machine's clock.
    Clock = 13,
    /// The cloud's answer could not be understood. User action: report it with the request id.
    Malformed = 14,
    /// Too many forced refreshes; none was made. User action: wait as long as `retry_after` says.
    RateLimited = 15,
    /// No login identity was found. User action: configure one; the message says what was tried.
    NoIdentity = 16,
    /// This build or system cannot do it. User action: as the message says.
    Unsupported = 17,
    /// A defect of evercred itself. User action: report it.
    Internal = 99,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: [Code; 18] = [
        Code::InvalidArgument,
        Code::UnknownOption,
        Code::InvalidOption,
        Code::File,
        Code::Closed,
        Code::Timeout,
        Code::Network,
        Code::Tls,
        Code::Service,
        Code::Throttled,
        Code::Refused,
        Code::Identity,
        Code::Clock,
        Code::Malformed,
        Code::RateLimited,
        Code::NoIdentity,
        Code::Unsupported,
        Code::Internal,
    ];

    /// The constant's name in the C header.
    pub fn name(self) -> &'static str {
        match self {
            Code::InvalidArgument => "EVERCRED_E_INVALID_ARGUMENT",
            Code::UnknownOption => "EVERCRED_E_UNKNOWN_OPTION",
            Code::InvalidOption => "EVERCRED_E_INVALID_OPTION",
            Code::File => "EVERCRED_E_FILE",
            Code::Closed => "EVERCRED_E_CLOSED",
            Code::Timeout => "EVERCRED_E_TIMEOUT",
            Code::Network => "EVERCRED_E_NETWORK",
            Code::Tls => "EVERCRED_E_TLS",
            Code::Service => "EVERCRED_E_SERVICE",
            Code::Throttled => "EVERCRED_E_THROTTLED",
            Code::Refused => "EVERCRED_E_REFUSED",
            Code::Identity => "EVERCRED_E_IDENTITY",
            Code::Clock => "EVERCRED_E_CLOCK",
            Code::Malformed => "EVERCRED_E_MALFORMED",
            Code::RateLimited => "EVERCRED_E_RATE_LIMITED",
            Code::NoIdentity => "EVERCRED_E_NO_IDENTITY",
            Code::Unsupported => "EVERCRED_E_UNSUPPORTED",
            Code::Internal => "EVERCRED_E_INTERNAL",
        }
    }

    /// The number in the C header.
    pub fn number(self) -> i32 {
        self as i32
    }
}

/// What the cache does about a failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Passing (network, 5xx, throttling): back off and try again.
    Transient,
    /// A code that we do not know: as transient, but backing off to minutes.
    Unknown,
    /// The signing identity is expired or unknown: reject it, fetch it again, once.
    Identity,
    /// The signing time was off: correct the skew from the answer's `Date`, once.
    Clock,
    /// Only a person can mend it: never retried in a hurry, never served stale.
    Refused,
    /// The caller's own mistake or a closed client: nothing was asked of the cloud.
    Local,
}

/// An error with all that is known of it. Cheap to clone; holds no secret.
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.line())]
pub struct Error(Arc<Body>);

#[derive(Clone)]
struct Body {
    code: Code,
    class: Class,
    message: String,
    provider_code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    user_notification_required: bool,
    server_skew_ms: Option<i64>,
}

/// A result with evercred's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a code, with its usual class and a message that says what to do.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        let class = match code {
            Code::Network | Code::Service | Code::Throttled | Code::Malformed | Code::Timeout => Class::Transient,
            // A wrong CA does not mend itself in seconds, yet a proxy in between may: the slow back-off suits it.
            Code::Tls | Code::Internal => Class::Unknown,
            Code::Identity => Class::Identity,
            Code::Clock => Class::Clock,
            Code::Refused | Code::NoIdentity => Class::Refused,
            Code::InvalidArgument
            | Code::UnknownOption
            | Code::InvalidOption
            | Code::File
            | Code::Closed
            | Code::RateLimited
            | Code::Unsupported => Class::Local,
        };
        Error(Arc::new(Body {
            code,
            class,
            message: one_line(message.into()),
            provider_code: None,
            request_id: None,
            retry_after: None,
            user_notification_required: false,
            server_skew_ms: None,
        }))
    }

    /// A bad argument, named.
    pub fn argument(name: &str, problem: &str) -> Error {
        Error::new(Code::InvalidArgument, format!("{name}: {problem}"))
    }

    /// An option or key whose value cannot be used, named.
    pub fn option(name: &str, problem: &str) -> Error {
        Error::new(Code::InvalidOption, format!("{name}: {problem}"))
    }

    /// The same error in another class.
    #[must_use]
    pub fn with_class(self, class: Class) -> Error {
        self.change(|body| body.class = class)
    }

    /// The same error with the cloud's own error code.
    #[must_use]
    pub fn with_provider_code(self, code: impl Into<String>) -> Error {
        let code = code.into();
        self.change(|body| body.provider_code = Some(code))
    }

    /// The same error with the cloud's request id.
    #[must_use]
    pub fn with_request_id(self, id: Option<String>) -> Error {
        self.change(|body| body.request_id = id)
    }

    /// The same error with the time after which another try makes sense.
    #[must_use]
    pub fn with_retry_after(self, wait: Option<Duration>) -> Error {
        self.change(|body| body.retry_after = wait)
    }

    /// The same error with the official SDK's predicate "tell the user".
    #[must_use]
    pub fn with_user_notification_required(self, required: bool) -> Error {
        self.change(|body| body.user_notification_required = required)
    }

    /// The same error with how far the server's clock is ahead of ours, in milliseconds.
    #[must_use]
    pub fn with_server_skew_ms(self, skew: Option<i64>) -> Error {
        self.change(|body| body.server_skew_ms = skew)
    }

    /// The same error with something said before its message.
    #[must_use]
    pub fn in_context(self, context: &str) -> Error {
        self.change(|body| body.message = one_line(format!("{context}: {}", body.message)))
    }

    fn change(self, edit: impl FnOnce(&mut Body)) -> Error {
        let mut body = Arc::unwrap_or_clone(self.0);
        edit(&mut body);
        Error(Arc::new(body))
    }

    /// The stable number's name.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What the cache does about it.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// One or two sentences for a person; never a secret, never a URL with a query.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The cloud's own error code, where it gave one.
    pub fn provider_code(&self) -> Option<&str> {
        self.0.provider_code.as_deref()
    }

    /// The cloud's request id, where it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long to wait before another try, where the cloud or a limit of ours says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether trying again later can succeed without anybody mending anything.
    pub fn is_retryable(&self) -> bool {
        match self.0.code {
            Code::RateLimited => true,
            // It is tried again now and then, but somebody has to mend the certificate.
            Code::Tls => false,
            _ => matches!(self.0.class, Class::Transient | Class::Unknown),
        }
    }

    /// The official Tencent SDK's predicate: the user must be told, retrying does not help.
    pub fn user_notification_required(&self) -> bool {
        self.0.user_notification_required
    }

    /// How far the server's clock was ahead of ours in the answer, in milliseconds.
    pub fn server_skew_ms(&self) -> Option<i64> {
        self.0.server_skew_ms
    }
}

/// A path or an answer in a message must not break it into lines: a log would show lines that nobody wrote.
fn one_line(text: String) -> String {
    if text.contains(char::is_control) { text.replace(char::is_control, "\u{fffd}") } else { text }
}

impl Body {
    fn line(&self) -> String {
        let mut line = self.message.clone();
        if let Some(code) = &self.provider_code {
            line.push_str(&format!(" (code {code})"));
        }
        if let Some(id) = &self.request_id {
            line.push_str(&format!(" (request {id})"));
        }
        line
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}, {:?}: {self})", self.0.code, self.0.class)
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Error};

    #[test]
    fn a_message_is_one_line() {
        let error = Error::new(Code::File, "/a\n2026 ERROR forged: it cannot be read").in_context("ca_file\r");
        assert!(!format!("{error} {}", error.message()).contains(char::is_control), "{error}");
    }
}
