//! The error type, in a form that a program can act on.

mod code;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use code::Code;

/// How the cache reacts to a failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Temporary (network, 5xx, throttling): back off and retry.
    Transient,
    /// An unknown code: as transient, but with back-off up to minutes.
    Unknown,
    /// The signing identity is expired or unknown: reject it and fetch it again, once.
    Identity,
    /// The signing time was wrong: correct the skew by the answer's `Date`, once.
    Clock,
    /// Only a person can correct it: retried slowly, and a stale value is not returned.
    Refused,
    /// A mistake of the caller or a closed client: no request was sent.
    Local,
}

/// How far the failed request got, which decides whether repeating it is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(i32)]
pub enum Progress {
    /// Nothing of the request was sent.
    #[default]
    NotSent = 0,
    /// The request was sent, or a part of it; whether the service got it is not known.
    PerhapsSent = 1,
    /// A server answered, with the status of [`Error::http_status`].
    Answered = 2,
}

impl Progress {
    /// The number in the C header.
    pub fn number(self) -> i32 {
        self as i32
    }
}

/// An error with its details. Cheap to clone; contains no secret.
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
    progress: Progress,
    http_status: Option<u16>,
}

/// A result with evercred's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with a code, the usual class of that code, and a message that says what to do.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        let class = match code {
            Code::Network | Code::Service | Code::Throttled | Code::Malformed | Code::Timeout => Class::Transient,
            Code::Resources => Class::Transient,
            // A wrong CA is not corrected within seconds, but an intercepting proxy can go away: slow back-off.
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
            progress: Progress::default(),
            http_status: None,
        }))
    }

    /// An argument that cannot be used, by its name.
    pub fn argument(name: &str, problem: &str) -> Error {
        Error::new(Code::InvalidArgument, format!("{name}: {problem}"))
    }

    /// An option or key whose value cannot be used, by its name.
    pub fn option(name: &str, problem: &str) -> Error {
        Error::new(Code::InvalidOption, format!("{name}: {problem}"))
    }

    /// An operation of the system that failed. It is [`Code::Resources`] if the process has no descriptor or memory
    /// left, otherwise `code`. `text` should name the operation; the system's message is appended.
    pub fn of_system(code: Code, text: &str, error: &io::Error) -> Error {
        if is_exhaustion(error) { Error::exhausted(text, error) } else { Error::new(code, format!("{text} ({error})")) }
    }

    /// A thread for `work` that cannot be started.
    pub fn no_thread(work: &str, error: &io::Error) -> Error {
        Error::exhausted(&format!("{work}: no thread can be started"), error)
    }

    fn exhausted(text: &str, error: &io::Error) -> Error {
        let advice = "check the process's limits of threads, open files and memory";
        Error::new(Code::Resources, format!("{text} ({error}); {advice}"))
    }

    /// Sets how far the request got.
    #[must_use]
    pub fn with_progress(self, progress: Progress) -> Error {
        self.change(|body| body.progress = progress)
    }

    /// Sets the HTTP status of the answer: the request was answered.
    #[must_use]
    pub fn with_http_status(self, status: u16) -> Error {
        self.change(|body| {
            body.progress = Progress::Answered;
            body.http_status = Some(status);
        })
    }

    /// Sets the class.
    #[must_use]
    pub fn with_class(self, class: Class) -> Error {
        self.change(|body| body.class = class)
    }

    /// Sets the cloud's error code. A text that has not the letters and the length of a code is dropped: its sender
    /// is not the service, and it may be anything.
    #[must_use]
    pub fn with_provider_code(self, code: impl Into<String>) -> Error {
        let code = code.into();
        if !is_code(&code) {
            return self;
        }
        self.change(|body| body.provider_code = Some(code))
    }

    /// Sets the cloud's request id.
    #[must_use]
    pub fn with_request_id(self, id: Option<String>) -> Error {
        self.change(|body| body.request_id = id)
    }

    /// Sets the time after which a retry makes sense.
    #[must_use]
    pub fn with_retry_after(self, wait: Option<Duration>) -> Error {
        self.change(|body| body.retry_after = wait)
    }

    /// Sets the official Tencent SDK's predicate "notify the user".
    #[must_use]
    pub fn with_user_notification_required(self, required: bool) -> Error {
        self.change(|body| body.user_notification_required = required)
    }

    /// Sets how far the server's clock is ahead of this machine's, in milliseconds.
    #[must_use]
    pub fn with_server_skew_ms(self, skew: Option<i64>) -> Error {
        self.change(|body| body.server_skew_ms = skew)
    }

    /// Puts a context in front of the message.
    #[must_use]
    pub fn in_context(self, context: &str) -> Error {
        self.change(|body| body.message = one_line(format!("{context}: {}", body.message)))
    }

    fn change(self, edit: impl FnOnce(&mut Body)) -> Error {
        let mut body = Arc::unwrap_or_clone(self.0);
        edit(&mut body);
        Error(Arc::new(body))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// How the cache reacts to it.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// One or two sentences for a person, without secrets and without the query of a URL.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The cloud's error code, if it gave one.
    pub fn provider_code(&self) -> Option<&str> {
        self.0.provider_code.as_deref()
    }

    /// The cloud's request id, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long to wait before a retry, if the cloud or a rate limit of evercred says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether retrying later can succeed without user action.
    pub fn is_retryable(&self) -> bool {
        match self.0.code {
            Code::RateLimited => true,
            // The cache retries now and then, but a user has to correct the certificate.
            Code::Tls => false,
            _ => matches!(self.0.class, Class::Transient | Class::Unknown),
        }
    }

    /// Whether the cloud could not be asked: no connection or no answer, a temporary failure or throttling, or something
    /// that is missing on this machine, such as a file that cannot be read or a login identity. A value that was stored
    /// earlier may then be used. `false`: the cloud refused this value or this account, or the call was wrong.
    pub fn cloud_could_not_be_asked(&self) -> bool {
        match self.0.code {
            Code::Refused | Code::Identity | Code::Closed | Code::RateLimited => false,
            // Nothing was asked, or the request was refused for its time only.
            Code::File | Code::NoIdentity | Code::Clock => true,
            _ => matches!(self.0.class, Class::Transient | Class::Unknown),
        }
    }

    /// The official Tencent SDK's predicate: the user must be notified, retrying does not help.
    pub fn user_notification_required(&self) -> bool {
        self.0.user_notification_required
    }

    /// How far the request got. An error without a request is [`Progress::NotSent`].
    pub fn progress(&self) -> Progress {
        self.0.progress
    }

    /// The HTTP status of the answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// How far the server's clock was ahead of this machine's at the answer, in milliseconds.
    pub fn server_skew_ms(&self) -> Option<i64> {
        self.0.server_skew_ms
    }
}

