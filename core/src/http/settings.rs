//! The settings of the transport, from a client's options.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The proxy for requests. Requests to a metadata service use none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// The proxy in `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    Environment,
    /// No proxy.
    None,
    /// This proxy. The URL may contain a user name and a password.
    Url(Secret),
}

/// The settings of the transport.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The timeout for connecting, including TLS.
    pub connect_timeout: Duration,
    /// The trusted certificates (PEM) instead of the system's.
    pub ca_pem: Option<Arc<[u8]>>,
    /// Whether the server's certificate is checked. Must be `true` except in tests.
    pub tls_verify: bool,
    /// The proxy.
    pub proxy: ProxyChoice,
    /// Hosts that are reached without the proxy, separated by commas. Applies only to [`ProxyChoice::Url`].
    pub no_proxy: String,
    /// The value of the header `User-Agent`.
    pub user_agent: String,
}

impl HttpSettings {
    /// Checks early what would fail at the first request.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidOption`] that begins with the option's name.
    pub fn check(&self) -> Result<()> {
        if let Some(pem) = &self.ca_pem {
            roots(pem, "ca_file")?;
        }
        if let ProxyChoice::Url(url) = &self.proxy {
            proxy(url)?;
        }
        Ok(())
    }
}

/// Parses the certificates that an option names.
pub(super) fn roots(pem: &[u8], option: &str) -> Result<Vec<CertificateDer<'static>>> {
    match CertificateDer::pem_slice_iter(pem).collect::<std::result::Result<Vec<_>, _>>() {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(Error::option(option, "it contains no certificate in PEM format")),
    }
}

/// Parses the URL of a proxy.
pub(super) fn proxy(url: &Secret) -> Result<reqwest::Proxy> {
    let wrong = || Error::option("proxy", "it takes `environment`, `none` or a URL such as http://host:port");
    let scheme = url.expose().split_once("://").map(|(scheme, _)| scheme).ok_or_else(wrong)?;
    if !matches!(scheme, "http" | "https") {
        return Err(wrong());
    }
    reqwest::Proxy::all(url.expose()).map_err(|_| wrong())
}
