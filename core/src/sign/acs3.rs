//! ACS3-HMAC-SHA256, Alibaba Cloud's current signature.
//!
//! Facts: requests recorded from the official KMS client, and from its signer with chosen headers. The key depends on
//! neither date nor region. The server checks the headers in `SignedHeaders`.

use sha2::{Digest as _, Sha256};

use super::encode::{hex_lower, percent_encode};
use super::headers::joined;
use super::mac::hmac_sha256;
use crate::secret::Secret;

/// The algorithm's name on the wire.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Everything that the signature covers.
pub struct Input<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The access key secret.
    pub access_key_secret: &'a Secret,
    /// `POST` or `GET`.
    pub method: &'a str,
    /// The path as sent. An empty path counts as `/`.
    pub path: &'a str,
    /// The query's names and values, not encoded, in any order.
    pub query: &'a [(&'a str, &'a str)],
    /// The headers to sign, in any order and case: at least `host` and every `x-acs-*`. The values of a header that is given
    /// several times are sorted and joined by commas.
    pub headers: &'a [(&'a str, &'a str)],
    /// The SHA-256 of the body, in lower-case hex, as in `x-acs-content-sha256`.
    pub body_sha256: &'a str,
}

/// A signature and its intermediate texts.
pub struct Signed {
    /// The canonical request. It may contain a session token, so it is wiped when dropped and there is no `Debug`.
    pub canonical_request: zeroize::Zeroizing<String>,
    /// The signed text.
    pub string_to_sign: String,
    /// The signature, in lower-case hex.
    pub signature: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
}

/// The hash of a body for the header `x-acs-content-sha256`.
pub fn body_sha256(body: &[u8]) -> String {
    hex_lower(&Sha256::digest(body))
}

/// The canonical query: sorted by name, with percent-encoded values; an empty value keeps its `=`. Names are not
/// encoded. The names of the API need no encoding, so the same text can be sent.
pub fn canonical_query(query: &[(&str, &str)]) -> String {
    let mut pairs = query.to_vec();
    pairs.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    pairs.join("&")
}

/// Signs a request. Cannot fail: the server reports invalid input.
pub fn sign(input: &Input<'_>) -> Signed {
    let mut headers = joined(input.headers, true);
    // The signature's own header is the result.
    headers.remove("authorization");
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let signed_headers = names.join(";");

    let query = canonical_query(input.query);
    let path = if input.path.is_empty() { "/" } else { input.path };
    let room: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let room = room + input.method.len() + path.len() + query.len() + signed_headers.len() + input.body_sha256.len();
    let mut canonical_request = zeroize::Zeroizing::new(String::with_capacity(room + 8));
    for part in [input.method, path, &query] {
        canonical_request.push_str(part);
        canonical_request.push('\n');
    }
    for (name, value) in &headers {
        canonical_request.push_str(name);
        canonical_request.push(':');
        canonical_request.push_str(value);
        canonical_request.push('\n');
    }
    canonical_request.push('\n');
    canonical_request.push_str(&signed_headers);
    canonical_request.push('\n');
    canonical_request.push_str(input.body_sha256);

    let request_hash = hex_lower(&Sha256::digest(canonical_request.as_bytes()));
    let string_to_sign = format!("{ALGORITHM}\n{request_hash}");
    let key = input.access_key_secret.expose_bytes();
    let signature = hex_lower(hmac_sha256(key, string_to_sign.as_bytes()).as_slice());
    let authorization =
        format!("{ALGORITHM} Credential={},SignedHeaders={signed_headers},Signature={signature}", input.access_key_id);
    Signed { canonical_request, string_to_sign, signature, authorization }
}

#[cfg(test)]
mod tests {
    use super::{Input, sign};
    use crate::secret::Secret;

    #[test]
    fn a_header_that_is_given_twice_is_signed_once() {
        let secret = Secret::from_text("s");
        let signed = |headers: &[(&str, &str)]| {
            let input = Input {
                access_key_id: "id",
                access_key_secret: &secret,
                method: "POST",
                path: "",
                query: &[],
                headers,
                body_sha256: "h",
            };
            sign(&input)
        };
        let twice = signed(&[("X-Acs-A", "z"), ("Host", "h"), ("x-acs-a", " b "), ("Authorization", "an old one")]);
        assert_eq!(twice.canonical_request.as_str(), "POST\n/\n\nhost:h\nx-acs-a:b,z\n\nhost;x-acs-a\nh");
        assert_eq!(twice.signature, signed(&[("host", "h"), ("x-acs-a", "b,z")]).signature);
    }
}
