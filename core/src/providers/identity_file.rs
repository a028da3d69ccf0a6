//! Reads the small files of identities, for all clouds.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Class, Code, Error, Result};
use crate::file::read_text;
use crate::secret::Secret;

/// Reads a small file of an identity. `is_named`: the configuration or the environment names it; otherwise it is at a
/// usual path, and the identity is not configured if it does not exist.
///
/// # Errors
/// [`Code::NoIdentity`] if a file at a usual path does not exist; [`Code::File`] if it cannot be read, which counts as
/// temporary.
pub fn read_identity_file(path: &Path, largest: u64, is_named: bool) -> Result<Secret> {
    if !is_named && is_missing(path) {
        return Err(Error::new(Code::NoIdentity, format!("{}: there is no such file", path.display())));
    }
    read_text(path, largest).map_err(|error| error.with_class(Class::Transient))
}

/// The error for an identity file that was read but cannot be used: its text is wrong, or has no such part. Nobody else
/// refused anything, so it is a local error.
pub fn unusable(text: impl Into<String>) -> Error {
    Error::new(Code::NoIdentity, text).with_class(Class::Local)
}

/// Whether there is no such file. One that cannot be looked at is not missing.
pub(super) fn is_missing(path: &Path) -> bool {
    let missing = |error: std::io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    std::fs::metadata(path).is_err_and(missing)
}

#[cfg(test)]
mod tests {
    use super::read_identity_file;
    use crate::error::{Class, Code};
    use std::path::Path;

    #[test]
    fn a_missing_file_is_an_error_of_its_own_only_where_nothing_names_it() {
        let read = |named| read_identity_file(Path::new("/no/such/file"), 10, named).unwrap_err();
        assert_eq!((read(false).code(), read(false).class()), (Code::NoIdentity, Class::Refused));
        assert_eq!((read(true).code(), read(true).class()), (Code::File, Class::Transient));
        let folder = read_identity_file(Path::new("/"), 10, false).unwrap_err();
        assert_eq!((folder.code(), folder.class()), (Code::File, Class::Transient));
    }
}
