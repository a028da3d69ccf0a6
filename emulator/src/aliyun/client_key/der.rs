//! Writing DER, as far as a key file needs it.

/// An element with this tag.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ ..=0x7f) => out.push(length),
        _ => {
            let bytes = content.len().to_be_bytes();
            let bytes = bytes.strip_prefix(&[0; 4]).unwrap_or(&bytes);
            let used: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(used.len()).unwrap_or(0));
            out.extend(used);
        }
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(0x04, content)
}

/// `[0]`, explicit.
pub(crate) fn tagged(content: &[u8]) -> Vec<u8> {
    element(0xa0, content)
}

pub(crate) const NULL: &[u8] = &[5, 0];

/// A number that is not negative, from its bytes.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|byte| *byte >= 0x80) {
        content.insert(0, 0);
    }
    element(0x02, &content)
}

pub(crate) fn number(value: u32) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// An object identifier, from the bytes of its encoding.
pub(crate) fn oid(encoded: &[u8]) -> Vec<u8> {
    element(0x06, encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers() {
        assert_eq!(octets(&[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(octets(&[0; 200])[..3], [4, 0x81, 200]);
        assert_eq!(octets(&[0; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!((number(0), number(128), number(65_537)), (vec![2, 1, 0], vec![2, 2, 0, 128], vec![2, 3, 1, 0, 1]));
    }
}
