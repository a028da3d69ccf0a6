//! The signatures of the OpenAPI gateway, computed from a request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::params::Call;
use crate::signature::{Claim, hmac1, hmac256};
use crate::util::{encode, hex, sha256_hex};

/// The string to sign of a request, by the RPC rules.
pub(crate) fn rpc_string(call: &Call<'_>) -> String {
    let mut pairs: Vec<_> = call.all().filter(|(name, _)| name != "Signature").collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("{}&%2F&{}", call.head.method, encode(&pairs.join("&")))
}

/// HMAC-SHA1 of the RPC rules.
pub(crate) fn rpc(to_sign: &str, secret: &str) -> Option<String> {
    Some(STANDARD.encode(hmac1(format!("{secret}&").as_bytes(), to_sign.as_bytes())?))
}

/// The parts of the `Authorization` header of ACS3.
#[derive(Debug, PartialEq)]
pub(crate) struct Acs3<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

impl<'a> Acs3<'a> {
    pub(crate) fn parse(header: &'a str) -> Option<Acs3<'a>> {
        let Claim { credential, signed_headers, signature } = Claim::parse(header, "ACS3-HMAC-SHA256")?;
        Some(Acs3 { key_id: credential, signed_headers, signature })
    }

    /// The canonical request; `None` if a signed header is missing.
    pub(crate) fn canonical(&self, call: &Call<'_>, host: &str) -> Option<String> {
        let mut query: Vec<_> = call.query.iter().collect();
        query.sort();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let mut names = self.signed_headers.clone();
        names.sort_unstable();
        let mut headers = String::new();
        for name in &names {
            // The values of a header that is given several times are sorted and joined by commas.
            let mut values: Vec<&str> = call.head.all(name).map(str::trim).collect();
            values.sort_unstable();
            let value = if *name == "host" { host.trim().to_owned() } else { values.join(",") };
            if values.is_empty() {
                return None;
            }
            headers.push_str(&format!("{name}:{value}\n"));
        }
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            call.head.method,
            call.head.path(),
            query.join("&"),
            // As sent: another order than the signed one is another signature.
            self.signed_headers.join(";"),
            sha256_hex(call.body)
        ))
    }
}

/// The string that ACS3 signs for a canonical request.
pub(crate) fn acs3_string(canonical: &str) -> String {
    format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()))
}

/// The signature of ACS3.
pub(crate) fn acs3(to_sign: &str, secret: &str) -> Option<String> {
    Some(hex(&hmac256(secret.as_bytes(), to_sign.as_bytes())?))
}
