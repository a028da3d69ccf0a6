//! The file in which an OIDC issuer keeps a token.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::{private_folder, replace};
use crate::util::random_text;

/// The file of a provider's token, in a folder of its own; removed when this is dropped.
#[derive(Debug)]
pub(crate) struct TokenFile(PathBuf);

impl TokenFile {
    pub(crate) fn new() -> io::Result<TokenFile> {
        let name = format!("evercred-emulator-{}-{}", std::process::id(), random_text(12));
        let folder = std::env::temp_dir().join(name);
        private_folder(&folder)?;
        Ok(TokenFile(folder.join("token")))
    }

    /// Readers see the old token or the new one, and no line break after it, as a kubelet writes it.
    pub(crate) fn write(&self, token: &str) -> io::Result<&Path> {
        replace(&self.0, token.as_bytes())?;
        Ok(&self.0)
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
        if let Some(folder) = self.0.parent() {
            std::fs::remove_dir(folder).ok();
        }
    }
}
