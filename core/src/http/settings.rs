//! How requests are sent: what the options of a client say of the transport.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// Which way requests go, but those to a metadata service: these go direct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    Environment,
    /// Direct.
    None,
    /// By this proxy; the URL may hold a user name and a password.
    Url(Secret),
}

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// Certificates (PEM) that are trusted instead of the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// Whether the server's certificate is checked. Never switch it off outside a test.
    pub tls_verify: bool,
    /// The proxy.
    pub proxy: ProxyChoice,
    /// Hosts that are reached without it, separated by commas, where the proxy is a configured one.
    pub no_proxy: String,
    /// What the requests call themselves.
    pub user_agent: String,
}

impl HttpSettings {
    /// Finds out early what would fail at the first request.
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

/// The certificates of a file that an option names.
pub(super) fn roots(pem: &[u8], option: &str) -> Result<Vec<reqwest::Certificate>> {
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(Error::option(option, "it holds no certificate in PEM form")),
    }
}

/// The proxy of a URL.
pub(super) fn proxy(url: &Secret) -> Result<reqwest::Proxy> {
    let wrong = || Error::option("proxy", "it takes `environment`, `none` or a URL like http://host:port");
    let scheme = url.expose().split_once("://").map(|(scheme, _)| scheme).ok_or_else(wrong)?;
    if !matches!(scheme, "http" | "https") {
        return Err(wrong());
    }
    reqwest::Proxy::all(url.expose()).map_err(|_| wrong())
}
