//! OSS4-HMAC-SHA256, OSS's current signature.
//!
//! Facts: requests and URLs recorded from both generations of the official Python SDK. The signature covers
//! `content-type`, `content-md5`, every `x-oss-*` header, and optional additional headers, which the request names.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::encode::{hex_lower, percent_encode};
use super::headers::{joined, replacing};
use super::mac::hmac_sha256;
use super::utc;
use crate::secret::Secret;

/// The algorithm's name on the wire.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// The value instead of the body's hash, also in `x-oss-content-sha256`, since the body is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The query parameters of a presigned URL that the signer alone sets, also by leaving them out.
const OWN_PARAMETERS: &[&str] = &[
    "x-oss-signature-version",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-credential",
    "x-oss-security-token",
    "x-oss-additional-headers",
    "x-oss-signature",
];

const TERMINATOR: &str = "aliyun_v4_request";

/// The parts of a request that the signature covers, and the access key.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The access key secret.
    pub access_key_secret: &'a Secret,
    /// The region, for instance `cn-hangzhou`.
    pub region: &'a str,
    /// `oss`, or another product with the same signature.
    pub product: &'a str,
    /// The time, in seconds since 1970.
    pub timestamp: i64,
    /// The method.
    pub method: &'a str,
    /// The bucket. `None` for a request to the service.
    pub bucket: Option<&'a str>,
    /// The object's key, not encoded. Empty for a request to the bucket.
    pub key: &'a str,
    /// The query's names and values, not encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// The headers. They include `x-oss-date` and `x-oss-content-sha256`, except for a presigned URL. The values of a header
    /// that is given several times are joined by commas.
    pub headers: &'a [(&'a str, &'a str)],
    /// Additional headers to sign, in any order and case. Headers that are missing or signed anyway are ignored.
    pub additional_headers: &'a [&'a str],
}

/// A signature and its intermediate texts.
pub struct Signed {
    /// The canonical request. It may contain a session token, so it is wiped when dropped and there is no `Debug`.
    pub canonical_request: Zeroizing<String>,
    /// The signed text.
    pub string_to_sign: String,
    /// The signature, in lower-case hex.
    pub signature: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
}

/// Encodes an object's key for a path. Slashes are not encoded.
pub fn encode_key(key: &str) -> String {
    percent_encode(key).replace("%2F", "/")
}

/// Signs a request. Cannot fail: the server reports invalid input.
pub fn sign(input: &Input<'_>) -> Signed {
    let additional = additional(input).join(";");
    let canonical_request = canonical_request(input, &additional);
    let scope = scope(input);
    let request_hash = hex_lower(&Sha256::digest(canonical_request.as_bytes()));
    let string_to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{request_hash}", utc::compact(input.timestamp));
    let signature = hex_lower(hmac_sha256(signing_key(input).as_slice(), string_to_sign.as_bytes()).as_slice());
    let named = if additional.is_empty() { String::new() } else { format!("AdditionalHeaders={additional},") };
    let id = input.access_key_id;
    let authorization = format!("{ALGORITHM} Credential={id}/{scope},{named}Signature={signature}");
    Signed { canonical_request, string_to_sign, signature, authorization }
}

/// Presigns a URL that is valid for `life_s` seconds from `input.timestamp`. Also returns the names and values of the
/// URL's query, which replace `input.query`. They contain the session token.
pub fn presign(
    input: &Input<'_>,
    security_token: Option<&Secret>,
    life_s: u32,
) -> (Signed, Vec<(String, Zeroizing<String>)>) {
    let additional = additional(input).join(";");
    let (date, life) = (utc::compact(input.timestamp), life_s.to_string());
    let credential = format!("{}/{}", input.access_key_id, scope(input));
    let mut own = vec![
        ("x-oss-signature-version", ALGORITHM),
        ("x-oss-date", date.as_str()),
        ("x-oss-expires", &life),
        ("x-oss-credential", &credential),
    ];
    own.extend(security_token.map(|token| ("x-oss-security-token", token.expose())));
    if !additional.is_empty() {
        own.push(("x-oss-additional-headers", &additional));
    }
    let mut pairs = replacing(input.query, OWN_PARAMETERS, &own);
    let signed = sign(&Input { query: &pairs, ..*input });
    pairs.push(("x-oss-signature", &signed.signature));
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), Zeroizing::new((*value).to_owned()));
    let query = pairs.iter().map(owned).collect();
    (signed, query)
}

