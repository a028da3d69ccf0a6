//! The identity `credentials_uri`: keys from a URL, usually of a helper process on the same machine.

use std::net::IpAddr;
use std::sync::Arc;

use super::local::configured;
use super::role::temporary;
use crate::error::{Code, Error, Result};
use crate::http::{Method, Request};
use crate::log::Level;
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::api::sts;
use crate::providers::{Context, Fetched, Origin, Provider, ServerTime};
use crate::secret::Secret;

/// Keys from a URL: the configured one, otherwise `ALIBABA_CLOUD_CREDENTIALS_URI`. Its path and query may be all that protects
/// the keys, so only the host is shown in logs and errors.
pub struct CredentialsUri {
    /// The URL, if configured.
    pub uri: Option<Secret>,
    /// The platform whose environment is read: the URL is needed outside of fetches as well.
    pub platform: Arc<dyn Platform>,
}

impl CredentialsUri {
    /// The URL of the configuration or the environment.
    ///
    /// # Errors
    /// [`Code::NoIdentity`] if it is not set or not a URL.
    pub fn found(&self) -> Result<Secret> {
        let uri = self.uri.as_ref().map(|uri| uri.expose().to_owned());
        let uri =
            Secret::new(configured(uri, &*self.platform, "ALIBABA_CLOUD_CREDENTIALS_URI", "aliyun_credentials_uri")?);
        host(uri.expose()).ok_or_else(|| {
            Error::new(
                Code::NoIdentity,
                "the credentials URI is not a URL like http://host:port/path, or a `/`, `?`, `#` or `@` of its password \
                 or path is not percent-encoded; its text is not shown",
            )
        })?;
        Ok(uri)
    }
}

/// The host and port of an `http` or `https` URL.
fn host(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at_checked(end)?;
    // A `@` farther on means that one of these characters is in a password, whose first part would pass for the host.
    if after.contains('@') {
        return None;
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // Parsers of URLs disagree on a backslash.
    let forbidden = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
    let valid = !host.is_empty() && !uri.contains(forbidden);
    valid.then_some(host)
}

/// Whether the host is this machine, which is reached without a proxy.
fn is_local(host: &str) -> bool {
    let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    let name = port.map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether the keys are sent over the network without encryption.
fn is_plaintext(uri: &str) -> bool {
    uri.starts_with("http://") && !host(uri).is_some_and(is_local)
}

impl Provider for CredentialsUri {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let uri = self.found()?;
            let host = host(uri.expose()).unwrap_or_default();
            let request = Request {
                method: Method::Get,
                url: uri.expose().to_owned(),
                headers: vec![("Accept".to_owned(), "application/json".to_owned())],
                body: zeroize::Zeroizing::default(),
                direct: is_local(host),
            };
            if is_plaintext(uri.expose()) {
                context.log.write(Level::Warn, || {
                    format!(
                        "the credentials URI of {host} is http, and not on this machine: keys are sent in the clear"
                    )
                });
            }
            let sent_at = context.platform.now();
            let response = context.http.send(request, context.remaining()).await?;
            let keys = sts::parse_flat(&response).map_err(|error| {
                error.in_context(&format!("the credentials URI of {host}")).with_http_status(response.status)
            })?;
            let server_time = ServerTime::of(&*context.platform, &response);
            let (material, expires_ms) = temporary(Origin::CredentialsUri, keys);
            let explanation = format!("credentials_uri: {host} used");
            Fetched::temporary(context, material, explanation, sent_at, server_time, Some(expires_ms))
        })
    }

    /// Requests that stay on the machine count as encrypted.
    fn is_encrypted(&self) -> bool {
        // Without a URL there are no requests.
        self.found().map_or(true, |uri| !is_plaintext(uri.expose()))
    }
}

#[cfg(test)]
mod tests {
    use super::{host, is_local};

    #[test]
    fn only_urls_with_a_host() {
        assert_eq!(host("http://127.0.0.1:80/a?b"), Some("127.0.0.1:80"));
        assert_eq!(host("https://user:word@helper#x"), Some("helper"));
        for wrong in [
            "",
            "helper",
            "ftp://helper/",
            "http://",
            "http:///path",
            "http://a b/",
            "http://a/\n",
            "http://a\\@b/",
            "http://user:pa/ss@helper/",
            "http://user:pa?ss@helper/",
            "http://user:pa#ss@helper/",
            "http://pass#word@helper",
        ] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
        assert!(is_local("127.0.0.1:80") && is_local("localhost") && is_local("[::1]:80") && is_local("[::1]"));
        assert!(!is_local("helper:80") && !is_local("127.example"));
    }
}
