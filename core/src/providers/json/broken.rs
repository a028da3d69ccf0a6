//! Where JSON is broken.

use std::fmt;

/// The position of the problem in a text that is not JSON. It quotes nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    line: usize,
    column: usize,
    /// The number of the entry, from 1, if the text begins a list.
    entry: Option<usize>,
}

impl Broken {
    /// The position of a parser's error.
    pub(super) fn new(text: &[u8], error: &serde_json::Error) -> Broken {
        let (line, column) = (error.line(), error.column());
        let before: usize =
            text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
        Broken { line, column, entry: entry(text.get(..before + column).unwrap_or(text)) }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        self.entry.map_or(Ok(()), |entry| write!(f, ", entry {entry}"))
    }
}

/// The entry of the outermost list in which the text ends.
fn entry(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_start().strip_prefix(b"[")?;
    let (mut depth, mut entry, mut quoted, mut escaped) = (0_usize, 1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => entry += 1,
            _ => {}
        }
    }
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::super::Document;

    #[test]
    fn the_position_and_the_entry_are_named() {
        for (text, position) in [
            ("hunter2", "line 1, column 1"),
            ("{\"a\":\n hunter2}", "line 2, column 2"),
            (r#"[{"a":"[,\",["},"#, "line 1, column 16, entry 2"),
            (" [1,[2,3],{\"b\":1,\n\"c\" hunter2}]", "line 2, column 5, entry 3"),
            ("[1] hunter2", "line 1, column 5, entry 1"),
        ] {
            let broken = Document::parse(text.as_bytes()).err().unwrap();
            assert_eq!(broken.to_string(), position, "{text}");
            assert!(!format!("{broken:?}").contains("hunter2"));
        }
    }
}
