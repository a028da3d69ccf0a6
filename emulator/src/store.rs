//! The state file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::state::{Saved, State};

/// What the file holds; the default state if there is none.
pub(crate) fn read(path: &Path) -> Result<Saved, String> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Saved::default()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Writes the file if the state has changed since the last time.
pub(crate) fn write(state: &mut State) {
    let Some(path) = state.state_file.clone() else { return };
    let text = match serde_json::to_string_pretty(&state.saved) {
        Ok(text) => text,
        Err(error) => return state.last_error = Some(format!("state file: {error}")),
    };
    if text == state.written {
        return;
    }
    match replace(&path, text.as_bytes()) {
        Ok(()) => state.written = text,
        Err(error) => state.last_error = Some(format!("state file {}: {error}", path.display())),
    }
}

/// Readers see the old content or the new, never a part.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = create_private(&temporary)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        fs::remove_file(&temporary).ok();
    }
    written
}

/// A file only its owner can read, also where one was left over with other rights.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private_file(path)
}

/// A new file that only its owner can read.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
