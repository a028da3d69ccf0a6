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

/// The input of the hash, and the value of the header `X-TC-Content-SHA256`, when the body is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

const SIGNED_HEADERS: &str = "content-type;host";

/// The body, if it is signed.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// The signed body, exactly as sent. Empty for `GET`.
    Signed(&'a [u8]),
    /// The body is not signed. The request must then have the header `X-TC-Content-SHA256: UNSIGNED-PAYLOAD`.
    Unsigned,
}

/// Everything that the signature covers, exactly as sent.
pub struct Input<'a> {
    /// The access key id.
    pub secret_id: &'a str,
    /// The access key secret.
    pub secret_key: &'a Secret,
    /// The service's short name, for instance `cam`.
    pub service: &'a str,
    /// `POST` or `GET`.
    pub method: &'a str,
    /// The path, `/`.
    pub path: &'a str,
    /// The query without its `?`, encoded as sent. Empty for `POST`.
    pub query: &'a str,
    /// The header `Content-Type`.
    pub content_type: &'a str,
    /// The header `Host`, including a port.
    pub host: &'a str,
    /// The time in `X-TC-Timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// The body.
    pub payload: Payload<'a>,
}

/// A signature and its intermediate texts. None of them is secret.
#[derive(Debug)]
pub struct Signed {
    /// The canonical request.
    pub canonical_request: String,
    /// The signed text.
    pub string_to_sign: String,
    /// The signature, in lower-case hex.
    pub signature: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
}

/// Signs a request. Cannot fail: the server reports invalid input.
pub fn sign(input: &Input<'_>) -> Signed {
    let Input { secret_id, service, method, path, query, content_type, host, timestamp, .. } = *input;
    let payload_hash = hex_lower(&match input.payload {
        Payload::Signed(body) => Sha256::digest(body),
        Payload::Unsigned => Sha256::digest(UNSIGNED_PAYLOAD),
    });
    let canonical_request = format!(
        "{method}\n{path}\n{query}\ncontent-type:{content_type}\nhost:{host}\n\n{SIGNED_HEADERS}\n{payload_hash}"
    );

    // The scope contains the UTC date of the timestamp.
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
