//! Alibaba Cloud's RPC signature, version 1.0: HMAC-SHA1 with an access key, SHA256withRSA with a client key.
//!
//! Facts: requests recorded from aliyun-python-sdk-core. Every parameter but `Signature` is signed, whether it travels in
//! the query or in a form body, and its value counts as it is before any encoding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::encode::percent_encode;
use super::mac::hmac_sha1;
use super::rsa::RsaKey;
use crate::error::Result;
use crate::secret::Secret;

/// `SignatureMethod` of an access key.
pub const HMAC_SHA1: &str = "HMAC-SHA1";
/// `SignatureMethod` of a client key.
pub const SHA256_WITH_RSA: &str = "SHA256withRSA";
/// `SignatureType` of a client key; an access key has an empty one or none.
pub const PRIVATE_KEY: &str = "PRIVATEKEY";

/// What is signed: the method, `/`, and the parameters sorted by name. It may hold a session token, so it is wiped.
pub fn string_to_sign<K: AsRef<str>, V: AsRef<str>>(method: &str, parameters: &[(K, V)]) -> Zeroizing<String> {
    let mut pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    pairs.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));

    // The list is percent-encoded once more as a whole. A byte becomes at most 5 characters that way.
    let room: usize = pairs.iter().map(|(name, value)| 5 * (name.len() + value.len()) + 6).sum();
    let mut text = Zeroizing::new(String::with_capacity(method.len() + 5 + room));
    text.push_str(method);
    text.push_str("&%2F&");
    for (place, (name, value)) in pairs.iter().enumerate() {
        if place > 0 {
            text.push_str("%26");
        }
        push_twice_encoded(&mut text, name);
        text.push_str("%3D");
        push_twice_encoded(&mut text, value);
    }
    text
}

fn push_twice_encoded(text: &mut String, plain: &str) {
    let once = Zeroizing::new(percent_encode(plain));
    // Of what encoding leaves, only the `%` is encoded again.
    for (place, part) in once.split('%').enumerate() {
        if place > 0 {
            text.push_str("%25");
        }
        text.push_str(part);
    }
}

/// The parameter `Signature` of an access key. Cannot fail.
pub fn sign_hmac(string_to_sign: &str, access_key_secret: &Secret) -> String {
    let mut key = Zeroizing::new(Vec::with_capacity(access_key_secret.len() + 1));
    key.extend_from_slice(access_key_secret.expose_bytes());
    key.push(b'&');
    STANDARD.encode(hmac_sha1(&key, string_to_sign.as_bytes()).as_slice())
}

/// The parameter `Signature` of a client key.
///
/// # Errors
/// As [`RsaKey::sign`].
pub fn sign_rsa(string_to_sign: &str, key: &RsaKey) -> Result<String> {
    Ok(STANDARD.encode(key.sign(string_to_sign.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::{sign_hmac, string_to_sign};
    use crate::secret::Secret;

    #[test]
    fn values_are_encoded_twice() {
        let text = string_to_sign("GET", &[("b", "x y/*~"), ("B", ""), ("a", "é")]);
        assert_eq!(text.as_str(), "GET&%2F&B%3D%26a%3D%25C3%25A9%26b%3Dx%2520y%252F%252A~");
        assert_eq!(sign_hmac(&text, &Secret::from_text("k")).len(), 28);
    }
}
