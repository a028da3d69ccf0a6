//! A client key: what the console of KMS hands out as `clientKey_*.json`.
//!
//! Facts (recorded): JSON with `KeyId` and `PrivateKeyData`, the latter base64 (line breaks allowed) of a PKCS#12 file.

pub mod pkcs12;
mod pkcs12_cipher;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::providers::json::{Document, take_text};
use crate::providers::{Kind, Material};
use crate::secret::Secret;
use crate::sign::rsa::RsaKey;

/// A client key, opened and able to sign. Never shown.
#[derive(Debug)]
pub struct ClientKey {
    key_id: String,
    key: RsaKey,
}

impl ClientKey {
    /// Opens a client key file.
    ///
    /// # Errors
    /// [`Code::File`] when it is not JSON, lacks a field, or does not open with the password; the error quotes nothing of
    /// either.
    pub fn open(file: &[u8], password: &Secret) -> Result<ClientKey> {
        let (key_id, der) = read(file, password)?;
        let key = RsaKey::from_der(&der).map_err(|error| refused(error.message()))?;
        Ok(ClientKey { key_id, key })
    }

    /// The client key that a login identity is.
    ///
    /// # Errors
    /// [`Code::Unsupported`] when it is an access key; [`Code::File`] when the private key is none.
    pub fn from_material(material: &Material) -> Result<ClientKey> {
        if material.kind != Kind::PrivateKey {
            return Err(Error::new(
                Code::Unsupported,
                "a client key is wanted, and the login identity is an access key",
            ));
        }
        let key = RsaKey::from_der(material.value.expose_bytes()).map_err(|error| refused(error.message()))?;
        Ok(ClientKey { key_id: material.access_key_id.expose().to_owned(), key })
    }

    /// The key's id, which is sent in place of an access key id.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The private key.
    pub fn key(&self) -> &RsaKey {
        &self.key
    }
}

/// The id and the private key, as PKCS#8, of a client key file.
///
/// # Errors
/// As [`ClientKey::open`].
pub fn read(file: &[u8], password: &Secret) -> Result<(String, Zeroizing<Vec<u8>>)> {
    // A mark of the byte order in front is what some editors leave.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut document = Document::read(file).ok_or_else(|| refused("it is not JSON"))?;
    let fields = document.fields_mut().ok_or_else(|| refused("it is not a JSON object"))?;
    let key_id = take_text(fields, "KeyId").ok_or_else(|| refused("it has no KeyId"))?;
    if key_id.chars().any(|character| !character.is_ascii_graphic()) {
        return Err(refused("its KeyId holds characters that no header may"));
    }
    let text = take_text(fields, "PrivateKeyData").ok_or_else(|| refused("it has no PrivateKeyData"))?;
    let mut text = Zeroizing::new(text.into_bytes());
    text.retain(|byte| !byte.is_ascii_whitespace());
    let mut pkcs12 = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD.decode_vec(&*text, &mut pkcs12).map_err(|_| refused("its PrivateKeyData is not base64"))?;
    let der = pkcs12::private_key(&pkcs12, password.expose())?;
    Ok((key_id, der))
}

fn refused(problem: &str) -> Error {
    Error::new(Code::File, format!("the client key cannot be used: {problem}"))
}
