//! Reads the private key from a PKCS#12 file (RFC 7292) and checks the file's MAC.
//!
//! No available crate supports both RC2 key lengths and 3DES with two keys, which recorded client keys use, and the
//! general crates have about fifty dependencies. Certificates are skipped, since nothing needs them.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::der::{CONTEXT_0, CONTEXT_0_PRIMITIVE, Der, OBJECT, OCTETS, SEQUENCE};
use crate::error::{Code, Error, Result};
use crate::providers::aliyun::client_key::pkcs12_cipher::{Hash, MAX_ROUNDS, Password, Work, decrypt};

/// `pkcs7-data`
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// `pkcs7-encryptedData`
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// `bagtypes`, without the last number.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];

/// Reads the first private key of a file, in PKCS#8.
///
/// # Errors
/// [`Code::File`] when it is not a PKCS#12 file, has no MAC or no readable key, when the password is wrong, or when deriving
/// all its keys takes more than 4 million rounds. The error quotes nothing from the file.
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
    let work = Work::new();
    let or = |problem: &str| {
        if work.is_used_up() {
            return unusable(&format!("deriving its keys takes more than {MAX_ROUNDS} rounds of a hash"));
        }
        unusable(problem)
    };
    let password = passwords.iter().find(|password| mac.matches(password, safe, &work));
    let password = password.ok_or_else(|| or("the password is wrong"))?;
    key_in_safe(safe, password, &work).ok_or_else(|| or("it has no readable private key"))
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
        (rounds >= 1).then_some(Mac { hash, digest, salt, rounds })
    }

    fn matches(&self, password: &Password<'_>, safe: &[u8], work: &Work) -> bool {
        let mac = self.hash.mac(password, self.salt, self.rounds, safe, work);
        mac.is_some_and(|mac| mac.ct_eq(self.digest).into())
    }
}

/// Reads the plain parts first, since the encrypted parts usually contain only certificates.
fn key_in_safe(safe: &[u8], password: &Password<'_>, work: &Work) -> Option<Zeroizing<Vec<u8>>> {
    let parts = || {
        let mut parts = Der::new(safe).inside(SEQUENCE);
        std::iter::from_fn(move || parts.as_mut()?.inside(SEQUENCE))
    };
    parts()
        .find_map(|part| key_in_bags(data(part)?, password, work))
        .or_else(|| parts().find_map(|part| key_in_bags(&encrypted_data(part, password, work)?, password, work)))
}

fn encrypted_data(mut content_info: Der<'_>, password: &Password<'_>, work: &Work) -> Option<Zeroizing<Vec<u8>>> {
    if content_info.content(OBJECT)? != ENCRYPTED_DATA {
        return None;
    }
    let mut encrypted = content_info.inside(CONTEXT_0)?.inside(SEQUENCE)?;
    encrypted.number()?;
    let mut content = encrypted.inside(SEQUENCE)?;
    content.content(OBJECT)?;
    let algorithm = content.inside(SEQUENCE)?;
    decrypt(algorithm, content.content(CONTEXT_0_PRIMITIVE)?, password, work)
}

fn key_in_bags(bags: &[u8], password: &Password<'_>, work: &Work) -> Option<Zeroizing<Vec<u8>>> {
    let mut bags = Der::new(bags).inside(SEQUENCE)?;
    std::iter::from_fn(|| bags.inside(SEQUENCE)).find_map(|mut bag| {
        let kind = bag.content(OBJECT)?.strip_prefix(BAGS)?;
        let mut value = bag.inside(CONTEXT_0)?;
        match kind {
            [1] => value.any().map(|key| Zeroizing::new(key.whole.to_vec())),
            [2] => {
                let mut shrouded = value.inside(SEQUENCE)?;
                let algorithm = shrouded.inside(SEQUENCE)?;
                decrypt(algorithm, shrouded.content(OCTETS)?, password, work)
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &length, &content].concat()
    }

    fn number(number: u32) -> Vec<u8> {
        der(0x02, &[&[0], &number.to_be_bytes()])
    }

    /// A file with these parts, whose MAC is of the password `p` and takes `rounds`.
    fn sealed(parts: &[u8], rounds: u32) -> Vec<u8> {
        let safe = der(SEQUENCE, &[parts]);
        let salt = [7; 8];
        let mac = Hash::Sha256.mac(&Password::new("p"), &salt, rounds.min(10), &safe, &Work::new()).unwrap();
        let sha256 = der(SEQUENCE, &[&der(OBJECT, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]])]);
        let info = der(SEQUENCE, &[&sha256, &der(OCTETS, &[&mac])]);
        let mac_data = der(SEQUENCE, &[&info, &der(OCTETS, &[&salt]), &number(rounds)]);
        let content = der(SEQUENCE, &[&der(OBJECT, &[DATA]), &der(CONTEXT_0, &[&der(OCTETS, &[&safe])])]);
        der(SEQUENCE, &[&number(3), &content, &mac_data])
    }

    /// An encrypted part whose key takes `rounds`.
    fn part(rounds: u32) -> Vec<u8> {
        let pbe = [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01][..], &[3]].concat();
        let parameters = der(SEQUENCE, &[&der(OCTETS, &[&[1; 8]]), &number(rounds)]);
        let algorithm = der(SEQUENCE, &[&der(OBJECT, &[&pbe]), &parameters]);
        let content = der(SEQUENCE, &[&der(OBJECT, &[DATA]), &algorithm, &der(CONTEXT_0_PRIMITIVE, &[&[0; 16]])]);
        let encrypted = der(CONTEXT_0, &[&der(SEQUENCE, &[&number(0), &content])]);
        der(SEQUENCE, &[&der(OBJECT, &[ENCRYPTED_DATA]), &encrypted])
    }

    #[test]
    fn the_rounds_of_all_parts_are_bounded_together() {
        let begin = std::time::Instant::now();
        let problem =
            |parts: &[u8], rounds: u32| private_key(&sealed(parts, rounds), "p").unwrap_err().message().to_owned();
        let parts = part(999_999).repeat(1500);
        assert!(parts.len() > 200_000);
        let limit = "the client key cannot be used: deriving its keys takes more than 4000000 rounds of a hash";
        assert_eq!(problem(&parts, 1), limit);
        // One part or the MAC alone.
        assert_eq!(problem(&part(u32::MAX), 1), limit);
        assert_eq!(problem(&part(1), 4_000_001), limit);
        // A wide bound: without a common limit it takes many minutes.
        assert!(begin.elapsed().as_secs() < 60);
        assert_eq!(
            problem(&part(2048).repeat(10), 10),
            "the client key cannot be used: it has no readable private key"
        );
    }
}
