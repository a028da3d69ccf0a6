//! The identities `environment` and `profile`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::file;
use crate::platform::{BoxFuture, Platform};
use crate::providers::tencent::validate;
use crate::providers::{Context, Fetched, Material, Origin, Provider, UsualPath, read_identity_file, unusable};
use crate::secret::Secret;

/// The size limit of a profile file, in bytes: such files have a few lines.
const LARGEST_PROFILE: u64 = 64 * 1024;
/// The profile file that the official SDKs read if the home folder has none (`ProfileCredential` of
/// tencentcloud-sdk-python-common 3.1.195, which reads the section `default` only).
const SYSTEM_PROFILE: &str = "/etc/tencentcloud/credentials";

/// `TENCENTCLOUD_SECRET_ID` and `TENCENTCLOUD_SECRET_KEY`, as in the official SDKs. The session token is `TENCENTCLOUD_TOKEN`,
/// as in the vendor's command line, or `TENCENTCLOUD_SECURITY_TOKEN`, as in its newer documents.
pub struct EnvironmentKey;

impl Provider for EnvironmentKey {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let id = required(context, "TENCENTCLOUD_SECRET_ID")?;
            let secret = Secret::new(required(context, "TENCENTCLOUD_SECRET_KEY")?);
            let token =
                ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"].iter().find_map(|name| context.variable(name));
            let token = token.map(Secret::new);
            validate::keys(&id, &secret).map_err(|error| {
                let text = error.message().replace("secret_id", "TENCENTCLOUD_SECRET_ID");
                Error::new(Code::NoIdentity, text.replace("secret_key", "TENCENTCLOUD_SECRET_KEY"))
            })?;
            let material = Material::access_key(Origin::Environment, &id, secret, token);
            Ok(Fetched::lasting(material, String::from("environment: used")))
        })
    }
}

fn required(context: &Context, name: &str) -> Result<String> {
    let missing = || Error::new(Code::NoIdentity, format!("the environment variable {name} is not set"));
    context.variable(name).ok_or_else(missing)
}

/// A section of a profile file with `secret_id`, `secret_key` and, which only this library reads, `token`.
#[derive(Clone)]
pub struct ProfileKey {
    /// The file, if configured.
    pub file: Option<PathBuf>,
    /// The section.
    pub section: String,
    /// Which of the usual paths is in use.
    pub usual: Arc<UsualPath>,
}

impl ProfileKey {
    /// The file, and whether the configuration or the environment names it.
    fn path(&self, platform: &dyn Platform) -> Result<(PathBuf, bool)> {
        let variable = |name: &str| platform.text_variable(name).map(PathBuf::from);
        if let Some(path) = self.file.clone().or_else(|| variable("TENCENTCLOUD_CREDENTIALS_FILE")) {
            return Ok((path, true));
        }
        let home = variable("HOME").map(|home| home.join(".tencentcloud").join("credentials"));
        let candidates = home.into_iter().chain([PathBuf::from(SYSTEM_PROFILE)]).collect::<Vec<_>>();
        let found = self.usual.choose(&candidates, platform.now())?;
        found.map(|path| (path, false)).ok_or_else(|| {
            let shown = candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
            Error::new(Code::NoIdentity, format!("there is no profile file ({})", shown.join(", ")))
        })
    }
}

impl Provider for ProfileKey {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let (key, platform) = (self.clone(), Arc::clone(&context.platform));
            let read = move || {
                let (path, is_named) = key.path(&*platform)?;
                let text = read_identity_file(&path, LARGEST_PROFILE, is_named)?;
                Ok((path, is_named, text))
            };
            let (path, is_named, text) = context.read_files(&format!("profile {:?}", self.file), read).await?;
            let values = section(text.expose(), &self.section)
                .ok_or_else(|| unusable(format!("{}: it has no section [{}]", path.display(), self.section)))?;
            let value = |key: &str| {
                let found = values.get(key).filter(|value| !value.is_empty());
                found.ok_or_else(|| unusable(format!("{}: section [{}] has no {key}", path.display(), self.section)))
            };
            let (id, secret) = (value("secret_id")?, Secret::from_text(value("secret_key")?));
            let token = value("token").ok().map(|token| Secret::from_text(token));
            let material = Material::access_key(Origin::ProfileFile, id, secret, token);
            if !is_named {
                self.usual.worked(context, &path);
            }
            Ok(Fetched::lasting(material, format!("profile: [{}] of {} used", self.section, path.display())))
        })
    }
}

/// A section as the official Python SDK's parser (`configparser`) reads it: comments start a line, with `#` or `;`.
fn section<'a>(text: &'a str, name: &str) -> Option<HashMap<String, &'a str>> {
    file::section(text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])), name)
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_is_found_by_its_name() {
        let text = "# c\n[default]\nsecret_id = a\nSecret_Key=b=c#d\n\n[ other ]\nsecret_id: x=y\n";
        let default = section(text, "default").unwrap();
        assert_eq!(default["secret_id"], "a");
        assert_eq!(default["secret_key"], "b=c#d");
        assert_eq!(section(text, "other").unwrap()["secret_id"], "x=y");
        assert!(section(text, "absent").is_none());
    }
}
