//! The identity `client_key`: requests are signed with a private key instead of an access key.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::client_key::{self, ClientKey};
use crate::providers::{Context, Fetched, Material, Origin, Provider, read_identity_file};
use crate::secret::Secret;

/// The size limit of a client key's file, in bytes: such files have a few kilobytes.
const LARGEST_FILE: u64 = 256 * 1024;
/// The variable that the official client reads last.
const DEFAULT_VARIABLE: &str = "client_key_password";

/// Where the password of a client key comes from. The first that has one is used: the text, then, in the order of the
/// official client, the named variable, the file, and the environment variable `client_key_password`.
#[derive(Clone, Debug, Default)]
pub struct KeyPassword {
    /// The password itself.
    pub text: Option<Secret>,
    /// The name of an environment variable.
    pub variable: Option<String>,
    /// A file whose whole content, trimmed, is the password.
    pub file: Option<PathBuf>,
}

impl KeyPassword {
    /// Whether no source is configured.
    pub fn is_unset(&self) -> bool {
        self.text.is_none() && self.variable.is_none() && self.file.is_none()
    }

    fn read(&self, platform: &dyn Platform) -> Result<Secret> {
        if let Some(password) = &self.text {
            return Ok(password.clone());
        }
        let variable = |name: &str| platform.text_variable(name).map(Secret::new);
        if let Some(password) = self.variable.as_deref().and_then(variable) {
            return Ok(password);
        }
        if let Some(path) = &self.file {
            let text = read_identity_file(path, LARGEST_FILE, true)
                .map_err(|error| error.in_context("the client key's password"))?;
            let password = Secret::from_text(text.expose().trim());
            if !password.is_empty() {
                return Ok(password);
            }
        }
        variable(DEFAULT_VARIABLE).ok_or_else(|| {
            let text = format!(
                "the client key has no password: set aliyun_client_key_password, aliyun_client_key_password_file or the environment variable {DEFAULT_VARIABLE}"
            );
            Error::new(Code::NoIdentity, text)
        })
    }
}

/// A client key in a file. The file is read at each fetch, so that after a refusal a key that has replaced the old one is used.
#[derive(Clone, Debug)]
pub struct ClientKeyFile {
    /// The file that the console of KMS creates.
    pub path: PathBuf,
    /// The password of the file.
    pub password: KeyPassword,
}

impl ClientKeyFile {
    /// Reads the file and decrypts the key.
    ///
    /// # Errors
    /// [`Code::File`] if a file cannot be read, is not a client key, or cannot be decrypted with this password;
    /// [`Code::NoIdentity`] if there is no password.
    pub fn read(&self, platform: &dyn Platform) -> Result<Material> {
        let file = read_identity_file(&self.path, LARGEST_FILE, true)?;
        let in_file = |error: Error| error.in_context(&self.path.display().to_string());
        let (key_id, pkcs8) = client_key::read(file.expose_bytes(), &self.password.read(platform)?).map_err(in_file)?;
        let material = Material::private_key(Origin::ClientKeyFile, &key_id, &pkcs8);
        ClientKey::from_material(&material).map_err(in_file)?;
        Ok(material)
    }
}

impl Provider for ClientKeyFile {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        let (key, platform) = (self.clone(), Arc::clone(&context.platform));
        Box::pin(async move {
            let path = self.path.display().to_string();
            let material = context.read_files(&path, move || key.read(&*platform)).await?;
            Ok(Fetched::lasting(material, format!("client_key: {} used", self.path.display())))
        })
    }
}
