//! The part of protobuf that both clouds use: varints and byte strings.

/// Appends a varint.
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends a number; 0 is left out.
pub(crate) fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        varint(out, field << 3);
        varint(out, value);
    }
}

/// Appends a text; an empty one is left out.
pub(crate) fn text(out: &mut Vec<u8>, field: u64, value: &str) {
    if !value.is_empty() {
        varint(out, field << 3 | 2);
        varint(out, value.len() as u64);
        out.extend_from_slice(value.as_bytes());
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Every field of a message; `None` if it is truncated or uses another wire type.
pub(crate) fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = read_varint(&mut bytes)?;
        let value = read_varint(&mut bytes)?;
        let field = match tag & 7 {
            0 => Field::Number(value),
            2 => {
                let (part, rest) = bytes.split_at_checked(usize::try_from(value).ok()?)?;
                bytes = rest;
                Field::Bytes(part)
            }
            _ => return None,
        };
        found.push((tag >> 3, field));
    }
    Some(found)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints() {
        let mut out = Vec::new();
        varint(&mut out, 300);
        varint(&mut out, 0);
        assert_eq!(out, [0xac, 0x02, 0]);
    }

    #[test]
    fn reading() {
        let mut out = Vec::new();
        text(&mut out, 1, "ab");
        number(&mut out, 4, 300);
        assert_eq!(fields(&out), Some(vec![(1, Field::Bytes(b"ab")), (4, Field::Number(300))]));
        for bad in [&out[..3], &out[..out.len() - 1], &[0x0d, 0, 0, 0, 0], &[0xff; 12]] {
            assert_eq!(fields(bad), None, "{bad:?}");
        }
    }
}
