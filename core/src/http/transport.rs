//! Sends all requests of the library.

use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;
use zeroize::Zeroizing;

use super::route::Route;
use super::settings::{HttpSettings, ProxyChoice, proxy, roots};
use super::{Method, Request, Response};
use crate::error::{Class, Code, Error, Result};

/// The maximum size of an answer, in bytes. The largest answer of the protocols has a few kilobytes.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A transport. Its HTTP clients are created at first use.
pub struct Http {
    settings: HttpSettings,
    route: Route,
    routed: OnceCell<reqwest::Client>,
    direct: OnceCell<reqwest::Client>,
    /// The transports of other routes, one per route that was used. A forked child has its own transport.
    others: Mutex<Vec<Arc<Http>>>,
}

impl Http {
    /// A transport without connections.
    pub fn new(settings: HttpSettings) -> Http {
        Http::of(settings, Route::default())
    }

    fn of(settings: HttpSettings, route: Route) -> Http {
        Http { settings, route, routed: OnceCell::new(), direct: OnceCell::new(), others: Mutex::default() }
    }

    /// The transport for a route. The same route always returns the same transport.
    pub fn by(self: &Arc<Self>, route: &Route) -> Arc<Http> {
        if self.route == *route {
            return Arc::clone(self);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = others.iter().find(|other| other.route == *route) {
            return Arc::clone(found);
        }
        let other = Arc::new(Http::of(route.apply_to(&self.settings), route.clone()));
        others.push(Arc::clone(&other));
        other
    }

    /// Sends a request and reads its answer of at most [`MAX_ANSWER_BYTES`] bytes. Redirects are not followed.
    ///
    /// # Errors
    /// [`Code::Network`], [`Code::Tls`], [`Code::Malformed`] for a larger answer, [`Code::InvalidOption`] for an
    /// invalid URL.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Response> {
        let client = self.client(request.direct).await?;
        // Each request opens a connection, so the timeout is the sum of both.
        let own = self.route.read_timeout.map(|read| self.settings.connect_timeout.saturating_add(read));
        let timeout = own.map_or(timeout, |own| own.min(timeout));
        let explain = |error| explain(error, &host_of(&request.url), self.route.ca_option());
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = client.request(method, request.url.as_str()).timeout(timeout);
        for (name, value) in &request.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        if !matches!(request.method, Method::Get) {
            builder = builder.body(request.body.to_vec());
        }
        let mut answer = builder.send().await.map_err(explain)?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let text = format!("{} sent an answer of more than {MAX_ANSWER_BYTES} bytes", host_of(&request.url));
                return Err(Error::new(Code::Malformed, text).with_class(Class::Unknown));
            }
            extend_wiping(&mut body, &chunk);
        }
        Ok(Response { status, headers, body })
    }

    /// Checks that a TCP connection to a host is possible without a proxy, and closes it. The host may have a port.
    ///
    /// # Errors
    /// [`Code::Network`] that names the host.
    pub async fn reach(&self, host_and_port: &str, default_port: u16, timeout: Duration) -> Result<()> {
        let has_port = host_and_port.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let address = if has_port { host_and_port.to_owned() } else { format!("{host_and_port}:{default_port}") };
        let failed = |problem: &str| Error::new(Code::Network, format!("{host_and_port}: no connection ({problem})"));
        match tokio::time::timeout(timeout, tokio::net::TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(&error.to_string())),
            Err(_) => Err(failed(&format!("timeout of {} ms", timeout.as_millis()))),
        }
    }

    async fn client(&self, direct: bool) -> Result<reqwest::Client> {
        let slot = if direct { &self.direct } else { &self.routed };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        // This reads the system's root certificates, so it must not run on the thread with the timers of all sources.
        let (settings, ca_option) = (self.settings.clone(), self.route.ca_option().to_owned());
        let built = tokio::task::spawn_blocking(move || build(&settings, &ca_option, direct)).await;
        let client = built.map_err(|_| Error::new(Code::Internal, "the TLS client could not be created"))??;
        Ok(slot.get_or_init(|| client).clone())
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.settings.user_agent)
    }
}

