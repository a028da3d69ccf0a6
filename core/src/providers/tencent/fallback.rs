//! The fallback password file: a password that an operator stores on disk for times when CAM cannot be reached.
//!
//! Facts (recorded from dbauth-sdk-python; the Go and Java SDKs differ only in the folder's name): the file has at most
//! 200 bytes and one line, which is not trimmed. The password is valid for 24 hours after reading. The official SDKs do
//! not check the user name in the path; here a name that could leave the folder is refused.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// How long a password from a file is valid after reading.
pub const LIFE: Duration = Duration::from_secs(86_400);

/// The maximum size of a file, in bytes, including the line end.
const MAX_BYTES: usize = 200;

/// The possible paths, in order: the configured file, the configured folder, then the three folders of the official
/// SDKs in the working directory. Relative paths start at the working directory. The file's name in a folder is
/// `<region>_<instance>_<user>.pwd`.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the region, instance or user when it is empty, consists of dots only, or
/// contains `/`, `\` or NUL.
pub fn candidates(
    region: &str,
    instance: &str,
    user: &str,
    fallback_file: Option<&Path>,
    fallback_dir: Option<&Path>,
    working_directory: &Path,
) -> Result<Vec<PathBuf>> {
    for (name, value) in [("region", region), ("instance_id", instance), ("user", user)] {
        if value.trim_matches('.').is_empty() || value.contains(['/', '\\', '\0']) {
            return Err(Error::argument(
                name,
                "must not contain / or \\ or consist of dots only: it is part of the fallback password file's name",
            ));
        }
    }
    let name = format!("{region}_{instance}_{user}.pwd");
    let legacy = ["python", "go", "java"].map(|language| {
        Path::new(".com.tencentcloudapi").join(format!("tencentcloud-dbauth-sdk-{language}")).join("input").join(&name)
    });
    Ok(fallback_file
        .map(Path::to_path_buf)
        .into_iter()
        .chain(fallback_dir.map(|folder| folder.join(&name)))
        .chain(legacy)
        .map(|path| working_directory.join(path))
        .collect())
}

/// Reads one candidate. Returns `None` if the file does not exist.
///
/// # Errors
/// [`Code::File`] when the file has no usable password: it is not a regular file, not readable, larger than 200 bytes,
/// empty, not one line, not UTF-8, or contains a NUL. The message names the path, never the content.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    let problem = |what: &str| Error::new(Code::File, format!("fallback password file {}: {what}", path.display()));
    let cannot = |error: std::io::Error| problem(&format!("it cannot be read: {}", error.kind()));

    // Checked before it is opened, since opening a FIFO would wait for a writer, and again after opening.
    match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(cannot(error)),
        Ok(metadata) if !metadata.is_file() => return Err(problem("it is not a regular file")),
        Ok(_) => {}
    }
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(cannot)?,
    };
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(problem("it is not a regular file"));
    }
    // One byte above the limit shows that the file is too large. The buffer has spare capacity, so that reading never
    // moves it.
    let limit = MAX_BYTES + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * limit));
    file.take(limit as u64).read_to_end(&mut bytes).map_err(cannot)?;
    parse(&bytes).map(Some).ok_or_else(|| problem("it must contain one line of 1 to 200 bytes of UTF-8 text"))
}

/// The password in a file's bytes: one non-empty line of at most 200 bytes of UTF-8 without a NUL, which no C string
/// can carry. A single line end does not belong to the password; spaces do.
pub fn parse(bytes: &[u8]) -> Option<Secret> {
    if bytes.is_empty() || bytes.len() > MAX_BYTES || bytes.contains(&0) {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, rest) = match text.find(is_line_end) {
        None => (text, ""),
        Some(end) => {
            let (line, rest) = text.split_at_checked(end)?;
            (line, rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(is_line_end))?)
        }
    };
    (rest.is_empty() && !line.is_empty()).then(|| Secret::from_text(line))
}

/// The line ends of the official Python SDK.
fn is_line_end(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::{candidates, parse, read};
    use crate::error::Code;
    use std::path::Path;

    #[test]
    fn configured_paths_come_first() {
        let paths =
            candidates("r", "i", "u", Some(Path::new("/f.pwd")), Some(Path::new("d")), Path::new("/w")).unwrap();
        let texts: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            texts,
            [
                "/f.pwd",
                "/w/d/r_i_u.pwd",
                "/w/.com.tencentcloudapi/tencentcloud-dbauth-sdk-python/input/r_i_u.pwd",
                "/w/.com.tencentcloudapi/tencentcloud-dbauth-sdk-go/input/r_i_u.pwd",
                "/w/.com.tencentcloudapi/tencentcloud-dbauth-sdk-java/input/r_i_u.pwd",
            ]
        );
    }

    #[test]
    fn names_that_could_leave_the_folder_are_refused() {
        for bad in ["../../etc/passwd", "a/b", "a\\b", "a\0b", ".", "..", "...", ""] {
            for (position, name) in ["region", "instance", "user"].into_iter().enumerate() {
                let mut names = ["r", "i", "u"];
                names[position] = bad;
                let error = candidates(names[0], names[1], names[2], None, None, Path::new("/w")).unwrap_err();
                assert_eq!(error.code(), Code::InvalidArgument);
                assert!(error.message().starts_with(name), "{error}");
            }
        }
        assert!(candidates("r", "i", "a..b", None, None, Path::new("/w")).is_ok());
    }

    #[test]
    fn one_line() {
        let password = |text: &str| parse(text.as_bytes()).map(|secret| secret.expose().to_owned());
        assert_eq!(password(" p w "), Some(" p w ".into()));
        assert_eq!(password("pw\r\n"), Some("pw".into()));
        assert_eq!(password("pw\r"), Some("pw".into()));
        for bad in ["", "\n", "\r\n", "pw\n\n", "\npw", "a\nb", "a\u{2028}b", "pw\0"] {
            assert_eq!(password(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn missing_and_irregular_files() {
        assert!(read(Path::new("/does/not/exist")).unwrap().is_none());
        assert_eq!(read(Path::new("/")).unwrap_err().code(), Code::File);
        assert_eq!(read(Path::new("/dev/null")).unwrap_err().code(), Code::File);
    }
}
