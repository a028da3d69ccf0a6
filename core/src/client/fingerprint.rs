//! Options as a number, so that equal ones are found without keeping the secrets among them as a key.

use sha2::{Digest, Sha256};

use crate::client::config::Config;
use crate::client::options::{self, Spec};
use crate::providers::IdentityCallback;

/// A number for the values of the options that count, together with the identity callback. An option that is set to its default
/// does not make another number.
pub(super) fn fingerprint(config: &Config, counts: impl Fn(&Spec) -> bool) -> String {
    let callback = config.identity_callback.as_ref().map_or(0, IdentityCallback::number);
    numbered(config, counts, callback)
}

/// A number for the options that decide which value of a cloud is fetched. It is the same in every process: the identity
/// callback, whose number belongs to one process, does not count.
pub(super) fn fingerprint_of_value(config: &Config, cloud: &str) -> String {
    numbered(config, |spec| spec.decides_value(cloud), 0)
}

fn numbered(config: &Config, counts: impl Fn(&Spec) -> bool, callback: u64) -> String {
    let mut digest = Sha256::new();
    for spec in options::every().filter(|spec| counts(spec)) {
        for part in [spec.name.as_bytes(), config.text(spec.name).as_bytes()] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(part);
        }
    }
    digest.update(callback.to_le_bytes());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
