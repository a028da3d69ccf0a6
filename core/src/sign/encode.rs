//! Encodings that the signatures share: percent encoding, form encoding, hex, the UTC date.

use std::fmt::Write as _;

use crate::calendar;

/// The digits of percent encoding. The protocols require upper case there and lower case in hashes.
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

fn digit(digits: &[u8; 16], nibble: u8) -> char {
    // A nibble is always below 16, so the default is never used.
    digits.get(usize::from(nibble & 0x0f)).map_or('0', |&digit| char::from(digit))
}

fn push_escaped(out: &mut String, byte: u8) {
    out.push('%');
    out.push(digit(UPPER, byte >> 4));
    out.push(digit(UPPER, byte));
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// Percent-encodes the UTF-8 bytes of a text with upper-case hex, except `A-Z a-z 0-9 - _ . ~` (the unreserved
/// characters of RFC 3986). Alibaba Cloud's signatures call this `percentEncode`.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            push_escaped(&mut out, byte);
        }
    }
    out
}

/// Encodes names and values as `application/x-www-form-urlencoded`, in the given order: as [`percent_encode`], but a
/// space becomes `+`.
pub fn form_encode<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    // Values may be secret. The whole capacity is reserved first, since a growing buffer leaves copies behind.
    let room = pairs.iter().map(|(name, value)| 3 * (name.as_ref().len() + value.as_ref().len()) + 2).sum();
    let mut out = String::with_capacity(room);
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        push_form(&mut out, name.as_ref());
        out.push('=');
        push_form(&mut out, value.as_ref());
    }
    out
}

fn push_form(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if is_unreserved(byte) => out.push(char::from(byte)),
            byte => push_escaped(out, byte),
        }
    }
}

/// Lower-case hex.
pub fn hex_lower(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(digit(LOWER, byte >> 4));
        out.push(digit(LOWER, *byte));
    }
    out
}

/// The UTC date `YYYY-MM-DD` of a time in seconds since 1970.
pub fn utc_date(unix_seconds: i64) -> String {
    let (year, month, day) = calendar::date(unix_seconds);
    let mut out = String::with_capacity(10);
    // Writing to a String cannot fail.
    if write!(out, "{year:04}-{month:02}-{day:02}").is_err() {
        out.clear();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{form_encode, hex_lower, percent_encode, utc_date};

    #[test]
    fn percent_encoding_keeps_only_unreserved_characters() {
        assert_eq!(percent_encode("aZ09-_.~"), "aZ09-_.~");
        assert_eq!(percent_encode(" +*/%é"), "%20%2B%2A%2F%25%C3%A9");
    }

    #[test]
    fn form_encoding_differs_in_the_space_only() {
        assert_eq!(form_encode(&[("a b", "~*"), ("c", "+/")]), "a+b=~%2A&c=%2B%2F");
        assert_eq!(form_encode::<&str, &str>(&[]), "");
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex_lower(&[0, 0x0f, 0xab, 0xff]), "000fabff");
    }

    #[test]
    fn dates() {
        for (moment, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_704_067_199, "2023-12-31"),
            (1_704_067_200, "2024-01-01"),
            (1_709_164_800, "2024-02-29"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
        ] {
            assert_eq!(utc_date(moment), date, "{moment}");
        }
        // Nonsense must not panic either.
        assert!(!utc_date(i64::MAX).is_empty());
        assert!(!utc_date(i64::MIN).is_empty());
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = utc_date(0);
        for day in 1..60_000 {
            let next = utc_date(day * 86_400);
            assert!(next > last, "{next} after {last}");
            last = next;
        }
        assert_eq!(last, "2134-04-10");
    }
}
