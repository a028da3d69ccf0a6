//! Parses JSON within a bound of memory. Without one, a text of many small objects takes more than a hundred times its size.

use std::cell::Cell;
use std::fmt;
use std::mem::size_of;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::wiped::{Wiped, wipe};

/// A document may take this many times the size of its text, and [`MEMORY_BASE`] in addition. A list of profiles, whose fields
/// are mostly empty, takes seven times its size.
pub(super) const MEMORY_FACTOR: usize = 10;
/// See [`MEMORY_FACTOR`]; in bytes.
pub(super) const MEMORY_BASE: usize = 256 * 1024;

/// What an allocation takes in addition to its size, at most.
const ALLOCATION: usize = 24;
/// The fields that a node of an object has at least, apart from the last one.
const FIELDS_OF_NODE: usize = 5;
/// A node of an object has room for 11 fields.
const NODE: usize = 11 * (size_of::<String>() + size_of::<Value>()) + ALLOCATION;
/// An element of an array, whose room is doubled when it is full.
const ELEMENT: usize = 3 * size_of::<Value>();

/// The memory that is left, in bytes. As a seed it parses one value.
pub(super) struct Budget(pub(super) Cell<usize>);

impl Budget {
    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(bytes).ok_or_else(|| E::custom("it has too many values for its size"))?;
        self.0.set(left);
        Ok(())
    }

    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        if text.is_empty() { Ok(()) } else { self.take(text.len() + ALLOCATION) }
    }
}

impl<'de> DeserializeSeed<'de> for &Budget {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Budget {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    // The values are kept in a wiped value until all are read, so that they are wiped on an error.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut list = Wiped(Value::Array(Vec::new()));
        self.take(4 * ELEMENT + ALLOCATION)?;
        while let Some(value) = values.next_element_seed(self)? {
            self.take(ELEMENT)?;
            if let Value::Array(list) = &mut list.0 {
                list.push(value);
            }
        }
        Ok(std::mem::take(&mut list.0))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Wiped(Value::Object(Map::new()));
        let mut count: usize = 0;
        while let Some(name) = entries.next_key::<String>()? {
            self.text(&name)?;
            if count.is_multiple_of(FIELDS_OF_NODE) {
                self.take(NODE)?;
            }
            count += 1;
            let value = entries.next_value_seed(self)?;
            // Of two fields with one name the last one counts.
            if let Some(mut former) = object.0.as_object_mut().and_then(|fields| fields.insert(name, value)) {
                wipe(&mut former);
            }
        }
        Ok(std::mem::take(&mut object.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::MEMORY_BASE;

    #[test]
    fn a_document_is_what_serde_makes_of_it() {
        for text in [
            r#"{"a":[1,-2,3.5,1e300,true,false,null,"\u00e9\n"],"b":{"c":{}},"a2":[],"d":18446744073709551615}"#,
            r#"{"a":1,"a":2}"#,
            "7",
            r#""text""#,
            "[[[[]]]]",
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(Document::read(text.as_bytes()).unwrap().0.0, value);
        }
        for text in ["", "{", "[1,]", "{\"a\"}", "1 2", "[1]x", &"[".repeat(1000), "\"\\ud800\"", "\"\u{1}\""] {
            assert!(Document::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn many_small_values_are_refused() {
        let room = MEMORY_BASE;
        for small in ["{\"\":0}", "{}", "[]", "0", "\"\"", "[[0]]", "{\"a\":{\"b\":{}}}"] {
            let list = |count: usize| format!("[{small}{}]", format!(",{small}").repeat(count));
            assert!(Document::read(list(50).as_bytes()).is_some(), "{small}");
            assert!(Document::read(list(room).as_bytes()).is_none(), "{small}");
        }
        let fields: Vec<String> = (0..MEMORY_BASE).map(|number| format!("\"{number}\":0")).collect();
        assert!(Document::read(format!("{{{}}}", fields.join(",")).as_bytes()).is_none());
    }

    #[test]
    fn large_documents_of_a_usual_form_are_read() {
        let profile = |number: usize| {
            let fields: Vec<String> = (0..25).map(|field| format!("\t\t\t\"some_field_{field}\": \"\"")).collect();
            format!("{{\n\t\t\t\"name\": \"profile-{number}\",\n{}\n\t\t}}", fields.join(",\n"))
        };
        let profiles: Vec<String> = (0..2000).map(profile).collect();
        let text = format!("[{}]", profiles.join(", "));
        assert!(text.len() > 1_000_000 && Document::read(text.as_bytes()).is_some());
        // A secret of one text.
        let text = format!("{{\"SecretData\":\"{}\"}}", "x".repeat(1024 * 1024));
        assert!(Document::read(text.as_bytes()).is_some());
    }
}
