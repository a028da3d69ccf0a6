//! The encrypted cache files of the official clients. Evercred reads them for migration and never writes them.

use std::path::{Component, Path, PathBuf};

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use pbkdf2::pbkdf2_hmac;
use serde_json::Value;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::encoding::decode_base64;
use crate::providers::json::{Document, take_text};
use crate::secret::Secret;

/// The length of the prefix, in bytes.
const PREFIX: usize = 3;
/// The possible lengths of the random key, in bytes, the older generation's first.
const KEYS: [usize; 2] = [16, 32];
const ROUNDS: u32 = 65_536;
/// The maximum size of a file, in bytes. A secret has at most 30 KB; base64 and JSON make it larger.
const MAX_FILE_BYTES: u64 = 1 << 20;
const IV: usize = 16;

/// A secret from a cache file.
#[derive(Debug)]
pub struct CachedSecret {
    /// The secret, with the stored fields of the answer.
    pub secret: SecretAnswer,
    /// The stage in the file; empty if there is none.
    pub stage: String,
    /// When it was fetched, in milliseconds since 1970; 0 if the file does not contain the time.
    pub refreshed_at_ms: i64,
}

/// The path of a secret's cache file: `<folder>/<secret name>/stage_<stage in lower case>.json` (recorded).
///
/// # Errors
/// [`Code::InvalidArgument`] when the path would be outside the folder because of the name or stage. The official
/// client does not check this.
pub fn path(folder: &Path, secret_name: &str, stage: &str) -> Result<PathBuf> {
    let name = Path::new(secret_name);
    let inside = !secret_name.is_empty() && name.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || secret_name.contains(['\0', '\\']) {
        return Err(Error::argument("secret_name", "it must not lead out of the cache folder"));
    }
    if stage.is_empty() || !stage.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::argument("version_stage", "it must consist of letters and digits"));
    }
    Ok(folder.join(name).join(format!("stage_{}.json", stage.to_ascii_lowercase())))
}

