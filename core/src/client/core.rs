//! What all sources of a client share: settings, the transport's settings, the background thread, the registry of sources.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cache::{Event, EventKind, Runner, Settings, Source};
use crate::client::ca_watch::CaWatch;
use crate::client::config::Config;
use crate::client::engine::Engine;
use crate::client::events::broadcast::Broadcast;
use crate::client::options;
use crate::client::registry::Registry;
use crate::error::{Code, Error, Result};
use crate::http::{HttpSettings, ProxyChoice, use_ring};
use crate::log::Level;
use crate::platform::{Forkable, Moment, Platform};
use crate::providers::Clock;
use crate::secret::Secret;

/// What `evercred_version` says.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What sources keep alive.
pub(crate) struct Core {
    pub(super) config: Config,
    pub(super) http: HttpSettings,
    pub(super) platform: Arc<dyn Platform>,
    closed: AtomicBool,
    engine: Forkable<Engine>,
    pub(super) sources: Registry,
    pub(super) broadcast: Arc<Broadcast>,
    /// Every CA file is read through this.
    pub(super) ca: CaWatch,
    /// How far each cloud's clock is ahead of ours, by the prefix of its options.
    clocks: Vec<(&'static str, Arc<Clock>)>,
}

impl Core {
    /// What the sources of this configuration share; files that its options name are read.
    pub(super) fn new(config: Config, platform: Arc<dyn Platform>) -> Result<Core> {
        // Now, while there is one thread: a fork must not fall into its first use.
        use_ring();
        let ca = CaWatch::new(config.duration("ca_expiry_warning_ms"));
        let http = http_settings(&config, &ca)?;
        if !http.tls_verify {
            config.log.write(Level::Warn, || {
                String::from("tls_verify is false: any certificate is accepted, and so is anybody in between")
            });
        }
        let core = Core {
            http,
            closed: AtomicBool::new(false),
            engine: Forkable::default(),
            sources: Registry::default(),
            broadcast: Arc::new(Broadcast::new(Arc::clone(&platform))),
            ca,
            clocks: options::CLOUDS.map(|cloud| (cloud, Arc::default())).to_vec(),
            config,
            platform,
        };
        core.notify_of_certificates();
        Ok(core)
    }

    /// The clock of a cloud.
    pub(super) fn clock(&self, cloud: &str) -> Arc<Clock> {
        let found = self.clocks.iter().find(|(name, _)| *name == cloud);
        found.map(|(_, clock)| Arc::clone(clock)).unwrap_or_default()
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(Error::new(Code::Closed, "the client was closed")) } else { Ok(()) }
    }

    fn engine(&self) -> Arc<Engine> {
        self.engine.get(self.platform.fork_epoch(), || {
            Engine::new(Arc::clone(&self.platform), self.http.clone(), self.config.text("refresh") == "lazy")
        })
    }

    /// Says once a day which certificates are about to end.
    fn notify_of_certificates(&self) {
        for error in self.ca.news(self.platform.now(), self.platform.wall_ms()) {
            self.broadcast.emit(&ca_event(self, error.clone()));
            self.config.log.write(Level::Warn, || error.to_string());
        }
    }

    pub(super) fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            for source in self.sources.all() {
                source.close();
            }
            self.broadcast.close();
        }
        // Made if there is none, so that nobody makes an open one afterwards; of two that close at once, both wait.
        self.engine().close();
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.engine.abandon(self.platform.fork_epoch());
        self.sources.abandon(self.platform.fork_epoch());
    }
}

impl Runner for Core {
    fn tls_verified(&self) -> bool {
        self.http.tls_verify
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn fly(&self, source: &Arc<Source>) -> Result<()> {
        self.engine().fly(source)
    }

    fn watch(&self, source: &Arc<Source>, at: Option<Moment>) -> Result<()> {
        self.engine().watch(source, at)
    }

    fn listens(&self) -> bool {
        self.broadcast.has_listeners()
    }

    fn emit(&self, event: Event) {
        self.broadcast.emit(&event);
    }

    fn landed(&self) {
        self.notify_of_certificates();
    }
}

/// How a source of this configuration is kept.
pub(super) fn settings(config: &Config) -> Settings {
    let number = |name| u32::try_from(config.number(name)).unwrap_or(u32::MAX);
    Settings {
        max_stale: config.duration("max_stale_ms"),
        poll_interval: Some(config.duration("poll_interval_ms")),
        settle: config.duration("rejected_settle_ms"),
        limits: crate::cache::backoff::Limits {
            initial: config.duration("backoff_initial_ms"),
            max: config.duration("backoff_max_ms"),
            refused: config.duration("refusal_memory_ms"),
        },
        attempts: number("max_attempts"),
        forced: (number("forced_refresh_burst"), config.duration("forced_refresh_period_ms")),
        total_timeout: config.duration("total_timeout_ms"),
        lazy: config.text("refresh") == "lazy",
    }
}

fn http_settings(config: &Config, ca: &CaWatch) -> Result<HttpSettings> {
    let ca_pem = config.path("ca_file").map(|path| ca.read("ca_file", &path)).transpose()?;
    let extra = config.text("user_agent_extra");
    let user_agent = format!("evercred/{VERSION} {extra}");
    let proxy = match config.text("proxy") {
        "environment" => ProxyChoice::Environment,
        "none" => ProxyChoice::None,
        url => ProxyChoice::Url(Secret::from_text(url)),
    };
    let settings = HttpSettings {
        connect_timeout: config.duration("connect_timeout_ms"),
        ca_pem,
        tls_verify: config.flag("tls_verify"),
        proxy,
        no_proxy: config.text("no_proxy").to_owned(),
        user_agent: user_agent.trim_end().to_owned(),
    };
    settings.check()?;
    Ok(settings)
}

pub(super) fn ca_event(core: &Core, error: Error) -> Event {
    Event {
        kind: EventKind::CaExpiring,
        source: String::new(),
        generation: 0,
        error: Some(error),
        time_ms: core.platform.wall_ms(),
        dropped: 0,
    }
}
