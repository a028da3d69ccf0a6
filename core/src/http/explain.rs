//! Errors of the transport: what failed, how far the request got, what to check.

use std::error::Error as _;

use super::failure::proxy_demands_login;
use crate::error::{Code, Error, Progress, is_exhaustion};

/// The host and port of a URL. Path and query may contain secrets.
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host).to_owned()
}

/// The causes of an error, without reqwest's own message, which contains the URL.
pub(super) fn causes(error: &reqwest::Error) -> String {
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

/// The innermost cause of this type. An I/O error does not return its inner error as the source.
fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let deeper = inner.and_then(|inner| cause(inner)).or_else(|| error.source().and_then(cause));
    deeper.or_else(|| error.downcast_ref::<T>())
}

pub(super) fn explain(error: reqwest::Error, host: &str, ca_option: &str) -> Error {
    // A connection includes the look-up of the name, the proxy's tunnel and TLS.
    let progress = if error.is_connect() || error.is_builder() { Progress::NotSent } else { Progress::PerhapsSent };
    what_failed(error.without_url(), host, ca_option).with_progress(progress)
}

fn what_failed(error: reqwest::Error, host: &str, ca_option: &str) -> Error {
    let causes = causes(&error);
    if let Some(own) = cause::<Error>(&error).filter(|own| matches!(own.code(), Code::Resources | Code::Timeout)) {
        // A look-up of ours.
        let code = if own.code() == Code::Timeout { Code::Network } else { own.code() };
        return Error::new(code, format!("{host}: {}", own.message()));
    }
    if let Some(system) = cause::<std::io::Error>(&error).filter(|system| is_exhaustion(system)) {
        return Error::of_system(Code::Network, &format!("{host}: no connection"), system);
    }
    if let Some(tls) = cause::<rustls::Error>(&error) {
        let check = match tls {
            rustls::Error::InvalidCertificate(_) => {
                format!("the server's certificate is not accepted: check the option {ca_option}")
            }
            _ => String::from("check the endpoint's port and whether the server speaks TLS"),
        };
        return Error::new(Code::Tls, format!("{host}: no TLS connection ({causes}); {check}"));
    }
    // The words of the connector, which has no type for this.
    if error.is_connect() && causes.contains("proxy auth") {
        return proxy_demands_login().in_context(host);
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
