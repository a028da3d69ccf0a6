//! A configuration: the options that are set, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::options::{self, About, Scope, Spec};
use crate::error::{Code, Error, Result};
use crate::file::anchored;
use crate::log::Sink;
use crate::providers::IdentityCallback;
use crate::secret::Secret;

/// Options, a log sink and an identity callback. An option that is not set has its default of the table.
#[derive(Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, Secret>,
    /// The log sink.
    pub log: Sink,
    /// The host's function that supplies login identities.
    pub identity_callback: Option<IdentityCallback>,
    /// The cloud whose login identity an official configuration defines. As overrides, this configuration then
    /// replaces all identity options of that cloud.
    pub(super) replaces_identity_of: Option<&'static str>,
}

impl Config {
    /// A configuration without set options.
    pub fn new() -> Config {
        Config::default()
    }

    /// Sets an option. An empty value resets the option to its default.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let spec = options::find(name).ok_or_else(|| unknown(name))?;
        if value.is_empty() {
            self.values.remove(spec.name);
            return Ok(());
        }
        spec.check(value).map_err(|problem| Error::option(name, &problem))?;
        self.values.insert(spec.name, Secret::from_text(value));
        Ok(())
    }

    /// This configuration with the overrides of a source. An option of the client's scope is an error.
    pub fn overlaid(&self, overrides: &Config) -> Result<Config> {
        if overrides.log.is_set() {
            return Err(Error::option("overrides", "a log callback can be set for a client only, not for one source"));
        }
        let mut merged = self.clone();
        if let Some(callback) = &overrides.identity_callback {
            merged.identity_callback = Some(callback.clone());
        }
        if let Some(cloud) = overrides.replaces_identity_of {
            for spec in options::every().filter(|spec| spec.about == About::Identity && spec.is_of(cloud)) {
                merged.values.remove(spec.name);
            }
        }
        // A session token belongs to its access key: another key has another token, or none.
        for spec in options::every().filter(|spec| spec.part_of.is_some_and(|option| overrides.is_set(option))) {
            merged.values.remove(spec.name);
        }
        for (name, value) in &overrides.values {
            if options::find(name).is_some_and(|spec| spec.scope == Scope::Client) {
                return Err(Error::option(name, "it can be set for a client only, not for one source"));
            }
            merged.values.insert(name, value.clone());
        }
        Ok(merged)
    }

    /// Whether the option is set.
    pub fn is_set(&self, name: &str) -> bool {
        known(name).is_some_and(|spec| self.values.contains_key(spec.name))
    }

    /// The value, or the default.
    pub fn text(&self, name: &str) -> &str {
        let default = known(name).map_or("", |spec| spec.default);
        self.values.get(name).map_or(default, |value| value.expose())
    }

    /// The value, or the default; `None` if it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    /// The value as a secret; `None` if it is empty.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.filled(name).map(Secret::from_text)
    }

    /// The value as an absolute path; `None` if it is empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.filled(name).map(|path| anchored(Path::new(path)))
    }

    /// The value as a number.
    pub fn number(&self, name: &str) -> u64 {
        // `set` checks values, and a test checks the defaults.
        self.text(name).trim().parse().unwrap_or_default()
    }

    /// The value, a number of milliseconds.
    pub fn duration(&self, name: &str) -> Duration {
        Duration::from_millis(self.number(name))
    }

    /// Whether the value is `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The option with a name that the code reads. A name that is in no table is a defect, which fails in every test.
fn known(name: &str) -> Option<&'static Spec> {
    let spec = options::find(name);
    debug_assert!(spec.is_some(), "the option `{name}` is in no table");
    spec
}

fn unknown(name: &str) -> Error {
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    let hint = options::nearest(&shown)
        .map_or_else(|| String::from("see docs/CONFIGURATION.md"), |nearest| format!("did you mean `{nearest}`?"));
    Error::new(Code::UnknownOption, format!("`{shown}`: no such option; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_passes_its_own_check() {
        for spec in options::every().filter(|spec| !spec.default.is_empty()) {
            assert_eq!(spec.check(spec.default), Ok(()), "{}", spec.name);
        }
    }

    #[test]
    fn an_unknown_option_names_the_nearest() {
        let error = Config::new().set("tencent_secretid", "x").unwrap_err();
        assert_eq!(error.code(), Code::UnknownOption);
        assert!(error.message().contains("`tencent_secret_id`"), "{error}");
    }

    #[test]
    fn a_bad_value_is_not_quoted() {
        let error = Config::new().set("max_stale_ms", "hunter2").unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
        assert!(error.message().contains("max_stale_ms") && !error.message().contains("hunter2"), "{error}");
        assert!(Config::new().set("max_stale_ms", "-1").is_err());
        assert!(Config::new().set("tls_verify", "yes").is_err());
        assert!(Config::new().set("tencent_endpoint", "https://cam").is_err());
        assert!(Config::new().set("tencent_endpoint", "cam.example:70000").is_err());
        assert!(Config::new().set("tencent_endpoint", "[::1]:443").is_ok());
    }

    #[test]
    fn overrides_with_an_option_of_the_client_are_refused() {
        let mut overrides = Config::new();
        overrides.set("proxy", "none").unwrap();
        assert!(Config::new().overlaid(&overrides).is_err());
    }
}
