//! What an error may show.

use evercred_core::error::Error;

/// The text that stands for a secret.
pub const MARKER: &str = "hunter2";
/// The longest error with its codes, in bytes.
const LONGEST: usize = 4096;

/// No marker, no control character, bounded length.
pub fn check_text(text: &str) {
    assert!(!text.contains(MARKER), "a secret is shown: {text}");
    check_form(text);
}

/// No control character, bounded length: for texts that a server chooses.
pub fn check_form(text: &str) {
    assert!(!text.contains(char::is_control), "a control character is shown: {text:?}");
    assert!(text.len() <= LONGEST, "it is long: {text}");
}

pub fn check(error: &Error) {
    check_text(&format!("{error} {error:?} {:?} {:?}", error.provider_code(), error.request_id()));
    check_text(error.message());
}

/// Checks the error of a result and gives its value.
pub fn checked<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(check).ok()
}

/// The input with a marker in the values of these JSON fields, and nowhere else: a server's message is shown.
pub fn planted(input: &[u8], fields: &[&str]) -> Vec<u8> {
    // Its end is replaced: a code is shown without its control characters, which could divide the marker.
    let mut text = String::from_utf8_lossy(input).replace("r2", "r1");
    for field in fields {
        for colon in ["\":\"", "\": \""] {
            let start = format!("\"{field}{colon}");
            text = text.replace(&start, &format!("{start}{MARKER}"));
        }
    }
    // What is no UTF-8 stays so.
    if std::str::from_utf8(input).is_ok() { text.into_bytes() } else { [text.as_bytes(), b"\xff"].concat() }
}