fn always_signed(name: &str) -> bool {
    name == "content-type" || name == "content-md5" || name.starts_with("x-oss-")
}

/// The additional headers to sign, in lower case and sorted.
fn additional(input: &Input<'_>) -> Vec<String> {
    let mut names: Vec<String> = input.additional_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.retain(|name| {
        !always_signed(name) && input.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
    });
    names.sort();
    names.dedup();
    names
}

fn canonical_request(input: &Input<'_>, additional: &str) -> Zeroizing<String> {
    let mut path = "/".to_owned();
    if let Some(bucket) = input.bucket {
        path = format!("/{}/{}", percent_encode(bucket), encode_key(input.key));
    }
    // The encoded pairs are sorted, including their values.
    let mut pairs: Vec<Zeroizing<String>> = input
        .query
        .iter()
        .map(|(name, value)| {
            let name = percent_encode(name);
            Zeroizing::new(if value.is_empty() { name } else { format!("{name}={}", percent_encode(value)) })
        })
        .collect();
    pairs.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    let mut headers = joined(input.headers, false);
    headers.retain(|name, _| always_signed(name) || additional.split(';').any(|one| one == name));

    let room: usize = pairs.iter().map(|pair| pair.len() + 1).sum();
    let more: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let fixed = input.method.len() + path.len() + additional.len() + UNSIGNED_PAYLOAD.len() + 8;
    let mut text = Zeroizing::new(String::with_capacity(room + more + fixed));
    for part in [input.method, "\n", &path, "\n"] {
        text.push_str(part);
    }
    for (index, pair) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(pair);
    }
    text.push('\n');
    for (name, value) in &headers {
        for part in [name.as_str(), ":", value.as_str(), "\n"] {
            text.push_str(part);
        }
    }
    for part in ["\n", additional, "\n", UNSIGNED_PAYLOAD] {
        text.push_str(part);
    }
    text
}

fn scope(input: &Input<'_>) -> String {
    format!("{}/{}/{}/{TERMINATOR}", utc::compact_date(input.timestamp), input.region, input.product)
}

fn signing_key(input: &Input<'_>) -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new(Vec::with_capacity(input.access_key_secret.len() + 9));
    seed.extend_from_slice(b"aliyun_v4");
    seed.extend_from_slice(input.access_key_secret.expose_bytes());
    let of_day = hmac_sha256(&seed, utc::compact_date(input.timestamp).as_bytes());
    let of_region = hmac_sha256(of_day.as_slice(), input.region.as_bytes());
    let of_product = hmac_sha256(of_region.as_slice(), input.product.as_bytes());
    hmac_sha256(of_product.as_slice(), TERMINATOR.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Input, presign};
    use crate::secret::Secret;

    #[test]
    fn nothing_of_another_signature_stays_in_a_presigned_query() {
        let secret = Secret::from_text("s");
        let query = [
            ("acl", ""),
            ("x-oss-additional-headers", "host"),
            ("x-oss-security-token", "the-callers"),
            ("x-oss-signature", "x"),
        ];
        let input = Input {
            access_key_id: "id",
            access_key_secret: &secret,
            region: "r",
            product: "oss",
            timestamp: 0,
            method: "GET",
            bucket: Some("b"),
            key: "k",
            query: &query,
            headers: &[("Host", "h")],
            additional_headers: &[],
        };
        let (signed, query) = presign(&input, None, 60);
        let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        let own = ["x-oss-signature-version", "x-oss-date", "x-oss-expires", "x-oss-credential", "x-oss-signature"];
        assert_eq!(names, [&["acl"], &own[..]].concat());
        assert!(!signed.canonical_request.contains("the-callers") && !signed.canonical_request.contains("additional"));

        let token = Secret::from_text("t");
        let (_signed, query) = presign(&Input { additional_headers: &["HOST"], ..input }, Some(&token), 60);
        let value = |wanted: &str| {
            let values: Vec<&str> =
                query.iter().filter(|(name, _)| name == wanted).map(|(_, value)| &***value).collect();
            values.join("|")
        };
        assert_eq!((value("x-oss-additional-headers"), value("x-oss-security-token")), ("host".into(), "t".into()));
    }
}
