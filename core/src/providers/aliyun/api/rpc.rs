//! Requests in Alibaba Cloud's RPC style, signed with an access key or a client key.
//!
//! Facts: requests recorded from aliyun-python-sdk-core and the Go SDK. Both SDKs put keys and signature into the
//! query. The protocol signs form parameters in the same way, so here all of them are in the body, where no proxy logs
//! them.

use zeroize::{Zeroize as _, Zeroizing};

use crate::error::Result;
use crate::http::{Endpoint, Method, Request};
use crate::providers::aliyun::client_key::ClientKey;
use crate::secret::Secret;
use crate::sign::encode::form_encode;
use crate::sign::{aliyun_rpc, utc};

/// Parameters: names and values.
pub type Parameters = Vec<(String, String)>;

/// An action, its parameters and its time.
pub struct Call<'a> {
    /// The action's name.
    pub action: &'a str,
    /// The API's version.
    pub version: &'a str,
    /// The action's own parameters.
    pub parameters: &'a [(&'a str, &'a str)],
    /// `RegionId`, if it is sent.
    pub region: Option<&'a str>,
    /// Seconds since the epoch.
    pub timestamp: i64,
    /// A random text that is unique to the request.
    pub nonce: &'a str,
}

/// The identity that signs.
pub enum Signer<'a> {
    /// An access key.
    AccessKey {
        /// Its id.
        id: &'a str,
        /// Its secret.
        secret: &'a Secret,
        /// The session token, if the key is temporary.
        token: Option<&'a Secret>,
    },
    /// A client key.
    ClientKey(&'a ClientKey),
    /// None: the action is not signed, and its parameters prove the identity.
    Unsigned,
}

/// Builds a signed `POST`.
///
/// # Errors
/// With a client key, as [`aliyun_rpc::sign_rsa`]. With an access key, none.
pub fn build(endpoint: &Endpoint, call: &Call<'_>, signer: &Signer<'_>) -> Result<Request> {
    let mut parameters = parameters(call, signer);
    let text = aliyun_rpc::string_to_sign(Method::Post.name(), &parameters);
    let signature = match signer {
        Signer::AccessKey { secret, .. } => Some(aliyun_rpc::sign_hmac(&text, secret)),
        Signer::ClientKey(key) => Some(aliyun_rpc::sign_rsa(&text, key.key())?),
        Signer::Unsigned => None,
    };
    parameters.extend(signature.map(|signature| ("Signature".to_owned(), signature)));
    let body = Zeroizing::new(form_encode(&parameters).into_bytes());
    parameters.iter_mut().for_each(|(_, value)| value.zeroize());
    let headers = [
        ("Host", endpoint.host_and_port.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
        ("x-acs-action", call.action),
        ("x-acs-version", call.version),
    ];
    Ok(Request::post(endpoint.url("/"), &headers, body))
}

/// All parameters of a request except the signature.
pub fn parameters(call: &Call<'_>, signer: &Signer<'_>) -> Parameters {
    let mut list: Parameters = Vec::with_capacity(call.parameters.len() + 12);
    let mut add = |name: &str, value: &str| list.push((name.to_owned(), value.to_owned()));
    call.parameters.iter().for_each(|(name, value)| add(name, value));
    add("Action", call.action);
    add("Version", call.version);
    add("Format", "JSON");
    add("Timestamp", &utc::iso(call.timestamp));
    if let Some(region) = call.region {
        add("RegionId", region);
    }
    match signer {
        Signer::AccessKey { id, token, .. } => {
            add("AccessKeyId", id);
            if let Some(token) = token {
                add("SecurityToken", token.expose());
            }
            add("SignatureMethod", aliyun_rpc::HMAC_SHA1);
        }
        Signer::ClientKey(key) => {
            add("AccessKeyId", key.key_id());
            add("SignatureMethod", aliyun_rpc::SHA256_WITH_RSA);
            add("SignatureType", aliyun_rpc::PRIVATE_KEY);
        }
        Signer::Unsigned => return list,
    }
    add("SignatureVersion", "1.0");
    add("SignatureNonce", call.nonce);
    list
}

#[cfg(test)]
mod tests {
    use super::{Call, Signer, build};
    use crate::providers::aliyun::api::endpoint;
    use crate::secret::Secret;

    #[test]
    fn no_secret_is_in_the_url() {
        let call = Call {
            action: "GetSecretValue",
            version: "2016-01-20",
            parameters: &[("SecretName", "a b")],
            region: Some("cn-hangzhou"),
            timestamp: 1_704_164_645,
            nonce: "n",
        };
        let (secret, token) = (Secret::from_text("k"), Secret::from_text("t+/="));
        let signer = Signer::AccessKey { id: "i", secret: &secret, token: Some(&token) };
        let endpoint = endpoint::kms(None, Some("cn-hangzhou"), false).unwrap();
        let request = build(&endpoint, &call, &signer).unwrap();
        assert_eq!(request.url, "https://kms.cn-hangzhou.aliyuncs.com/");
        let body = std::str::from_utf8(&request.body).unwrap();
        assert!(body.starts_with("SecretName=a+b&Action=GetSecretValue&Version=2016-01-20&Format=JSON&"), "{body}");
        assert!(body.contains("&SecurityToken=t%2B%2F%3D&") && body.contains("&Signature="), "{body}");

        let request = build(&endpoint, &call, &Signer::Unsigned).unwrap();
        let body = std::str::from_utf8(&request.body).unwrap();
        assert!(!body.contains("Signature") && !body.contains("AccessKeyId"), "{body}");
    }
}
