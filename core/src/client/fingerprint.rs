//! Hashes of options: sources with equal options are found without storing secret values as keys.

use sha2::{Digest, Sha256};

use crate::client::config::Config;
use crate::client::options::Spec;
use crate::providers::IdentityCallback;

/// The hash of the selected options and of the identity callback. An option that is set to its default does not change
/// it.
pub(super) fn fingerprint(config: &Config, selects: impl Fn(&Spec) -> bool) -> String {
    let callback = config.identity_callback.as_ref().map_or(0, IdentityCallback::number);
    hash(config, selects, callback)
}

/// The hash of the options that decide which value of a cloud is fetched. It is the same in every process: it does not
/// include the identity callback, whose number is valid in one process only.
pub(super) fn fingerprint_of_value(config: &Config, cloud: &str) -> String {
    hash(config, |spec| spec.decides_value(cloud), 0)
}

fn hash(config: &Config, selects: impl Fn(&Spec) -> bool, callback: u64) -> String {
    let mut digest = Sha256::new();
    for (spec, value) in config.changed().filter(|(spec, _)| selects(spec)) {
        for part in [spec.name.as_bytes(), value.expose_bytes()] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(part);
        }
    }
    digest.update(callback.to_le_bytes());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
