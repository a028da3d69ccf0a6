//! Clients, sources, configuration, events and reports, for the C layer. It uses `cache`, `store` and `providers`.
//! Start with [`Client`], then `core` (the state that the sources of a client share), `opening` (how a source is
//! opened) and one cloud's folder.

mod aliyun;
mod ca_watch;
mod config;
mod config_load;
mod core;
mod engine;
mod events;
mod fingerprint;
mod json_text;
mod opening;
pub mod options;
mod registry;
mod rejection_codes;
mod report;
mod shared_identity;
mod tencent;
mod transports;
mod trie;
mod warm_start;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use aliyun::official;
pub use config::Config;
pub use core::VERSION;
pub use events::subscription::Subscription;
pub use report::{Format, Report};

use crate::cache::{Lease, Source, Status};
use crate::client::core::Core;
use crate::client::opening::Opening;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// A client: a configuration, the sources opened with it, and at most one background thread. Dropping it closes it.
pub struct Client {
    core: Arc<Core>,
    /// The sources of the option `secret_names`.
    named: Vec<Lease>,
}

impl Client {
    /// A client with this configuration. It reads the files that the options name. If the option `secret_names` is
    /// set, it also opens these managed secrets and starts their first fetches; otherwise it sends no request and
    /// starts no thread.
    ///
    /// # Errors
    /// The value of an option, or a file that it names, cannot be used. The message begins with the option.
    pub fn new(config: Config, platform: Arc<dyn Platform>) -> Result<Client> {
        let core = Core::new(config, platform)?;
        let mut client = Client { core: Arc::new(core), named: Vec::new() };
        client.named = client.open_named()?.into_iter().filter_map(Lease::new).collect();
        Ok(client)
    }

    fn open_named(&self) -> Result<Vec<Arc<Source>>> {
        let config = &self.core.config;
        let names = aliyun::secret_names::split(config.text("secret_names"));
        let open = |name| {
            aliyun::managed::check(name).map_err(|error| {
                // The message is for the argument of `open_managed`, but the name is one of a list here.
                let problem = error.message().trim_start_matches("secret_name: ");
                Error::option("secret_names", &format!("a name {problem}"))
            })?;
            aliyun::managed::open(&Opening::new(&self.core, config, aliyun::CLOUD)?, name)
        };
        // If one secret cannot be opened, no fetch starts.
        let sources = names.map(open).collect::<Result<Vec<_>>>()?;
        sources.iter().try_for_each(Source::prefetch)?;
        Ok(sources)
    }

    /// Opens the source of a database account's token. Two opens of one account with the same options share one source.
    pub fn open_database(
        &self,
        overrides: Option<&Config>,
        region: &str,
        instance: &str,
        user: &str,
    ) -> Result<Arc<Source>> {
        self.core.check_open()?;
        let config = self.configured(overrides)?;
        self.opened(
            &config,
            tencent::database::open(&Opening::new(&self.core, &config, tencent::CLOUD)?, region, instance, user)?,
        )
    }

    /// Opens the source of a managed secret of Alibaba Cloud. Two opens of one secret with the same options share one
    /// source.
    pub fn open_managed(&self, overrides: Option<&Config>, secret_name: &str) -> Result<Arc<Source>> {
        self.core.check_open()?;
        let config = self.configured(overrides)?;
        self.opened(&config, aliyun::managed::open(&Opening::new(&self.core, &config, aliyun::CLOUD)?, secret_name)?)
    }

    /// Opens the login identity of a cloud (`tencent` or `aliyun`), which the options select, as a source of access
    /// keys. Sources that sign with the same identity share it.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an unknown cloud. An option cannot be used, or selects a client key, which is not
    /// an access key; the message begins with the option.
    pub fn open_identity(&self, overrides: Option<&Config>, cloud: &str) -> Result<Arc<Source>> {
        self.core.check_open()?;
        let config = self.configured(overrides)?;
        let identity = match cloud {
            tencent::CLOUD => tencent::identity::open_for_program(&Opening::new(&self.core, &config, tencent::CLOUD)?)?,
            aliyun::CLOUD => aliyun::identity::open_for_program(&Opening::new(&self.core, &config, aliyun::CLOUD)?)?,
            _ => {
                let known = options::CLOUDS.join("`, `");
                return Err(Error::argument("cloud", &format!("no such cloud; it is one of `{known}`")));
            }
        };
        self.opened(&config, identity.into_source())
    }

    fn configured(&self, overrides: Option<&Config>) -> Result<Cow<'_, Config>> {
        match overrides {
            Some(overrides) => self.core.config.overlaid(overrides).map(Cow::Owned),
            None => Ok(Cow::Borrowed(&self.core.config)),
        }
    }

    fn opened(&self, config: &Config, source: Arc<Source>) -> Result<Arc<Source>> {
        if config.text("prefetch") == "on" {
            source.prefetch()?;
        }
        Ok(source)
    }

    /// Subscribes to the events of one source, or of the whole client: all sources, login identities included, and
    /// certificates. Earlier events are not delivered; a subscription to the client starts with a CA_EXPIRING event
    /// for each CA file with a certificate that is about to expire.
    ///
    /// # Errors
    /// [`Code::Closed`]; [`Code::InvalidArgument`] for a source of another client.
    pub fn subscribe(&self, source: Option<&Arc<Source>>) -> Result<Arc<Subscription>> {
        self.core.check_open()?;
        let epoch = self.core.platform.fork_epoch();
        let is_ours = |source: &Arc<Source>| {
            self.core.sources.named(epoch, source.name()).is_some_and(|found| Arc::ptr_eq(&found, source))
        };
        if source.is_some_and(|source| !is_ours(source)) {
            return Err(Error::argument("source", "it belongs to another client; subscribe with that one"));
        }
        let name = source.map(|source| source.name().to_owned());
        Ok(Arc::new(Subscription::new(&self.core, name)))
    }

    /// The report of all open sources, login identities included.
    pub fn report(&self, format: Format) -> Report {
        let now_ms = self.core.platform.wall_ms();
        let statuses = self.statuses();
        let totals = report::Totals {
            // One source that accepts any certificate is enough for the alarm.
            tls_verified: self.core.http.tls_verify && statuses.iter().all(|status| status.tls_verified),
            ca_expires_at_ms: self.core.ca.expires_at_ms(now_ms),
            left_behind_jobs: self.core.left_behind_jobs(),
            now_ms,
        };
        report::write(&statuses, format, &totals)
    }

    /// The status of every open source, by name.
    pub fn statuses(&self) -> Vec<Status> {
        // Sources are sorted, not statuses, which are large.
        let mut sources = self.core.sources.all();
        sources.sort_unstable_by(|left, right| left.name().cmp(right.name()));
        sources.iter().map(|source| source.status()).collect()
    }

    /// Whether servers' certificates are checked.
    pub fn tls_verified(&self) -> bool {
        self.core.http.tls_verify
    }

    /// Stops all work: all waiting callers get `Closed` immediately, and the background thread ends within one second.
    /// Only a helper thread in a name look-up or in file access may live longer. Then it waits at most two seconds until
    /// the values that have arrived are in the cache file. None of the host's callbacks starts from then on. A second call
    /// has no effect.
    pub fn close(&self) {
        self.core.close();
    }

    /// Closes the client and waits until none of the host's callbacks runs, except one that this thread is in.
    pub fn close_and_wait(&self) {
        self.core.close();
        let _none_runs = self.core.gate.wait(None);
        // A callback may have kept the background thread, which holds sources, and these the callbacks' data.
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
