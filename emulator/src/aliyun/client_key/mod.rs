//! Client keys: what a program shows to a KMS instance instead of an AccessKey.

mod der;
mod pkcs12;
mod rsa;
#[cfg(test)]
mod vector_tests;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use rsa::PrivateKey;

use crate::files::{private_file, private_folder};
use crate::util::random_text;

/// The half that the service knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PublicKey {
    pub(crate) id: String,
    /// Base64.
    pub(crate) modulus: String,
    /// Base64.
    pub(crate) exponent: String,
}

impl PublicKey {
    /// Whether a signature in base64 is that of a message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let [modulus, exponent, signature] =
            [&self.modulus, &self.exponent, signature].map(|text| STANDARD.decode(text).unwrap_or_default());
        rsa::verify(&modulus, &exponent, message, &signature)
    }
}

/// A client key that the emulator knows, as files for a client; they are removed when this is dropped.
#[derive(Debug)]
pub struct ClientKey {
    /// The key's id.
    pub key_id: String,
    /// What opens it.
    pub password: String,
    /// The file's text: `KeyId` and `PrivateKeyData`, a PKCS#12 in base64 (PBES2, AES-256).
    pub json: String,
    /// A file with that text.
    pub json_path: PathBuf,
    /// A file with the password.
    pub password_path: PathBuf,
}

impl Drop for ClientKey {
    fn drop(&mut self) {
        for path in [&self.json_path, &self.password_path] {
            std::fs::remove_file(path).ok();
        }
        if let Some(folder) = self.json_path.parent() {
            std::fs::remove_dir(folder).ok();
        }
    }
}

/// A new key: what the service keeps, and the client's file as text. It takes a moment.
pub(crate) fn make(password: &str) -> Option<(PublicKey, String)> {
    let key = PrivateKey::generate();
    let sealed = pkcs12::seal(&key.pkcs8(), password)?;
    let id = format!("KAAP.{}", random_text(36).to_lowercase());
    let json = json!({"KeyId": id, "PrivateKeyData": STANDARD.encode(sealed)}).to_string();
    let (modulus, exponent) = (STANDARD.encode(key.modulus()), STANDARD.encode(PrivateKey::exponent()));
    Some((PublicKey { id, modulus, exponent }, json))
}

impl ClientKey {
    /// Writes the files, readable for their owner only, into a new folder.
    pub(crate) fn write(key_id: String, password: &str, json: String) -> std::io::Result<ClientKey> {
        let name = format!("evercred-emulator-{}-{}", std::process::id(), random_text(12));
        let folder = std::env::temp_dir().join(name);
        private_folder(&folder)?;
        // Made before the writes, so that a failed one is cleaned up too.
        let key = ClientKey {
            key_id,
            password: password.to_owned(),
            json,
            json_path: folder.join("client_key.json"),
            password_path: folder.join("password"),
        };
        write(&key.json_path, &key.json)?;
        write(&key.password_path, password)?;
        Ok(key)
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::io::Write::write_all(&mut private_file(path)?, text.as_bytes())
}
