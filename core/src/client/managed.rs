//! Opening a managed secret of Alibaba Cloud: options in, a shared source out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::Source;
use crate::client::sources::{fingerprint, share, source};
use crate::client::warm::WarmStart;
use crate::client::{Config, Core, judge, places, settings};
use crate::error::{Error, Result};
use crate::providers::aliyun::import::Imported;
use crate::providers::aliyun::managed::ManagedSecret;
use crate::providers::aliyun::place::Wanted;
use crate::providers::aliyun::schedule::LARGEST_DISTURBANCE_MS;
use crate::secret::Secret;

/// How long an overdue key is handed out while KMS cannot be reached: its end is mostly not known, and the old key outlives
/// the start of a rotation.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);

/// The options that say where a secret comes from, whoever asks.
const PLACE: [&str; 6] = [
    "aliyun_region",
    "aliyun_network",
    "aliyun_kms_endpoint",
    "aliyun_scheme",
    "aliyun_regions",
    "aliyun_version_stage",
];

/// Names longer than this are no names of the service.
const LONGEST_NAME: usize = 256;

pub(super) fn open(core: &Arc<Core>, config: &Config, secret_name: &str) -> Result<Arc<Source>> {
    check(secret_name)?;
    let places = places::open(core, config)?;
    let mut settings = settings(config);
    if !config.is_set("max_stale_ms") {
        settings.max_stale = MAX_STALE;
    }
    let warm = WarmStart::of(config)?;
    let import = import(config)?;
    let name = format!("managed/{secret_name}");
    let key = format!("{name}?{}", fingerprint(config, |_| true));
    Ok(share(core, &name, &key, |free_name| {
        let provider = ManagedSecret {
            wanted: Wanted { name: secret_name.to_owned(), stage: config.text("aliyun_version_stage").to_owned() },
            places,
            disturbance_ms: (core.platform.random() * LARGEST_DISTURBANCE_MS as f64) as i64,
        };
        let place = |option: &str| PLACE.contains(&option);
        let provider = warm.keep(config, &name, place, &settings, Box::new(provider));
        let provider = match import {
            Some((folder, salt)) => {
                let stage = config.text("aliyun_version_stage").to_owned();
                Box::new(Imported::new(provider, folder, salt, secret_name.to_owned(), stage))
            }
            None => provider,
        };
        source(core, free_name, settings, provider).rejected_by(judge::managed(config))
    }))
}

/// Whether the service could know such a name.
pub(super) fn check(secret_name: &str) -> Result<()> {
    if secret_name.is_empty() {
        return Err(Error::argument("secret_name", "must not be empty"));
    }
    if secret_name.len() > LONGEST_NAME {
        return Err(Error::argument("secret_name", "must not be longer than 256 bytes"));
    }
    if secret_name.trim() != secret_name || secret_name.contains(char::is_control) {
        let text = "must not begin or end with white space or hold control characters";
        return Err(Error::argument("secret_name", text));
    }
    Ok(())
}

/// Where the official client left its files, and the salt that they were written with.
fn import(config: &Config) -> Result<Option<(PathBuf, Secret)>> {
    let Some(folder) = config.path("aliyun_import_cache_dir") else { return Ok(None) };
    match config.secret("aliyun_import_cache_salt") {
        Some(salt) => Ok(Some((folder, salt))),
        None => {
            let text = "aliyun_import_cache_dir needs the salt that its files were written with";
            Err(Error::option("aliyun_import_cache_salt", text))
        }
    }
}
