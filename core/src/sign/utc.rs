//! UTC times in the text formats of Alibaba Cloud's protocols.
//!
//! Facts: requests and secrets recorded from the official SDKs. All times are in UTC. The local time zone and daylight
//! saving time have no effect (the official plugin is an hour off because of them).

use super::encode::utc_date;
use crate::calendar::days_since_1970;

/// `YYYY-MM-DDThh:mm:ssZ`, as in RPC and ACS3 requests.
pub fn iso(unix_seconds: i64) -> String {
    let (hour, minute, second) = clock(unix_seconds);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", utc_date(unix_seconds))
}

/// `YYYYMMDD`, as in the scope of an OSS V4 signature.
pub fn compact_date(unix_seconds: i64) -> String {
    utc_date(unix_seconds).replace('-', "")
}

/// `YYYYMMDDThhmmssZ`, as in an OSS V4 request.
pub fn compact(unix_seconds: i64) -> String {
    let (hour, minute, second) = clock(unix_seconds);
    format!("{}T{hour:02}{minute:02}{second:02}Z", compact_date(unix_seconds))
}

fn clock(unix_seconds: i64) -> (i64, i64, i64) {
    let of_day = unix_seconds.rem_euclid(86_400);
    (of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// Parses `YYYY-MM-DDThh:mm:ssZ` to seconds since 1970. As in the official plugin, fractions and offsets are refused,
/// and a number of two digits may lack its leading zero.
pub fn parse_iso(text: &str) -> Option<i64> {
    let text = text.strip_suffix(['Z', 'z'])?;
    let (date, time) = text.split_once(['T', 't'])?;
    let mut date = date.split('-');
    let year = number(date.next()?, 4, 4)?;
    let month = number(date.next()?, 1, 2)?;
    let day = number(date.next()?, 1, 2)?;
    let mut time = time.split(':');
    let hour = number(time.next()?, 1, 2)?;
    let minute = number(time.next()?, 1, 2)?;
    let second = number(time.next()?, 1, 2)?;
    let whole = date.next().is_none() && time.next().is_none();
    let in_range = whole
        && year >= 1
        && (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 62;
    in_range.then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn number(text: &str, shortest: usize, longest: usize) -> Option<i64> {
    let digits = (shortest..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{compact, compact_date, iso, parse_iso};

    #[test]
    fn formatting_and_parsing_agree() {
        assert_eq!(iso(1_704_164_645), "2024-01-02T03:04:05Z");
        assert_eq!(compact(1_704_164_645), "20240102T030405Z");
        assert_eq!(compact_date(951_782_400), "20000229");
        for moment in (0..4_000_000_000).step_by(12_345_678) {
            assert_eq!(parse_iso(&iso(moment)), Some(moment));
        }
    }

    #[test]
    fn other_formats_are_refused() {
        assert_eq!(parse_iso("2024-1-2T3:4:5Z"), Some(1_704_164_645));
        for text in [
            "",
            "Z",
            "soon",
            "2024-01-02",
            "2024-01-02T03:04:05",
            "2024-01-02T03:04:05.000Z",
            "2024-01-02T03:04:05+00:00",
            "2024-02-30T03:04:05Z",
            "2023-02-29T03:04:05Z",
            "2024-13-02T03:04:05Z",
            "2024-00-02T03:04:05Z",
            "2024-01-02T24:04:05Z",
            "2024-01-02T03:04:05Z ",
            " 2024-01-02T03:04:05Z",
            "2024-01-02T+3:04:05Z",
            "02024-01-02T03:04:05Z",
            "2024-01-02-03T03:04:05Z",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }
}
