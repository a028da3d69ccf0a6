//! Loads a configuration from option files, environment variables, and the files and variables of Alibaba Cloud's
//! official clients.

use std::ffi::OsString;
use std::path::Path;

use crate::client::aliyun::official::properties::Properties;
use crate::client::aliyun::official::{self, Notes, Variables};
use crate::client::config::Config;
use crate::client::options::{self, Spec};
use crate::error::{Code, Error, Result};
use crate::file::{read_text, without_comment};
use crate::log::Level;
use crate::secret::Secret;

/// The size limit of a configuration file, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
/// The prefix of the environment variables of options.
const PREFIX: &str = "EVERCRED_";
/// The longest name of an unknown variable that the log shows, in bytes, and the most of them.
const LONGEST_VARIABLE: usize = 64;
const MAX_UNKNOWN_VARIABLES: usize = 20;

impl Config {
    /// Sets the options of a file with lines `option = value`. A `#` at the start of a line or after white space starts
    /// a comment. On an error nothing is set.
    ///
    /// A file with the name `managed_credentials_providers.properties` or `secretsmanager.properties`, or with a key
    /// such as `credentials_type` or `cache_client_region_id`, is a file of the official clients. Its settings become
    /// options, in the meaning of `config_generation`. Options of evercred in the same file have precedence. Unknown
    /// keys are ignored, and the log names their lines. Its login identity replaces one that is set; its backends and secret
    /// names are added.
    ///
    /// # Errors
    /// [`Code::File`], [`Code::UnknownOption`] or [`Code::InvalidOption`] that names the file, the line, and the key if it is
    /// known. An unknown key is not shown, since it can be a piece of a secret with a line break.
    pub fn load_file(&mut self, path: &Path) -> Result<()> {
        self.load_file_with(path, |name| std::env::var_os(name))
    }

    /// As [`Config::load_file`], with this look-up of the environment variables that an official file may name.
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
            let line = without_comment(line, &['#']).trim();
            if line.is_empty() {
                continue;
            }
            let position = format!("{} line {}", path.display(), number + 1);
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| Error::new(Code::File, format!("{position}: a line must be `option = value`")))?;
            self.set(name.trim(), value.trim()).map_err(|error| error.in_context(&position))?;
        }
        Ok(())
    }

    /// Sets the options whose environment variable (`EVERCRED_` and the name in capitals) is set. Variables of the
    /// official clients of Alibaba Cloud, such as `credentials_type`, are read as the keys of their file, and have
    /// less precedence. On an error nothing is set.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] that names the variable.
    pub fn load_environment(&mut self, variable: impl Fn(&str) -> Option<OsString>) -> Result<()> {
        let mut loaded = self.clone();
        loaded.set_variables(&variable, &|option| option == official::GENERATION)?;
        let notes = official::load_environment(&mut loaded, &Variables::new(&variable))?;
        loaded.set_variables(&variable, &|_| true)?;
        *self = loaded;
        self.write_notes("the environment", notes);
        Ok(())
    }

    /// Names variables in the log that begin with `EVERCRED_` but are of no option, with the nearest option. `names` are the
    /// names of all variables.
    pub fn log_unknown_variables(&self, names: impl IntoIterator<Item = OsString>) {
        let known = |name: &str| options::every().any(|spec| variable_of(spec) == name);
        let mut unknown: Vec<String> = names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.starts_with(PREFIX) && is_shown(name) && !known(name))
            .collect();
        unknown.sort_unstable();
        for name in unknown.iter().take(MAX_UNKNOWN_VARIABLES) {
            self.log.write(Level::Warn, || {
                let option = name.get(PREFIX.len()..).unwrap_or_default();
                let hint = match options::nearest(option).and_then(options::find) {
                    Some(nearest) => format!("did you mean {}?", variable_of(nearest)),
                    None => String::from("see docs/CONFIGURATION.md"),
                };
                format!("the environment: {name} is the variable of no option and is ignored; {hint}")
            });
        }
    }

    fn set_variables(
        &mut self,
        variable: &dyn Fn(&str) -> Option<OsString>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        for spec in options::every().filter(|spec| wanted(spec.name)) {
            let name = variable_of(spec);
            if let Some(value) = variable(&name) {
                let value =
                    value.into_string().map(Secret::new).map_err(|_| Error::option(&name, "it is not UTF-8"))?;
                self.set(spec.name, value.expose()).map_err(|error| error.in_context(&name))?;
            }
        }
        Ok(())
    }

    fn write_notes(&self, origin: &str, notes: Notes) {
        for (level, text) in notes {
            self.log.write(level, || format!("{origin}: {text}"));
        }
    }
}

/// The environment variable of an option.
fn variable_of(spec: &Spec) -> String {
    format!("{PREFIX}{}", spec.name.to_ascii_uppercase())
}

/// Whether a variable's name looks like that of an option, so that the log may show it.
fn is_shown(name: &str) -> bool {
    name.len() <= LONGEST_VARIABLE && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::log::Sink;

    #[test]
    fn a_file_is_loaded_completely_or_not_at_all() {
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
    fn values_of_the_environment_are_checked() {
        let mut config = Config::new();
        config.load_environment(|name| (name == "EVERCRED_REFRESH").then(|| "lazy".into())).unwrap();
        assert_eq!(config.text("refresh"), "lazy");
        let error = config.load_environment(|name| (name == "EVERCRED_REFRESH").then(|| "now".into())).unwrap_err();
        assert!(error.message().contains("EVERCRED_REFRESH"), "{error}");
    }

    #[test]
    fn a_misspelt_variable_is_named_in_the_log() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let mut config = Config::new();
        config.log = Sink::new(Level::Warn, move |_, text| sink.lock().unwrap().push(text.to_owned()));
        let odd = format!("EVERCRED_{}", "A".repeat(100));
        let names = ["PATH", "EVERCRED_REFRESH", "EVERCRED_TENCENT_SECRET_KEI", "EVERCRED_Q", "EVERCRED_hunter2", &odd];
        config.log_unknown_variables(names.map(OsString::from));
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("EVERCRED_Q is"), "{lines:?}");
        assert!(lines[1].contains("_KEI is") && lines[1].contains("mean EVERCRED_TENCENT_SECRET_KEY?"), "{lines:?}");
    }

    #[test]
    fn a_secret_that_is_broken_over_two_lines_is_not_shown() {
        let folder = std::env::temp_dir().join(format!("evercred-broken-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for second in ["hunter2==", "hunter2", "tencent_hunter2 = x"] {
            let path = folder.join("evercred.conf");
            std::fs::write(&path, format!("max_stale_ms=5\ntencent_secret_key = abc\n{second}\n")).unwrap();
            let error = Config::new().load_file(&path).unwrap_err();
            assert!(error.message().contains("line 3") && !error.message().contains("hunter2"), "{error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
