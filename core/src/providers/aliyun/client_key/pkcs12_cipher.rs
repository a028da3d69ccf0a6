//! The encryption and the MAC of a PKCS#12 file: RFC 7292 (appendices B and C) and RFC 8018.
//!
//! Facts: the supported ciphers are those of client keys that the official clients were recorded to read: RC2 with 40
//! and 128 bits, 3DES with two and three keys, and PBES2 with AES or 3DES.

use std::cell::Cell;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _};
use des::{TdesEde2, TdesEde3};
use pbkdf2::pbkdf2_hmac;
use rc2::Rc2;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::der::{Der, INTEGER, OBJECT, OCTETS, SEQUENCE};

/// The maximum number of rounds that all keys of a file may take together. More rounds would only consume time: OpenSSL uses
/// 2048, Java 10000, NSS 600000 for each of about three keys.
pub(super) const MAX_ROUNDS: u32 = 4_000_000;

/// The rounds that are left for a file. Without a common limit a file of many parts could take minutes.
pub(super) struct Work(Cell<u32>);

impl Work {
    pub(super) fn new() -> Work {
        Work(Cell::new(MAX_ROUNDS))
    }

    /// Takes the rounds of a key of this many hashes; `None` if too few are left, and then none are left for later keys.
    fn take(&self, rounds: u32, hashes: usize) -> Option<()> {
        let wanted = u32::try_from(hashes).ok().and_then(|hashes| rounds.max(1).checked_mul(hashes));
        let left = wanted.and_then(|wanted| self.0.get().checked_sub(wanted));
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// Whether a key was not derived because of the limit.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.get() == 0
    }
}

/// `pkcs-12PbeIds`, without the last number.
const PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
/// `id-PBES2`
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// `id-PBKDF2`
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// `digestAlgorithm`; its numbers 7 to 11 are HMACs.
const HMACS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
/// `des-ede3-cbc`
const DES_EDE3: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];
/// NIST's AES modes, without the last number.
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
/// `id-sha1`
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// NIST's hashes, without the last number.
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// A password in the two encodings that the standards require.
pub(super) struct Password<'a> {
    /// The encoding for PBES2.
    pub(super) utf8: &'a [u8],
    /// The encoding for everything else: UTF-16, big-endian, followed by two zero bytes.
    pub(super) utf16: Zeroizing<Vec<u8>>,
}

impl<'a> Password<'a> {
    /// Both encodings of a text.
    pub(super) fn new(text: &'a str) -> Password<'a> {
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        text.encode_utf16().chain([0]).for_each(|unit| utf16.extend_from_slice(&unit.to_be_bytes()));
        Password { utf8: text.as_bytes(), utf16 }
    }

    /// The absence of a password, which some writers use for an empty password.
    pub(super) fn absent() -> Password<'a> {
        Password { utf8: &[], utf16: Zeroizing::default() }
    }
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    /// The hash function with this object identifier.
    pub(super) fn of(object: &[u8]) -> Option<Hash> {
        if object == SHA1 {
            return Some(Hash::Sha1);
        }
        match object.strip_prefix(SHA2)? {
            [1] => Some(Hash::Sha256),
            [2] => Some(Hash::Sha384),
            [3] => Some(Hash::Sha512),
            [4] => Some(Hash::Sha224),
            _ => None,
        }
    }

    fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        fn all<D: Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
            let digest = parts.iter().fold(D::new(), |digest, part| digest.chain_update(part)).finalize();
            Zeroizing::new(digest.iter().copied().collect())
        }
        match self {
            Hash::Sha1 => all::<Sha1>(parts),
            Hash::Sha224 => all::<Sha224>(parts),
            Hash::Sha256 => all::<Sha256>(parts),
            Hash::Sha384 => all::<Sha384>(parts),
            Hash::Sha512 => all::<Sha512>(parts),
        }
    }

    fn block(self) -> usize {
        if matches!(self, Hash::Sha384 | Hash::Sha512) { 128 } else { 64 }
    }

    fn length(self) -> usize {
        match self {
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The file's MAC: an HMAC with a key that is derived from the password. `None` if that takes too much work.
    pub(super) fn mac(
        self,
        password: &Password<'_>,
        salt: &[u8],
        rounds: u32,
        text: &[u8],
        work: &Work,
    ) -> Option<Zeroizing<Vec<u8>>> {
        // RFC 7292, appendix B.3: 3 derives a key for integrity. It is never longer than a block, so HMAC uses it
        // directly.
        let key = self.derive(3, password, salt, rounds, self.length(), work)?;
        let padded = |mask: u8| -> Zeroizing<Vec<u8>> {
            let filled = key.iter().copied().chain(std::iter::repeat(0)).take(self.block());
            Zeroizing::new(filled.map(|byte| byte ^ mask).collect())
        };
        let inner = self.digest(&[&padded(0x36), text]);
        Some(self.digest(&[&padded(0x5c), &inner]))
    }

    /// RFC 7292, appendix B.2.
    fn derive(
        self,
        purpose: u8,
        password: &Password<'_>,
        salt: &[u8],
        rounds: u32,
        length: usize,
        work: &Work,
    ) -> Option<Zeroizing<Vec<u8>>> {
        work.take(rounds, length.div_ceil(self.length()))?;
        let block = self.block();
        let diversifier = vec![purpose; block];
        let filled = |bytes: &[u8]| bytes.len().div_ceil(block) * block;
        let mut input = Zeroizing::new(Vec::with_capacity(filled(salt) + filled(&password.utf16)));
        input.extend(salt.iter().cycle().take(filled(salt)));
        input.extend(password.utf16.iter().cycle().take(filled(&password.utf16)));

        let mut out = Zeroizing::new(Vec::with_capacity(length + self.length()));
        while out.len() < length {
            let mut digest = self.digest(&[&diversifier, &input]);
            for _ in 1..rounds {
                digest = self.digest(&[&digest]);
            }
            out.extend_from_slice(&digest);
            let addend: Zeroizing<Vec<u8>> = Zeroizing::new(digest.iter().copied().cycle().take(block).collect());
            for chunk in input.chunks_mut(block) {
                let mut carry = 1;
                for (byte, add) in chunk.iter_mut().zip(addend.iter()).rev() {
                    let sum = u16::from(*byte) + u16::from(*add) + carry;
                    *byte = (sum & 0xff) as u8;
                    carry = sum >> 8;
                }
            }
        }
        out.truncate(length);
        Some(out)
    }
}

/// Decrypts a text. `algorithm` is the content of its `AlgorithmIdentifier`.
pub(super) fn decrypt(
    mut algorithm: Der<'_>,
    text: &[u8],
    password: &Password<'_>,
    work: &Work,
) -> Option<Zeroizing<Vec<u8>>> {
    let object = algorithm.content(OBJECT)?;
    let mut parameters = algorithm.inside(SEQUENCE)?;
    if object == PBES2 {
        return pbes2(parameters, text, password, work);
    }
    let salt = parameters.content(OCTETS)?;
    let rounds = parameters.number().filter(|rounds| *rounds >= 1)?;
    let derive = |purpose, length| Hash::Sha1.derive(purpose, password, salt, rounds, length, work);
    let iv = derive(2, 8)?;
    match object.strip_prefix(PBE)? {
        [3] => cbc::<TdesEde3>(&derive(1, 24)?, &iv, text),
        [4] => cbc::<TdesEde2>(&derive(1, 16)?, &iv, text),
        [5] => cbc::<Rc2>(&derive(1, 16)?, &iv, text),
        [6] => cbc::<Rc2>(&derive(1, 5)?, &iv, text),
        _ => None,
    }
}

/// PBKDF2 with one of the hashes: password, salt, rounds, key.
type Pbkdf2 = fn(&[u8], &[u8], u32, &mut [u8]);

fn pbes2(mut parameters: Der<'_>, text: &[u8], password: &Password<'_>, work: &Work) -> Option<Zeroizing<Vec<u8>>> {
    let mut derivation = parameters.inside(SEQUENCE)?;
    let mut cipher = parameters.inside(SEQUENCE)?;
    let cipher_object = cipher.content(OBJECT)?;
    let iv = cipher.content(OCTETS)?;

    if derivation.content(OBJECT)? != PBKDF2 {
        return None;
    }
    let mut derivation = derivation.inside(SEQUENCE)?;
    let salt = derivation.content(OCTETS)?;
    let rounds = derivation.number().filter(|rounds| *rounds >= 1)?;
    // Optional elements: the key length, which the cipher determines anyway, and the function, by default HMAC-SHA1.
    let mut function = None;
    while !derivation.is_empty() {
        let element = derivation.any()?;
        match element.tag {
            INTEGER => {}
            SEQUENCE => function = Some(Der::new(element.content).content(OBJECT)?),
            _ => return None,
        }
    }
    let function = match function {
        None => 7,
        Some(object) => match object.strip_prefix(HMACS)? {
            [number] => *number,
            _ => return None,
        },
    };
    let derive = |length: usize| -> Option<Zeroizing<Vec<u8>>> {
        let mut key = Zeroizing::new(vec![0; length]);
        let (derive, hash): (Pbkdf2, Hash) = match function {
            7 => (pbkdf2_hmac::<Sha1>, Hash::Sha1),
            8 => (pbkdf2_hmac::<Sha224>, Hash::Sha224),
            9 => (pbkdf2_hmac::<Sha256>, Hash::Sha256),
            10 => (pbkdf2_hmac::<Sha384>, Hash::Sha384),
            11 => (pbkdf2_hmac::<Sha512>, Hash::Sha512),
            _ => return None,
        };
        work.take(rounds, length.div_ceil(hash.length()))?;
        derive(password.utf8, salt, rounds, &mut key);
        Some(key)
    };
    if cipher_object == DES_EDE3 {
        return cbc::<TdesEde3>(&derive(24)?, iv, text);
    }
    match cipher_object.strip_prefix(AES)? {
        [2] => cbc::<Aes128>(&derive(16)?, iv, text),
        [22] => cbc::<Aes192>(&derive(24)?, iv, text),
        [42] => cbc::<Aes256>(&derive(32)?, iv, text),
        _ => None,
    }
}

fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    let mut buffer = Zeroizing::new(text.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}
