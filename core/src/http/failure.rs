//! What an answer says of a failure beside its body's own form, and what of a server's words may stand in an error.

use std::time::{Duration, SystemTime};

use zeroize::Zeroize as _;

use super::Response;
use crate::error::{Class, Code, Error};

/// No server may ask for more than a day of silence.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);
/// A code or request id is cut to this many characters.
const LONGEST_NAME: usize = 128;
/// A server's message is cut to this many bytes.
const LONGEST_MESSAGE: usize = 300;
/// A longer run without a space may be a key or a token that the server echoes, and is left out.
const LONGEST_WORD: usize = 40;

/// The error of an answer whose only meaning is its status.
pub fn of_status(status: u16) -> Error {
    let text = format!("the service answered with HTTP status {status}");
    match status {
        300..400 => Error::new(Code::Network, format!("{text}: a redirect, which is not followed; check the endpoint"))
            .with_class(Class::Unknown),
        429 => Error::new(Code::Throttled, text),
        500.. => Error::new(Code::Service, text),
        _ => Error::new(Code::Service, text).with_class(Class::Unknown),
    }
}

/// A server's message, for an error of ours: one line, bounded, without anything that looks like a key.
pub fn quotable(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_alphanumeric() || "+/_-=.%".contains(character) {
            word.push(character);
            continue;
        }
        // Cut between words only, so that no piece of a long word passes for a short one.
        if out.len() + word.len() > LONGEST_MESSAGE {
            break;
        }
        out.push_str(if word.len() > LONGEST_WORD { "[left out]" } else { &word });
        word.zeroize();
        out.push(if character.is_control() { ' ' } else { character });
    }
    word.zeroize();
    out.trim().to_owned()
}

/// A code or request id: bounded, and without anything that could break a line.
pub fn short_name(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// How long the service wants to be left alone: `x-acs-retry-after` in milliseconds, or `Retry-After` in seconds or as a
/// date, which is counted from the answer's own `Date` or else from this machine's clock.
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
    Some(wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::{of_status, quotable, retry_after, short_name};
    use crate::error::Class;
    use crate::http::Response;
    use std::time::Duration;
    use zeroize::Zeroizing;

    #[test]
    fn what_is_quoted() {
        assert_eq!(quotable(&format!("a {} b\r\n", "x".repeat(41))), "a [left out] b");
        assert_eq!(quotable(&"y".repeat(5000)), "");
        assert_eq!(short_name("\u{7}a\n").as_deref(), Some("a"));
        assert_eq!(short_name("\n"), None);
    }

    #[test]
    fn a_status_alone() {
        assert_eq!(of_status(302).class(), Class::Unknown);
        assert_eq!(of_status(502).class(), Class::Transient);
    }

    #[test]
    fn waiting() {
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
