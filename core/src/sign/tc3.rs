//! TC3-HMAC-SHA256, Tencent Cloud's current signature.
//!
//! Facts: the vendor's page "Signature v3" and requests recorded from tencentcloud-sdk-python. Only `content-type` and
//! `host` are signed, and the query is signed as sent, unsorted.

use sha2::{Digest, Sha256};

use super::encode::{hex_lower, utc_date};
use super::mac::hmac_sha256;
use crate::secret::Secret;
use zeroize::Zeroizing;

/// The algorithm's name on the wire.
pub const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// What stands in for the hash's input, and in the header `X-TC-Content-SHA256`, when the body is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

const SIGNED_HEADERS: &str = "content-type;host";

/// The body, or that it is left unsigned.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// The exact bytes that are sent; empty for `GET`.
    Signed(&'a [u8]),
    /// The body is not covered; the request must then carry `X-TC-Content-SHA256: UNSIGNED-PAYLOAD`.
    Unsigned,
}

/// Everything that the signature covers, each just as it is sent.
pub struct Input<'a> {
    /// The id of the key.
    pub secret_id: &'a str,
    /// The key.
    pub secret_key: &'a Secret,
    /// The service's short name, for instance `cam`.
    pub service: &'a str,
    /// `POST` or `GET`.
    pub method: &'a str,
    /// The path, `/`.
    pub path: &'a str,
    /// The query without its `?`, encoded as sent; empty for `POST`.
    pub query: &'a str,
    /// The header `Content-Type`.
    pub content_type: &'a str,
    /// The header `Host`, with its port where it has one.
    pub host: &'a str,
    /// Seconds since the epoch, as in `X-TC-Timestamp`.
    pub timestamp: i64,
    /// The body.
    pub payload: Payload<'a>,
}

/// A signature with the texts that led to it. None of them is secret.
#[derive(Debug)]
pub struct Signed {
    /// The request in canonical form.
    pub canonical_request: String,
    /// What was signed.
    pub string_to_sign: String,
    /// The signature, in lower-case hex.
    pub signature: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
}

/// Signs a request. Cannot fail: what is wrong with the input, the server says.
pub fn sign(input: &Input<'_>) -> Signed {
    let Input { secret_id, service, method, path, query, content_type, host, timestamp, .. } = *input;
    let payload_hash = hex_lower(&match input.payload {
        Payload::Signed(body) => Sha256::digest(body),
        Payload::Unsigned => Sha256::digest(UNSIGNED_PAYLOAD),
    });
    let canonical_request = format!(
        "{method}\n{path}\n{query}\ncontent-type:{content_type}\nhost:{host}\n\n{SIGNED_HEADERS}\n{payload_hash}"
    );

    // The scope's day is the UTC day of the timestamp, whatever the local time zone.
    let date = utc_date(timestamp);
    let scope = format!("{date}/{service}/tc3_request");
    let request_hash = hex_lower(&Sha256::digest(&canonical_request));
    let string_to_sign = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{request_hash}");

    let key = signing_key(input.secret_key, &date, service);
    let signature = hex_lower(hmac_sha256(key.as_slice(), string_to_sign.as_bytes()).as_slice());
    let authorization =
        format!("{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}");
    Signed { canonical_request, string_to_sign, signature, authorization }
}

fn signing_key(secret: &Secret, date: &str, service: &str) -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new(Vec::with_capacity(secret.len() + 3));
    seed.extend_from_slice(b"TC3");
    seed.extend_from_slice(secret.expose_bytes());
    let of_day = hmac_sha256(&seed, date.as_bytes());
    let of_service = hmac_sha256(of_day.as_slice(), service.as_bytes());
    hmac_sha256(of_service.as_slice(), b"tc3_request")
}
