//! The settings in `managed_credentials_providers.properties`, `secretsmanager.properties`, and environment variables
//! with the names of their keys.

use std::collections::HashMap;
use std::fmt;

use crate::error::{Code, Error, Result};
use crate::file::without_comment;
use crate::secret::Secret;

/// The most settings of a file. More are a mistake, and would take much memory.
const MAX_SETTINGS: usize = 10_000;

/// One line with a key and a value.
struct Entry {
    key: String,
    value: Secret,
    line: usize,
}

/// The settings of a file.
#[derive(Default)]
pub struct Properties {
    entries: Vec<Entry>,
    /// The position of the last entry of each key.
    last: HashMap<String, usize>,
}

impl Properties {
    /// Parses the text of a file.
    ///
    /// Facts (recorded from both generations of the official client): a line is `key=value`, split at the first `=` and
    /// trimmed; of two equal keys the last one applies; there are no escapes and no continued lines, and `:` and `!`
    /// have no meaning. Lines without `=` are ignored. The official client cuts a line at any `#`, which truncates a
    /// secret that contains one; here a `#` begins a comment only at the start of a line or after white space.
    ///
    /// # Errors
    /// [`Code::File`] that names the line: the text is not UTF-8, or contains a NUL, as UTF-16 does. [`Code::File`] too for
    /// more than 10000 settings.
    pub fn parse(text: &[u8]) -> Result<Properties> {
        let text = std::str::from_utf8(text).map_err(|error| {
            let before = text.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Error::new(Code::File, format!("line {line} of the configuration file is not UTF-8"))
        })?;
        if let Some(position) = text.find('\0') {
            let line = text.get(..position).unwrap_or_default().matches('\n').count() + 1;
            let text = format!("line {line} of the configuration file contains a NUL: save it as UTF-8");
            return Err(Error::new(Code::File, text));
        }
        let mut settings = Properties::default();
        // A single carriage return ends a line too, as in the official client.
        for (number, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            for line in line.split('\r') {
                if let Some((key, value)) =
                    without_comment(line.trim(), &['#']).split_once('=').filter(|(key, _)| !key.is_empty())
                {
                    let (key, value) = (key.trim().to_owned(), Secret::from_text(value.trim()));
                    settings.add(Entry { key, value, line: number + 1 })?;
                }
            }
        }
        Ok(settings)
    }

    fn add(&mut self, entry: Entry) -> Result<()> {
        if self.entries.len() == MAX_SETTINGS {
            return Err(Error::new(
                Code::File,
                format!("the configuration file has more than {MAX_SETTINGS} settings"),
            ));
        }
        self.last.insert(entry.key.clone(), self.entries.len());
        self.entries.push(entry);
        Ok(())
    }

    /// Whether there are no settings.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value and the line number of the last setting with a key.
    pub fn last(&self, key: &str) -> Option<(&Secret, usize)> {
        let entry = self.entries.get(*self.last.get(key)?)?;
        Some((&entry.value, entry.line))
    }

    /// The keys with their line numbers, unknown keys included.
    pub fn keys(&self) -> impl Iterator<Item = (&str, usize)> {
        self.entries().map(|(key, _, line)| (key, line))
    }

    /// All settings in the order of the lines: key, value, line number.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Secret, usize)> {
        self.entries.iter().map(|entry| (entry.key.as_str(), &entry.value, entry.line))
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key can be a piece of a secret.
        write!(f, "Properties({} settings)", self.entries.len())
    }
}

/// The origin of settings.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// A file.
    File(&'a Properties),
    /// Environment variables, by name.
    Environment(&'a dyn Fn(&str) -> Option<String>),
}

/// A setting with its position.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Its key.
    pub(super) key: String,
    /// Its value, not empty.
    pub(super) value: Secret,
    /// The line in the file; `None` in the environment.
    line: Option<usize>,
}

impl Source<'_> {
    /// A setting; an empty one is treated as absent.
    pub(super) fn get(&self, key: &str) -> Option<Setting> {
        let (value, line) = match self {
            Source::File(properties) => {
                let (value, line) = properties.last(key)?;
                (value.clone(), Some(line))
            }
            Source::Environment(variable) => (Secret::new(variable(key)?), None),
        };
        (!value.is_empty()).then(|| Setting { key: key.to_owned(), value, line })
    }
}

impl Setting {
    /// The key and the position of the setting, without its value.
    pub(super) fn named(&self) -> String {
        match self.line {
            Some(line) => format!("{} (line {line})", self.key),
            None => format!("{} (in the environment)", self.key),
        }
    }

    /// An error about its value.
    pub(super) fn refused(&self, problem: &str) -> Error {
        Error::option(&self.named(), problem)
    }

    /// An error about a missing setting that this one needs.
    pub(super) fn lacks(&self, key: &str) -> Error {
        Error::new(Code::InvalidOption, format!("{key}: it is missing or empty, but {} needs it", self.named()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Properties, Source};

    fn value(text: &str, key: &str) -> Option<String> {
        let properties = Properties::parse(text.as_bytes()).unwrap();
        Source::File(&properties).get(key).map(|setting| setting.value.expose().to_owned())
    }

    #[test]
    fn comments() {
        assert_eq!(value("a=b#c", "a").as_deref(), Some("b#c"));
        assert_eq!(value("a=b #c", "a").as_deref(), Some("b"));
        assert_eq!(value("  # a=b", "a"), None);
        assert_eq!(value("a= #b", "a"), None);
        assert_eq!(value("a#b=c", "a#b").as_deref(), Some("c"));
    }

    #[test]
    fn lines() {
        assert_eq!(value("a=1\r\na=2\rb=3", "a").as_deref(), Some("2"));
        assert_eq!(value("a=1\r\na=2\rb=3", "b").as_deref(), Some("3"));
        assert_eq!(value(" a = b = c ", "a").as_deref(), Some("b = c"));
        assert_eq!(value("=b\na", "a"), None);
        let properties = Properties::parse(b"\n\nk=v\n").unwrap();
        assert_eq!(Source::File(&properties).get("k").unwrap().named(), "k (line 3)");
        assert_eq!(properties.keys().collect::<Vec<_>>(), [("k", 3)]);
        assert_eq!(format!("{properties:?}"), "Properties(1 settings)");
        assert!(Properties::parse(b"a=b\n\xff").unwrap_err().message().starts_with("line 2"));
        // Otherwise the keys of a file in UTF-16 would be unknown, and the file would seem to set nothing.
        assert!(Properties::parse(b"\na\0=\0b\0").unwrap_err().message().starts_with("line 2"));
    }
}
