//! Reading small text files: configuration, certificates, profiles, tokens.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Reads a file of at most `largest` bytes of UTF-8; a byte order mark is passed over.
///
/// # Errors
/// [`Code::File`] that names the path: it cannot be read, is no regular file, too large, or not UTF-8.
pub fn read_text(path: &Path, largest: u64) -> Result<Secret> {
    let failed = |problem: &str| Error::new(Code::File, format!("{}: {problem}", path.display()));
    let unreadable = |error: std::io::Error| failed(&format!("it cannot be read ({error})"));
    // Looked at before it is opened: opening a FIFO would wait for a writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(failed("it is not a regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path).map_err(unreadable)?.take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > largest {
        return Err(failed(&format!("it holds more than {largest} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text"))?;
    Ok(Secret::from_text(text.strip_prefix('\u{feff}').unwrap_or(text)))
}
