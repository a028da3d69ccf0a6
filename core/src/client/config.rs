//! A configuration: options that are set, by name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::official::{self, Notes, Variables};
use crate::client::options::{self, Scope};
use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::log::Sink;
use crate::providers::IdentityCallback;
use crate::providers::aliyun::properties::Properties;
use crate::secret::Secret;

/// What a configuration file may hold at the most.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Options, a log sink and an identity callback. What is not set has the table's default.
#[derive(Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, Secret>,
    /// Where messages go.
    pub log: Sink,
    /// The host's function that hands over login identities.
    pub identity_callback: Option<IdentityCallback>,
    /// Who asks Alibaba Cloud is said by official settings, which say all of it.
    pub(super) whole_identity: bool,
}

/// Keys and the session tokens that belong to them: another key has another token, or none.
const TOKENS: [(&str, &str); 2] =
    [("aliyun_access_key_id", "aliyun_security_token"), ("tencent_secret_id", "tencent_session_token")];

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

    /// Sets the options of a file with lines `option = value`. A `#` at the start of a line or after white space starts
    /// a comment. Nothing is set where anything in it is wrong.
    ///
    /// A file called `managed_credentials_providers.properties` or `secretsmanager.properties`, or one with a key such as
    /// `credentials_type` or `cache_client_region_id`, is the official clients': its settings are taken over as options,
    /// as `config_generation` says; options that stand in it count more; other keys are named in the log and passed over.
    /// Its login identity replaces the one that was set, its places and secret names add to theirs.
    ///
    /// # Errors
    /// [`Code::File`], [`Code::UnknownOption`] or [`Code::InvalidOption`], naming the file, the line and the key.
    pub fn load_file(&mut self, path: &Path) -> Result<()> {
        self.load_file_with(path, |name| std::env::var_os(name))
    }

    /// As [`Config::load_file`]; an official file may name environment variables, which are looked up here.
    ///
    /// # Errors
    /// As [`Config::load_file`].
    pub fn load_file_with(&mut self, path: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<()> {
        let text = read_text(path, LARGEST_FILE)?;
        let mut loaded = self.clone();
        let lines = Properties::parse(text.expose_bytes()).map_err(|error| error.in_context(&shown(path)))?;
        let mut notes = Notes::new();
        if official::is_official(path, &lines) {
            notes = official::load_file(&mut loaded, &lines, &Variables::new(&variable))
                .map_err(|error| error.in_context(&shown(path)))?;
        } else {
            loaded.set_lines(path, &text)?;
        }
        *self = loaded;
        self.write_notes(&shown(path), notes);
        Ok(())
    }

    fn set_lines(&mut self, path: &Path, text: &Secret) -> Result<()> {
        for (number, line) in text.expose().lines().enumerate() {
            let line = strip_comment(line).trim();
            if line.is_empty() {
                continue;
            }
            let place = format!("{} line {}", path.display(), number + 1);
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| Error::new(Code::File, format!("{place}: it wants `option = value`")))?;
            self.set(name.trim(), value.trim()).map_err(|error| error.in_context(&place))?;
        }
        Ok(())
    }

    /// Sets the options whose environment variable (`EVERCRED_` and the name in capitals) is set, over what the variables
    /// say that the official clients of Alibaba Cloud read, under their own names such as `credentials_type`: those are
    /// taken over as from a file. Nothing is set where anything is wrong.
    ///
    /// # Errors
    /// [`Code::InvalidOption`], naming the variable.
    pub fn load_environment(&mut self, variable: impl Fn(&str) -> Option<OsString>) -> Result<()> {
        let mut loaded = self.clone();
        loaded.set_variables(&variable, &|option| option == official::GENERATION)?;
        let notes = official::load_environment(&mut loaded, &Variables::new(&variable))?;
        loaded.set_variables(&variable, &|_| true)?;
        *self = loaded;
        self.write_notes("the environment", notes);
        Ok(())
    }

    fn set_variables(
        &mut self,
        variable: &dyn Fn(&str) -> Option<OsString>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        for spec in options::every().filter(|spec| wanted(spec.name)) {
            let name = format!("EVERCRED_{}", spec.name.to_ascii_uppercase());
            if let Some(value) = variable(&name) {
                let value =
                    value.into_string().map(Secret::new).map_err(|_| Error::option(&name, "it is not UTF-8"))?;
                self.set(spec.name, value.expose()).map_err(|error| error.in_context(&name))?;
            }
        }
        Ok(())
    }

    fn write_notes(&self, place: &str, notes: Notes) {
        for (level, text) in notes {
            self.log.write(level, || format!("{place}: {text}"));
        }
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
        if overrides.whole_identity {
            merged.values.retain(|name, _| !official::WHO.contains(name));
        }
        for (id, token) in TOKENS {
            if overrides.is_set(id) {
                merged.values.remove(token);
            }
        }
        for (name, value) in &overrides.values {
            if options::find(name).is_some_and(|spec| spec.scope == Scope::Client) {
                return Err(Error::option(name, "it belongs to the client and cannot be set for one source"));
            }
            merged.values.insert(name, value.clone());
        }
        Ok(merged)
    }

    /// Whether the option was set.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value, or the default.
    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(value) => value.expose(),
            None => options::find(name).map_or("", |spec| spec.default),
        }
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
        // Anchored now: the host may change its working directory later.
        self.filled(name).map(|path| std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)))
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

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn strip_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        if letter == '#' && before.is_whitespace() {
            return line.get(..at).unwrap_or(line);
        }
        before = letter;
    }
    line
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
    fn a_file_is_loaded_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("evercred-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("evercred.conf");
        std::fs::write(&path, "# a comment\ntencent_secret_key = a#b # said\n\nmax_stale_ms=5\n").unwrap();
        let mut config = Config::new();
        config.load_file(&path).unwrap();
        assert_eq!(config.text("tencent_secret_key"), "a#b");
        assert_eq!(config.number("max_stale_ms"), 5);

        std::fs::write(&path, "max_stale_ms=7\npoll_interval=5\n").unwrap();
        let error = config.load_file(&path).unwrap_err();
        assert!(error.message().contains("line 2") && error.message().contains("poll_interval_ms"), "{error}");
        assert_eq!(config.number("max_stale_ms"), 5);
        assert_eq!(config.load_file(&folder.join("absent")).unwrap_err().code(), Code::File);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_environment_is_checked_like_any_other_place() {
        let mut config = Config::new();
        config.load_environment(|name| (name == "EVERCRED_REFRESH").then(|| "lazy".into())).unwrap();
        assert_eq!(config.text("refresh"), "lazy");
        let error = config.load_environment(|name| (name == "EVERCRED_REFRESH").then(|| "now".into())).unwrap_err();
        assert!(error.message().contains("EVERCRED_REFRESH"), "{error}");
    }

    #[test]
    fn a_source_cannot_have_a_clients_option() {
        let mut overrides = Config::new();
        overrides.set("proxy", "none").unwrap();
        assert!(Config::new().overlaid(&overrides).is_err());
    }
}
