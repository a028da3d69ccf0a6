//! What the C layer builds on: clients, sources, configuration, reports.

mod aliyun_identity;
mod bell;
mod ca;
mod config;
mod database;
mod engine;
mod hub;
mod identity;
mod judge;
mod managed;
mod official;
pub mod options;
mod places;
mod registry;
mod report;
mod sources;
mod subscription;
mod warm;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use config::Config;
pub use report::{Format, Report};
pub use subscription::Subscription;

use crate::cache::{Event, Runner, Settings, Source, Status};
use crate::client::ca::CaWatch;
use crate::client::engine::Engine;
use crate::client::hub::Hub;
use crate::client::registry::Registry;
use crate::error::{Code, Error, Result};
use crate::http::{HttpSettings, ProxyChoice, use_ring};
use crate::log::Level;
use crate::platform::{Forkable, Moment, Platform};
use crate::providers::Clock;
use crate::secret::Secret;

/// What `evercred_version` says.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A client: its configuration, its sources, its one thread. Closing or dropping it ends all three.
pub struct Client {
    core: Arc<Core>,
    /// The sources of the option `secret_names`.
    kept: Vec<Arc<Source>>,
}

/// What sources keep alive.
pub(crate) struct Core {
    config: Config,
    http: HttpSettings,
    platform: Arc<dyn Platform>,
    closed: AtomicBool,
    engine: Forkable<Engine>,
    sources: Registry,
    hub: Arc<Hub>,
    /// Every CA file is read through this.
    ca: CaWatch,
    /// How far Tencent Cloud's clock is ahead of ours, as its answers told.
    tencent_clock: Arc<Clock>,
    /// How far Alibaba Cloud's clock is ahead of ours.
    aliyun_clock: Arc<Clock>,
}

impl Client {
    /// A client of a configuration; files that the options name are read. Nothing is started or opened yet, but for the
    /// secrets of `secret_names`, whose first fetches are started.
    ///
    /// # Errors
    /// What an option names cannot be used; the message begins with the option.
    pub fn new(config: Config, platform: Arc<dyn Platform>) -> Result<Client> {
        // Now, while there is one thread: a fork must not fall into its first use.
        use_ring();
        let ca = CaWatch::new(config.duration("ca_expiry_warning_ms"));
        let http = http_settings(&config, &ca)?;
        if !http.tls_verify {
            config.log.write(Level::Warn, || {
                String::from("tls_verify is false: any certificate is accepted, and so is anybody in between")
            });
        }
        let hub = Arc::new(Hub::new(Arc::clone(&platform)));
        let core = Core {
            config,
            http,
            platform,
            closed: AtomicBool::new(false),
            engine: Forkable::default(),
            sources: Registry::default(),
            hub,
            ca,
            tencent_clock: Arc::default(),
            aliyun_clock: Arc::default(),
        };
        core.tell_of_certificates();
        let mut client = Client { core: Arc::new(core), kept: Vec::new() };
        client.kept = client.open_named()?;
        Ok(client)
    }

    fn open_named(&self) -> Result<Vec<Arc<Source>>> {
        let config = &self.core.config;
        let names = official::secret_names(config.text("secret_names"));
        let open = |name| {
            managed::check(name).map_err(|error| {
                // What is an argument of `open_managed` is one name of a list here.
                let problem = error.message().trim_start_matches("secret_name: ");
                Error::option("secret_names", &format!("a name {problem}"))
            })?;
            managed::open(&self.core, config, name)
        };
        // All or none: no fetch is started where one cannot be opened.
        let sources = names.map(open).collect::<Result<Vec<_>>>()?;
        sources.iter().try_for_each(Source::prefetch)?;
        Ok(sources)
    }

    /// The source of a database account's token. Two opens of one account with the same options share one source.
    pub fn open_database(
        &self,
        overrides: Option<&Config>,
        region: &str,
        instance: &str,
        user: &str,
    ) -> Result<Arc<Source>> {
        self.core.check_open()?;
        let config = self.configured(overrides)?;
        self.opened(&config, database::open(&self.core, &config, region, instance, user)?)
    }

