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
    ///
    /// # Errors
    /// [`Code::UnknownOption`], which shows the nearest option and not the name: a line of a file can be a piece of a secret.
    /// [`Code::InvalidOption`], which says what the option takes, without the value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let spec = options::find(name).ok_or_else(|| unknown(name))?;
        if value.is_empty() {
            self.values.remove(spec.name);
            return Ok(());
        }
        spec.check(value).map_err(|problem| Error::option(spec.name, &problem))?;
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

    /// The options that do not have their default, by name.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&'static Spec, &Secret)> {
        let with_spec = self.values.iter().filter_map(|(name, value)| Some((options::find(name)?, value)));
        with_spec.filter(|(spec, value)| value.expose() != spec.default)
    }

    /// The options that have another value than in `other`.
    pub(super) fn differences(&self, other: &Config) -> Vec<&'static Spec> {
        options::every().filter(|spec| self.text(spec.name) != other.text(spec.name)).collect()
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
    let hint = options::nearest(name)
        .map_or_else(|| String::from("see docs/CONFIGURATION.md"), |nearest| format!("did you mean `{nearest}`?"));
    Error::new(Code::UnknownOption, format!("no option has this name; {hint}"))
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
    fn an_unknown_name_is_not_shown() {
        // A secret that is broken over two lines: its second line looks like an option.
        for piece in ["hunter2", "c2VjcmV0hunter2", "tencent_hunter2", &"hunter2".repeat(100_000)] {
            let error = Config::new().set(piece, "=").unwrap_err();
            assert_eq!(error.code(), Code::UnknownOption);
            assert!(!error.message().contains("hunter2") && error.message().len() < 200, "{error}");
        }
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
    fn what_can_never_work_is_refused_at_once() {
        for (name, values) in [
            ("tencent_endpoint", &["[::1", "::1", ":80", "hunter2:0", "hunter2 a", "hunter2..a", ".", "h\n"][..]),
            ("aliyun_kms_endpoint", &["[::1", "::1", ":80", "hunter2:0", "hunter2 a"]),
            ("proxy", &["http://", "http://hunter2:0", "http://u:hunter2/x@h:1", "http://[::1", "hunter2"]),
            ("tencent_secret_id", &["hunter2\n", "hunter2\r\nX: y", " hunter2"]),
            ("tencent_secret_key", &["hunter2\n", "hunter2\u{7f}"]),
            ("tencent_session_token", &["hunter2\n"]),
            ("aliyun_access_key_id", &["hunter2\n"]),
            ("aliyun_access_key_secret", &["hunter2\r"]),
            ("aliyun_security_token", &["hunter2\t"]),
            ("aliyun_role_arn", &["hunter2\nx"]),
            ("cache_secret", &["hunter2", "hunter2hunter2x"]),
            (
                "aliyun_credentials_uri",
                &["http://u:hunter2@h/", "http://u:1/hunter2@h/", "http://u:1#hunter2@h/", "hunter2"],
            ),
            ("aliyun_process_command", &["PASSWORD=hunter2 helper", "helper 'hunter2"]),
            (
                "aliyun_regions",
                &["hunter2", "{}", r#"[{"regionId":"a"},{"hunter2":1}]"#, r#"[{"endpoint":"hunter2:0"}]"#],
            ),
        ] {
            for value in values {
                let error = Config::new().set(name, value).unwrap_err();
                assert_eq!(error.code(), Code::InvalidOption);
                let said = error.message();
                assert!(
                    said.starts_with(&format!("{name}: ")) && !said.contains("hunter2"),
                    "{name}={value:?}: {said}"
                );
            }
        }
        // An official file can add its regions to an empty list.
        assert!(Config::new().set("aliyun_regions", "[]").is_ok());
        assert!(Config::new().set("aliyun_role_policy", "{\n}").is_ok());
    }

    #[test]
    fn overrides_with_an_option_of_the_client_are_refused() {
        let mut overrides = Config::new();
        overrides.set("tls_verify", "false").unwrap();
        assert!(Config::new().overlaid(&overrides).is_err());
    }
}
