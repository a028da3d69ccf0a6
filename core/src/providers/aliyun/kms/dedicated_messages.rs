//! The protobuf messages of dedicated KMS for `GetSecretValue`.
//!
//! Facts: the field numbers are those of the official dedicated KMS SDK. Every field is text, except the first field of
//! an error. A repeated field replaces the earlier one. The code is written by hand, so that every buffer with the
//! secret is wiped.

use zeroize::Zeroizing;

use crate::http::short_name;
use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::protobuf::{Broken, Reader, Value};
use crate::secret::Secret;

/// Writes a request without its empty fields.
pub(super) fn request(name: &str, stage: &str, version_id: &str, fetch_extended_config: bool) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(name.len() + stage.len() + version_id.len() + 32));
    for (tag, text) in [(0x0a, name), (0x12, stage), (0x1a, version_id)] {
        if !text.is_empty() {
            out.push(tag);
            let mut length = text.len();
            while length >= 0x80 {
                out.push((length & 0x7f) as u8 | 0x80);
                length >>= 7;
            }
            out.push(length as u8);
            out.extend_from_slice(text.as_bytes());
        }
    }
    if fetch_extended_config {
        out.extend_from_slice(&[0x20, 1]);
    }
    out
}

/// Reads a secret.
pub(super) fn secret(message: &[u8]) -> Result<SecretAnswer, Broken> {
    let mut answer = SecretAnswer::default();
    let mut reader = Reader::new(message);
    while let Some((number, value)) = reader.field()? {
        let Value::Bytes(bytes) = value else { continue };
        let text = || std::str::from_utf8(bytes).map_err(|_| Broken);
        let field = || text().map(|text| Field::Text(text.to_owned()));
        match number {
            1 => answer.name = field()?,
            2 => answer.secret_type = field()?,
            3 => answer.data = Some(Secret::from_text(text()?)),
            4 => answer.data_type = field()?,
            5 => answer.version_stages.push(text()?.to_owned()),
            6 => answer.version_id = field()?,
            7 => answer.create_time = field()?,
            8 => answer.request_id = short_name(text()?),
            9 => answer.last_rotation_date = field()?,
            10 => answer.next_rotation_date = field()?,
            11 => answer.extended_config = field()?,
            12 => answer.automatic_rotation = field()?,
            13 => answer.rotation_interval = field()?,
            _ => {}
        }
    }
    Ok(answer)
}

/// An error message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorMessage {
    /// The service's code.
    pub(super) code: String,
    /// The service's message.
    pub(super) message: String,
    /// The service's id of the request.
    pub(super) request_id: String,
}

/// Reads an error.
pub(super) fn error(message: &[u8]) -> Result<ErrorMessage, Broken> {
    let mut error = ErrorMessage::default();
    let mut reader = Reader::new(message);
    while let Some((number, value)) = reader.field()? {
        let Value::Bytes(bytes) = value else { continue };
        let text = || std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Broken);
        match number {
            2 => error.code = text()?,
            3 => error.message = text()?,
            4 => error.request_id = text()?,
            _ => {}
        }
    }
    Ok(error)
}

#[cfg(test)]
mod tests {
    use super::{error, request, secret};
    use crate::providers::protobuf::Broken;

    #[test]
    fn requests() {
        assert_eq!(*request("a", "", "", false), [0x0a, 1, b'a']);
        assert_eq!(*request("a", "b", "c", true), [0x0a, 1, b'a', 0x12, 1, b'b', 0x1a, 1, b'c', 0x20, 1]);
        let long = request(&"x".repeat(300), "", "", false);
        assert_eq!((&long[..3], long.len()), (&[0x0a, 0xac, 2][..], 303));
    }

    #[test]
    fn answers() {
        let read = secret(&[0x1a, 1, b's', 0x2a, 1, b'A', 0x2a, 1, b'B', 0xa0, 6, 1, 0x99, 6, 1, 2, 3, 4, 5, 6, 7, 8])
            .unwrap();
        assert_eq!(read.data.unwrap().expose(), "s");
        assert_eq!(read.version_stages, ["A", "B"]);
        assert_eq!(error(&[0x08, 0x90, 3, 0x12, 1, b'C', 0x15, 1, 2, 3, 4]).unwrap().code, "C");
        for broken in [&[0x0a][..], &[0x0a, 2, 1], &[0x0b], &[0x0e, 1], &[2, 0], &[0x0a, 1, 0xff], &[0xff; 12]] {
            assert_eq!(secret(broken).err(), Some(Broken), "{broken:02x?}");
        }
    }
}
