//! Settings of one server or source that differ from the client's settings.

use std::sync::Arc;
use std::time::Duration;

use super::settings::{HttpSettings, ProxyChoice, proxy, roots};
use crate::error::Result;

/// The differences from the client's settings. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The trusted certificates (PEM) instead of those in the settings, and the name of their option for errors.
    pub ca: Option<(Arc<[u8]>, Arc<str>)>,
    /// Accepts any certificate of the server. The code that sets it must log a warning.
    pub accept_any_certificate: bool,
    /// The timeout for connecting, including TLS.
    pub connect_timeout: Option<Duration>,
    /// The timeout for the answer after connecting.
    pub read_timeout: Option<Duration>,
    /// The proxy.
    pub proxy: Option<ProxyChoice>,
    /// Hosts that are reached without the proxy, separated by commas.
    pub no_proxy: Option<String>,
}

impl Route {
    /// Checks early what would fail at the first request.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidOption`] that begins with the option's name, when there is no valid certificate or
    /// the proxy's URL cannot be used.
    pub fn check(&self) -> Result<()> {
        if let Some((pem, option)) = &self.ca {
            roots(pem, option)?;
        }
        if let Some(ProxyChoice::Url(url)) = &self.proxy {
            proxy(url)?;
        }
        Ok(())
    }

    /// The same route with its own copy of the certificates. Transports outlive the sources that use them, which own the
    /// certificates: these are watched only as long as a source uses them.
    pub(super) fn with_copied_certificates(&self) -> Route {
        let copied = self.ca.as_ref().map(|(pem, option)| (Arc::from(&**pem), Arc::clone(option)));
        Route { ca: copied, ..self.clone() }
    }

    /// The settings with these differences applied.
    pub(super) fn apply_to(&self, settings: &HttpSettings) -> HttpSettings {
        HttpSettings {
            connect_timeout: self.connect_timeout.unwrap_or(settings.connect_timeout),
            ca_pem: self.ca.as_ref().map(|(pem, _)| Arc::clone(pem)).or_else(|| settings.ca_pem.clone()),
            tls_verify: settings.tls_verify && !self.accept_any_certificate,
            proxy: self.proxy.clone().unwrap_or_else(|| settings.proxy.clone()),
            no_proxy: self.no_proxy.clone().unwrap_or_else(|| settings.no_proxy.clone()),
            ..settings.clone()
        }
    }

    /// The name of the option with the certificates, for errors.
    pub(super) fn ca_option(&self) -> &str {
        self.ca.as_ref().map_or("ca_file", |(_, option)| option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::Lanes;
    use crate::http::{Http, ProxyChoice};
    use crate::platform::{Platform, StdPlatform};

    #[test]
    fn a_route_has_one_transport() {
        let settings = HttpSettings {
            connect_timeout: Duration::from_secs(5),
            ca_pem: None,
            tls_verify: true,
            proxy: ProxyChoice::None,
            no_proxy: String::new(),
            user_agent: String::new(),
        };
        let platform: Arc<dyn Platform> = Arc::new(StdPlatform);
        let lanes = Arc::new(Lanes::new(&platform));
        let http = Arc::new(Http::new(settings.clone(), platform, lanes));
        assert!(Arc::ptr_eq(&http, &http.by(&Route::default())));
        let ca: Arc<[u8]> = Arc::from(*b"ca");
        let with_ca = Route { ca: Some((Arc::clone(&ca), Arc::from("ca_file"))), ..Route::default() };
        assert!(Arc::ptr_eq(&http.by(&with_ca), &http.by(&with_ca)));
        drop(with_ca);
        assert_eq!(Arc::strong_count(&ca), 1, "the transport owns a copy");
        let quick = Route { connect_timeout: Some(Duration::from_secs(1)), ..Route::default() };
        assert!(Arc::ptr_eq(&http.by(&quick), &http.by(&quick.clone())));
        assert!(!Arc::ptr_eq(&http.by(&quick), &http));
        let unverified = Route { accept_any_certificate: true, ..quick.clone() };
        assert!(!Arc::ptr_eq(&http.by(&unverified), &http.by(&Route::default())));
        assert!(!unverified.apply_to(&settings).tls_verify);
        // No difference from a transport that has a route itself is that transport.
        assert!(Arc::ptr_eq(&http.by(&quick), &http.by(&quick).by(&Route::default())));
        let own = Route { ca: Some((Arc::from(&b"none"[..]), Arc::from("an_option"))), ..Route::default() };
        assert!(own.check().unwrap_err().message().starts_with("an_option: "));
        assert_eq!(own.apply_to(&settings).ca_pem.as_deref(), Some(&b"none"[..]));
        let elsewhere = Route {
            proxy: Some(ProxyChoice::Environment),
            no_proxy: Some(String::from("a.example")),
            ..Route::default()
        };
        let applied = elsewhere.apply_to(&settings);
        assert_eq!((applied.proxy, applied.no_proxy.as_str()), (ProxyChoice::Environment, "a.example"));
    }
}
