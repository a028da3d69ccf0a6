//! Reads small files (configuration, certificates, profiles, tokens) with a size limit, and parses their lines.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Reads a file of at most `largest` bytes.
///
/// # Errors
/// The file cannot be read, is not a regular file, or is too large: the kind of the error says which.
pub fn read_bytes(path: &Path, largest: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // Checked before it is opened: opening a FIFO would wait for a writer.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
        return Err(kind.into());
    }
    // The buffer has its final size from the start: a growing buffer leaves copies behind that are not wiped.
    let room = metadata.len().min(largest) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or_default()));
    File::open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > largest {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Reads a file of at most `largest` bytes of UTF-8. A byte order mark is ignored.
///
/// # Errors
/// [`Code::File`] that names the path: the file cannot be read, is not a regular file, is too large, or is not UTF-8;
/// [`Code::Resources`] if the process has no descriptor left.
pub fn read_text(path: &Path, largest: u64) -> Result<Secret> {
    let bytes = read_bytes(path, largest).map_err(|error| unreadable(path, largest, &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| failed(path, "it is not UTF-8 text"))?;
    Ok(Secret::from_text(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// Reads a file of at most `largest` bytes that only its owner and group may access.
///
/// # Errors
/// [`Code::File`] that names the path: the file cannot be read, is not a regular file, is too large, or others have
/// access to it.
pub fn read_private(path: &Path, largest: u64) -> Result<Secret> {
    let bytes = read_bytes(path, largest).map_err(|error| unreadable(path, largest, &error))?;
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, largest, &error))?;
    if metadata.mode() & 0o007 != 0 {
        return Err(failed(path, "other users have access to it; remove that (chmod o-rwx)"));
    }
    Ok(Secret::from_bytes(&bytes))
}

/// The `key = value` (or `key: value`) lines of a section of an ini file, by their keys in lower case; `None` if there
/// is no such section. `lines` must come without comments, whose syntax differs from program to program.
pub fn section<'a>(lines: impl Iterator<Item = &'a str>, wanted: &str) -> Option<HashMap<String, &'a str>> {
    let mut found = None;
    let mut inside = false;
    for line in lines.map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = name.trim() == wanted;
            if inside {
                found.get_or_insert_with(HashMap::new);
            }
        } else if inside
            && let Some((key, value)) = line.split_once(['=', ':'])
            && let Some(values) = &mut found
        {
            values.insert(key.trim().to_ascii_lowercase(), value.trim());
        }
    }
    found
}

fn unreadable(path: &Path, largest: u64, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => failed(path, "it is not a regular file"),
        io::ErrorKind::FileTooLarge => failed(path, &format!("it has more than {largest} bytes")),
        _ => Error::of_system(Code::File, &format!("{}: it cannot be read", path.display()), error),
    }
}

fn failed(path: &Path, problem: &str) -> Error {
    Error::new(Code::File, format!("{}: {problem}", path.display()))
}

/// The line without its comment. One of `marks` begins a comment only at the start or after white space, so that a
/// secret may contain one.
pub fn without_comment<'a>(line: &'a str, marks: &[char]) -> &'a str {
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        if marks.contains(&letter) && before.is_whitespace() {
            return line.get(..at).unwrap_or(line);
        }
        before = letter;
    }
    line
}

/// The absolute path, resolved against the current working directory: the host may change that directory later.
pub fn anchored(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
