//! The encrypted auth token that CAM hands out.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};

use super::account::Account;
use crate::protobuf::{number, text};
use crate::util::{random_bytes, random_u32, sha256_hex};

/// A fresh token around the account's password; `None` never happens with keys of the right length.
pub(crate) fn seal(account: &Account, request_id: &str, now_ms: i64) -> Option<String> {
    let [a, b, c, d, ..] = random_bytes();
    let mut plain = vec![a, b, c, d];
    plain.extend(message(account, request_id, now_ms));
    let seed = sha256_hex(format!("{}_{}_{}", account.instance, account.region, account.user).as_bytes());
    let (key, iv) = (seed.get(..32)?, seed.get(33..49)?);
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(key.as_bytes(), iv.as_bytes()).ok()?;
    let sealed = cipher.encrypt_padded_vec::<Pkcs7>(&plain);
    Some(format!("{}{}", sha256_hex(&plain), URL_SAFE_NO_PAD.encode(sealed)))
}

/// The protobuf message inside.
fn message(account: &Account, request_id: &str, now_ms: i64) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, 1, 1_250_000_000);
    number(&mut out, 2, 100_000_000_001);
    number(&mut out, 3, 100_000_000_001);
    text(&mut out, 4, request_id);
    text(&mut out, 5, &account.instance);
    text(&mut out, 6, &account.region);
    text(&mut out, 7, &account.user);
    text(&mut out, 8, &account.password);
    number(&mut out, 9, u64::try_from(now_ms).unwrap_or(0));
    number(&mut out, 11, 1);
    number(&mut out, 12, u64::from(random_u32()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use cbc::cipher::BlockModeDecrypt;

    #[test]
    fn opens_with_the_key_of_the_vectors() {
        // Key and IV of region ap-guangzhou, instance cdb-example1, user app_user, as in the vectors.
        let mut account = Account::new("ap-guangzhou", "cdb-example1", "app_user", 0, 1);
        account.password = "example-db-password-1".into();
        let token = seal(&account, "id", 1_700_000_000_123).unwrap();
        let (hash, rest) = token.split_at(64);
        let sealed = URL_SAFE_NO_PAD.decode(rest).unwrap();
        let plain = cbc::Decryptor::<Aes256>::new_from_slices(b"da712676aadc313daffdbee07d22fbe5", b"8f506837f93c5d03")
            .unwrap()
            .decrypt_padded_vec::<Pkcs7>(&sealed)
            .unwrap();
        assert_eq!(hash, sha256_hex(&plain));
        let mut field = vec![8 << 3 | 2, 21];
        field.extend_from_slice(b"example-db-password-1");
        assert!(plain.windows(field.len()).any(|w| w == field));
        assert_ne!(token, seal(&account, "id", 1_700_000_000_123).unwrap());
    }
}
