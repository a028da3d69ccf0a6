//! Fuzzes the parsers of tokens, token plaintexts and fallback password files.

#![no_main]

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use evercred_core::providers::tencent::{fallback, token};
use evercred_core::sign::encode::hex_lower;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    match choice % 4 {
        0 => {
            if let Ok(text) = std::str::from_utf8(rest) {
                let _ = token::password("i", "r", "u", text);
            }
        }
        // A leading hash and arbitrary base64 reach the decryption.
        1 => {
            let text = format!("{}{}", hex_lower(&Sha256::digest(rest)), URL_SAFE_NO_PAD.encode(rest));
            let _ = token::password("i", "r", "u", &text);
        }
        2 => {
            let text = encrypt(rest);
            if let Ok(token) = token::decode("i", "r", "u", &text) {
                let _ = format!("{token:?}");
            }
        }
        _ => {
            if let Some(password) = fallback::parse(rest) {
                assert!(!password.is_empty() && rest.len() <= 200);
            }
        }
    }
});

fn encrypt(plaintext: &[u8]) -> String {
    let seed = hex_lower(&Sha256::digest("i_r_u"));
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&seed.as_bytes()[..32], &seed.as_bytes()[33..49]).unwrap();
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(plaintext);
    format!("{}{}", hex_lower(&Sha256::digest(plaintext)), URL_SAFE_NO_PAD.encode(encrypted))
}
