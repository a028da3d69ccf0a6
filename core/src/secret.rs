//! The only type that holds secrets.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A secret, mostly a text: wiped on drop, never shown. It is stored with a trailing NUL, so that C can borrow it.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// What an error says about a text that [`fits_header`] refuses.
pub const HEADER_RULE: &str = "must not begin or end with white space or contain control characters";

/// Whether a header can carry a text: no control characters, and no white space at either end.
pub fn fits_header(text: &str) -> bool {
    text.trim() == text && !text.contains(char::is_control)
}

impl Secret {
    /// Takes a text and wipes its buffer.
    pub fn new(mut text: String) -> Secret {
        let secret = Secret::from_text(&text);
        text.zeroize();
        secret
    }

    /// Copies a text.
    pub fn from_text(text: &str) -> Secret {
        Secret::from_bytes(text.as_bytes())
    }

    /// Copies bytes, which need not be UTF-8.
    pub fn from_bytes(secret: &[u8]) -> Secret {
        let mut bytes = Vec::with_capacity(secret.len() + 1);
        bytes.extend_from_slice(secret);
        bytes.push(0);
        Secret(Zeroizing::new(bytes))
    }

    /// The text; empty if the bytes are not UTF-8.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.expose_bytes()).unwrap_or_default()
    }

    /// The bytes, without the trailing NUL.
    pub fn expose_bytes(&self) -> &[u8] {
        self.0.split_last().map_or(&[], |(_, text)| text)
    }

    /// The bytes with the trailing NUL, for C.
    pub fn expose_with_nul(&self) -> &[u8] {
        &self.0
    }

    /// As [`fits_header`].
    pub fn fits_header(&self) -> bool {
        fits_header(self.expose())
    }

    /// The length in bytes, without the trailing NUL.
    pub fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Secret {
    fn default() -> Secret {
        Secret::from_text("")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(len={})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_the_length_only() {
        let secret = Secret::from_text("correct horse");
        assert_eq!(format!("{secret:?}"), "Secret(len=13)");
        assert_eq!(secret.expose(), "correct horse");
        assert_eq!(secret.expose_with_nul().last(), Some(&0));
    }

    #[test]
    fn values_of_headers() {
        assert!(Secret::from_text("a+/=").fits_header() && Secret::from_text("").fits_header());
        for odd in [" a", "a\n", "a\0b", "a\r\nb"] {
            assert!(!Secret::from_text(odd).fits_header(), "{odd:?}");
        }
    }

    #[test]
    fn equality_is_by_text() {
        assert_eq!(Secret::from_text("a"), Secret::new("a".into()));
        assert_ne!(Secret::from_text("a"), Secret::from_text("ab"));
    }
}
