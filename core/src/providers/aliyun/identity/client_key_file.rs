//! A client key as a login identity: what signs is a private key, not an access key.

use std::path::PathBuf;

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::platform::BoxFuture;
use crate::providers::aliyun::client_key::{self, ClientKey};
use crate::providers::{Context, Fetched, Material, Origin, Provider, spawn_blocking_io};
use crate::secret::Secret;

/// A client key's file holds a few kilobytes.
const LARGEST_FILE: u64 = 256 * 1024;
/// The variable that the official client looks into in the end.
const LAST_VARIABLE: &str = "client_key_password";

/// Where the password of a client key stands. The first of these that holds one counts: the text, then as in the official
/// client the variable, the file, and in the end the environment variable `client_key_password`.
#[derive(Clone, Debug, Default)]
pub struct KeyPassword {
    /// The password itself.
    pub text: Option<Secret>,
    /// The name of an environment variable.
    pub variable: Option<String>,
    /// A file: all of it, trimmed.
    pub file: Option<PathBuf>,
}

impl KeyPassword {
    /// Whether nothing says where it stands.
    pub fn is_unset(&self) -> bool {
        self.text.is_none() && self.variable.is_none() && self.file.is_none()
    }

    fn read(&self) -> Result<Secret> {
        if let Some(password) = &self.text {
            return Ok(password.clone());
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty()).map(Secret::new);
        if let Some(password) = self.variable.as_deref().and_then(variable) {
            return Ok(password);
        }
        if let Some(path) = &self.file {
            let text = read_text(path, LARGEST_FILE).map_err(|error| error.in_context("the client key's password"))?;
            let password = Secret::from_text(text.expose().trim());
            if !password.is_empty() {
                return Ok(password);
            }
        }
        variable(LAST_VARIABLE).ok_or_else(|| {
            let text = format!(
                "the client key has no password: set aliyun_client_key_password, aliyun_client_key_password_file or the environment variable {LAST_VARIABLE}"
            );
            Error::new(Code::NoIdentity, text)
        })
    }
}

/// A client key in a file, which is read at each fetch: where the key is refused, one that has replaced it is taken up.
#[derive(Clone, Debug)]
pub struct ClientKeyFile {
    /// The file that the console of KMS hands out.
    pub path: PathBuf,
    /// What opens it.
    pub password: KeyPassword,
}

impl ClientKeyFile {
    /// Reads and opens the key.
    ///
    /// # Errors
    /// [`Code::File`] when a file cannot be read, or is no client key that this password opens.
    pub fn read(&self) -> Result<Material> {
        let file = read_text(&self.path, LARGEST_FILE)?;
        let in_file = |error: Error| error.in_context(&self.path.display().to_string());
        let (key_id, pkcs8) = client_key::read(file.expose_bytes(), &self.password.read()?).map_err(in_file)?;
        let material = Material::private_key(Origin::ClientKeyFile, &key_id, &pkcs8);
        ClientKey::from_material(&material).map_err(in_file)?;
        Ok(material)
    }
}

impl Provider for ClientKeyFile {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        let key = self.clone();
        Box::pin(async move {
            let material = spawn_blocking_io(move || key.read()).await?;
            Ok(Fetched::lasting(material, format!("client_key: {} used", self.path.display())))
        })
    }
}
