//! The encrypted token with which CAM returns a database password.
//! Only the TLS connection protects a token. It is handled as a secret everywhere.

use std::fmt;

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::providers::protobuf::{Broken, Reader, Value};
use crate::secret::Secret;
use crate::sign::encode::hex_lower;

/// The length of the leading hash, in characters.
const HASH: usize = 64;
/// The number of bytes before the message in the plaintext. Their meaning is not known, and no SDK reads them.
const PREFIX: usize = 4;

/// Accepts unused bits in the last character, as the official parser does. They do not change the value.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The content of a token. Missing fields are 0 or empty. Only the password is used. The service does not guarantee
/// that the names equal those of the request, and the official parser does not compare them.
#[derive(Clone)]
pub struct AuthToken {
    /// Field 1: the account's application id.
    pub app_id: u64,
    /// Field 2: the caller's account id.
    pub uin: u64,
    /// Field 3: the main account's id.
    pub owner_uin: u64,
    /// Field 4: the service's id of the request that created the token.
    pub request_id: String,
    /// Field 5: the database instance.
    pub instance_id: String,
    /// Field 6: the region.
    pub region: String,
    /// Field 7: the database user.
    pub user_name: String,
    /// Field 8: the database password.
    pub password: Secret,
    /// Field 9: when the token was created, in milliseconds since 1970.
    pub create_time: u64,
    /// Field 10: a text with unknown meaning.
    pub extra_info: String,
    /// Field 11: the kind of token.
    pub token_type: u32,
    /// Field 12: a random number.
    pub rand_num: u32,
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text with unknown meaning and the random number are omitted, since they may be secret.
        f.debug_struct("AuthToken")
            .field("instance_id", &self.instance_id)
            .field("region", &self.region)
            .field("user_name", &self.user_name)
            .field("password", &self.password)
            .field("create_time", &self.create_time)
            .field("token_type", &self.token_type)
            .finish_non_exhaustive()
    }
}

/// Decrypts a token.
///
/// Facts (recorded from dbauth-sdk-python): the token is 64 lower-case hex digits of the plaintext's SHA-256, then base64
/// of the AES-256-CBC ciphertext with PKCS#7 padding. Key and IV are parts of the hex SHA-256 of `instance_region_user`,
/// so anyone who knows these names can decrypt it, and the hash has no key.
///
/// # Errors
/// [`Code::Malformed`] when it is not a token for these names: it is too short, is not base64, cannot be decrypted,
/// does not match its hash, or contains no valid message. The error never quotes the token or its content.
pub fn decode(instance: &str, region: &str, user: &str, token: &str) -> Result<AuthToken> {
    if instance.is_empty() || region.is_empty() || user.is_empty() {
        return Err(malformed("an instance, region or user name is empty"));
    }
    let (hash, text) = token.as_bytes().split_at_checked(HASH).ok_or_else(|| malformed("it is too short"))?;
    let mut buffer = decode_base64(text)?;

    let seed = hex_lower(&Sha256::digest(format!("{instance}_{region}_{user}")));
    let (key, iv) = key_and_iv(&seed);
    let plaintext = cbc::Decryptor::<Aes256>::new(&key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .map_err(|_| malformed("it cannot be decrypted; it was not created for this instance, region and user"))?;

    // Compared as text, so that an upper-case hash is refused, as in the official parser.
    let expected = hex_lower(&Sha256::digest(plaintext));
    if !bool::from(expected.as_bytes().ct_eq(hash)) {
        return Err(malformed("its hash does not match"));
    }
    let message = plaintext.get(PREFIX..).unwrap_or_default();
    read_message(message).map_err(|Broken| malformed("its content cannot be read"))
}

/// Decrypts a token and returns its password.
///
/// # Errors
/// As [`decode`]; also [`Code::Malformed`] when the password is empty or contains a NUL, which no C string can carry.
pub fn password(instance: &str, region: &str, user: &str, token: &str) -> Result<Secret> {
    let password = decode(instance, region, user, token)?.password;
    if password.is_empty() {
        return Err(malformed("its password is empty"));
    }
    if password.expose_bytes().contains(&0) {
        return Err(malformed("its password contains a NUL"));
    }
    Ok(password)
}

fn malformed(problem: &str) -> Error {
    Error::new(Code::Malformed, format!("the database token cannot be used: {problem}"))
}

/// Decodes `A-Z a-z 0-9` with `+ /` or `- _` in any mixture, with full, partial or no padding. Other characters are
/// refused; the official parser ignores them and so accepts modified tokens.
fn decode_base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let bad = || malformed("it is not base64");
    let digits = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let padding = text.len() - digits;
    let full_padding = digits.next_multiple_of(4) - digits;
    if padding > full_padding {
        return Err(bad());
    }
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.iter()
            .take(digits)
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                &other => other,
            })
            .collect(),
    );
    // The whole capacity is reserved first, since a growing vector leaves copies behind.
    let mut out = Zeroizing::new(Vec::with_capacity(digits.len()));
    BASE64.decode_vec(&*digits, &mut out).map_err(|_| bad())?;
    Ok(out)
}

/// Characters 0 to 31 are the key and 33 to 48 the IV, as ASCII. Every official SDK skips character 32.
fn key_and_iv(seed: &str) -> ([u8; 32], [u8; 16]) {
    let (mut key, mut iv) = ([0; 32], [0; 16]);
    let mut characters = seed.bytes();
    for (to, from) in key.iter_mut().zip(&mut characters) {
        *to = from;
    }
    for (to, from) in iv.iter_mut().zip(characters.skip(1)) {
        *to = from;
    }
    (key, iv)
}

fn read_message(message: &[u8]) -> std::result::Result<AuthToken, Broken> {
    let mut token = AuthToken {
        app_id: 0,
        uin: 0,
        owner_uin: 0,
        request_id: String::new(),
        instance_id: String::new(),
        region: String::new(),
        user_name: String::new(),
        password: Secret::from_text(""),
        create_time: 0,
        extra_info: String::new(),
        token_type: 0,
        rand_num: 0,
    };
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Varint(number)) => token.app_id = number,
            (2, Value::Varint(number)) => token.uin = number,
            (3, Value::Varint(number)) => token.owner_uin = number,
            (4, Value::Bytes(bytes)) => token.request_id = text(bytes)?.to_owned(),
            (5, Value::Bytes(bytes)) => token.instance_id = text(bytes)?.to_owned(),
            (6, Value::Bytes(bytes)) => token.region = text(bytes)?.to_owned(),
            (7, Value::Bytes(bytes)) => token.user_name = text(bytes)?.to_owned(),
            (8, Value::Bytes(bytes)) => token.password = Secret::from_text(text(bytes)?),
            (9, Value::Varint(number)) => token.create_time = number,
            (10, Value::Bytes(bytes)) => token.extra_info = text(bytes)?.to_owned(),
            (11, Value::Varint(number)) => token.token_type = low_half(number),
            (12, Value::Varint(number)) => token.rand_num = low_half(number),
            // The format requires that unknown fields are skipped, and known fields with another wire type too.
            _ => {}
        }
    }
    Ok(token)
}

/// Text fields must be UTF-8, even those that a later field replaces.
fn text(bytes: &[u8]) -> std::result::Result<&str, Broken> {
    std::str::from_utf8(bytes).map_err(|_| Broken)
}

/// A 32-bit field keeps the low half of a longer number.
fn low_half(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}
