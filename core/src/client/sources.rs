//! What every opening of a source comes to: its name, its options as a number, the source that is shared by both.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::cache::{Settings, Source};
use crate::client::{Config, Core, options};
use crate::providers::{IdentityCallback, Provider};

/// A number for the values of these options together, so that equal ones are found without keeping the secrets among
/// them as a key. An option that is set to its default is not another one.
pub(super) fn fingerprint(config: &Config, counts: impl Fn(&str) -> bool) -> String {
    let callback = config.identity_callback.as_ref().map_or(0, IdentityCallback::number);
    numbered(config, counts, callback)
}

/// As [`fingerprint`], whoever asks: an identity callback does not count, whose number another process does not know.
pub(super) fn fingerprint_of_place(config: &Config, counts: impl Fn(&str) -> bool) -> String {
    numbered(config, counts, 0)
}

fn numbered(config: &Config, counts: impl Fn(&str) -> bool, callback: u64) -> String {
    let mut digest = Sha256::new();
    for spec in options::every().filter(|spec| counts(spec.name)) {
        for part in [spec.name.as_bytes(), config.text(spec.name).as_bytes()] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(part);
        }
    }
    digest.update(callback.to_le_bytes());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The source of this key: the one that is open already, or a new one that `make` makes with a name that no other has.
pub(super) fn share(core: &Arc<Core>, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
    core.sources.share(core.platform.fork_epoch(), name, key, make)
}

/// A source of a client's own.
pub(super) fn source(core: &Arc<Core>, name: String, settings: Settings, provider: Box<dyn Provider>) -> Source {
    let runner = Arc::clone(core);
    Source::new(name, settings, provider, runner, Arc::clone(&core.platform), core.config.log.clone())
}
