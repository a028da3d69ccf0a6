//! JSON answers: documents whose texts are wiped, and taking texts and secrets out of them without leaving a copy.

use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use crate::secret::Secret;

/// A parsed JSON document; its texts are wiped when it is dropped.
#[derive(Default)]
pub struct Document(Value);

impl Document {
    /// Reads JSON. The parser bounds the depth.
    pub fn read(text: &[u8]) -> Option<Document> {
        serde_json::from_slice(text).ok().map(Document)
    }

    /// The document as an object, to look into.
    pub fn fields(&self) -> Option<&Map<String, Value>> {
        self.0.as_object()
    }

    /// The document as a list, to look into.
    pub fn list(&self) -> Option<&[Value]> {
        self.0.as_array().map(Vec::as_slice)
    }

    /// The document as an object, to take texts out of it without copying them.
    pub fn fields_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.0.as_object_mut()
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes every text in a document.
pub fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Takes a text that is not empty out of an object, without leaving a copy. What is no text counts as absent.
pub fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.get_mut(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(std::mem::take(text)),
        _ => None,
    }
}

/// As [`take_text`], for a secret. One that holds a NUL, which no C string can carry, counts as absent.
pub fn take_secret(fields: &mut Map<String, Value>, name: &str) -> Option<Secret> {
    take_text(fields, name).map(Secret::new).filter(|secret| !secret.expose_bytes().contains(&0))
}
