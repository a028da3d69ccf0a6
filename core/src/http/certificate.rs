//! Reads the expiration of certificates from X.509.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::calendar::days_since_1970;
use crate::der::{CONTEXT_0, Der, INTEGER, SEQUENCE};

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The expirations (`notAfter`) of the certificates in a PEM text, in milliseconds since 1970. Certificates that cannot
/// be read are skipped.
pub fn certificate_ends(pem: &[u8]) -> Vec<i64> {
    CertificateDer::pem_slice_iter(pem).map_while(Result::ok).filter_map(|der| not_after_ms(&der)).collect()
}

/// RFC 5280, 4.1: the second time of `validity`, after version, serial number, signature algorithm and issuer.
fn not_after_ms(certificate: &[u8]) -> Option<i64> {
    let mut fields = Der::new(certificate).inside(SEQUENCE)?.inside(SEQUENCE)?;
    // Certificates of version 1 have no version field, which is `[0]`, constructed.
    let mut after_version = fields;
    if after_version.content(CONTEXT_0).is_some() {
        fields = after_version;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        fields.content(tag)?;
    }
    let mut validity = fields.inside(SEQUENCE)?;
    validity.any()?;
    let not_after = validity.any()?;
    let text = not_after.content;
    match not_after.tag {
        UTC_TIME => {
            // RFC 5280, 4.1.2.5.1: years from 50 on are 19xx.
            let year = number(text.get(..2)?)?;
            time_ms(if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => time_ms(number(text.get(..4)?)?, text.get(4..)?),
        _ => None,
    }
}

/// Reads `MMDDHHMMSSZ` of a year. RFC 5280 requires the seconds and UTC.
fn time_ms(year: i64, rest: &[u8]) -> Option<i64> {
    let (digits, zone) = rest.split_at_checked(10)?;
    let part = |at: usize| number(digits.get(at..at + 2)?);
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    let valid = zone == b"Z"
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    valid.then(|| (((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::{certificate_ends, time_ms};

    #[test]
    fn times() {
        assert_eq!(time_ms(2026, b"1122033139Z"), Some(1_795_318_299_000));
        assert_eq!(time_ms(9999, b"1231235959Z"), Some(253_402_300_799_000));
        for odd in [&b"1322033139Z"[..], b"1122033139", b"1122033139+0000", b"11220331Z", b"", b"11220331x9Z"] {
            assert_eq!(time_ms(2026, odd), None);
        }
    }

    #[test]
    fn other_texts_have_no_expiration() {
        assert!(certificate_ends(b"").is_empty());
        assert!(certificate_ends(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").is_empty());
    }
}
