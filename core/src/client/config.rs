//! A configuration: options that are set, by name.

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

/// Options, a log sink and an identity callback. What is not set has the table's default.
#[derive(Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, Secret>,
    /// Where messages go.
    pub log: Sink,
    /// The host's function that hands over login identities.
    pub identity_callback: Option<IdentityCallback>,
    /// The cloud whose login identity an official configuration defines: it replaces one that is set below it whole.
    pub(super) whole_identity: Option<&'static str>,
}

impl Config {
    /// Nothing set.
    pub fn new() -> Config {
        Config::default()
    }

    /// Sets an option; an empty value takes it back.
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

    /// This configuration with a source's own values over it; an option that only a client has is refused.
    pub fn overlaid(&self, overrides: &Config) -> Result<Config> {
        if overrides.log.is_set() {
            return Err(Error::option(
                "overrides",
                "a log callback belongs to the client and cannot be set for one source",
            ));
        }
        let mut merged = self.clone();
        if let Some(callback) = &overrides.identity_callback {
            merged.identity_callback = Some(callback.clone());
        }
        if let Some(cloud) = overrides.whole_identity {
            for spec in options::every().filter(|spec| spec.about == About::Identity && spec.is_of(cloud)) {
                merged.values.remove(spec.name);
            }
        }
        // Another access key has another session token, or none.
        for spec in options::every().filter(|spec| spec.part_of.is_some_and(|option| overrides.is_set(option))) {
            merged.values.remove(spec.name);
        }
        for (name, value) in &overrides.values {
            if options::find(name).is_some_and(|spec| spec.scope == Scope::Client) {
                return Err(Error::option(name, "it belongs to the client and cannot be set for one source"));
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

    /// The value, or the default where it is not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    /// The value as a secret, or the default where it is not empty.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.filled(name).map(Secret::from_text)
    }

    /// The value as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.filled(name).map(|path| anchored(Path::new(path)))
    }

    /// The value as a number.
    pub fn number(&self, name: &str) -> u64 {
        // Checked when it was set; the defaults are checked by a test.
        self.text(name).trim().parse().unwrap_or_default()
    }

    /// The value in milliseconds.
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

/// The option of a name that the code reads. A name that is in no table is a defect: every test that reads it fails.
fn known(name: &str) -> Option<&'static Spec> {
    let spec = options::find(name);
    debug_assert!(spec.is_some(), "no table has the option `{name}`");
    spec
}

fn unknown(name: &str) -> Error {
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    let hint = options::nearest(&shown).map_or_else(
        || String::from("docs/CONFIGURATION.md lists them all"),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    Error::new(Code::UnknownOption, format!("`{shown}`: there is no such option; {hint}"))
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
    fn a_source_cannot_have_a_clients_option() {
        let mut overrides = Config::new();
        overrides.set("proxy", "none").unwrap();
        assert!(Config::new().overlaid(&overrides).is_err());
    }
}
