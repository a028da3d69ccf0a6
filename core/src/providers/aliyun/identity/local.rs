//! Environment variables and small files, and the access key that the environment holds.

use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Material, Origin, Provider};
use crate::secret::Secret;

/// `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, for a temporary key,
/// `ALIBABA_CLOUD_SECURITY_TOKEN`.
pub struct EnvironmentKey;

impl Provider for EnvironmentKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let key = FixedKey {
                origin: Origin::Environment,
                id: required("ALIBABA_CLOUD_ACCESS_KEY_ID")?,
                secret: Secret::new(required("ALIBABA_CLOUD_ACCESS_KEY_SECRET")?),
                token: variable("ALIBABA_CLOUD_SECURITY_TOKEN").map(Secret::new),
            };
            for (name, value) in key.texts() {
                let name = name.to_ascii_uppercase();
                check_text(&format!("the environment variable ALIBABA_CLOUD_{name}"), value)?;
            }
            Ok(Fetched::lasting(key.material(), String::from("environment: used")))
        })
    }
}

/// A key as it was found; it is looked for again when the service refuses it.
pub(super) struct FixedKey {
    pub(super) origin: Origin,
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) token: Option<Secret>,
}

impl FixedKey {
    /// Its parts, by the end of the names that they have everywhere.
    fn texts(&self) -> [(&'static str, &str); 3] {
        [
            ("access_key_id", &self.id),
            ("access_key_secret", self.secret.expose()),
            ("security_token", self.token.as_ref().map_or("", |token| token.expose())),
        ]
    }

    fn material(&self) -> Material {
        Material::access_key(self.origin, &self.id, self.secret.clone(), self.token.clone())
    }

    /// Refuses what no request can carry.
    pub(super) fn checked(self, place: &str) -> Result<FixedKey> {
        for (name, value) in self.texts() {
            check_text(&format!("{place}: {name}"), value)?;
        }
        Ok(self)
    }
}

impl Provider for FixedKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move { Ok(Fetched::lasting(self.material(), String::from("access_key"))) })
    }
}

/// Ids, keys and tokens travel in headers.
fn check_text(name: &str, value: &str) -> Result<()> {
    if value.trim() != value || value.contains(char::is_control) {
        let text = format!("{name} must not begin or end with white space or hold control characters");
        return Err(Error::new(Code::NoIdentity, text));
    }
    Ok(())
}

/// An environment variable that is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether an environment variable says `true`, in any case.
pub(super) fn says_true(name: &str) -> bool {
    variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn required(name: &str) -> Result<String> {
    variable(name).ok_or_else(|| Error::new(Code::NoIdentity, format!("the environment variable {name} is not set")))
}

/// What an identity lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The environment variable that would do.
    pub variable: &'static str,
    /// The option that would do.
    pub option: &'static str,
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Error {
        let Missing { variable, option } = missing;
        let text = format!("neither the environment variable {variable} nor the option {option} is set");
        Error::new(Code::NoIdentity, text)
    }
}

/// A configured value, or an environment variable's.
pub(super) fn configured(
    value: Option<String>,
    name: &'static str,
    option: &'static str,
) -> std::result::Result<String, Missing> {
    let value = value.filter(|value| !value.is_empty()).or_else(|| variable(name));
    value.ok_or(Missing { variable: name, option })
}

/// A file in the home folder.
pub(super) fn in_home(folder: &str, file: &str) -> Result<PathBuf> {
    let home = variable("HOME")
        .ok_or_else(|| Error::new(Code::NoIdentity, "the environment variable HOME is not set: there is no profile"))?;
    Ok(Path::new(&home).join(folder).join(file))
}

/// Reads a small file; that it cannot be read means that this identity is not there.
pub(super) fn read_small(path: &Path, largest: u64) -> Result<Secret> {
    read_text(path, largest).map_err(|error| Error::new(Code::NoIdentity, error.message()))
}
