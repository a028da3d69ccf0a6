//! The transports of sources whose connection options differ from the client's: sources with the same ones share one.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;

use crate::client::ca_watch::CaWatch;
use crate::client::config::Config;
use crate::client::options::About;
use crate::error::Result;
use crate::http::{ProxyChoice, Route, RoutedHttp};
use crate::platform::Platform;
use crate::secret::Secret;

/// The transports that are in use. The list is replaced as a whole, so that there is no lock for a forked child.
#[derive(Default)]
pub(super) struct Transports(ArcSwap<Vec<Weak<RoutedHttp>>>);

impl Transports {
    fn share(&self, fresh: &Arc<RoutedHttp>) -> Arc<RoutedHttp> {
        let mut chosen = Arc::clone(fresh);
        self.0.rcu(|list| {
            let mut alive: Vec<_> = list.iter().filter_map(Weak::upgrade).collect();
            match alive.iter().find(|other| other.route() == fresh.route()) {
                Some(found) => chosen = Arc::clone(found),
                None => {
                    chosen = Arc::clone(fresh);
                    alive.push(Arc::clone(fresh));
                }
            }
            alive.iter().map(Arc::downgrade).collect::<Vec<_>>()
        });
        chosen
    }

    /// How many are in use.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.load().iter().filter(|transport| transport.strong_count() > 0).count()
    }
}

/// The client's options, CA files and platform, of which a source's options may differ.
pub(super) struct Shared<'a> {
    pub(super) config: &'a Config,
    pub(super) ca: &'a CaWatch,
    pub(super) platform: &'a Arc<dyn Platform>,
    pub(super) transports: &'a Transports,
}

/// The transport of a source with this configuration; `None`: the client's. Reads the CA file, if it is another one.
///
/// # Errors
/// The CA file or the proxy cannot be used; the message begins with the option.
pub(super) fn transport(client: &Shared<'_>, config: &Config) -> Result<Option<Arc<RoutedHttp>>> {
    let differing = config.differences(client.config);
    if !differing.iter().any(|spec| spec.about == About::Connection) {
        return Ok(None);
    }
    let differs = |name: &str| differing.iter().any(|spec| spec.name == name);
    let ca = match config.path("ca_file").filter(|_| differs("ca_file")) {
        Some(path) => Some((client.ca.read("ca_file", &path)?, Arc::from("ca_file"))),
        None => None,
    };
    let route = Route {
        ca,
        connect_timeout: differs("connect_timeout_ms").then(|| config.duration("connect_timeout_ms")),
        proxy: differs("proxy").then(|| proxy_choice(config)),
        no_proxy: differs("no_proxy").then(|| config.text("no_proxy").to_owned()),
        ..Route::default()
    };
    route.check()?;
    Ok(Some(client.transports.share(&Arc::new(RoutedHttp::new(route, Arc::clone(client.platform))))))
}

/// The value of the option `proxy`.
pub(super) fn proxy_choice(config: &Config) -> ProxyChoice {
    match config.text("proxy") {
        "environment" => ProxyChoice::Environment,
        "none" => ProxyChoice::None,
        url => ProxyChoice::Url(Secret::from_text(url)),
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::core::Core;
    use crate::platform::StdPlatform;

    #[test]
    fn equal_options_share_a_transport_until_nobody_uses_it() {
        let mut config = Config::new();
        config.set("proxy", "none").unwrap();
        let core = Core::new(config, Arc::new(StdPlatform)).unwrap();
        let open = |options: &[(&str, &str)]| {
            let mut overrides = Config::new();
            options.iter().for_each(|(name, value)| overrides.set(name, value).unwrap());
            transport(&core.for_transports(), &core.config.overlaid(&overrides).unwrap()).unwrap()
        };
        // The same value as the client's, and other options, are no difference.
        assert!(open(&[]).is_none() && open(&[("proxy", "none"), ("max_attempts", "1")]).is_none());
        let slow = open(&[("connect_timeout_ms", "9000")]).unwrap();
        let again = open(&[("connect_timeout_ms", "9000"), ("max_attempts", "1")]).unwrap();
        assert!(Arc::ptr_eq(&slow, &again));
        let proxied = open(&[("connect_timeout_ms", "9000"), ("proxy", "http://127.0.0.1:1")]).unwrap();
        assert!(!Arc::ptr_eq(&slow, &proxied));
        assert_eq!(core.transports.count(), 2);
        drop((slow, again));
        assert_eq!(core.transports.count(), 1);
        drop(proxied);
        assert!(open(&[("no_proxy", "a.example")]).is_some());
        assert_eq!(core.transports.count(), 0);
    }
}
