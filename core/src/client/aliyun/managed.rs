//! Opens a managed secret of Alibaba Cloud.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::Source;
use crate::client::aliyun::backends;
use crate::client::config::Config;
use crate::client::opening::Opening;
use crate::client::rejection_codes::{REJECTED_LOGINS, rejection_codes};
use crate::client::warm_start::WarmStart;
use crate::error::{Error, Result};
use crate::providers::aliyun::api::codes::ACCESS_KEY_GONE;
use crate::providers::aliyun::kms::backend::SecretQuery;
use crate::providers::aliyun::kms::managed::ManagedSecret;
use crate::providers::aliyun::kms::official_cache::OfficialCacheFallback;
use crate::providers::aliyun::kms::schedule::MAX_DISTURBANCE_MS;
use crate::providers::header_text_problem;
use crate::secret::Secret;

/// How long an overdue key is returned while KMS cannot be reached. Its end is usually not known, and the old key is
/// valid for a while after a rotation starts.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);

/// The longest name that the service allows, in bytes.
const LONGEST_NAME: usize = 256;

/// Opens the source of a secret.
///
/// # Errors
/// An argument or option cannot be used; the message names it.
pub(in crate::client) fn open(opening: &Opening<'_>, secret_name: &str) -> Result<Arc<Source>> {
    check(secret_name)?;
    let config = opening.config;
    let backends = backends::open(opening)?;
    let mut settings = opening.settings;
    if !config.is_set("max_stale_ms") {
        settings.max_stale = MAX_STALE;
    }
    let warm = WarmStart::of(config)?;
    let import = import(config)?;
    let name = format!("managed/{secret_name}");
    Ok(opening.share(&name, |free_name| {
        let provider = ManagedSecret {
            query: SecretQuery { name: secret_name.to_owned(), stage: config.text("aliyun_version_stage").to_owned() },
            backends,
            disturbance_ms: (opening.platform().random() * MAX_DISTURBANCE_MS as f64) as i64,
        };
        let provider = warm.keep(opening, &name, &settings, Box::new(provider));
        let provider = match import {
            Some((folder, salt)) => {
                let stage = config.text("aliyun_version_stage").to_owned();
                Box::new(OfficialCacheFallback::new(provider, folder, salt, secret_name.to_owned(), stage))
            }
            None => provider,
        };
        // A managed secret is an access key or the login of a database.
        let codes = rejection_codes(config, [ACCESS_KEY_GONE, REJECTED_LOGINS]);
        opening.source(free_name, settings, provider).with_rejection_codes(codes)
    }))
}

/// Checks that the service allows such a name.
pub(in crate::client) fn check(secret_name: &str) -> Result<()> {
    if secret_name.is_empty() {
        return Err(Error::argument("secret_name", "must not be empty"));
    }
    if secret_name.len() > LONGEST_NAME {
        return Err(Error::argument("secret_name", "must not be longer than 256 bytes"));
    }
    match header_text_problem(secret_name) {
        Some(problem) => Err(Error::argument("secret_name", problem)),
        None => Ok(()),
    }
}

/// The directory of the official client's cache files, and their salt.
fn import(config: &Config) -> Result<Option<(PathBuf, Secret)>> {
    let Some(folder) = config.path("aliyun_import_cache_dir") else { return Ok(None) };
    match config.secret("aliyun_import_cache_salt") {
        Some(salt) => Ok(Some((folder, salt))),
        None => {
            let text = "aliyun_import_cache_dir needs the salt with which its files were written";
            Err(Error::option("aliyun_import_cache_salt", text))
        }
    }
}
