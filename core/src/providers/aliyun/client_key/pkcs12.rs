//! Takes the private key out of a PKCS#12 file (RFC 7292), checked against the file's seal.
//!
//! A reader of our own: no crate at hand opens the two RC2 widths and the 3DES with two keys that recorded client keys
//! use, and the general ones bring some fifty crates along. Certificates are not looked at, since nothing here needs them.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::der::{CONTEXT_0, CONTEXT_0_PRIMITIVE, Der, OBJECT, OCTETS, SEQUENCE};
use crate::error::{Code, Error, Result};
use crate::providers::aliyun::client_key::pkcs12_cipher::{Hash, MOST_ROUNDS, Password, decrypt};

/// `pkcs7-data`
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// `pkcs7-encryptedData`
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// `bagtypes`, without the last number.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];

/// The first private key of a file, as PKCS#8.
///
/// # Errors
/// [`Code::File`] when it is no such file, has no seal, holds no key that can be read, or when the password does not fit.
/// The error quotes nothing of the file.
pub fn private_key(file: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut pfx = Der::new(file).inside(SEQUENCE).ok_or_else(|| refused("it is not a PKCS#12 file"))?;
    if pfx.number() != Some(3) {
        return Err(refused("it is not a PKCS#12 file of version 3"));
    }
    let safe = pfx.inside(SEQUENCE).and_then(data).ok_or_else(|| refused("its contents cannot be read"))?;
    if pfx.is_empty() {
        return Err(refused("it has no seal (MAC), so the password cannot be checked"));
    }
    let seal = Seal::read(pfx).ok_or_else(|| refused("its seal (MAC) is of an unknown kind"))?;

    let mut passwords = vec![Password::new(password)];
    if password.is_empty() {
        passwords.push(Password::absent());
    }
    let fitting = passwords.iter().find(|password| seal.fits(password, safe));
    let password = fitting.ok_or_else(|| refused("the password does not fit"))?;
    key_in_safe(safe, password).ok_or_else(|| refused("no private key in it could be read"))
}

fn refused(problem: &str) -> Error {
    Error::new(Code::File, format!("the client key cannot be used: {problem}"))
}

/// What a `ContentInfo` of plain data holds.
fn data(mut content_info: Der<'_>) -> Option<&[u8]> {
    if content_info.content(OBJECT)? != DATA {
        return None;
    }
    content_info.inside(CONTEXT_0)?.content(OCTETS)
}

/// `MacData`
struct Seal<'a> {
    hash: Hash,
    digest: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> Seal<'a> {
    fn read(mut pfx: Der<'a>) -> Option<Seal<'a>> {
        let mut mac_data = pfx.inside(SEQUENCE)?;
        let mut info = mac_data.inside(SEQUENCE)?;
        let hash = Hash::of(info.inside(SEQUENCE)?.content(OBJECT)?)?;
        let digest = info.content(OCTETS)?;
        let salt = mac_data.content(OCTETS)?;
        let rounds = if mac_data.is_empty() { 1 } else { mac_data.number()? };
        (1..=MOST_ROUNDS).contains(&rounds).then_some(Seal { hash, digest, salt, rounds })
    }

    fn fits(&self, password: &Password<'_>, safe: &[u8]) -> bool {
        self.hash.seal(password, self.salt, self.rounds, safe).ct_eq(self.digest).into()
    }
}

/// Looks into the plain parts first: the encrypted ones usually hold certificates alone.
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
