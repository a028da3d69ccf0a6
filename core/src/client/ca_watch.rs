//! The CA files of a client: read here, and watched for certificates that are about to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::http::certificate_ends;
use crate::platform::Moment;

/// A CA bundle of a whole system is a quarter of this.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// How often it is told of one file.
const PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Every CA file that was read, with its ends. A list that is replaced whole: a forked child meets no lock.
pub(super) struct CaWatch {
    files: ArcSwap<Vec<Arc<CaFile>>>,
    warning: Duration,
}

struct CaFile {
    option: String,
    path: PathBuf,
    ends_ms: Vec<i64>,
    /// When it was last told of, in milliseconds on the boot clock, and 1; 0: never.
    told: AtomicU64,
}

impl CaWatch {
    /// `warning`: how long before its end a certificate is told of.
    pub(super) fn new(warning: Duration) -> CaWatch {
        CaWatch { files: ArcSwap::default(), warning }
    }

    /// Reads a CA file (PEM) and watches its ends from now on. `option` says in messages where the path was set; errors
    /// begin with it. It blocks, as reading files does: call it where sources are opened.
    pub(super) fn read(&self, option: &str, path: &Path) -> Result<Vec<u8>> {
        let text = read_text(path, LARGEST_FILE).map_err(|error| error.in_context(option))?;
        let pem = text.expose_bytes().to_vec();
        let mut ends_ms = certificate_ends(&pem);
        ends_ms.sort_unstable();
        let file =
            Arc::new(CaFile { option: option.to_owned(), path: path.to_owned(), ends_ms, told: AtomicU64::new(0) });
        self.files.rcu(|files| {
            let same = |other: &&Arc<CaFile>| other.option == file.option && other.path == file.path;
            // Sources that share a file read it again and again.
            if files.iter().find(same).is_some_and(|other| other.ends_ms == file.ends_ms) {
                return files.to_vec();
            }
            files.iter().filter(|other| !same(other)).chain([&file]).cloned().collect()
        });
        Ok(pem)
    }

    /// The end that comes first, in milliseconds since 1970; 0 where no certificate has been read.
    pub(super) fn expires_at_ms(&self, wall_ms: i64) -> i64 {
        self.files.load().iter().filter_map(|file| file.end(wall_ms)).min().unwrap_or(0)
    }

    /// What is about to end.
    pub(super) fn warnings(&self, wall_ms: i64) -> Vec<Error> {
        self.expiring(wall_ms).iter().map(|file| file.warning(wall_ms)).collect()
    }

    /// What is about to end and was not told of within a day; from now on it was.
    pub(super) fn news(&self, now: Moment, wall_ms: i64) -> Vec<Error> {
        let mut expiring = self.expiring(wall_ms);
        expiring.retain(|file| file.is_to_be_told(now));
        expiring.iter().map(|file| file.warning(wall_ms)).collect()
    }

    fn expiring(&self, wall_ms: i64) -> Vec<Arc<CaFile>> {
        let warning = i64::try_from(self.warning.as_millis()).unwrap_or(i64::MAX);
        // A certificate says its end by the wall clock: no other one can be compared with it.
        let soon = |file: &&Arc<CaFile>| file.end(wall_ms).is_some_and(|end| end.saturating_sub(wall_ms) <= warning);
        self.files.load().iter().filter(soon).cloned().collect()
    }
}

impl CaFile {
    /// The end that matters: the first one ahead, for a bundle may still hold what has been replaced; the last one where
    /// all are past.
    fn end(&self, wall_ms: i64) -> Option<i64> {
        self.ends_ms.iter().find(|end| **end > wall_ms).or(self.ends_ms.last()).copied()
    }

    fn is_to_be_told(&self, now: Moment) -> bool {
        let told = self.told.load(Ordering::Relaxed);
        if told != 0 && now.since(Moment::from_ms(told - 1)) < PAUSE {
            return false;
        }
        let mark = now.as_ms().saturating_add(1);
        // Of two at once, one tells.
        self.told.compare_exchange(told, mark, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn warning(&self, wall_ms: i64) -> Error {
        let end = self.end(wall_ms).unwrap_or_default();
        let verb = if end > wall_ms { "ends" } else { "ended" };
        let date =
            u64::try_from(end).ok().and_then(|end| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(end)));
        // That is how a date of the year 10000 would end: in a panic.
        let date = date
            .filter(|_| end < 253_402_300_800_000)
            .map_or_else(|| String::from("long ago"), httpdate::fmt_http_date);
        let text = format!(
            "{}: a certificate in {} {verb} ({date}): add its successor to the file and open a new client",
            self.option,
            self.path.display()
        );
        Error::new(Code::Tls, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const DAY_MS: i64 = 24 * 3_600_000;

    fn watch(ends_ms: &[i64]) -> CaWatch {
        let watch = CaWatch::new(30 * DAY);
        let file = CaFile {
            option: "ca_file".into(),
            path: "/ca.pem".into(),
            ends_ms: ends_ms.to_vec(),
            told: AtomicU64::new(0),
        };
        watch.files.store(Arc::new(vec![Arc::new(file)]));
        watch
    }

    #[test]
    fn the_end_that_matters() {
        let told = |ends: &[i64], days: i64| watch(ends).warnings(days * DAY_MS).len();
        assert_eq!(told(&[], 0), 0);
        assert_eq!(told(&[100 * DAY_MS], 69), 0);
        assert_eq!(told(&[100 * DAY_MS], 70), 1);
        assert_eq!(told(&[100 * DAY_MS], 200), 1);
        // What has ended beside its successor troubles nobody.
        assert_eq!(told(&[50 * DAY_MS, 100 * DAY_MS], 60), 0);
        assert_eq!(watch(&[50 * DAY_MS, 100 * DAY_MS]).expires_at_ms(60 * DAY_MS), 100 * DAY_MS);
        assert_eq!(watch(&[]).expires_at_ms(0), 0);
    }

    #[test]
    fn once_a_day() {
        let watch = watch(&[DAY_MS]);
        let start = Moment::from_ms(0);
        let told = |hours: u32| watch.news(start.after(hours * DAY / 24), 0).len();
        assert_eq!([0, 1, 23, 24, 25, 47, 48].map(told), [1, 0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn the_message_names_option_file_and_end() {
        let text = watch(&[784_111_777_000]).warnings(0);
        assert!(text.is_empty(), "not yet");
        let text = watch(&[784_111_777_000]).warnings(784_111_000_000)[0].to_string();
        assert!(
            text.starts_with("ca_file: ") && text.contains("/ca.pem ends (Sun, 06 Nov 1994 08:49:37 GMT)"),
            "{text}"
        );
        for odd in [i64::MIN, -1, i64::MAX] {
            assert!(!watch(&[odd]).warnings(i64::MAX - 1).is_empty());
        }
    }
}
