//! What the providers of this folder share: access keys, settings with an environment variable, small files. The identity
//! `environment` is here as well.

use std::path::{Path, PathBuf};

use crate::error::{Class, Code, Error, Result};
use crate::platform::BoxFuture;
use crate::platform::Platform;
use crate::providers::{Context, Fetched, Material, Origin, Provider, header_text_problem};
use crate::secret::Secret;

/// `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, for a temporary key,
/// `ALIBABA_CLOUD_SECURITY_TOKEN`.
pub struct EnvironmentKey;

impl Provider for EnvironmentKey {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let key = AccessKey {
                origin: Origin::Environment,
                id: required(context, "ALIBABA_CLOUD_ACCESS_KEY_ID")?,
                secret: Secret::new(required(context, "ALIBABA_CLOUD_ACCESS_KEY_SECRET")?),
                token: context.variable("ALIBABA_CLOUD_SECURITY_TOKEN").map(Secret::new),
            };
            for (name, value) in key.parts() {
                let name = name.to_ascii_uppercase();
                check_text(&format!("the environment variable ALIBABA_CLOUD_{name}"), value)?;
            }
            Ok(Fetched::lasting(key.material(), String::from("environment: used")))
        })
    }
}

/// An access key from the environment, a file or a program. It is read again when the service refuses it.
pub(super) struct AccessKey {
    pub(super) origin: Origin,
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) token: Option<Secret>,
}

impl AccessKey {
    /// The parts, with the suffixes of their names in files and in the environment.
    fn parts(&self) -> [(&'static str, &str); 3] {
        [
            ("access_key_id", &self.id),
            ("access_key_secret", self.secret.expose()),
            ("security_token", self.token.as_ref().map_or("", |token| token.expose())),
        ]
    }

    pub(super) fn material(&self) -> Material {
        Material::access_key(self.origin, &self.id, self.secret.clone(), self.token.clone())
    }

    /// The key, if a request can carry its parts; `origin` begins the error.
    pub(super) fn checked(self, origin: &str) -> Result<AccessKey> {
        for (name, value) in self.parts() {
            check_text(&format!("{origin}: {name}"), value).map_err(|error| error.with_class(Class::Local))?;
        }
        Ok(self)
    }
}

impl Provider for AccessKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move { Ok(Fetched::lasting(self.material(), String::from("access_key"))) })
    }
}

/// Ids, secrets and tokens are sent in headers.
fn check_text(name: &str, value: &str) -> Result<()> {
    match header_text_problem(value) {
        Some(problem) => Err(Error::new(Code::NoIdentity, format!("{name} {problem}"))),
        None => Ok(()),
    }
}

/// Whether an environment variable is `true`, in any case.
pub(super) fn is_true(platform: &dyn Platform, name: &str) -> bool {
    platform.text_variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn required(context: &Context, name: &str) -> Result<String> {
    let missing = || Error::new(Code::NoIdentity, format!("the environment variable {name} is not set"));
    context.variable(name).ok_or_else(missing)
}

/// A setting that an identity needs and that neither the environment nor an option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingSetting {
    /// The environment variable that can hold it.
    pub variable: &'static str,
    /// The option that can hold it.
    pub option: &'static str,
}

impl From<MissingSetting> for Error {
    fn from(missing: MissingSetting) -> Error {
        let MissingSetting { variable, option } = missing;
        let text = format!("neither the environment variable {variable} nor the option {option} is set");
        Error::new(Code::NoIdentity, text)
    }
}

/// The option's value if it has one, otherwise the environment variable's.
pub(super) fn configured(
    value: Option<String>,
    platform: &dyn Platform,
    variable: &'static str,
    option: &'static str,
) -> std::result::Result<String, MissingSetting> {
    let value = value.filter(|value| !value.is_empty()).or_else(|| platform.text_variable(variable));
    value.ok_or(MissingSetting { variable, option })
}

/// A file in the home folder.
pub(super) fn in_home(platform: &dyn Platform, folder: &str, file: &str) -> Result<PathBuf> {
    let home = platform
        .text_variable("HOME")
        .ok_or_else(|| Error::new(Code::NoIdentity, "the environment variable HOME is not set: there is no profile"))?;
    Ok(Path::new(&home).join(folder).join(file))
}
