//! Reading small text files: configuration, certificates, profiles, tokens.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Reads a file of at most `largest` bytes of UTF-8; a byte order mark is passed over.
///
/// # Errors
/// [`Code::File`] that names the path: it cannot be read, is no regular file, too large, or not UTF-8.
pub fn read_text(path: &Path, largest: u64) -> Result<Secret> {
    let bytes = read_bytes(path, largest, 0)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| failed(path, "it is not UTF-8 text"))?;
    Ok(Secret::from_text(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// Reads a file of at most `largest` bytes that is nobody's affair but its owner's and his group's.
///
/// # Errors
/// [`Code::File`] that names the path: it cannot be read, is no regular file, too large, or others may read or write it.
pub fn read_private(path: &Path, largest: u64) -> Result<Secret> {
    Ok(Secret::from_bytes(&read_bytes(path, largest, 0o007)?))
}

fn failed(path: &Path, problem: &str) -> Error {
    Error::new(Code::File, format!("{}: {problem}", path.display()))
}

fn read_bytes(path: &Path, largest: u64, forbidden: u32) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable = |error: std::io::Error| failed(path, &format!("it cannot be read ({error})"));
    // Looked at before it is opened: opening a FIFO would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(failed(path, "it is not a regular file"));
    }
    if metadata.mode() & forbidden != 0 {
        return Err(failed(path, "others may open it; take that from them (chmod o-rwx)"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path).map_err(unreadable)?.take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > largest {
        return Err(failed(path, &format!("it holds more than {largest} bytes")));
    }
    Ok(bytes)
}
