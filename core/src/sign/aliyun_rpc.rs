//! Alibaba Cloud's RPC signature, version 1.0: HMAC-SHA1 with an access key, SHA256withRSA with a client key.
//!
//! Facts: requests recorded from aliyun-python-sdk-core. Every parameter except `Signature` is signed, in the query and
//! in a form body. The value before any encoding is signed.

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
/// `SignatureType` of a client key. For an access key it is empty or absent.
pub const PRIVATE_KEY: &str = "PRIVATEKEY";

/// The text to sign: the method, `/`, and the parameters sorted by name. It may contain a session token, so it is
/// wiped.
pub fn string_to_sign<K: AsRef<str>, V: AsRef<str>>(method: &str, parameters: &[(K, V)]) -> Zeroizing<String> {
    let mut pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    pairs.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));

    // The whole list is percent-encoded again, so a byte becomes at most 5 characters.
    let room: usize = pairs.iter().map(|(name, value)| 5 * (name.len() + value.len()) + 6).sum();
    let mut text = Zeroizing::new(String::with_capacity(method.len() + 5 + room));
    text.push_str(method);
    text.push_str("&%2F&");
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
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
    // In encoded text, the second encoding changes only `%`.
    for (index, part) in once.split('%').enumerate() {
        if index > 0 {
            text.push_str("%25");
        }
        text.push_str(part);
    }
}

/// The parameter `Signature` for an access key. Cannot fail.
pub fn sign_hmac(string_to_sign: &str, access_key_secret: &Secret) -> String {
    let mut key = Zeroizing::new(Vec::with_capacity(access_key_secret.len() + 1));
    key.extend_from_slice(access_key_secret.expose_bytes());
    key.push(b'&');
    STANDARD.encode(hmac_sha1(&key, string_to_sign.as_bytes()).as_slice())
}

/// The parameter `Signature` for a client key.
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
