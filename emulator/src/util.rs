//! Clock, random texts, hex, percent-encoding and dates. It uses nothing of the crate.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use md5::Md5;
use sha2::{Digest, Sha256};

/// Milliseconds since the epoch by the machine's clock.
pub(crate) fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds of a duration.
pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Random bytes. Without the system's generator they are only distinct, which is enough for test secrets.
pub(crate) fn random_bytes() -> [u8; 32] {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut bytes = [0u8; 32];
    if getrandom::fill(&mut bytes).is_err() {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        bytes = Sha256::digest(format!("{}-{}-{}", count, std::process::id(), system_ms())).into();
    }
    bytes
}

/// A random `u32`.
pub(crate) fn random_u32() -> u32 {
    let [a, b, c, d, ..] = random_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn random_from(alphabet: &[u8], length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        for byte in random_bytes() {
            if text.len() == length {
                break;
            }
            let at = usize::from(byte) % alphabet.len().max(1);
            text.push(char::from(alphabet.get(at).copied().unwrap_or(b'x')));
        }
    }
    text
}

/// Random letters and digits.
pub(crate) fn random_text(length: usize) -> String {
    random_from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
}

/// A random database password, with characters that need quoting.
pub(crate) fn random_password() -> String {
    random_from(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789_-+=!@#%^*()'\"\\$", 32)
}

/// A random UUID (version 4) as text.
pub(crate) fn uuid() -> String {
    let mut h = hex(&random_bytes());
    h.truncate(32);
    let part = |from: usize, to: usize| h.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// Hex of the SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The MD5.
pub(crate) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Year, month and day (UTC) of a time in seconds.
fn civil(seconds: i64) -> (i64, i64, i64) {
    // Days are counted from 1 March of year 0, so that the leap day is the last one of a year.
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// `YYYY-MM-DD` in UTC.
pub(crate) fn date_text(seconds: i64) -> String {
    let (year, month, day) = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn iso_text(seconds: i64) -> String {
    let rest = seconds.rem_euclid(86_400);
    format!("{}T{:02}:{:02}:{:02}Z", date_text(seconds), rest / 3600, rest / 60 % 60, rest % 60)
}

/// Seconds of `YYYY-MM-DDThh:mm:ssZ`, if the text has exactly this form.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<i64>().ok()
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    // Days are counted from 1 March, as in `civil`.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (153 * shifted_month + 2) / 5
        + day
        - 1
        - 719_468;
    let found = days * 86_400 + seconds;
    // The round trip refuses 30 February and other separators.
    (iso_text(found) == text).then_some(found)
}

/// Percent-encoding of all but letters, digits and `-_.~`.
pub(crate) fn encode(text: &str) -> String {
    encode_but(text, b"")
}

/// Percent-encoding of all but letters, digits, `-_.~` and these.
pub(crate) fn encode_but(text: &str, kept: &[u8]) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(out, "%{byte:02X}").ok();
        }
        out
    })
}

/// The value of a `Date` header.
pub(crate) fn http_date(ms: i64) -> String {
    let ms = u64::try_from(ms).unwrap_or(0);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(iso_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso_text(1_704_067_199), "2023-12-31T23:59:59Z");
        assert_eq!(date_text(1_709_164_800), "2024-02-29");
        assert_eq!(date_text(4_107_542_400), "2100-03-01");
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn dates_read() {
        for seconds in [0, 1_704_067_199, 1_709_164_800, 4_107_542_400] {
            assert_eq!(parse_iso(&iso_text(seconds)), Some(seconds));
        }
        for text in ["", "2024-02-30T00:00:00Z", "2024-01-02T03:04:05", "2024-01-02T03:04:05+Z", "2024-1-2T3:4:5Z", "é"]
        {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn encoding() {
        assert_eq!(encode("a b+c/~*é"), "a%20b%2Bc%2F~%2A%C3%A9");
        assert_eq!(encode_but("a/b", b"/"), "a/b");
    }

    #[test]
    fn random() {
        assert_eq!(uuid().len(), 36);
        assert_ne!(uuid(), uuid());
        assert_eq!(random_password().len(), 32);
        assert_ne!(random_text(20), random_text(20));
    }
}