/// Reads a secret's cache file. Returns `None` if the file does not exist.
///
/// # Errors
/// As [`path`] and [`parse`], and [`Code::File`] when the file cannot be read.
pub fn read(folder: &Path, secret_name: &str, stage: &str, salt: &str) -> Result<Option<CachedSecret>> {
    let path = path(folder, secret_name, stage)?;
    // Any other problem is reported when the file is read.
    if matches!(std::fs::metadata(&path), Err(error) if error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    parse(read_text(&path, MAX_FILE_BYTES)?.expose_bytes(), salt).map(Some)
}

/// Parses the content of a cache file.
///
/// Facts (recorded): the secret is base64 of three bytes (`001`, not checked), a random key, an IV and AES-256-CBC
/// ciphertext. The encryption key is derived from the random key and a configured salt, so the files are only as secret
/// as the salt. The random key has 16 bytes in the first generation of the client and 32 in the second; the file does
/// not contain the generation.
///
/// # Errors
/// [`Code::File`] when it is not a cache file or cannot be decrypted with the salt. The error quotes nothing from the
/// file.
pub fn parse(text: &[u8], salt: &str) -> Result<CachedSecret> {
    let mut document = Document::read(text).ok_or_else(|| unusable("it is not JSON"))?;
    let fields = document.fields_mut().ok_or_else(|| unusable("it is not a JSON object"))?;
    let stage = take_text(fields, "stage").unwrap_or_default();
    let refreshed_at_ms = fields.get("refresh_time_stamp").and_then(Value::as_i64).unwrap_or_default();
    let info = fields.get_mut("secret_info").and_then(Value::as_object_mut);
    let info = info.ok_or_else(|| unusable("it has no secret_info"))?;
    let encrypted = take_text(info, "secret_value").ok_or_else(|| unusable("it has no secret_value"))?;
    let data = decrypt(&encrypted, salt)?;
    let secret = SecretAnswer {
        name: Field::of(info, "secret_name"),
        secret_type: Field::of(info, "secret_type"),
        data: Some(data),
        data_type: Field::of(info, "secret_data_type"),
        version_id: Field::of(info, "version_id"),
        version_stages: if stage.is_empty() { Vec::new() } else { vec![stage.clone()] },
        create_time: Field::of(info, "create_time"),
        next_rotation_date: Field::of(info, "next_rotation_date"),
        extended_config: Field::of(info, "extended_config"),
        automatic_rotation: Field::of(info, "automatic_rotation"),
        rotation_interval: Field::of(info, "rotation_interval"),
        ..SecretAnswer::default()
    };
    Ok(CachedSecret { secret, stage, refreshed_at_ms })
}

fn decrypt(encrypted: &str, salt: &str) -> Result<Secret> {
    let bytes = decode_base64(encrypted.as_bytes()).ok_or_else(|| unusable("its secret_value is not base64"))?;
    let encrypted = bytes.get(PREFIX..).ok_or_else(|| unusable("its secret_value is too short"))?;
    // A wrong key length rarely results in valid padding and text. If both lengths do, the result that is JSON is
    // right.
    let mut results = KEYS.iter().filter_map(|length| decrypt_with(encrypted, salt, *length)).collect::<Vec<_>>();
    let is_json = |secret: &Secret| Document::read(secret.expose_bytes()).is_some();
    let chosen = results.iter().position(is_json).unwrap_or_default();
    if results.is_empty() {
        return Err(unusable(
            "its secret_value cannot be decrypted; check that the salt is the one that the file was written with",
        ));
    }
    Ok(results.swap_remove(chosen))
}

fn decrypt_with(encrypted: &[u8], salt: &str, key_length: usize) -> Option<Secret> {
    let (random_key, rest) = encrypted.split_at_checked(key_length)?;
    let (iv, text) = rest.split_at_checked(IV)?;
    // Without a whole block there is no padding, so deriving a key would be useless.
    if text.is_empty() || text.len() % IV != 0 {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2_hmac::<Sha256>(random_key, salt.as_bytes(), ROUNDS, key.as_mut_slice());
    let mut buffer = Zeroizing::new(text.to_vec());
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key.as_slice(), iv).ok()?;
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?;
    let plain = std::str::from_utf8(plain).ok()?;
    // A wrong key can result in text, but hardly without control characters.
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    plain.chars().all(is_text).then(|| Secret::from_text(plain))
}

fn unusable(problem: &str) -> Error {
    Error::new(Code::File, format!("the cached secret cannot be used: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::{IV, ROUNDS, parse, path, read};
    use crate::error::Code;
    use aes::Aes256;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use cbc::cipher::block_padding::Pkcs7;
    use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
    use pbkdf2::pbkdf2_hmac;
    use sha2::Sha256;
    use std::path::Path;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = Path::new("cache");
        assert_eq!(path(folder, "a/b", "ACSCurrent").unwrap(), folder.join("a/b/stage_acscurrent.json"));
        for name in ["", "/etc", "..", "a/../../b", ".", "a\\..\\b", "a\0"] {
            assert_eq!(path(folder, name, "ACSCurrent").unwrap_err().code(), Code::InvalidArgument, "{name}");
        }
        assert!(path(folder, "a", "../x").is_err());
        assert!(read(Path::new("no such folder"), "a", "ACSCurrent", "").unwrap().is_none());
    }

    /// A cache file with this value, as the second generation of the client encrypts it.
    fn sealed(plain: &str) -> String {
        let (random_key, iv) = ([7; 32], [9; 16]);
        let mut key = [0; 32];
        pbkdf2_hmac::<Sha256>(&random_key, b"salt", ROUNDS, &mut key);
        let length = plain.len();
        let mut text = plain.as_bytes().to_vec();
        text.resize(length + IV, 0);
        let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, &iv).unwrap();
        let text = cipher.encrypt_padded::<Pkcs7>(&mut text, length).unwrap();
        let value = STANDARD.encode([b"001", &random_key[..], &iv, text].concat());
        format!(r#"{{"secret_info":{{"secret_value":"{value}"}}}}"#)
    }

    #[test]
    fn a_value_with_control_characters_is_refused() {
        let read = |plain: &str| parse(sealed(plain).as_bytes(), "salt");
        for good in ["a password", "{\n\t\"a\": 1\r\n}", "密码 é", ""] {
            assert_eq!(read(good).unwrap().secret.data.unwrap().expose(), good);
        }
        for bad in ["a\0b", "\u{1b}[2J", "a\u{7f}", "a\u{8}", "a\u{85}b"] {
            let error = read(bad).unwrap_err();
            assert_eq!(error.code(), Code::File, "{bad:?}");
            assert!(error.message().contains("cannot be decrypted") && !error.message().contains(char::is_control));
        }
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["", "null", "[]", "{}", r#"{"secret_info":{}}"#, r#"{"secret_info":{"secret_value":"!"}}"#] {
            assert_eq!(parse(text.as_bytes(), "salt").unwrap_err().code(), Code::File, "{text}");
        }
    }
}
