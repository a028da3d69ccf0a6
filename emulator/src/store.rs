//! The state file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::files::replace;
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
