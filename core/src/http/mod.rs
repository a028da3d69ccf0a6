//! Requests over HTTP and TLS: one client for each way to go, proxy, deadlines, bounded bodies.

mod certificate;
mod endpoint;
mod failure;
mod route;
mod settings;
mod transport;

pub use certificate::certificate_ends;
pub use endpoint::{Endpoint, is_host_and_port};
pub use failure::{of_status, quotable, retry_after, short_name};
pub use route::Route;
pub use settings::{HttpSettings, ProxyChoice};
pub use transport::{Http, MAX_ANSWER_BYTES, use_ring};

/// The two methods that the protocols use, and `PUT` of the metadata services.
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

/// One request, whole.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Scheme, host, port, path and query. Never shown in an error or log: a query may carry a signature.
    pub url: String,
    /// Headers in the order in which they are sent; `Host` and `Content-Length` are added by the transport unless given.
    pub headers: Vec<(String, String)>,
    /// The body; wiped when dropped.
    pub body: zeroize::Zeroizing<Vec<u8>>,
    /// Whether it goes by no proxy, whatever is configured: so do those to a metadata service.
    pub direct: bool,
}

/// One answer, whole and bounded in size.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names as received.
    pub headers: Vec<(String, String)>,
    /// The body; wiped when dropped, since answers carry secrets.
    pub body: zeroize::Zeroizing<Vec<u8>>,
}

impl Response {
    /// The first header of a name, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
