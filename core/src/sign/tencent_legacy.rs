//! Tencent Cloud's older signatures, `HmacSHA1` and `HmacSHA256`.
//!
//! Facts: requests recorded from tencentcloud-sdk-python. The signed text contains the values without encoding; the
//! body contains them form-encoded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::mac::{hmac_sha1, hmac_sha256};
use crate::secret::Secret;

/// The hash function of the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `HmacSHA1`
    Sha1,
    /// `HmacSHA256`
    Sha256,
}

impl Algorithm {
    /// The value of the parameter `SignatureMethod`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "HmacSHA1",
            Algorithm::Sha256 => "HmacSHA256",
        }
    }
}

/// Everything that the signature covers.
pub struct Input<'a> {
    /// The hash function.
    pub algorithm: Algorithm,
    /// The secret key.
    pub secret_key: &'a Secret,
    /// `POST` or `GET`.
    pub method: &'a str,
    /// The host as in the endpoint, including a port.
    pub host: &'a str,
    /// The path, `/`.
    pub path: &'a str,
    /// Every parameter except `Signature`, not encoded, in any order.
    pub parameters: &'a [(String, String)],
}

/// A signature and the signed text.
pub struct Signed {
    /// The signed text. It may contain a session token, so it is wiped when dropped and there is no `Debug`.
    pub string_to_sign: Zeroizing<String>,
    /// The value of the parameter `Signature`, in base64.
    pub signature: String,
}

/// Signs a request. Cannot fail.
pub fn sign(input: &Input<'_>) -> Signed {
    // A `_` in a name is signed as `.`. The changed names determine the order.
    let mut pairs: Vec<(String, &str)> =
        input.parameters.iter().map(|(name, value)| (name.replace('_', "."), value.as_str())).collect();
    pairs.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));

    let room: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let head = input.method.len() + input.host.len() + input.path.len() + 1;
    let mut text = Zeroizing::new(String::with_capacity(head + room));
    for part in [input.method, input.host, input.path, "?"] {
        text.push_str(part);
    }
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }

    let key = input.secret_key.expose_bytes();
    let signature = match input.algorithm {
        Algorithm::Sha1 => STANDARD.encode(hmac_sha1(key, text.as_bytes()).as_slice()),
        Algorithm::Sha256 => STANDARD.encode(hmac_sha256(key, text.as_bytes()).as_slice()),
    };
    Signed { string_to_sign: text, signature }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Input, sign};
    use crate::secret::Secret;

    #[test]
    fn names_change_before_they_are_sorted() {
        let parameters = [("a_b", "1_2"), ("a-b", "3"), ("B", "x y&")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let signed = sign(&Input {
            algorithm: Algorithm::Sha1,
            secret_key: &Secret::from_text("k"),
            method: "POST",
            host: "h:1",
            path: "/",
            parameters: &parameters,
        });
        assert_eq!(signed.string_to_sign.as_str(), "POSTh:1/?B=x y&&a-b=3&a.b=1_2");
        assert_eq!(signed.signature.len(), 28);
    }
}
