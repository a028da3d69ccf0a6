//! HTTP and TLS: sends a request, directly or through a proxy, with a deadline and a limit for the answer's size. May
//! use `blocking`, `calendar`, `der` and the leaves; knows no cloud. Start with [`Request`], [`Response`] and [`Http::send`].

mod ca_check;
mod certificate;
mod endpoint;
mod explain;
mod failure;
mod resolver;
mod route;
mod routed;
mod settings;
mod tls;
mod transport;

pub use ca_check::unusable_certificate;
pub use certificate::certificate_ends;
pub use endpoint::{Endpoint, is_host_and_port, is_region};
pub use failure::{of_status, quotable, retry_after, short_name};
pub use route::Route;
pub use routed::RoutedHttp;
pub use settings::{HttpSettings, ProxyChoice};
pub use transport::{Http, MAX_ANSWER_BYTES};

/// The HTTP methods that the protocols use. Only metadata services use `PUT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// The method's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// A complete request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Scheme, host, port, path and query. Never in an error or a log: a query may contain a signature.
    pub url: String,
    /// The headers, in the order in which they are sent. The transport adds `Host` and `Content-Length` if they are
    /// missing.
    pub headers: Vec<(String, String)>,
    /// The body. Wiped when dropped.
    pub body: zeroize::Zeroizing<Vec<u8>>,
    /// Whether the request bypasses any configured proxy, as requests to a metadata service do.
    pub direct: bool,
}

impl Request {
    /// A `POST` that uses the configured proxy.
    pub fn post(url: String, headers: &[(&str, &str)], body: zeroize::Zeroizing<Vec<u8>>) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: Method::Post, url, headers, body, direct: false }
    }
}

/// A complete answer, limited in size.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, with their names as received.
    pub headers: Vec<(String, String)>,
    /// The body. Wiped when dropped, since answers contain secrets.
    pub body: zeroize::Zeroizing<Vec<u8>>,
}

impl Response {
    /// The first header with this name, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