/// The longest message, in bytes. The rest is cut off.
const LONGEST_MESSAGE: usize = 2048;
/// The longest error code of a cloud, in bytes.
const LONGEST_CODE: usize = 100;

/// Whether a text has the form of a cloud's error code, such as `AuthFailure.TokenFailure`.
fn is_code(text: &str) -> bool {
    let of_code = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.len() <= LONGEST_CODE
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(of_code)
}

/// Whether the system has no descriptor or memory left for the process.
pub fn is_exhaustion(error: &io::Error) -> bool {
    let exhausted = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS];
    error.raw_os_error().is_some_and(|number| exhausted.contains(&number)) || error.kind() == io::ErrorKind::OutOfMemory
}

/// Replaces control characters: a path or an answer in a message must not forge lines of a log. Cuts a long text off.
fn one_line(text: String) -> String {
    let mut text = if text.contains(char::is_control) { text.replace(char::is_control, "\u{fffd}") } else { text };
    if text.len() > LONGEST_MESSAGE {
        let end = (0..=LONGEST_MESSAGE).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
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
    use super::{Class, Code, Error, LONGEST_MESSAGE};

    #[test]
    fn what_is_missing_here_is_no_refusal() {
        let asked = |code: Code| !Error::new(code, "m").cloud_could_not_be_asked();
        for code in [Code::Network, Code::Timeout, Code::Tls, Code::Service, Code::Throttled, Code::Malformed] {
            assert!(!asked(code), "{code:?}");
        }
        for code in [Code::File, Code::NoIdentity, Code::Clock, Code::Internal] {
            assert!(!asked(code), "{code:?}");
        }
        for code in [Code::Refused, Code::Identity, Code::Closed, Code::InvalidOption, Code::RateLimited] {
            assert!(asked(code), "{code:?}");
        }
        // An unpaid bill is retried, but it is an answer.
        assert!(!Error::new(Code::Refused, "m").with_class(Class::Unknown).cloud_could_not_be_asked());
    }

    #[test]
    fn only_what_looks_like_a_code_is_a_code() {
        let code = |text: &str| Error::new(Code::Service, "m").with_provider_code(text).provider_code().is_some();
        for good in ["InternalError", "AuthFailure.TokenFailure", "Forbidden.Key-Not_Found", "404", &"a".repeat(100)] {
            assert!(code(good), "{good}");
        }
        for bad in ["", ".a", "two words", "sup3r/+==", "a\nb", "\u{e9}", "<html>", &"a".repeat(101)] {
            assert!(!code(bad), "{bad}");
        }
    }

    #[test]
    fn a_message_is_one_line() {
        let error = Error::new(Code::File, "/a\n2026 ERROR forged: it cannot be read").in_context("ca_file\r");
        assert!(!format!("{error} {}", error.message()).contains(char::is_control), "{error}");
        let error = Error::new(Code::File, "密".repeat(10_000)).in_context("ca_file");
        assert!(error.message().len() <= LONGEST_MESSAGE + 3, "{}", error.message().len());
    }
}
