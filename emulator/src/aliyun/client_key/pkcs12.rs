//! A private key as PKCS#12: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, and a SHA-256 MAC.

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use sha2::{Digest, Sha256};

use super::der::{NULL, number, octets, oid, sequence, tagged};
use crate::signature::hmac256;
use crate::util::random_bytes;

const ROUNDS: u32 = 2048;

// 1.2.840.113549, from which most of these hang.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// Wraps a PKCS#8 key; `None` never happens with keys of the right length.
pub(crate) fn seal(pkcs8: &[u8], password: &str) -> Option<Vec<u8>> {
    let (salt, iv, mac_salt) = (random_bytes(), random_bytes(), random_bytes());
    let (salt, iv, mac_salt) = (salt.get(..16)?, iv.get(..16)?, mac_salt.get(..8)?);
    let key = pbkdf2(password.as_bytes(), salt)?;
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, iv).ok()?;
    let sealed = cipher.encrypt_padded_vec::<Pkcs7>(pkcs8);

    let derive = sequence(&[&octets(salt), &number(ROUNDS), &sequence(&[&oid(HMAC_SHA256), NULL])]);
    let derive = sequence(&[&oid(PBKDF2), &derive]);
    let scheme = sequence(&[&oid(AES_256_CBC), &octets(iv)]);
    let algorithm = sequence(&[&oid(PBES2), &sequence(&[&derive, &scheme])]);
    let bag = sequence(&[&oid(SHROUDED_KEY_BAG), &tagged(&sequence(&[&algorithm, &octets(&sealed)]))]);
    let safe = content(&sequence(&[&bag]));
    let all = sequence(&[&safe]);

    let mac = hmac256(&mac_key(password, mac_salt), &all)?;
    let digest = sequence(&[&sequence(&[&oid(SHA_256), NULL]), &octets(&mac)]);
    let mac = sequence(&[&digest, &octets(mac_salt), &number(ROUNDS)]);
    Some(sequence(&[&number(3), &content(&all), &mac]))
}

fn content(data: &[u8]) -> Vec<u8> {
    sequence(&[&oid(DATA), &tagged(&octets(data))])
}

/// PBKDF2-HMAC-SHA256 of one block, which is a key of AES-256.
fn pbkdf2(password: &[u8], salt: &[u8]) -> Option<Vec<u8>> {
    let mut round = hmac256(password, &[salt, &[0, 0, 0, 1]].concat())?;
    let mut key = round.clone();
    for _ in 1..ROUNDS {
        round = hmac256(password, &round)?;
        for (byte, more) in key.iter_mut().zip(&round) {
            *byte ^= more;
        }
    }
    Some(key)
}

/// The key of the MAC (RFC 7292, appendix B.2, for one hash's length).
fn mac_key(password: &str, salt: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let wide: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let filled = |text: &[u8]| {
        let length = text.len().div_ceil(BLOCK) * BLOCK;
        text.iter().copied().cycle().take(length).collect::<Vec<u8>>()
    };
    let mut hash = Sha256::digest([vec![3; BLOCK], filled(salt), filled(&wide)].concat());
    for _ in 1..ROUNDS {
        hash = Sha256::digest(hash);
    }
    hash.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::hex;

    #[test]
    fn key_of_the_cipher() {
        // By Python's hashlib.
        let key = pbkdf2(b"password", b"salt").unwrap();
        assert_eq!(hex(&key), "70422347e52eb64cc65a0449b9c067a7c0a4c8e10f430f5d467afe5b2d5ea199");
    }
}
