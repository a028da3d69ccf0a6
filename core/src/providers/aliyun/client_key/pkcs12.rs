//! Reads the private key from a PKCS#12 file (RFC 7292) and checks the file's MAC.
//!
//! No available crate supports both RC2 key lengths and 3DES with two keys, which recorded client keys use, and the
//! general crates have about fifty dependencies. Certificates are skipped, since nothing needs them.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::der::{CONTEXT_0, CONTEXT_0_PRIMITIVE, Der, OBJECT, OCTETS, SEQUENCE};
use crate::error::{Code, Error, Result};
use crate::providers::aliyun::client_key::pkcs12_cipher::{Hash, MAX_ROUNDS, Password, decrypt};

/// `pkcs7-data`
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// `pkcs7-encryptedData`
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// `bagtypes`, without the last number.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];

/// Reads the first private key of a file, in PKCS#8.
///
/// # Errors
/// [`Code::File`] when it is not a PKCS#12 file, has no MAC or no readable key, or when the password is wrong. The
/// error quotes nothing from the file.
pub fn private_key(file: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut pfx = Der::new(file).inside(SEQUENCE).ok_or_else(|| unusable("it is not a PKCS#12 file"))?;
    if pfx.number() != Some(3) {
        return Err(unusable("it is not a PKCS#12 file of version 3"));
    }
    let safe = pfx.inside(SEQUENCE).and_then(data).ok_or_else(|| unusable("its content cannot be read"))?;
    if pfx.is_empty() {
        return Err(unusable("it has no MAC, so the password cannot be checked"));
    }
    let mac = Mac::read(pfx).ok_or_else(|| unusable("its MAC has an unknown format"))?;

    let mut passwords = vec![Password::new(password)];
    if password.is_empty() {
        passwords.push(Password::absent());
    }
    let password = passwords.iter().find(|password| mac.matches(password, safe));
    let password = password.ok_or_else(|| unusable("the password is wrong"))?;
    key_in_safe(safe, password).ok_or_else(|| unusable("it has no readable private key"))
}

/// The error for a client key that cannot be used.
pub(super) fn unusable(problem: &str) -> Error {
    Error::new(Code::File, format!("the client key cannot be used: {problem}"))
}

/// The content of a `ContentInfo` with plain data.
fn data(mut content_info: Der<'_>) -> Option<&[u8]> {
    if content_info.content(OBJECT)? != DATA {
        return None;
    }
    content_info.inside(CONTEXT_0)?.content(OCTETS)
}

/// `MacData`
struct Mac<'a> {
    hash: Hash,
    digest: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> Mac<'a> {
    fn read(mut pfx: Der<'a>) -> Option<Mac<'a>> {
        let mut mac_data = pfx.inside(SEQUENCE)?;
        let mut info = mac_data.inside(SEQUENCE)?;
        let hash = Hash::of(info.inside(SEQUENCE)?.content(OBJECT)?)?;
        let digest = info.content(OCTETS)?;
        let salt = mac_data.content(OCTETS)?;
        let rounds = if mac_data.is_empty() { 1 } else { mac_data.number()? };
        (1..=MAX_ROUNDS).contains(&rounds).then_some(Mac { hash, digest, salt, rounds })
    }

    fn matches(&self, password: &Password<'_>, safe: &[u8]) -> bool {
        self.hash.mac(password, self.salt, self.rounds, safe).ct_eq(self.digest).into()
    }
}

/// Reads the plain parts first, since the encrypted parts usually contain only certificates.
fn key_in_safe(safe: &[u8], password: &Password<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let parts = || {
        let mut parts = Der::new(safe).inside(SEQUENCE);
        std::iter::from_fn(move || parts.as_mut()?.inside(SEQUENCE))
    };
    parts()
        .find_map(|part| key_in_bags(data(part)?, password))
        .or_else(|| parts().find_map(|part| key_in_bags(&encrypted_data(part, password)?, password)))
}

fn encrypted_data(mut content_info: Der<'_>, password: &Password<'_>) -> Option<Zeroizing<Vec<u8>>> {
    if content_info.content(OBJECT)? != ENCRYPTED_DATA {
        return None;
    }
    let mut encrypted = content_info.inside(CONTEXT_0)?.inside(SEQUENCE)?;
    encrypted.number()?;
    let mut content = encrypted.inside(SEQUENCE)?;
    content.content(OBJECT)?;
    let algorithm = content.inside(SEQUENCE)?;
    decrypt(algorithm, content.content(CONTEXT_0_PRIMITIVE)?, password)
}

fn key_in_bags(bags: &[u8], password: &Password<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let mut bags = Der::new(bags).inside(SEQUENCE)?;
    std::iter::from_fn(|| bags.inside(SEQUENCE)).find_map(|mut bag| {
        let kind = bag.content(OBJECT)?.strip_prefix(BAGS)?;
        let mut value = bag.inside(CONTEXT_0)?;
        match kind {
            [1] => value.any().map(|key| Zeroizing::new(key.whole.to_vec())),
            [2] => {
                let mut shrouded = value.inside(SEQUENCE)?;
                let algorithm = shrouded.inside(SEQUENCE)?;
                decrypt(algorithm, shrouded.content(OCTETS)?, password)
            }
            _ => None,
        }
    })
}
