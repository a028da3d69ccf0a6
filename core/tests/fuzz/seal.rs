//! Encrypts and signs inputs as the services do, so that the parsers behind a decryption are reached.

use std::num::NonZeroU32;
use std::sync::OnceLock;

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use evercred_core::sign::encode::hex_lower;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac as ring_hmac;
use ring::pbkdf2::PBKDF2_HMAC_SHA256;
use sha2::{Digest as _, Sha256};

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex_lower(&Sha256::digest(bytes))
}

fn aes(key: &[u8], iv: &[u8], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new_from_slices(key, iv).unwrap().encrypt_padded_vec::<Pkcs7>(plain)
}

/// Tencent Cloud's token of the user `u` at the instance `i` in the region `r`.
pub fn token(plain: &[u8]) -> String {
    let seed = sha256_hex(b"i_r_u");
    let encrypted = aes(&seed.as_bytes()[..32], &seed.as_bytes()[33..49], plain);
    format!("{}{}", sha256_hex(plain), URL_SAFE_NO_PAD.encode(encrypted))
}

/// A value of the official cache file with the salt `salt`.
pub fn cached(plain: &[u8]) -> String {
    let (random, iv) = ([7; 16], [9; 16]);
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(&random, b"salt", 65_536, &mut key);
    STANDARD.encode([b"001", &random[..], &iv, &aes(&key, &iv, plain)].concat())
}

/// A DER value.
pub fn der(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, &content].concat()
}

/// `pkcs7-data`
pub const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];

/// A PKCS#12 file with this content, whose MAC is of the password `p` (RFC 7292, appendix B.2, with one round).
pub fn pkcs12(safe: &[u8]) -> Vec<u8> {
    let salt = [7; 8];
    let password = [0, b'p', 0, 0];
    let key = Sha256::digest([&[3; 64][..], &salt.repeat(8), &password.repeat(16)].concat());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(safe);
    let sha256 = der(0x30, &[&der(0x06, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]])]);
    let info = der(0x30, &[&sha256, &der(0x04, &[&mac.finalize().into_bytes()])]);
    let mac_data = der(0x30, &[&info, &der(0x04, &[&salt])]);
    der(0x30, &[&[2, 1, 3], &content_info(safe), &mac_data])
}

/// A `ContentInfo` with plain data.
pub fn content_info(data: &[u8]) -> Vec<u8> {
    der(0x30, &[&der(0x06, &[DATA]), &der(0xa0, &[&der(0x04, &[data])])])
}

/// The secret and the salt of a sealed cache file.
pub const CACHE_SECRET: &str = "hunter2, a long text";
const CACHE_SALT: [u8; 16] = [5; 16];

/// The library's own cache file with this record of the source `name`, sealed as the library does.
pub fn cache_file(record: &[u8], name: &str) -> Vec<u8> {
    static MAIN: OnceLock<ring_hmac::Key> = OnceLock::new();
    let main = MAIN.get_or_init(|| {
        let mut main = [0; 32];
        let rounds = NonZeroU32::new(100_000).unwrap();
        ring::pbkdf2::derive(PBKDF2_HMAC_SHA256, rounds, &CACHE_SALT, CACHE_SECRET.as_bytes(), &mut main);
        ring_hmac::Key::new(ring_hmac::HMAC_SHA256, &main)
    });
    let part = |name: &str| ring_hmac::sign(main, name.as_bytes());
    let label = ring_hmac::sign(&ring_hmac::Key::new(ring_hmac::HMAC_SHA256, part("label").as_ref()), name.as_bytes());
    let label = hex_lower(&label.as_ref()[..16]);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, part("seal").as_ref()).unwrap());
    let nonce = [1; 12];
    let mut sealed = record.to_vec();
    let associated_data = Aad::from(format!("evercred cache 1 {label}"));
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated_data, &mut sealed).unwrap();
    let (salt, nonce, sealed) = (STANDARD.encode(CACHE_SALT), STANDARD.encode(nonce), STANDARD.encode(sealed));
    let id = hex_lower(&part("id").as_ref()[..8]);
    let entry = format!(r#"{{"label":"{label}","key":"{id}","nonce":"{nonce}","sealed":"{sealed}","written_ms":1}}"#);
    format!(r#"{{"format":"evercred cache","version":1,"salt":"{salt}","entries":[{entry}]}}"#).into_bytes()
}
