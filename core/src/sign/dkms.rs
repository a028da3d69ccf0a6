//! The signature of dedicated KMS: RSA PKCS#1 v1.5 with SHA-256, by a client key.
//!
//! Facts: requests recorded from the official dedicated KMS SDK, including the spelling `x-kms-acccesskeyid` with three
//! c.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::encode::hex_lower;
use super::rsa::RsaKey;
use crate::error::Result;

/// The value of `x-kms-signaturemethod`.
pub const METHOD: &str = "RSA_PKCS1_SHA_256";

/// The hash of a body for the header `content-sha256`, in upper case.
pub fn content_sha256(body: &[u8]) -> String {
    hex_lower(&Sha256::digest(body)).to_ascii_uppercase()
}

/// The text to sign for a `POST` to `/`: hash, content type and date, then every header whose name begins with `x-kms-`
/// in lower case, sorted, with trimmed values. Other headers are ignored.
pub fn string_to_sign(content_sha256: &str, content_type: &str, date: &str, headers: &[(&str, &str)]) -> String {
    let mut signed: Vec<&(&str, &str)> = headers.iter().filter(|(name, _)| name.starts_with("x-kms-")).collect();
    signed.sort();
    let mut text = format!("POST\n{content_sha256}\n{content_type}\n{date}\n");
    for (name, value) in signed {
        text.push_str(name);
        text.push(':');
        text.push_str(value.trim());
        text.push('\n');
    }
    text.push('/');
    text
}

/// The header `authorization`.
///
/// # Errors
/// As [`RsaKey::sign`].
pub fn authorization(string_to_sign: &str, key: &RsaKey) -> Result<String> {
    Ok(format!("Bearer {}", STANDARD.encode(key.sign(string_to_sign.as_bytes())?)))
}
