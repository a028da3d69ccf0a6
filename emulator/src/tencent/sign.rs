//! The signatures of Tencent Cloud, computed from a request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::params::Call;
use crate::signature::{Claim, hmac1, hmac256};
use crate::util::{hex, sha256_hex};

/// The parts of the `Authorization` header of TC3-HMAC-SHA256.
#[derive(Debug, PartialEq)]
pub(crate) struct Tc3<'a> {
    pub(crate) secret_id: &'a str,
    pub(crate) date: &'a str,
    pub(crate) service: &'a str,
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

impl<'a> Tc3<'a> {
    pub(crate) fn parse(header: &'a str) -> Option<Tc3<'a>> {
        let Claim { credential, signed_headers, signature } = Claim::parse(header, "TC3-HMAC-SHA256")?;
        let mut scope = credential.split('/');
        let (secret_id, date, service, end) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
        if end != "tc3_request" || scope.next().is_some() || secret_id.is_empty() {
            return None;
        }
        Some(Tc3 { secret_id, date, service, signed_headers, signature })
    }

    /// The right signature of a request to `host`. The official clients sign header values as sent, the vendor's documentation
    /// says lower case; the two differ only for values with capitals.
    pub(crate) fn expected(
        &self,
        call: &Call<'_>,
        host: &str,
        timestamp: &str,
        key: &str,
        lower: bool,
    ) -> Option<String> {
        let mut headers = String::new();
        for name in &self.signed_headers {
            // A header that is given several times has no single value to sign.
            if call.head.all(name).count() > 1 {
                return None;
            }
            let value = if *name == "host" { host } else { call.head.header(name)? };
            let value = value.trim();
            let value = if lower { value.to_lowercase() } else { value.to_owned() };
            headers.push_str(&format!("{name}:{value}\n"));
        }
        let get = call.head.method == "GET";
        let query = if get { call.head.query() } else { "" };
        let unsigned = call.head.header("X-TC-Content-SHA256") == Some("UNSIGNED-PAYLOAD");
        let payload: &[u8] = match (unsigned, get) {
            (true, _) => b"UNSIGNED-PAYLOAD",
            (false, true) => b"",
            (false, false) => call.body,
        };
        let canonical = format!(
            "{}\n{}\n{query}\n{headers}\n{}\n{}",
            call.head.method,
            call.head.path(),
            self.signed_headers.join(";"),
            sha256_hex(payload)
        );
        let scope = format!("{}/{}/tc3_request", self.date, self.service);
        let to_sign = format!("TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        let mut chain = hmac256(format!("TC3{key}").as_bytes(), self.date.as_bytes())?;
        for step in [self.service, "tc3_request", &to_sign] {
            chain = hmac256(&chain, step.as_bytes())?;
        }
        Some(hex(&chain))
    }
}

/// The right `Signature` parameter of a request, by the legacy methods.
pub(crate) fn legacy(call: &Call<'_>, host: &str, method: &str, key: &str) -> Option<String> {
    let mut params: Vec<(String, &str)> = call
        .form
        .iter()
        .filter(|(name, _)| name != "Signature")
        .map(|(name, value)| (name.replace('_', "."), value.as_str()))
        .collect();
    params.sort();
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let text = format!("{}{host}{}?{}", call.head.method, call.head.path(), params.join("&"));
    let signature = match method {
        "HmacSHA256" => hmac256(key.as_bytes(), text.as_bytes())?,
        "HmacSHA1" => hmac1(key.as_bytes(), text.as_bytes())?,
        _ => return None,
    };
    Some(STANDARD.encode(signature))
}
