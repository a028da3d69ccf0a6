//! Checks of values that several options share. An error says what the option takes, without the value.

use crate::http::is_host_and_port;
use crate::secret::{HEADER_RULE, fits_header};

/// The shortest secret of a cache file, in bytes.
const SHORTEST_SECRET: usize = 16;

/// Whether the text has no line breaks and no other control characters.
pub(super) fn is_one_line(value: &str) -> bool {
    !value.contains(char::is_control)
}

/// Whether this is one or more printable ASCII texts, separated by commas.
pub(super) fn is_list(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && value.split(',').any(|item| !item.trim().is_empty())
}

/// Whether this is `environment`, `none` or the URL of a proxy: no path, and no character in user and password that parsers
/// of URLs read differently.
pub(super) fn is_proxy(value: &str) -> bool {
    if matches!(value, "environment" | "none") {
        return true;
    }
    let Some(rest) = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://")) else { return false };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || "/?#@\\".contains(letter);
    !user.contains(odd) && is_host_and_port(host)
}

/// A key or token that requests carry in a header.
pub(in crate::client) fn header_text(value: &str) -> Result<(), String> {
    if fits_header(value) { Ok(()) } else { Err(format!("it {HEADER_RULE}")) }
}

/// A secret from which a key is derived.
pub(in crate::client) fn long_secret(value: &str) -> Result<(), String> {
    if value.len() >= SHORTEST_SECRET {
        return Ok(());
    }
    Err(format!(
        "it takes at least {SHORTEST_SECRET} bytes of random text, such as the output of `openssl rand -hex 32`"
    ))
}

/// An `http` or `https` URL without user name and password. A fragment and a backslash are refused, since parsers of URLs
/// disagree on them.
pub(in crate::client) fn url(value: &str) -> Result<(), String> {
    let (scheme, rest) = value.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || "@#\\".contains(letter);
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if is_http && is_host_and_port(authority) && !value.contains(odd) {
        return Ok(());
    }
    Err(String::from(
        "it takes a URL such as http://host:port/path, without user, password and fragment; write `@` as %40 and `#` as %23",
    ))
}

#[cfg(test)]
mod tests {
    use super::{header_text, is_proxy, long_secret, url};

    #[test]
    fn proxies() {
        for good in ["environment", "none", "http://h", "https://h:1/", "http://u:p%40ss@[::1]:8", "http://u@h"] {
            assert!(is_proxy(good), "{good}");
        }
        for bad in [
            "",
            "h:1",
            "socks5://h",
            "http://",
            "http:///",
            "http://:80",
            "http://h:0",
            "http://h:70000",
            "http://h/path",
            "http://u:a/b@h",
            "http://u:a#b@h",
            "http://u:a?b@h",
            "http://u:a@b@h",
            "http://[::1",
            "http://a b",
            "http://h\n",
            "HTTP//h",
            "http:/h",
        ] {
            assert!(!is_proxy(bad), "{bad}");
        }
    }

    #[test]
    fn urls() {
        for good in ["http://h", "HTTPS://h:1/a?b=c%40d", "http://[::1]:8/"] {
            assert_eq!(url(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "h",
            "ftp://h/",
            "http://",
            "http:///x",
            "http://u:p@h/",
            "http://u:12/p@h/",
            "http://u:12#p@h/",
            "http://h/#x",
            "http://h:0/",
            "http://a b/",
            "http://h/\n",
            "http://h\\x",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_and_secrets() {
        assert!(header_text("a+/=").is_ok() && header_text("a\r\nb").is_err() && header_text("a ").is_err());
        // Bytes count, not characters.
        assert!(long_secret("0123456789abcdef").is_ok() && long_secret("0123456789abcde").is_err());
        assert!(long_secret("密钥密钥密钥").is_ok());
    }
}
