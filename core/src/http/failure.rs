//! Errors from HTTP statuses and headers, and the rules for quoting a server's texts in an error.

use std::time::{Duration, SystemTime};

use zeroize::Zeroize as _;

use super::Response;
use crate::error::{Class, Code, Error};

/// The maximum wait time that a server can demand: a day.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);
/// The maximum length of a code or request id, in characters.
const MAX_NAME: usize = 128;
/// The maximum length of a server's message, in bytes.
const MAX_MESSAGE: usize = 300;
/// The maximum length of a word in a server's message. A longer word may be a key or a token from the request and is
/// omitted.
const MAX_WORD: usize = 40;

/// The error for an answer of which only the status is known.
pub fn of_status(status: u16) -> Error {
    let text = format!("the service answered with HTTP status {status}");
    let error = match status {
        300..400 => Error::new(Code::Network, format!("{text}: a redirect, which is not followed; check the endpoint"))
            .with_class(Class::Unknown),
        407 => proxy_demands_login(),
        429 => Error::new(Code::Throttled, text),
        500.. => Error::new(Code::Service, text),
        _ => Error::new(Code::Service, text).with_class(Class::Unknown),
    };
    error.with_http_status(status)
}

/// The error for an answer of the proxy that asks for a user name and a password. No service sends it.
pub(super) fn proxy_demands_login() -> Error {
    let text =
        "the proxy demands a user name and a password (HTTP status 407); set them in the URL of the option proxy";
    Error::new(Code::Network, text).with_class(Class::Unknown)
}

/// A server's message for an error: one line, limited in length, without words that may be keys.
pub fn quotable(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_alphanumeric() || "+/_-=.%".contains(character) {
            word.push(character);
            continue;
        }
        // Truncated between words only, so that a part of a long word is not treated as a short word.
        if out.len() + word.len() > MAX_MESSAGE {
            break;
        }
        out.push_str(if word.len() > MAX_WORD { "[omitted]" } else { &word });
        word.zeroize();
        out.push(if character.is_control() { ' ' } else { character });
    }
    word.zeroize();
    out.trim().to_owned()
}

/// A code or request id: limited in length, without control characters. `None` if nothing remains.
pub fn short_name(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(MAX_NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// The wait time that the service demands: `x-acs-retry-after` in milliseconds, or `Retry-After` in seconds or as a
/// date. A date is relative to the answer's `Date`, or to this machine's clock if there is none.
pub fn retry_after(response: &Response) -> Option<Duration> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let wait = match (response.header("x-acs-retry-after").and_then(number), response.header("Retry-After")) {
        (Some(milliseconds), _) => Duration::from_millis(milliseconds),
        (None, None) => return None,
        (None, Some(text)) => match number(text) {
            Some(seconds) => Duration::from_secs(seconds),
            None => {
                let until = httpdate::parse_http_date(text.trim()).ok()?;
                let now = response.header("Date").and_then(|date| httpdate::parse_http_date(date).ok());
                until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default()
            }
        },
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::{of_status, quotable, retry_after, short_name};
    use crate::error::{Class, Code};
    use crate::http::Response;
    use std::time::Duration;
    use zeroize::Zeroizing;

    #[test]
    fn what_is_quoted() {
        assert_eq!(quotable(&format!("a {} b\r\n", "x".repeat(41))), "a [omitted] b");
        assert_eq!(quotable(&"y".repeat(5000)), "");
        assert_eq!(short_name("\u{7}a\n").as_deref(), Some("a"));
        assert_eq!(short_name("\n"), None);
    }

    #[test]
    fn a_status_alone() {
        assert_eq!(of_status(302).class(), Class::Unknown);
        let proxy = of_status(407);
        assert!(proxy.code() == Code::Network && proxy.message().contains("the option proxy"), "{proxy}");
        assert_eq!(of_status(502).class(), Class::Transient);
    }

    #[test]
    fn wait_times() {
        let wait = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            retry_after(&Response { status: 429, headers, body: Zeroizing::default() })
        };
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("x-acs-retry-after", "1500"), ("Retry-After", "7")]), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&[("Retry-After", " 7 ")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("Retry-After", "99999999999")]), Some(Duration::from_secs(86_400)));
        assert_eq!(wait(&[("Retry-After", "soon")]), None);
        let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(wait(&[("Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT"), date]), Some(Duration::from_secs(30)));
    }
}
