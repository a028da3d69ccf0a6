//! One opening of a source: the client's core, the configuration with the source's own values, and what is derived from both
//! once. Every opener of a cloud takes one.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::cache::{Settings, Source};
use crate::client::config::Config;
use crate::client::core::{Core, settings};
use crate::client::fingerprint::fingerprint;
use crate::platform::Platform;
use crate::providers::Provider;

/// What an opener works with.
pub(super) struct Opening<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) config: &'a Config,
    /// How a source of this configuration is kept.
    pub(super) settings: Settings,
    cloud: &'static str,
    whole: String,
    identity: OnceCell<String>,
}

impl<'a> Opening<'a> {
    /// An opening of a source of `cloud`, which is what the names of its options begin with.
    pub(super) fn new(core: &'a Arc<Core>, config: &'a Config, cloud: &'static str) -> Opening<'a> {
        Opening {
            core,
            config,
            settings: settings(config),
            cloud,
            whole: fingerprint(config, |_| true),
            identity: OnceCell::new(),
        }
    }

    /// The prefix of the cloud's options.
    pub(super) fn cloud(&self) -> &'static str {
        self.cloud
    }

    pub(super) fn platform(&self) -> &dyn Platform {
        &*self.core.platform
    }

    /// A number for the options that decide which login identity signs: sources that agree in them share one.
    pub(super) fn identity_fingerprint(&self) -> &str {
        self.identity.get_or_init(|| fingerprint(self.config, |spec| spec.decides_identity(self.cloud)))
    }

    /// The source of this name and these options: the one that is open already, or the one that `make` makes under a name that
    /// no other source has.
    pub(super) fn share(&self, name: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        self.share_by_key(name, &format!("{name}?{}", self.whole), make)
    }

    /// As [`Opening::share`], for a source that is found by another key.
    pub(super) fn share_by_key(&self, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        self.core.sources.share(self.core.platform.fork_epoch(), name, key, make)
    }

    /// A new source of the client.
    pub(super) fn source(&self, name: String, settings: Settings, provider: Box<dyn Provider>) -> Source {
        let core = self.core;
        let runner = Arc::clone(core);
        Source::new(name, settings, provider, runner, Arc::clone(&core.platform), core.config.log.clone())
    }
}