    /// The source of a managed secret of Alibaba Cloud. Two opens of one secret with the same options share one source.
    pub fn open_managed(&self, overrides: Option<&Config>, secret_name: &str) -> Result<Arc<Source>> {
        self.core.check_open()?;
        let config = self.configured(overrides)?;
        self.opened(&config, managed::open(&self.core, &config, secret_name)?)
    }

    fn configured(&self, overrides: Option<&Config>) -> Result<Config> {
        match overrides {
            Some(overrides) => self.core.config.overlaid(overrides),
            None => Ok(self.core.config.clone()),
        }
    }

    fn opened(&self, config: &Config, source: Arc<Source>) -> Result<Arc<Source>> {
        if config.text("prefetch") == "on" {
            source.prefetch()?;
        }
        Ok(source)
    }

    /// Listens to what happens to one source, or to all of them, login identities among them, and to the client's
    /// certificates. What happened before is not told, but for certificates that are about to end.
    ///
    /// # Errors
    /// [`Code::Closed`]; [`Code::InvalidArgument`] for a source of another client.
    pub fn subscribe(&self, source: Option<&Arc<Source>>) -> Result<Arc<Subscription>> {
        self.core.check_open()?;
        if source.is_some_and(|source| !self.core.sources.all().iter().any(|other| Arc::ptr_eq(other, source))) {
            return Err(Error::argument("source", "it belongs to another client; subscribe with its own"));
        }
        let name = source.map(|source| source.name().to_owned());
        Ok(Arc::new(Subscription::new(&self.core, name)))
    }

    /// All sources that are open, login identities among them, in a format.
    pub fn report(&self, format: Format) -> Report {
        let now_ms = self.core.platform.wall_ms();
        let statuses = self.statuses();
        let whole = report::Whole {
            // One place that takes any certificate is enough to be alarmed.
            tls_verified: self.core.http.tls_verify && statuses.iter().all(|status| status.tls_verified),
            ca_expires_at_ms: self.core.ca.expires_at_ms(now_ms),
            now_ms,
        };
        report::write(&statuses, format, &whole)
    }

    /// The status of every open source, by name.
    pub fn statuses(&self) -> Vec<Status> {
        let mut statuses: Vec<_> = self.core.sources.all().iter().map(|source| source.status()).collect();
        statuses.sort_by(|left, right| left.name.cmp(&right.name));
        statuses
    }

    /// Whether servers' certificates are checked.
    pub fn tls_verified(&self) -> bool {
        self.core.http.tls_verify
    }

    /// Ends all work: every waiter gets `Closed`, at once; no thread is left after at most a second, but for a name
    /// look-up that does not return. Closing again does nothing.
    pub fn close(&self) {
        self.core.close();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.core.close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({} sources)", self.core.sources.all().len())
    }
}

impl Core {
    fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(Error::new(Code::Closed, "the client was closed")) } else { Ok(()) }
    }

    fn engine(&self) -> Arc<Engine> {
        self.engine.get(self.platform.fork_epoch(), || {
            Engine::new(Arc::clone(&self.platform), self.http.clone(), self.config.text("refresh") == "lazy")
        })
    }

    /// Says once a day which certificates are about to end.
    fn tell_of_certificates(&self) {
        for error in self.ca.news(self.platform.now(), self.platform.wall_ms()) {
            self.hub.emit(&subscription::ca_event(self, error.clone()));
            self.config.log.write(Level::Warn, || error.to_string());
        }
    }

    fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            for source in self.sources.all() {
                source.close();
            }
            self.hub.close();
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
        self.hub.has_listeners()
    }

    fn emit(&self, event: Event) {
        self.hub.emit(&event);
    }

    fn landed(&self) {
        self.tell_of_certificates();
    }
}

/// How a source of this configuration is kept.
fn settings(config: &Config) -> Settings {
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