fn build(settings: &HttpSettings, ca_option: &str, direct: bool) -> Result<reqwest::Client> {
    use_ring();
    let mut builder = reqwest::Client::builder()
        .user_agent(settings.user_agent.as_str())
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        // Refreshes are minutes apart: an idle connection has no benefit and keeps secrets in its buffers.
        .pool_max_idle_per_host(0)
        .tls_version_min(reqwest::tls::Version::TLS_1_2);
    if !settings.tls_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    } else if let Some(pem) = &settings.ca_pem {
        builder = builder.tls_certs_only(roots(pem, ca_option)?);
    }
    builder = match (&settings.proxy, direct) {
        (_, true) | (ProxyChoice::None, _) => builder.no_proxy(),
        (ProxyChoice::Environment, _) => builder,
        (ProxyChoice::Url(url), _) => {
            builder.proxy(proxy(url)?.no_proxy(reqwest::NoProxy::from_string(&settings.no_proxy)))
        }
    };
    builder.build().map_err(|error| {
        let text = format!(
            "the TLS client could not be created ({}); a system without root certificates needs the option ca_file",
            causes(&error)
        );
        Error::new(Code::Tls, text)
    })
}

/// Selects ring as the cryptography provider of this copy of rustls. Also called early, so that no fork happens during
/// its first use.
pub fn use_ring() {
    // This fails only if a provider was already installed.
    let _earlier = rustls::crypto::ring::default_provider().install_default().is_err();
}

/// Appends to a buffer and wipes the old buffer when it must grow. A buffer that grows by itself leaves an unwiped copy
/// behind.
fn extend_wiping(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((body.len() + chunk.len()) * 2));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

/// The host and port of a URL. Path and query may contain secrets.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host).to_owned()
}

/// The causes of an error, without reqwest's own message, which contains the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        // Some errors repeat the text of their cause.
        if !text.contains(&line) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&line);
        }
        cause = error.source();
    }
    if text.is_empty() { String::from("no cause given") } else { text }
}

/// The TLS error among the causes, if TLS failed. An I/O error does not return its inner error as the source.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref::<rustls::Error>().or_else(|| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.and_then(|inner| tls_error(inner)).or_else(|| error.source().and_then(tls_error))
    })
}

fn explain(error: reqwest::Error, host: &str, ca_option: &str) -> Error {
    let error = error.without_url();
    let causes = causes(&error);
    if let Some(tls) = tls_error(&error) {
        let check = match tls {
            rustls::Error::InvalidCertificate(_) => {
                format!("the server's certificate is not accepted: check the option {ca_option}")
            }
            _ => String::from("check the endpoint's port and whether the server speaks TLS"),
        };
        return Error::new(Code::Tls, format!("{host}: no TLS connection ({causes}); {check}"));
    }
    if error.is_timeout() {
        let phase = if error.is_connect() { "no connection" } else { "no answer" };
        return Error::new(Code::Network, format!("{host}: {phase} in time; check the network, endpoint and proxy"));
    }
    if error.is_builder() {
        return Error::new(Code::InvalidOption, format!("{host}: the request is not valid ({causes})"));
    }
    if error.is_body() || error.is_decode() {
        return Error::new(Code::Network, format!("{host}: the answer is incomplete ({causes})"));
    }
    Error::new(
        Code::Network,
        format!("{host}: the host cannot be reached ({causes}); check the network, endpoint and proxy"),
    )
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn only_the_host_is_shown() {
        assert_eq!(host_of("https://user:pw@cam.example:443/?Signature=abc"), "cam.example:443");
        assert_eq!(host_of("http://127.0.0.1:80/latest"), "127.0.0.1:80");
    }
}
