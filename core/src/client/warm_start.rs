//! The warm start: a value that is kept in a file, where the options name one.

use std::path::PathBuf;

use crate::cache::Settings;
use crate::client::config::Config;
use crate::client::fingerprint::fingerprint_of_value;
use crate::client::opening::Opening;
use crate::error::{Error, Result};
use crate::file::read_private;
use crate::providers::Provider;
use crate::secret::Secret;
use crate::store::{Rules, Store};

/// A key needs 32 bytes; whoever names a larger file than this has probably named the wrong one.
const LARGEST_KEY_FILE: u64 = 64 * 1024;

/// The file that values are kept in, if any.
pub(super) struct WarmStart(Option<(PathBuf, Secret)>);

impl WarmStart {
    /// What the options name. The key file is read.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidOption`]: a file without a key, with two of them, or with one that others may read.
    pub(super) fn of(config: &Config) -> Result<WarmStart> {
        let Some(path) = config.path("cache_file") else { return Ok(WarmStart(None)) };
        let refused = |option: &str, text: &str| Err(Error::option(option, text));
        if path.file_name().is_none() {
            return refused("cache_file", "it must be the path of a file");
        }
        match (config.secret("cache_secret"), config.path("cache_key_file")) {
            (Some(secret), None) => Ok(WarmStart(Some((path, secret)))),
            (None, Some(key)) => match read_private(&key, LARGEST_KEY_FILE) {
                Ok(secret) if secret.is_empty() => {
                    refused("cache_key_file", &format!("{}: it is empty", key.display()))
                }
                Ok(secret) => Ok(WarmStart(Some((path, secret)))),
                Err(error) => refused("cache_key_file", error.message()),
            },
            (Some(_), Some(_)) => {
                refused("cache_key_file", "cache_secret is set as well; which of the two is the key?")
            }
            (None, None) => refused("cache_file", "it is encrypted: set cache_secret or cache_key_file too"),
        }
    }

    /// The provider, with what it fetches kept in the file under `name` and the options that decide the value: with another one of
    /// these it is another value.
    pub(super) fn keep(
        self,
        opening: &Opening<'_>,
        name: &str,
        settings: &Settings,
        provider: Box<dyn Provider>,
    ) -> Box<dyn Provider> {
        let Some((path, secret)) = self.0 else { return provider };
        let rules = Rules {
            poll_interval: settings.poll_interval.unwrap_or_default(),
            max_stale: settings.max_stale,
            lazy: settings.lazy,
        };
        let value = fingerprint_of_value(opening.config, opening.cloud());
        Box::new(Store::new(provider, path, secret, format!("{name}?{value}"), rules))
    }
}
