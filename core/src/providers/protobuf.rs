//! A reader of protobuf's wire format, for Tencent Cloud's token and the messages of Alibaba Cloud's dedicated KMS.
//!
//! Our own rather than prost's, for two reasons: it borrows from a buffer that is wiped, so no copy of a secret remains; and it
//! accepts what the official reader accepts (a known field of another wire type is unknown, the surplus bits of an over-long
//! varint are dropped), where prost refuses.

/// The bytes do not follow the wire format.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

/// A field's value; what no field of ours uses is only skipped.
#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// SignedCall type 0.
    Varint(u64),
    /// SignedCall type 2.
    Bytes(&'a [u8]),
    /// SignedCall types 1, 5, and 3 with all that it encloses.
    Other,
}

/// How deep groups may nest, as in the official reader.
const DEEPEST: usize = 100;

/// Yields a message's fields in order.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads a message from its start.
    pub fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { rest: message }
    }

    /// The next field's number and value; none at the end.
    pub fn field(&mut self) -> Result<Option<(u32, Value<'a>)>, Broken> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.tag()?;
        let value = match wire_type {
            3 => {
                self.skip_group(number)?;
                Value::Other
            }
            _ => self.value(wire_type)?,
        };
        Ok(Some((number, value)))
    }

    fn value(&mut self, wire_type: u8) -> Result<Value<'a>, Broken> {
        match wire_type {
            0 => self.varint(10).map(Value::Varint),
            1 => self.take(8).map(|_| Value::Other),
            2 => {
                // Lengths are 31-bit numbers; the official reader refuses more, whatever follows.
                let length = self.varint(5)?;
                let length =
                    i32::try_from(length).ok().and_then(|length| usize::try_from(length).ok()).ok_or(Broken)?;
                self.take(length).map(Value::Bytes)
            }
            5 => self.take(4).map(|_| Value::Other),
            // 4 ends a group that never began, 6 and 7 mean nothing.
            _ => Err(Broken),
        }
    }

    /// Skips the rest of a group whose start tag was read. Iterative, so that no input can exhaust the stack.
    fn skip_group(&mut self, number: u32) -> Result<(), Broken> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            match self.tag()? {
                (number, 3) if open.len() < DEEPEST => open.push(number),
                (number, 4) if number == innermost => {
                    open.pop();
                }
                (_, 3 | 4) => return Err(Broken),
                (_, wire_type) => {
                    self.value(wire_type)?;
                }
            }
        }
        Ok(())
    }

    /// A field's number, which is never 0, and its wire type.
    fn tag(&mut self) -> Result<(u32, u8), Broken> {
        let tag = u32::try_from(self.varint(5)?).map_err(|_| Broken)?;
        match tag >> 3 {
            0 => Err(Broken),
            number => Ok((number, u8::try_from(tag & 7).map_err(|_| Broken)?)),
        }
    }

    fn varint(&mut self, longest: u32) -> Result<u64, Broken> {
        let mut value = 0;
        for position in 0..longest {
            let (&byte, rest) = self.rest.split_first().ok_or(Broken)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << (7 * position);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Broken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Broken)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, Reader, Value};

    fn all(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Broken> {
        let mut reader = Reader::new(message);
        let mut fields = Vec::new();
        while let Some(field) = reader.field()? {
            fields.push(field);
        }
        Ok(fields)
    }

    #[test]
    fn fields_of_every_wire_type() {
        let message = [
            0x08, 0x96, 0x01, // field 1: 150
            0x12, 2, b'h', b'i', // field 2: "hi"
            0x19, 1, 2, 3, 4, 5, 6, 7, 8, // field 3: fixed64
            0x25, 1, 2, 3, 4, // field 4: fixed32
            0x2b, 0x33, 0x08, 1, 0x34, 0x2c, // field 5: a group that holds a group 6
        ];
        let fields = all(&message).unwrap();
        assert_eq!(
            fields,
            [
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"hi")),
                (3, Value::Other),
                (4, Value::Other),
                (5, Value::Other)
            ]
        );
    }

    #[test]
    fn longest_varints() {
        assert_eq!(all(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]).unwrap(), [(1, Value::Varint(u64::MAX))]);
        // The tenth byte's surplus bits fall off the end.
        assert_eq!(
            all(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 127]).unwrap(),
            [(1, Value::Varint(u64::MAX))]
        );
        assert!(all(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]).is_err());
    }

    #[test]
    fn what_is_broken() {
        for message in [
            &[0x80][..],                           // a tag without an end
            &[0x00, 0x01],                         // field 0
            &[0x08],                               // no value
            &[0x12, 3, 1, 2],                      // shorter than it says
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], // a length above 31 bits
            &[0x19, 1, 2, 3],                      // half a fixed64
            &[0x25, 1],                            // half a fixed32
            &[0x0e, 1],                            // wire type 6
            &[0x0f, 1],                            // wire type 7
            &[0x0c],                               // the end of no group
            &[0x0b],                               // a group without an end
            &[0x0b, 0x14],                         // a group that ends as another
            &[0xf8, 0xff, 0xff, 0xff, 0x1f, 1],    // a tag above 32 bits
            &[0xf8, 0xff, 0xff, 0xff, 0x8f, 0, 1], // a tag of six bytes
        ] {
            assert_eq!(all(message), Err(Broken), "{message:02x?}");
        }
        assert!(all(&[0x0b; 5000]).is_err());
    }
}
