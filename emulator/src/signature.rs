//! What the signatures of both clouds share: the parts of an `Authorization` header, and HMAC.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// The parts of an `Authorization` header of either cloud: `<algorithm> Credential=…, SignedHeaders=…, Signature=…`.
#[derive(Debug, PartialEq)]
pub(crate) struct Claim<'a> {
    pub(crate) credential: &'a str,
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

impl<'a> Claim<'a> {
    pub(crate) fn parse(header: &'a str, algorithm: &str) -> Option<Claim<'a>> {
        let rest = header.strip_prefix(algorithm)?.strip_prefix(' ')?;
        let (mut credential, mut signed, mut signature): (Option<&str>, Option<&str>, Option<&str>) =
            (None, None, None);
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let part = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed,
                "Signature" => &mut signature,
                _ => return None,
            };
            // A part that is given twice has no meaning.
            if part.replace(value).is_some() {
                return None;
            }
        }
        let credential = credential.filter(|text| !text.is_empty())?;
        Some(Claim { credential, signed_headers: signed?.split(';').collect(), signature: signature? })
    }
}

pub(crate) fn hmac256(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(data);
    Some(mac.finalize().into_bytes().to_vec())
}

pub(crate) fn hmac1(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(data);
    Some(mac.finalize().into_bytes().to_vec())
}
