//! A server's address, as options, files and the clouds' rules give it.

use crate::error::{Code, Error, Result};

/// A service's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `https` or `http`.
    pub scheme: String,
    /// The host in lower case, with `:port` where it is not the usual one. It is signed and sent as `Host` exactly as it is here.
    pub host_and_port: String,
}

impl Endpoint {
    /// Reads `host`, `host:port`, or either with a scheme in front; `scheme` is the one of a text without any.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when it has a path, a user, an impossible port, or a character that no host has.
    pub fn parse(text: &str, scheme: &str) -> Result<Endpoint> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or((scheme, text));
        let scheme = scheme.to_ascii_lowercase();
        let host_and_port = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        if !matches!(scheme.as_str(), "https" | "http") || !is_host_and_port(&host_and_port) {
            return Err(Error::new(
                Code::InvalidOption,
                "endpoint: must be a host, or host:port, with or without https://",
            ));
        }
        Ok(Endpoint { scheme, host_and_port })
    }

    /// The address of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host_and_port)
    }
}

/// Whether this is a host, with a port from 1 to 65535 or without one. An IPv6 address is in brackets.
pub fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0);
    is_host && port.is_none_or(is_port)
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
            "", "a/b", "ftp://a", "u@h", "a b", "https://", ":80", "a:", "a:70000", "a:b", "a:0", "a:+8", "::1", "[a]",
            "[]:1", "[::1",
        ] {
            assert!(Endpoint::parse(bad, "https").is_err(), "{bad}");
        }
    }
}
