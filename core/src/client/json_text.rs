//! Writes JSON directly into a text: a report on thousands of sources takes neither the time nor the memory of a tree of
//! values.

use std::fmt::{Display, Write as _};

/// An object whose members are being written.
pub(super) struct Object<'a> {
    text: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object at the end of the text.
    pub(super) fn begin(text: &'a mut String) -> Object<'a> {
        text.push('{');
        Object { text, is_empty: true }
    }

    /// Ends the object.
    pub(super) fn end(self) {
        self.text.push('}');
    }

    /// A text.
    pub(super) fn put_text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_quoted(self.text, value);
    }

    /// A text, or null.
    pub(super) fn put_maybe_text(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.put_text(name, value),
            None => self.put_plain(name, "null"),
        }
    }

    /// A number.
    pub(super) fn put_number(&mut self, name: &str, value: impl Display) {
        self.name(name);
        // Writing to a String does not fail.
        let _written = write!(self.text, "{value}").is_ok();
    }

    /// A number, or null.
    pub(super) fn put_maybe_number(&mut self, name: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.put_number(name, value),
            None => self.put_plain(name, "null"),
        }
    }

    /// True or false.
    pub(super) fn put_flag(&mut self, name: &str, value: bool) {
        self.put_plain(name, if value { "true" } else { "false" });
    }

    fn put_plain(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text.push_str(value);
    }

    /// An object, whose members `fill` writes.
    pub(super) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        let mut object = Object::begin(self.text);
        fill(&mut object);
        object.end();
    }

    /// An array with an object for each item, whose members `fill` writes.
    pub(super) fn list<T>(&mut self, name: &str, items: &[T], fill: impl Fn(&T, &mut Object<'_>)) {
        self.name(name);
        self.text.push('[');
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            let mut object = Object::begin(self.text);
            fill(item, &mut object);
            object.end();
        }
        self.text.push(']');
    }

    fn name(&mut self, name: &str) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.text.push(',');
        }
        push_quoted(self.text, name);
        self.text.push(':');
    }
}

fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    // Nearly all texts: bytes are compared faster than letters.
    if value.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f)) {
        text.push_str(value);
        text.push('"');
        return;
    }
    let mut rest = value;
    while let Some(at) = rest.find(|letter: char| letter == '"' || letter == '\\' || letter.is_ascii_control()) {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        let mut letters = special.chars();
        if let Some(letter) = letters.next() {
            let _written = match letter {
                '"' | '\\' => write!(text, "\\{letter}"),
                other => write!(text, "\\u{:04x}", u32::from(other)),
            }
            .is_ok();
        }
        rest = letters.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let odd: String = (0..0x180).filter_map(char::from_u32).chain("\u{2028}\u{10ffff}".chars()).collect();
        let mut text = String::new();
        let mut object = Object::begin(&mut text);
        object.put_text(&odd, &odd);
        object.put_maybe_text("none", None);
        object.put_maybe_number("some", Some(i64::MIN));
        object.object("empty", |_| {});
        object.list("list", &[1, 2], |item, object| object.put_flag("first", *item == 1));
        object.end();
        let read: Value = serde_json::from_str(&text).unwrap();
        let list = json!([{"first": true}, {"first": false}]);
        assert_eq!(read, json!({odd.clone(): odd, "none": null, "some": i64::MIN, "empty": {}, "list": list}));
    }
}
