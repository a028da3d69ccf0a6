//! The warm start: keeps a fetched value in the file of the option `cache_file`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cache::Settings;
use crate::client::config::Config;
use crate::client::fingerprint::fingerprint_of_value;
use crate::client::opening::Opening;
use crate::error::{Error, Result};
use crate::file::read_private;
use crate::providers::Provider;
use crate::secret::Secret;
use crate::store::{Rules, Store};

/// The size limit of a key file, in bytes: a key needs 32, so a larger file is probably the wrong one.
const LARGEST_KEY_FILE: u64 = 64 * 1024;

/// The cache file and its key, if the options name one.
pub(super) struct WarmStart(Option<(PathBuf, Secret)>);

impl WarmStart {
    /// The cache file that the options name. Reads the key file.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidOption`]: a cache file without a key, with two keys, or with a key file that
    /// others can access.
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
            (Some(_), Some(_)) => refused("cache_key_file", "cache_secret is set too; set only one of them"),
            (None, None) => refused("cache_file", "its encryption needs a key: set cache_secret or cache_key_file too"),
        }
    }

    /// Wraps the provider, so that its values are kept in the file. The key of the entry is `name` with the options
    /// that decide which value is fetched.
    pub(super) fn keep(
        self,
        opening: &Opening<'_>,
        name: &str,
        settings: &Settings,
        provider: Box<dyn Provider>,
    ) -> Box<dyn Provider> {
        let Some(file) = self.0 else { return provider };
        let rules = Rules {
            poll_interval: settings.poll_interval.unwrap_or_default(),
            max_stale: settings.max_stale,
            lazy: settings.lazy,
        };
        let value = fingerprint_of_value(opening.config, opening.cloud());
        let writes = Arc::clone(&opening.core.writes);
        Box::new(Store::new(provider, file, format!("{name}?{value}"), rules, writes))
    }
}
