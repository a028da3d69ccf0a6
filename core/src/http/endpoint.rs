//! A server's endpoint, from options, files or the clouds' rules.

use crate::error::{Code, Error, Result};

/// A service's endpoint: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `https` or `http`.
    pub scheme: String,
    /// The host in lower case, with `:port` if it is not the default one. Signed and sent as `Host` without a change.
    pub host_and_port: String,
}

impl Endpoint {
    /// Parses `host` or `host:port`, with or without a scheme. `scheme` is the default.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when it has a path, a user name, an invalid port, or a character that is not valid in a
    /// host.
    pub fn parse(text: &str, scheme: &str) -> Result<Endpoint> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or((scheme, text));
        let scheme = scheme.to_ascii_lowercase();
        let host_and_port = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        if !matches!(scheme.as_str(), "https" | "http") || !is_host_and_port(&host_and_port) {
            return Err(Error::new(
                Code::InvalidOption,
                "endpoint: it takes a host or host:port, with or without https://",
            ));
        }
        Ok(Endpoint { scheme, host_and_port })
    }

    /// The URL of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host_and_port)
    }
}

/// Whether this is a host, with or without a port from 1 to 65535. An IPv6 address must be in brackets.
pub fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0);
    is_host && port.is_none_or(is_port)
}

/// Whether this is a host name or an IPv4 address, perhaps with a dot at its end (RFC 1035: labels of 1 to 63 characters).
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        letters && (1..=63).contains(&label.len())
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

/// Whether this can be the id of a region, which becomes part of host names: letters, digits and hyphens only.
pub fn is_region(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn hosts() {
        for good in ["[::1]:443", "[::1]", "h.example:1"] {
            assert_eq!(Endpoint::parse(good, "https").unwrap().host_and_port, good);
        }
        assert_eq!(Endpoint::parse("h", "http").unwrap().url("/x"), "http://h/x");
        assert_eq!(Endpoint::parse(" HTTP://H:8/ ", "https").unwrap().url("/"), "http://h:8/");
        for bad in [
            "",
            "a/b",
            "ftp://a",
            "u@h",
            "a b",
            "https://",
            ":80",
            "a:",
            "a:70000",
            "a:b",
            "a:0",
            "a:+8",
            "::1",
            "[a]",
            "[]:1",
            "[::1",
            ".",
            "a..b",
            ".a",
            "a..",
            &"a".repeat(64),
        ] {
            assert!(Endpoint::parse(bad, "https").is_err(), "{bad}");
        }
    }
}
