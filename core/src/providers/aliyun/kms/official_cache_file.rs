//! The encrypted files in which the official clients keep secrets between two runs; read for migration, never written.
//!
//! Facts (recorded): `<folder>/<secret name>/stage_<stage in lower case>.json`, in which the secret is base64 of three
//! bytes (`001`, not checked), a random key, an IV and AES-256-CBC ciphertext. The key that encrypts is derived from the
//! random one and a configured salt, so these files are only as secret as the salt. The random key has 16 bytes in the
//! first generation of the client and 32 in the second; nothing in the file says which.

use std::path::{Component, Path, PathBuf};

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use pbkdf2::pbkdf2_hmac;
use serde_json::{Map, Value};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::json::{Document, take_text};
use crate::secret::Secret;

/// The three bytes in front.
const PREFIX: usize = 3;
/// The lengths of the random key, the older generation's first.
const KEYS: [usize; 2] = [16, 32];
const ROUNDS: u32 = 65_536;
/// The largest file that is read: a secret has at most 30 KB, which base64 and JSON blow up.
const LARGEST: u64 = 1 << 20;
const IV: usize = 16;

/// A secret out of such a file.
#[derive(Debug)]
pub struct Cached {
    /// The secret with what else was kept of the answer.
    pub secret: SecretAnswer,
    /// The stage that the file says; empty where it says none.
    pub stage: String,
    /// When it was fetched, in milliseconds since the epoch; 0 where the file does not say.
    pub refreshed_at_ms: i64,
}

/// The file of a secret.
///
/// # Errors
/// [`Code::InvalidArgument`] when the name or stage would lead out of the folder, which the official client lets happen.
pub fn path(folder: &Path, secret_name: &str, stage: &str) -> Result<PathBuf> {
    let name = Path::new(secret_name);
    let inside = !secret_name.is_empty() && name.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || secret_name.contains(['\0', '\\']) {
        return Err(Error::argument("secret_name", "it would lead out of the cache's folder"));
    }
    if stage.is_empty() || !stage.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::argument("version_stage", "it must be of letters and digits"));
    }
    Ok(folder.join(name).join(format!("stage_{}.json", stage.to_ascii_lowercase())))
}

/// Reads a secret's file; none when there is no such file.
///
/// # Errors
/// As [`path`] and [`parse`], and [`Code::File`] when the file cannot be read.
pub fn read(folder: &Path, secret_name: &str, stage: &str, salt: &str) -> Result<Option<Cached>> {
    let path = path(folder, secret_name, stage)?;
    // Whatever else is wrong with the file, reading it says.
    if matches!(std::fs::metadata(&path), Err(error) if error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    parse(read_text(&path, LARGEST)?.expose_bytes(), salt).map(Some)
}

/// Reads what such a file holds.
///
/// # Errors
/// [`Code::File`] when it is not such a file or does not open with the salt; the error quotes nothing of it.
pub fn parse(text: &[u8], salt: &str) -> Result<Cached> {
    let mut document = Document::read(text).ok_or_else(|| refused("it is not JSON"))?;
    let fields = document.fields_mut().ok_or_else(|| refused("it is not a JSON object"))?;
    let stage = take_text(fields, "stage").unwrap_or_default();
    let refreshed_at_ms = fields.get("refresh_time_stamp").and_then(Value::as_i64).unwrap_or_default();
    let info = fields.get_mut("secret_info").and_then(Value::as_object_mut);
    let info = info.ok_or_else(|| refused("it has no secret_info"))?;
    let sealed = take_text(info, "secret_value").ok_or_else(|| refused("it has no secret_value"))?;
    let data = open(&sealed, salt)?;
    let secret = SecretAnswer {
        name: field(info, "secret_name"),
        secret_type: field(info, "secret_type"),
        data: Some(data),
        data_type: field(info, "secret_data_type"),
        version_id: field(info, "version_id"),
        version_stages: if stage.is_empty() { Vec::new() } else { vec![stage.clone()] },
        create_time: field(info, "create_time"),
        next_rotation_date: field(info, "next_rotation_date"),
        extended_config: field(info, "extended_config"),
        automatic_rotation: field(info, "automatic_rotation"),
        rotation_interval: field(info, "rotation_interval"),
        ..SecretAnswer::default()
    };
    Ok(Cached { secret, stage, refreshed_at_ms })
}

fn field(info: &Map<String, Value>, name: &str) -> Field {
    match info.get(name) {
        None | Some(Value::Null) => Field::Absent,
        Some(Value::String(text)) => Field::Text(text.clone()),
        Some(_) => Field::NotText,
    }
}

fn open(sealed: &str, salt: &str) -> Result<Secret> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(sealed.len()));
    STANDARD.decode_vec(sealed, &mut bytes).map_err(|_| refused("its secret_value is not base64"))?;
    let sealed = bytes.get(PREFIX..).ok_or_else(|| refused("its secret_value is too short"))?;
    // A wrong length of the key seldom gives padding that fits and text; where both do, the one that is JSON is meant.
    let mut readings = KEYS.iter().filter_map(|length| open_with(sealed, salt, *length)).collect::<Vec<_>>();
    let is_json = |secret: &Secret| Document::read(secret.expose_bytes()).is_some();
    let chosen = readings.iter().position(is_json).unwrap_or_default();
    if readings.is_empty() {
        return Err(refused("its secret_value does not open: is the salt the one that the file was written with?"));
    }
    Ok(readings.swap_remove(chosen))
}

fn open_with(sealed: &[u8], salt: &str, key_length: usize) -> Option<Secret> {
    let (random_key, rest) = sealed.split_at_checked(key_length)?;
    let (iv, text) = rest.split_at_checked(IV)?;
    // Without a whole block there is no padding, and nothing to derive a key for.
    if text.is_empty() || text.len() % IV != 0 {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2_hmac::<Sha256>(random_key, salt.as_bytes(), ROUNDS, key.as_mut_slice());
    let mut buffer = Zeroizing::new(text.to_vec());
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key.as_slice(), iv).ok()?;
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?;
    let plain = std::str::from_utf8(plain).ok()?;
    (!plain.contains('\0')).then(|| Secret::from_text(plain))
}

fn refused(problem: &str) -> Error {
    Error::new(Code::File, format!("the cached secret cannot be used: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::{parse, path, read};
    use crate::error::Code;
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

    #[test]
    fn what_is_no_such_file() {
        for text in ["", "null", "[]", "{}", r#"{"secret_info":{}}"#, r#"{"secret_info":{"secret_value":"!"}}"#] {
            assert_eq!(parse(text.as_bytes(), "salt").unwrap_err().code(), Code::File, "{text}");
        }
    }
}
