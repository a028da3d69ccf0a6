//! Where requests go.
//!
//! Facts: hosts as the official SDKs connect to them.

use crate::error::{Code, Error, Result};

/// A service's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, with `:port` where it is not the usual one; sent as `Host`, and signed, just as it stands here.
    pub host_and_port: String,
}

impl Endpoint {
    /// Reads `host`, `host:port`, or either with a scheme in front; `https` unless said.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when it has a path, a user, or a character that no host has.
    pub fn parse(text: &str) -> Result<Endpoint> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let scheme = scheme.to_ascii_lowercase();
        let host_and_port = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if !matches!(scheme.as_str(), "https" | "http") || !host_and_port.bytes().all(usual) || !is_host(&host_and_port)
        {
            return Err(Error::new(
                Code::InvalidOption,
                "endpoint: must be a host, or host:port, with or without https://",
            ));
        }
        Ok(Endpoint { scheme, host_and_port })
    }

    /// KMS: the configured endpoint, else that of the region, in its VPC form where wanted.
    ///
    /// # Errors
    /// As [`Endpoint::parse`], and when neither an endpoint nor a region is given.
    pub fn kms(configured: Option<&str>, region: Option<&str>, vpc: bool) -> Result<Endpoint> {
        match (given(configured), given(region)) {
            (Some(endpoint), _) => Endpoint::parse(endpoint),
            (None, Some(region)) if vpc => Endpoint::parse(&format!("kms-vpc.{region}.aliyuncs.com")),
            (None, Some(region)) => Endpoint::parse(&format!("kms.{region}.aliyuncs.com")),
            (None, None) => Err(Error::new(Code::InvalidOption, "region: neither a region nor an endpoint is given")),
        }
    }

    /// STS: the configured endpoint, else that of the region, in its VPC form where wanted, else the global one.
    ///
    /// # Errors
    /// As [`Endpoint::parse`].
    pub fn sts(configured: Option<&str>, region: Option<&str>, vpc: bool) -> Result<Endpoint> {
        match (given(configured), given(region)) {
            (Some(endpoint), _) => Endpoint::parse(endpoint),
            (None, Some(region)) if vpc => Endpoint::parse(&format!("sts-vpc.{region}.aliyuncs.com")),
            (None, Some(region)) => Endpoint::parse(&format!("sts.{region}.aliyuncs.com")),
            (None, None) => Endpoint::parse("sts.aliyuncs.com"),
        }
    }

    /// The address of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host_and_port)
    }
}

/// Whether there is a host in front of the port, and the port, where there is one, can be one. An IPv6 address stands in
/// brackets.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let fine = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['[', ']', ':']),
    };
    fine && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn hosts() {
        let kms = |endpoint, region, vpc| Endpoint::kms(endpoint, region, vpc).unwrap().url("/");
        assert_eq!(kms(None, Some("cn-a"), false), "https://kms.cn-a.aliyuncs.com/");
        assert_eq!(kms(Some(""), Some("cn-a"), true), "https://kms-vpc.cn-a.aliyuncs.com/");
        assert_eq!(kms(Some("http://127.0.0.1:8/"), Some("cn-a"), true), "http://127.0.0.1:8/");
        assert!(Endpoint::kms(None, None, false).is_err());
        let sts = |region, vpc| Endpoint::sts(None, region, vpc).unwrap().host_and_port;
        assert_eq!(sts(None, true), "sts.aliyuncs.com");
        assert_eq!(sts(Some("cn-a"), false), "sts.cn-a.aliyuncs.com");
        assert_eq!(sts(Some("cn-a"), true), "sts-vpc.cn-a.aliyuncs.com");
        for good in ["[::1]:443", "[::1]", "h.example:1"] {
            assert_eq!(Endpoint::parse(good).unwrap().host_and_port, good);
        }
        for bad in
            ["", "a/b", "ftp://a", "u@h", "a b", "https://", ":80", "a:", "a:70000", "a:b", "a:0", "::1", "[a]", "[]:1"]
        {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
        assert!(Endpoint::kms(None, Some("cn-a/../x"), false).is_err());
    }
}
