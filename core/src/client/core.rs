//! The state that all sources of a client share: configuration, transport, background thread, registry, events. Start
//! with [`Core::new`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cache::{Event, EventKind, Need, Runner, Settings, Source};
use crate::client::ca_watch::CaWatch;
use crate::client::config::Config;
use crate::client::engine::Engine;
use crate::client::events::broadcast::Broadcast;
use crate::client::options;
use crate::client::registry::Registry;
use crate::client::transports::{Shared, Transports, proxy_choice};
use crate::error::{Code, Error, Result};
use crate::http::HttpSettings;
use crate::log::Level;
use crate::platform::{Forkable, Gate, Moment, Platform};
use crate::providers::Clock;
use crate::store::Writes;

/// How long `close` waits for callbacks that may not have started yet.
const CALLBACK_START_TIMEOUT: Duration = Duration::from_millis(200);

/// The version of the library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long the calls of `close` wait together until the values that have arrived are in the cache file.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// The shared state; each source keeps it alive.
pub(crate) struct Core {
    pub(super) config: Config,
    pub(super) http: HttpSettings,
    pub(super) platform: Arc<dyn Platform>,
    closed: AtomicBool,
    /// Every call of the host's callbacks passes it.
    pub(super) gate: Arc<Gate>,
    engine: Forkable<Engine>,
    pub(super) sources: Registry,
    pub(super) broadcast: Arc<Broadcast>,
    /// The transports of sources with connection options of their own.
    pub(super) transports: Transports,
    /// Reads and watches the CA files.
    pub(super) ca: CaWatch,
    /// The values that are not written into the cache file yet.
    pub(super) writes: Arc<Writes>,
    /// How far each cloud's clock is ahead of this machine's, by the prefix of the cloud's options.
    clocks: Vec<(&'static str, Arc<Clock>)>,
}

impl Core {
    /// The shared state of a configuration. Reads the files that its options name.
    pub(super) fn new(mut config: Config, platform: Arc<dyn Platform>) -> Result<Core> {
        let gate = Arc::new(Gate::new(Arc::clone(&platform)));
        let log_gate = Arc::clone(&gate);
        config.log = config.log.through(move |write| {
            let _closed = log_gate.pass(write).is_none();
        });
        let ca = CaWatch::new(config.duration("ca_expiry_warning_ms"));
        let http = http_settings(&config, &ca)?;
        if !http.tls_verify {
            config.log.write(Level::Warn, || {
                String::from("tls_verify is false: any certificate is accepted, so connections can be intercepted")
            });
        }
        let core = Core {
            http,
            closed: AtomicBool::new(false),
            gate,
            engine: Forkable::default(),
            sources: Registry::default(),
            broadcast: Arc::new(Broadcast::new(Arc::clone(&platform))),
            transports: Transports::default(),
            ca,
            writes: Arc::new(Writes::new(config.log.clone())),
            clocks: options::CLOUDS.map(|cloud| (cloud, Arc::default())).to_vec(),
            config,
            platform,
        };
        core.notify_expiring_certificates();
        Ok(core)
    }

    /// What the transports of single sources are compared with and made from.
    pub(super) fn for_transports(&self) -> Shared<'_> {
        Shared { config: &self.config, ca: &self.ca, platform: &self.platform, transports: &self.transports }
    }

    /// The clock of a cloud.
    pub(super) fn clock(&self, cloud: &str) -> Arc<Clock> {
        let found = self.clocks.iter().find(|(name, _)| *name == cloud);
        found.map(|(_, clock)| Arc::clone(clock)).unwrap_or_default()
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(Error::new(Code::Closed, "the client is closed")) } else { Ok(()) }
    }

    fn engine(&self) -> Arc<Engine> {
        self.engine.get(self.platform.fork_epoch(), || {
            let lazy = self.config.text("refresh") == "lazy";
            let limit = usize::try_from(self.config.number("max_concurrent_fetches")).unwrap_or(usize::MAX);
            Engine::new(Arc::clone(&self.platform), self.http.clone(), lazy, limit)
        })
    }

    /// How many jobs that may block are left behind.
    pub(super) fn left_behind_jobs(&self) -> usize {
        self.engine.existing(self.platform.fork_epoch()).map_or(0, |engine| engine.left_behind_jobs())
    }

    /// Notifies once a day of certificates that are about to expire.
    fn notify_expiring_certificates(&self) {
        for error in self.ca.due_warnings(self.platform.now(), self.platform.wall_ms()) {
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
        // Creates the engine if there is none, so that no open one is created later. Two concurrent calls both wait.
        self.engine().close();
        self.writes.close(self.platform.fork_epoch(), WRITE_TIMEOUT);
        self.gate.close();
        // A callback that was about to start has started after this time.
        let _still_running = self.gate.wait(Some(CALLBACK_START_TIMEOUT));
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

    fn needed(&self, source: &Arc<Source>, need: Need) {
        self.engine().needed(source, need);
    }

    fn watch(&self, source: &Arc<Source>, at: Option<Moment>) -> Result<()> {
        self.engine().watch(source, at)
    }

    fn has_subscribers(&self) -> bool {
        self.broadcast.has_subscribers()
    }

    fn emit(&self, event: Event) {
        self.broadcast.emit(&event);
    }

    fn landed(&self) {
        self.notify_expiring_certificates();
    }

    fn dropped(&self, source: &str) {
        self.sources.remove(self.platform.fork_epoch(), source);
    }
}

/// The settings of a source with this configuration.
pub(super) fn settings(config: &Config) -> Settings {
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Settings {
        max_stale: config.duration("max_stale_ms"),
        poll_interval: Some(config.duration("poll_interval_ms")),
        settle: config.duration("rejected_settle_ms"),
        refresh_wait: config.duration("refresh_wait_ms"),
        limits: crate::cache::backoff::Limits {
            initial: config.duration("backoff_initial_ms"),
            max: config.duration("backoff_max_ms"),
            refused: config.duration("refusal_memory_ms"),
        },
        attempts: count(config.number("max_attempts")),
        forced: (count(config.number("forced_refresh_burst")), config.duration("forced_refresh_period_ms")),
        total_timeout: config.duration("total_timeout_ms"),
        lazy: config.text("refresh") == "lazy",
        identity: false,
    }
}

fn http_settings(config: &Config, ca: &CaWatch) -> Result<HttpSettings> {
    let ca_pem = config.path("ca_file").map(|path| ca.read("ca_file", &path)).transpose()?;
    let extra = config.text("user_agent_extra");
    let user_agent = format!("evercred/{VERSION} {extra}");
    let settings = HttpSettings {
        connect_timeout: config.duration("connect_timeout_ms"),
        ca_pem,
        tls_verify: config.flag("tls_verify"),
        proxy: proxy_choice(config),
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
