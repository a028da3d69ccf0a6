//! Reads client keys: the files `clientKey_*.json` from the console of KMS. Start here; `pkcs12` and `pkcs12_cipher`
//! read the key.
//!
//! Facts (recorded): JSON with `KeyId` and `PrivateKeyData`. The latter is base64 of a PKCS#12 file and may contain
//! line breaks.

pub mod pkcs12;
mod pkcs12_cipher;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::providers::aliyun::client_key::pkcs12::unusable;
use crate::providers::encoding::decode_base64;
use crate::providers::json::{Document, take_text};
use crate::providers::{Kind, Material};
use crate::secret::Secret;
use crate::sign::rsa::RsaKey;

/// A decrypted client key, which can sign. `Debug` does not show the private key.
#[derive(Debug)]
pub struct ClientKey {
    key_id: String,
    key: RsaKey,
}

impl ClientKey {
    /// Decrypts a client key file.
    ///
    /// # Errors
    /// [`Code::File`] when it is not JSON, lacks a field, or cannot be decrypted with the password. The error quotes
    /// neither the file nor the password.
    pub fn open(file: &[u8], password: &Secret) -> Result<ClientKey> {
        let (key_id, der) = read(file, password)?;
        let key = RsaKey::from_der(&der).map_err(|error| unusable(error.message()))?;
        Ok(ClientKey { key_id, key })
    }

    /// The client key in a login identity.
    ///
    /// # Errors
    /// [`Code::Unsupported`] when the identity is an access key; [`Code::File`] when the private key is not valid.
    pub fn from_material(material: &Material) -> Result<ClientKey> {
        if material.kind != Kind::PrivateKey {
            return Err(Error::new(
                Code::Unsupported,
                "a client key is required, but the login identity is an access key",
            ));
        }
        let key = RsaKey::from_der(material.value.expose_bytes()).map_err(|error| unusable(error.message()))?;
        Ok(ClientKey { key_id: material.access_key_id.expose().to_owned(), key })
    }

    /// The key's id. Requests contain it instead of an access key id.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The private key.
    pub fn key(&self) -> &RsaKey {
        &self.key
    }
}

/// Reads the id and the private key, in PKCS#8, from a client key file.
///
/// # Errors
/// As [`ClientKey::open`].
pub fn read(file: &[u8], password: &Secret) -> Result<(String, Zeroizing<Vec<u8>>)> {
    // Some editors write a byte order mark.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut document = Document::read(file).ok_or_else(|| unusable("it is not JSON"))?;
    let fields = document.fields_mut().ok_or_else(|| unusable("it is not a JSON object"))?;
    let key_id = take_text(fields, "KeyId").ok_or_else(|| unusable("it has no KeyId"))?;
    if key_id.chars().any(|character| !character.is_ascii_graphic()) {
        return Err(unusable("its KeyId contains characters that a header must not contain"));
    }
    let text = take_text(fields, "PrivateKeyData").ok_or_else(|| unusable("it has no PrivateKeyData"))?;
    let mut text = Zeroizing::new(text.into_bytes());
    text.retain(|byte| !byte.is_ascii_whitespace());
    let pkcs12 = decode_base64(&text).ok_or_else(|| unusable("its PrivateKeyData is not base64"))?;
    let der = pkcs12::private_key(&pkcs12, password.expose())?;
    Ok((key_id, der))
}
