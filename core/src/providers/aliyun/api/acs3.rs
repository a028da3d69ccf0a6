//! Requests signed with ACS3-HMAC-SHA256.
//!
//! Facts: requests recorded from the official KMS client. The action's parameters are in the query of a `POST` with an
//! empty body, everything else is in headers. Evercred signs `host` and every `x-acs-*` header. The official client
//! also signs `accept`, `content-type` and `user-agent`, which a proxy may change.

use zeroize::Zeroizing;

use crate::http::{Endpoint, Method, Request};
use crate::providers::aliyun::api::rpc::Call;
use crate::secret::Secret;
use crate::sign::{acs3, utc};

/// Builds a signed `POST`. `RegionId` is not sent, since the endpoint determines the region.
pub fn build(
    endpoint: &Endpoint,
    call: &Call<'_>,
    access_key_id: &str,
    access_key_secret: &Secret,
    security_token: Option<&Secret>,
) -> Request {
    let timestamp = utc::iso(call.timestamp);
    let body_sha256 = acs3::body_sha256(b"");
    let mut headers: Vec<(&str, &str)> = vec![
        ("Host", &endpoint.host_and_port),
        ("x-acs-action", call.action),
        ("x-acs-version", call.version),
        ("x-acs-date", &timestamp),
        ("x-acs-signature-nonce", call.nonce),
        ("x-acs-content-sha256", &body_sha256),
    ];
    if let Some(token) = security_token {
        headers.push(("x-acs-accesskey-id", access_key_id));
        headers.push(("x-acs-security-token", token.expose()));
    }
    let signed = acs3::sign(&acs3::Input {
        access_key_id,
        access_key_secret,
        method: Method::Post.name(),
        path: "/",
        query: call.parameters,
        headers: &headers,
        body_sha256: &body_sha256,
    });
    headers.push(("Accept", "application/json"));
    headers.push(("Authorization", &signed.authorization));
    let query = acs3::canonical_query(call.parameters);
    let path = if query.is_empty() { "/".to_owned() } else { format!("/?{query}") };
    Request::post(endpoint.url(&path), &headers, Zeroizing::default())
}

#[cfg(test)]
mod tests {
    use super::build;
    use crate::providers::aliyun::api::endpoint;
    use crate::providers::aliyun::api::rpc::Call;
    use crate::secret::Secret;

    #[test]
    fn a_request() {
        let call = Call {
            action: "GetSecretValue",
            version: "2016-01-20",
            parameters: &[("SecretName", "a/b c"), ("FetchExtendedConfig", "true")],
            region: None,
            timestamp: 1_704_164_645,
            nonce: "n",
        };
        let endpoint = endpoint::kms(None, Some("cn-hangzhou"), false).unwrap();
        let token = Secret::from_text("t");
        let request = build(&endpoint, &call, "i", &Secret::from_text("k"), Some(&token));
        assert_eq!(request.url, "https://kms.cn-hangzhou.aliyuncs.com/?FetchExtendedConfig=true&SecretName=a%2Fb%20c");
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"x-acs-security-token") && names.contains(&"Authorization"));
        let plain = build(&endpoint, &Call { parameters: &[], ..call }, "i", &Secret::from_text("k"), None);
        assert_eq!((plain.url.as_str(), plain.headers.len()), ("https://kms.cn-hangzhou.aliyuncs.com/", 8));
    }
}
