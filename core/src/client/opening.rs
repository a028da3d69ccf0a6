//! The context in which one source is opened: the shared state of the client, the configuration with the source's
//! overrides, and what is computed from them once. The functions of a cloud that open sources and identities take it.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::cache::{Settings, Source};
use crate::client::config::Config;
use crate::client::core::{Core, settings};
use crate::client::fingerprint::fingerprint;
use crate::client::transports::transport;
use crate::error::Result;
use crate::http::RoutedHttp;
use crate::log::Level;
use crate::platform::Platform;
use crate::providers::Provider;

/// The context of one opening.
pub(super) struct Opening<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) config: &'a Config,
    /// The settings of a source with this configuration.
    pub(super) settings: Settings,
    cloud: &'static str,
    fingerprint: String,
    identity_fingerprint: OnceCell<String>,
    /// The transport of the source and of its identity; `None`: the client's.
    transport: Option<Arc<RoutedHttp>>,
}

impl<'a> Opening<'a> {
    /// Opens a source of `cloud`, which is the prefix of the cloud's options. Reads the source's own CA file.
    pub(super) fn new(core: &'a Arc<Core>, config: &'a Config, cloud: &'static str) -> Result<Opening<'a>> {
        Ok(Opening {
            core,
            config,
            settings: settings(config),
            cloud,
            fingerprint: fingerprint(config, |_| true),
            identity_fingerprint: OnceCell::new(),
            transport: transport(&core.for_transports(), config)?,
        })
    }

    /// The prefix of the cloud's options.
    pub(super) fn cloud(&self) -> &'static str {
        self.cloud
    }

    pub(super) fn platform(&self) -> &dyn Platform {
        &*self.core.platform
    }

    /// Logs a warning.
    pub(super) fn warn(&self, text: impl FnOnce() -> String) {
        self.core.config.log.write(Level::Warn, text);
    }

    /// The hash of the options that decide which login identity signs: sources with an equal one share their identity.
    pub(super) fn identity_fingerprint(&self) -> &str {
        self.identity_fingerprint.get_or_init(|| fingerprint(self.config, |spec| spec.decides_identity(self.cloud)))
    }

    /// The source with this name and these options: an open one, or a new one from `make`, which gets a name that no
    /// other source has.
    pub(super) fn share(&self, name: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        self.share_by_key(name, &format!("{name}?{}", self.fingerprint), make)
    }

    /// As [`Opening::share`], with another key.
    pub(super) fn share_by_key(&self, name: &str, key: &str, make: impl FnOnce(String) -> Source) -> Arc<Source> {
        self.core.sources.share(self.core.platform.fork_epoch(), name, key, make)
    }

    /// A new source of the client, with a provider that the caller keeps.
    pub(super) fn source_of(&self, name: String, settings: Settings, provider: Arc<Box<dyn Provider>>) -> Source {
        let core = self.core;
        let runner = Arc::clone(core);
        Source::of_shared(name, settings, provider, runner, Arc::clone(&core.platform), core.config.log.clone())
            .with_transport(self.transport.clone())
    }

    /// A new source of the client.
    pub(super) fn source(&self, name: String, settings: Settings, provider: Box<dyn Provider>) -> Source {
        self.source_of(name, settings, Arc::new(provider))
    }
}
