//! Sends all requests of the library.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::explain::{causes, explain, host_of};
use super::resolver::Resolver;
use super::route::Route;
use super::settings::{HttpSettings, ProxyChoice, proxy, roots};
use super::tls::{system_tls, tls_with_roots, unverified_tls};
use super::{Method, Request, Response};
use crate::blocking::Lanes;
use crate::error::{Class, Code, Error, Result};
use crate::platform::Platform;

/// The maximum size of an answer, in bytes. The largest answer of the protocols has a few kilobytes.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Idle connections of a host that are kept for the next request of a burst.
const IDLE_CONNECTIONS: usize = 16;
/// How long they are kept. Refreshes are minutes apart: after a burst an idle connection has no benefit, and keeps
/// secrets in its buffers.
const IDLE_TIMEOUT: Duration = Duration::from_millis(500);
/// The time limit for reading the system's root certificates.
const SETUP_TIMEOUT: Duration = Duration::from_secs(10);

/// A transport. Its HTTP clients are created at first use.
pub struct Http {
    settings: HttpSettings,
    route: Route,
    shared: Arc<SharedParts>,
    routed: OnceCell<reqwest::Client>,
    direct: OnceCell<reqwest::Client>,
    /// The transports of other routes, one per route that was used. A forked child has its own transport.
    others: Mutex<Vec<Arc<Http>>>,
}

/// What the transports of all routes share.
struct SharedParts {
    platform: Arc<dyn Platform>,
    lanes: Arc<Lanes>,
    /// TLS with the system's root certificates.
    system_tls: OnceCell<ClientConfig>,
}

impl Http {
    /// A transport without connections. Work that may block runs in `lanes`.
    pub fn new(settings: HttpSettings, platform: Arc<dyn Platform>, lanes: Arc<Lanes>) -> Http {
        let shared = Arc::new(SharedParts { platform, lanes, system_tls: OnceCell::new() });
        Http::of(settings, Route::default(), shared)
    }

    fn of(settings: HttpSettings, route: Route, shared: Arc<SharedParts>) -> Http {
        Http { settings, route, shared, routed: OnceCell::new(), direct: OnceCell::new(), others: Mutex::default() }
    }

    /// The lanes for work that may block.
    pub fn lanes(&self) -> &Arc<Lanes> {
        &self.shared.lanes
    }

    /// The transport for a route. The same route always returns the same transport.
    pub fn by(self: &Arc<Self>, route: &Route) -> Arc<Http> {
        if self.route == *route || *route == Route::default() {
            return Arc::clone(self);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = others.iter().find(|other| other.route == *route) {
            return Arc::clone(found);
        }
        let other = Arc::new(self.with(route));
        others.push(Arc::clone(&other));
        other
    }

    /// A new transport that differs from this one by a route.
    pub(super) fn with(&self, route: &Route) -> Http {
        let route = route.with_copied_certificates();
        Http::of(route.apply_to(&self.settings), route, Arc::clone(&self.shared))
    }

    /// Sends a request and reads its answer of at most [`MAX_ANSWER_BYTES`] bytes. Redirects are not followed.
    ///
    /// # Errors
    /// [`Code::Network`], [`Code::Tls`], [`Code::Resources`], [`Code::Malformed`] for a larger answer,
    /// [`Code::InvalidOption`] for an invalid URL. The error says how far the request got.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Response> {
        let client = self.client(request.direct).await?;
        // The request may have to open a connection first, so the timeout is the sum of both.
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
        let too_large = || {
            let text = format!("{} sent an answer of more than {MAX_ANSWER_BYTES} bytes", host_of(&request.url));
            Error::new(Code::Malformed, text).with_class(Class::Unknown).with_http_status(status)
        };
        if answer.content_length().is_some_and(|length| length > MAX_ANSWER_BYTES as u64) {
            return Err(too_large());
        }
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(|error| explain(error).with_http_status(status))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(too_large());
            }
            extend_wiping(&mut body, &chunk);
        }
        Ok(Response { status, headers, body })
    }

    /// Checks that a TCP connection to a host is possible without a proxy, and closes it. The host may have a port.
    ///
    /// # Errors
    /// [`Code::Network`] that names the host; [`Code::Timeout`] or [`Code::Resources`] of the look-up of its name;
    /// [`Code::Resources`] if there is no descriptor.
    pub async fn reach(&self, host_and_port: &str, default_port: u16, timeout: Duration) -> Result<()> {
        let failed = |problem: &str| Error::new(Code::Network, format!("{host_and_port}: no connection ({problem})"));
        let (host, port) = match host_and_port.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| failed("no such port"))?),
            _ => (host_and_port, default_port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let connect = async {
            let addresses = match host.parse::<IpAddr>() {
                Ok(address) => Arc::from([address]),
                Err(_) => self.resolver().look_up(host).await.map_err(|error| error.in_context(host_and_port))?,
            };
            let sockets: Vec<_> = addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
            let connected = tokio::net::TcpStream::connect(&*sockets).await;
            let text = format!("{host_and_port}: no connection");
            connected.map_err(|error| Error::of_system(Code::Network, &text, &error))
        };
        match tokio::time::timeout(timeout, connect).await {
            Ok(connected) => connected.map(drop),
            Err(_) => Err(failed(&format!("timeout of {} ms", timeout.as_millis()))),
        }
    }

    fn resolver(&self) -> Resolver {
        let shared = &self.shared;
        let (platform, lanes) = (Arc::clone(&shared.platform), Arc::clone(&shared.lanes));
        Resolver { platform, lanes, limit: self.settings.connect_timeout }
    }

    /// The HTTP client. Of several callers at the same time, one creates it.
    async fn client(&self, direct: bool) -> Result<reqwest::Client> {
        let slot = if direct { &self.direct } else { &self.routed };
        let client = slot.get_or_try_init(|| async {
            let option = self.route.ca_option();
            let tls = match &self.settings.ca_pem {
                _ if !self.settings.tls_verify => unverified_tls()?,
                Some(pem) => tls_with_roots(roots(pem, option)?, option)?,
                None => self.shared.system_tls().await?,
            };
            build(&self.settings, direct, tls, self.resolver())
        });
        client.await.cloned()
    }
}

impl SharedParts {
    /// Reads the root certificates in a lane: it must not block the thread with the timers of all sources.
    async fn system_tls(&self) -> Result<ClientConfig> {
        let read = || self.lanes.tls.share("system", SETUP_TIMEOUT, system_tls);
        self.system_tls.get_or_try_init(read).await.cloned()
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.settings.user_agent)
    }
}

fn build(settings: &HttpSettings, direct: bool, tls: ClientConfig, resolver: Resolver) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .user_agent(settings.user_agent.as_str())
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .dns_resolver(resolver)
        .tls_backend_preconfigured(tls);
    builder = match (&settings.proxy, direct) {
        (_, true) | (ProxyChoice::None, _) => builder.no_proxy(),
        (ProxyChoice::Environment, _) => builder,
        (ProxyChoice::Url(url), _) => {
            builder.proxy(proxy(url)?.no_proxy(reqwest::NoProxy::from_string(&settings.no_proxy)))
        }
    };
    builder
        .build()
        .map_err(|error| Error::new(Code::Tls, format!("the TLS client could not be created ({})", causes(&error))))
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
