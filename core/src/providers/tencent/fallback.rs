//! The fallback password file: a password that an operator leaves on disk for the time when CAM cannot be reached.
//!
//! Facts (recorded from dbauth-sdk-python; the Go and Java SDKs differ in the folder's name only): at most 200 bytes, one
//! line, not trimmed, and good for 24 hours from when it was read. The official SDKs put the user name into the path
//! unchecked; here a name that could leave the folder is refused.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// How long a password from a file is good, from when it was read.
pub const LIFE: Duration = Duration::from_secs(86_400);

/// The largest file, in bytes, its line end counted.
const LARGEST: usize = 200;

/// Where a file may lie: a configured file, a configured folder, then the three folders of the official SDKs below the
/// working directory. Relative paths are taken from the working directory. The file's name in a folder is
/// `<region>_<instance>_<user>.pwd`.
///
/// # Errors
/// [`Code::InvalidArgument`] that names the region, instance or user when it is empty, is made of dots only, or holds `/`,
/// `\` or NUL.
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
                "must not hold / or \\ or be dots only: it is part of the fallback password file's name",
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

/// Reads one candidate; none when there is no such file.
///
/// # Errors
/// [`Code::File`] when there is something but no usable password: not a regular file, not readable, larger than 200 bytes,
/// empty, more than one line, not UTF-8, or with a NUL. The message names the path, never the content.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    let problem = |what: &str| Error::new(Code::File, format!("fallback password file {}: {what}", path.display()));
    let cannot = |error: std::io::Error| problem(&format!("it cannot be read: {}", error.kind()));

    // Looked at before it is opened, since opening a FIFO would wait for a writer, and again on what was opened.
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
    // One byte more than allowed tells that it is too large, whatever a size said before. The buffer has room to spare, so
    // that reading to the end never moves it.
    let most = LARGEST + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * most));
    file.take(most as u64).read_to_end(&mut bytes).map_err(cannot)?;
    parse(&bytes).map(Some).ok_or_else(|| problem("it must hold one line of 1 to 200 bytes of UTF-8 text"))
}

/// The password in a file's bytes: 1 to 200 bytes of UTF-8 without a NUL (no C string could carry it), one line that is not
/// empty; a single line end after it does not count, and spaces do.
pub fn parse(bytes: &[u8]) -> Option<Secret> {
    if bytes.is_empty() || bytes.len() > LARGEST || bytes.contains(&0) {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, rest) = match text.find(ends_line) {
        None => (text, ""),
        Some(end) => {
            let (line, rest) = text.split_at_checked(end)?;
            (line, rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(ends_line))?)
        }
    };
    (rest.is_empty() && !line.is_empty()).then(|| Secret::from_text(line))
}

/// The line ends that the official Python SDK knows.
fn ends_line(character: char) -> bool {
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
            for (place, name) in ["region", "instance", "user"].into_iter().enumerate() {
                let mut names = ["r", "i", "u"];
                names[place] = bad;
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
    fn what_is_not_a_file() {
        assert!(read(Path::new("/does/not/exist")).unwrap().is_none());
        assert_eq!(read(Path::new("/")).unwrap_err().code(), Code::File);
        assert_eq!(read(Path::new("/dev/null")).unwrap_err().code(), Code::File);
    }
}
