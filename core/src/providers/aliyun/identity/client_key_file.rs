//! A client key as a login identity: what signs is a private key, not an access key.

use std::path::PathBuf;

use super::local::{read_small, variable};
use crate::error::{Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::aliyun::client_key;
use crate::providers::{Context, Fetched, Material, Origin, Provider, beside};
use crate::secret::Secret;

/// A client key's file is some kilobytes.
const LARGEST_FILE: u64 = 256 * 1024;
const LARGEST_PASSWORD: u64 = 4 * 1024;

/// A client key's file and where its password stands. Both are read at each fetch, so that a key that was refused is
/// replaced by the one that lies there by now.
#[derive(Clone, Debug)]
pub struct ClientKeyFile {
    /// The file.
    pub path: PathBuf,
    /// The password, where configured.
    pub password: Option<Secret>,
    /// A file that holds it, where configured; otherwise the environment variable `client_key_password` does.
    pub password_file: Option<PathBuf>,
}

impl ClientKeyFile {
    fn password(&self) -> Result<Secret> {
        if let Some(password) = &self.password {
            return Ok(password.clone());
        }
        if let Some(path) = &self.password_file {
            let text = read_small(path, LARGEST_PASSWORD)?;
            return Ok(Secret::new(text.expose().trim().replace(['\n', '\r'], "")));
        }
        variable("client_key_password").map(Secret::new).ok_or_else(|| {
            let text = "the client key has no password: set aliyun_client_key_password, \
                        aliyun_client_key_password_file or the environment variable client_key_password";
            Error::new(Code::NoIdentity, text)
        })
    }

    fn read(&self) -> Result<Material> {
        let file = read_small(&self.path, LARGEST_FILE)?;
        let (id, key) = client_key::read(file.expose_bytes(), &self.password()?)
            .map_err(|error| Error::new(Code::NoIdentity, format!("{}: {}", self.path.display(), error.message())))?;
        Ok(Material::private_key(Origin::ClientKeyFile, &id, &key))
    }
}

impl Provider for ClientKeyFile {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let file = self.clone();
            let material = beside(move || file.read()).await?;
            Ok(Fetched::lasting(material, format!("client_key: {} used", self.path.display())))
        })
    }
}
