//! A reader for protobuf's wire format: Tencent Cloud's token and the messages of Alibaba Cloud's dedicated KMS.
//!
//! It replaces prost for two reasons. It borrows from a buffer that is wiped, so no copy of a secret remains. It also
//! accepts what the official reader accepts and prost refuses: a known field with another wire type counts as unknown,
//! and the surplus bits of an overlong varint are dropped.

/// The bytes do not follow the wire format.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

/// A field's value. Wire types that no message here uses are skipped.
#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
    /// Wire types 1 and 5, and 3 with its whole group.
    Other,
}

/// The maximum nesting depth of groups, as in the official reader.
const MAX_GROUP_DEPTH: usize = 100;

/// Reads a message's fields in order.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of a message.
    pub fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { rest: message }
    }

    /// Returns the next field's number and value, or `None` at the end.
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
                // The official reader refuses lengths above 31 bits.
                let length = self.varint(5)?;
                let length =
                    i32::try_from(length).ok().and_then(|length| usize::try_from(length).ok()).ok_or(Broken)?;
                self.take(length).map(Value::Bytes)
            }
            5 => self.take(4).map(|_| Value::Other),
            // 4 ends a group that was not started; 6 and 7 are not defined.
            _ => Err(Broken),
        }
    }

    /// Skips the rest of a group after its start tag. Not recursive, so no input can exhaust the stack.
    fn skip_group(&mut self, number: u32) -> Result<(), Broken> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            match self.tag()? {
                (number, 3) if open.len() < MAX_GROUP_DEPTH => open.push(number),
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

    /// Reads a field's number, which is never 0, and its wire type.
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
            0x2b, 0x33, 0x08, 1, 0x34, 0x2c, // field 5: a group that contains group 6
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
        // The surplus bits of the tenth byte are dropped.
        assert_eq!(
            all(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 127]).unwrap(),
            [(1, Value::Varint(u64::MAX))]
        );
        assert!(all(&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]).is_err());
    }

    #[test]
    fn malformed_messages_are_refused() {
        for message in [
            &[0x80][..],                           // an unfinished tag
            &[0x00, 0x01],                         // field 0
            &[0x08],                               // no value
            &[0x12, 3, 1, 2],                      // shorter than its length
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], // a length above 31 bits
            &[0x19, 1, 2, 3],                      // half a fixed64
            &[0x25, 1],                            // half a fixed32
            &[0x0e, 1],                            // wire type 6
            &[0x0f, 1],                            // wire type 7
            &[0x0c],                               // a group end without a start
            &[0x0b],                               // an unfinished group
            &[0x0b, 0x14],                         // a group end with another number
            &[0xf8, 0xff, 0xff, 0xff, 0x1f, 1],    // a tag above 32 bits
            &[0xf8, 0xff, 0xff, 0xff, 0x8f, 0, 1], // a tag of six bytes
        ] {
            assert_eq!(all(message), Err(Broken), "{message:02x?}");
        }
        assert!(all(&[0x0b; 5000]).is_err());
    }
}
