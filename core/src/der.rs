//! A DER reader for certificates and PKCS#12 files: definite lengths and one-byte tags only.

/// A value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The tag, with its class and form.
    pub tag: u8,
    /// The content.
    pub content: &'a [u8],
    /// Tag, length and content.
    pub whole: &'a [u8],
}

/// `INTEGER`
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING`
pub const OCTETS: u8 = 0x04;
/// `OBJECT IDENTIFIER`
pub const OBJECT: u8 = 0x06;
/// `SEQUENCE`
pub const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
pub const CONTEXT_0: u8 = 0xa0;
/// `[0]`, an implicit tag that replaces that of an `OCTET STRING`.
pub const CONTEXT_0_PRIMITIVE: u8 = 0x80;

/// Reads one value after the other. Malformed input yields `None`.
#[derive(Clone, Copy)]
pub struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// A reader at the start of these bytes.
    pub fn new(bytes: &'a [u8]) -> Der<'a> {
        Der(bytes)
    }

    /// Whether all values were read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value with any tag.
    pub fn any(&mut self) -> Option<Element<'a>> {
        let all = self.0;
        let (&tag, rest) = all.split_first()?;
        // Tags of several bytes are not used in these files.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let digits = usize::from(first & 0x7f);
            // 0 is an indefinite length. No file of this kind needs more than 4 bytes.
            if !(1..=4).contains(&digits) {
                return None;
            }
            let (bytes, after) = rest.split_at_checked(digits)?;
            length = bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        let whole = all.get(..all.len() - after.len())?;
        self.0 = after;
        Some(Element { tag, content, whole })
    }

    /// The content of the next value if it has this tag.
    pub fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any().filter(|element| element.tag == tag).map(|element| element.content)
    }

    /// A reader of the content of the next value if it has this tag.
    pub fn inside(&mut self, tag: u8) -> Option<Der<'a>> {
        self.content(tag).map(Der)
    }

    /// The next value if it is an `INTEGER` from 0 to `u32::MAX`.
    pub fn number(&mut self) -> Option<u32> {
        let bytes = self.content(INTEGER)?;
        let bytes = match bytes.split_first()? {
            (0, rest) => rest,
            (first, _) if *first >= 0x80 => return None,
            _ => bytes,
        };
        (bytes.len() <= 4).then(|| bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Der, OCTETS, SEQUENCE};

    #[test]
    fn values() {
        let mut der = Der::new(&[0x30, 3, 2, 1, 5, 4, 0x81, 1, 9]);
        let mut inner = der.inside(SEQUENCE).unwrap();
        assert_eq!(inner.number(), Some(5));
        assert!(inner.is_empty());
        assert_eq!(der.content(OCTETS), Some(&[9][..]));
        assert!(der.any().is_none());
    }

    #[test]
    fn malformed_values_are_refused() {
        for bytes in [
            &[][..],
            &[4],
            &[4, 2, 1],
            &[4, 0x80],
            &[4, 0x85, 0, 0, 0, 0, 0],
            &[0x1f, 1, 1],
            &[4, 0x84, 255, 255, 255, 255],
        ] {
            assert!(Der::new(bytes).any().is_none(), "{bytes:02x?}");
        }
        for bytes in [&[2, 0][..], &[2, 1, 0x80], &[2, 5, 1, 1, 1, 1, 1], &[4, 1, 1]] {
            assert!(Der::new(bytes).number().is_none(), "{bytes:02x?}");
        }
        assert_eq!(Der::new(&[2, 5, 0, 255, 255, 255, 255]).number(), Some(u32::MAX));
    }
}
