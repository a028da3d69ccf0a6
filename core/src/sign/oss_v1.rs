//! OSS's signature version 1: HMAC-SHA1 over the method, some headers and the resource.
//!
//! Facts: requests and URLs recorded from both generations of the official Python SDK. Only the query parameters in a
//! fixed list are signed. The lists of the two SDKs differ; this one contains both. The values are signed without
//! encoding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::headers::{joined, replacing};
use super::mac::hmac_sha1;
use crate::secret::Secret;

/// The query parameters that belong to the resource, sorted by their bytes.
const SUB_RESOURCES: &[&str] = &[
    "accessPoint",
    "accessPointPolicy",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "inventory",
    "inventoryId",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-access-point-name",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-redundancy-transition-taskid",
    "x-oss-request-payer",
    "x-oss-target-redundancy-type",
    "x-oss-traffic-limit",
    "x-oss-write-get-object-response",
];

/// The query parameters of a presigned URL that the signer alone sets, also by leaving them out.
const OWN_PARAMETERS: &[&str] = &["security-token", "OSSAccessKeyId", "Expires", "Signature"];

/// The parts of a request that the signature covers.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The method.
    pub method: &'a str,
    /// The header `Date`, or `x-oss-date` if it replaces `Date`. For a presigned URL, its expiration in seconds since
    /// 1970.
    pub date: &'a str,
    /// The headers. Only `Content-MD5`, `Content-Type` and `x-oss-*` are signed. The values of a header that is given
    /// several times are joined by commas.
    pub headers: &'a [(&'a str, &'a str)],
    /// The bucket. `None` for a request to the service.
    pub bucket: Option<&'a str>,
    /// The object's key, not encoded. Empty for a request to the bucket.
    pub key: &'a str,
    /// The query's names and values, not encoded.
    pub query: &'a [(&'a str, &'a str)],
}

/// The text to sign. It may contain a session token, so it is wiped.
pub fn string_to_sign(input: &Input<'_>) -> Zeroizing<String> {
    let headers = joined(input.headers, false);
    let header = |name: &str| headers.get(name).map_or("", |value| value.as_str());
    let own: Vec<(&str, &str)> = headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-oss-"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut signed: Vec<(&str, &str)> =
        input.query.iter().copied().filter(|(name, _)| SUB_RESOURCES.contains(name)).collect();
    signed.sort_unstable();

    let room: usize = own.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let more: usize = signed.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let rest: usize = input.headers.iter().map(|(_, value)| value.len()).sum();
    let fixed = input.method.len() + input.date.len() + input.bucket.map_or(0, str::len) + input.key.len() + 8;
    let mut text = Zeroizing::new(String::with_capacity(room + more + rest + fixed));
    for part in [input.method, header("content-md5"), header("content-type"), input.date] {
        text.push_str(part);
        text.push('\n');
    }
    for (name, value) in &own {
        for part in [*name, ":", *value, "\n"] {
            text.push_str(part);
        }
    }
    text.push('/');
    if let Some(bucket) = input.bucket {
        text.push_str(bucket);
        text.push('/');
        text.push_str(input.key);
    }
    for (index, (name, value)) in signed.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}

/// The signature, in base64. Cannot fail.
pub fn sign(string_to_sign: &str, access_key_secret: &Secret) -> String {
    STANDARD.encode(hmac_sha1(access_key_secret.expose_bytes(), string_to_sign.as_bytes()).as_slice())
}

/// The header `Authorization`.
pub fn authorization(access_key_id: &str, signature: &str) -> String {
    format!("OSS {access_key_id}:{signature}")
}

/// The query of a presigned URL: the original parameters and those of the signature, not encoded.
pub struct Presigned {
    /// The signed text.
    pub string_to_sign: Zeroizing<String>,
    /// The signature.
    pub signature: String,
    /// Names and values to append to the URL. They contain the session token.
    pub query: Vec<(String, Zeroizing<String>)>,
}

/// Presigns a URL that is valid until `expires`, in seconds since 1970. `input.date` is ignored.
pub fn presign(
    input: &Input<'_>,
    access_key_id: &str,
    access_key_secret: &Secret,
    security_token: Option<&Secret>,
    expires: i64,
) -> Presigned {
    let expires = expires.to_string();
    let token = security_token.map(|token| ("security-token", token.expose()));
    let pairs = replacing(input.query, OWN_PARAMETERS, token.as_slice());
    let string_to_sign = string_to_sign(&Input { date: &expires, query: &pairs, ..*input });
    let signature = sign(&string_to_sign, access_key_secret);
    let own = [("OSSAccessKeyId", access_key_id), ("Expires", &expires), ("Signature", &signature)];
    let query = pairs
        .iter()
        .chain(&own)
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())))
        .collect();
    Presigned { string_to_sign, signature, query }
}

#[cfg(test)]
mod tests {
    use super::{Input, SUB_RESOURCES, presign, string_to_sign};
    use crate::secret::Secret;

    #[test]
    fn the_signatures_parameters_replace_the_callers() {
        let query = [("Expires", "1"), ("acl", ""), ("security-token", "the-callers"), ("Signature", "x")];
        let input = Input { method: "GET", date: "", headers: &[], bucket: Some("b"), key: "k", query: &query };
        let (secret, token) = (Secret::from_text("s"), Secret::from_text("t"));
        let presigned = presign(&input, "id", &secret, Some(&token), 7);
        let names: Vec<&str> = presigned.query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["acl", "security-token", "OSSAccessKeyId", "Expires", "Signature"]);
        assert_eq!(presigned.string_to_sign.as_str(), "GET\n\n\n7\n/b/k?acl&security-token=t");
        // A key without a token signs none, also not the caller's.
        let presigned = presign(&input, "id", &secret, None, 7);
        assert_eq!(presigned.string_to_sign.as_str(), "GET\n\n\n7\n/b/k?acl");
        assert!(presigned.query.iter().all(|(name, _)| name != "security-token"));
    }

    #[test]
    fn the_list_is_sorted_and_nothing_else_is_signed() {
        assert!(SUB_RESOURCES.is_sorted());
        let query = [("versionId", "a b"), ("prefix", "x"), ("acl", "")];
        let headers = [("X-OSS-B", " 2 "), ("x-oss-a", "1"), ("Range", "r")];
        let input = Input { method: "GET", date: "d", headers: &headers, bucket: Some("b"), key: "k", query: &query };
        assert_eq!(string_to_sign(&input).as_str(), "GET\n\n\nd\nx-oss-a:1\nx-oss-b:2\n/b/k?acl&versionId=a b");
        let twice = [("x-oss-meta-a", "z"), ("X-Oss-Meta-A", " b ")];
        let text = string_to_sign(&Input { headers: &twice, query: &[], ..input });
        assert_eq!(text.as_str(), "GET\n\n\nd\nx-oss-meta-a:z,b\n/b/k");
        let service = Input { bucket: None, key: "", query: &[], headers: &[], ..input };
        assert_eq!(string_to_sign(&service).as_str(), "GET\n\n\nd\n/");
    }
}
