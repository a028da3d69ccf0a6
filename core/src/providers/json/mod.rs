//! JSON documents whose texts are wiped on drop, and functions that take texts and secrets out of them without leaving
//! a copy.

use std::cell::Cell;

use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use crate::secret::{self, Secret};

mod bounded;
mod broken;
mod wiped;

pub use broken::Broken;
pub use wiped::wipe;

use bounded::{Budget, MEMORY_BASE, MEMORY_FACTOR};
use wiped::Wiped;

/// A parsed JSON document. Its texts are wiped when it is dropped.
#[derive(Default)]
pub struct Document(Wiped);

impl Document {
    /// Parses JSON; `None` as for the errors of [`Document::parse`].
    pub fn read(text: &[u8]) -> Option<Document> {
        Document::parse(text).ok()
    }

    /// Parses JSON. The parser limits the nesting depth, and the memory to [`MEMORY_FACTOR`] times the size of the text and
    /// [`MEMORY_BASE`].
    ///
    /// # Errors
    /// The position of the problem.
    pub fn parse(text: &[u8]) -> Result<Document, Broken> {
        let budget = Budget(Cell::new(MEMORY_BASE + MEMORY_FACTOR * text.len()));
        let mut parser = serde_json::Deserializer::from_slice(text);
        // In a document, so that a secret is wiped also if something follows the end.
        let document = budget.deserialize(&mut parser).map(|value| Document(Wiped(value)));
        document.and_then(|document| parser.end().map(|()| document)).map_err(|error| Broken::new(text, &error))
    }

    /// The document as an object, for reading.
    pub fn fields(&self) -> Option<&Map<String, Value>> {
        self.0.0.as_object()
    }

    /// The document as an array, for reading.
    pub fn list(&self) -> Option<&[Value]> {
        self.0.0.as_array().map(Vec::as_slice)
    }

    /// The document as an array, for changing it.
    pub fn list_mut(&mut self) -> Option<&mut Vec<Value>> {
        self.0.0.as_array_mut()
    }

    /// The document as an object, for taking texts out of it.
    pub fn fields_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.0.0.as_object_mut()
    }
}

/// Takes a non-empty text out of an object. Any other value counts as absent. For secrets of kind TEXT, which may
/// contain NUL characters; other texts are taken by [`take_text`].
pub fn take_raw_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.get_mut(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(std::mem::take(text)),
        _ => None,
    }
}

/// As [`take_raw_text`], but a text with a NUL, which no C string can carry, counts as absent.
pub fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    let mut text = take_raw_text(fields, name)?;
    if text.contains('\0') {
        text.zeroize();
        return None;
    }
    Some(text)
}

/// As [`take_text`], for a secret.
pub fn take_secret(fields: &mut Map<String, Value>, name: &str) -> Option<Secret> {
    take_text(fields, name).map(Secret::new)
}

/// As [`take_text`], for a text that requests carry in a header: a text that does not fit counts as absent. Otherwise
/// it would stay in use until its expiration, since no service would ever refuse it.
pub fn take_header_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    take_text(fields, name).filter(|text| secret::fits_header(text))
}

/// As [`take_header_text`], for a secret.
pub fn take_header_secret(fields: &mut Map<String, Value>, name: &str) -> Option<Secret> {
    take_secret(fields, name).filter(Secret::fits_header)
}

#[cfg(test)]
mod tests {
    use super::{Document, take_header_secret, take_header_text, take_raw_text, take_secret, take_text};

    #[test]
    fn texts_with_a_nul_and_values_of_other_types_count_as_absent() {
        let read =
            || Document::read(br#"{"nul":"a\u0000b","empty":"","number":7,"null":null,"space":" a","good":"g"}"#);
        let mut document = read().unwrap();
        let fields = document.fields_mut().unwrap();
        for name in ["nul", "empty", "number", "null", "absent"] {
            assert!(take_text(fields, name).is_none(), "{name}");
            assert!(take_secret(fields, name).is_none(), "{name}");
        }
        assert!(take_header_text(fields, "space").is_none());
        assert_eq!(take_header_text(fields, "good").as_deref(), Some("g"));

        let mut document = read().unwrap();
        let fields = document.fields_mut().unwrap();
        assert_eq!(take_raw_text(fields, "nul").as_deref(), Some("a\0b"));
        assert!(take_header_secret(fields, "space").is_none());
        assert_eq!(take_header_secret(fields, "good").unwrap().expose(), "g");
    }
}
