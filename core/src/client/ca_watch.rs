//! Reads the CA files of a client and watches for certificates that are about to expire.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use crate::error::{Code, Error, Result};
use crate::file::read_text;
use crate::http::{certificate_ends, unusable_certificate};
use crate::platform::Moment;

/// The size limit of a CA file, in bytes: four times a system's whole CA bundle.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// The shortest time between two warnings of one file.
const WARNING_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// Every CA file in use, with the expiry of its certificates. The list is replaced as a whole, so that there is
/// no lock for a forked child.
pub(super) struct CaWatch {
    files: ArcSwap<Vec<Arc<CaFile>>>,
    warning: Duration,
}

struct CaFile {
    option: String,
    path: PathBuf,
    /// The file's content, which the transports that use it own.
    pem: Weak<[u8]>,
    ends_ms: Vec<i64>,
    /// When it was last notified, in milliseconds on the steady clock, plus 1; 0: never.
    notified_at: AtomicU64,
}

impl CaWatch {
    /// `warning`: how long before its expiry a certificate is notified.
    pub(super) fn new(warning: Duration) -> CaWatch {
        CaWatch { files: ArcSwap::default(), warning }
    }

    /// Reads a CA file (PEM) and watches its certificates until the returned content is dropped. `option` is where the path was set: messages
    /// and errors begin with it. It blocks on reading the file, so call it only when a client or source is opened.
    pub(super) fn read(&self, option: &str, path: &Path) -> Result<Arc<[u8]>> {
        let text = read_text(path, LARGEST_FILE).map_err(|error| error.in_context(option))?;
        let fresh: Arc<[u8]> = Arc::from(text.expose_bytes());
        if let Some(problem) = unusable_certificate(&fresh) {
            return Err(Error::option(option, &format!("{}: {problem}", path.display())));
        }
        Ok(self.watch(option, path, fresh))
    }

    /// Watches the content of a file. Returns the one that is in use already, if it is the same.
    fn watch(&self, option: &str, path: &Path, fresh: Arc<[u8]>) -> Arc<[u8]> {
        let mut ends_ms = certificate_ends(&fresh);
        ends_ms.sort_unstable();
        let file = Arc::new(CaFile {
            option: option.to_owned(),
            path: path.to_owned(),
            pem: Arc::downgrade(&fresh),
            ends_ms,
            notified_at: AtomicU64::new(0),
        });
        let mut pem = Arc::clone(&fresh);
        self.files.rcu(|files| {
            let mut in_use: Vec<_> = files.iter().filter(|file| file.is_in_use()).cloned().collect();
            // Each source that uses the file reads it. One that was opened before a change goes on with what it read.
            let known = in_use.iter().filter(|other| other.option == file.option && other.path == file.path);
            let known = known.filter_map(|other| other.pem.upgrade()).find(|pem| **pem == *fresh);
            match known {
                Some(known) => pem = known,
                None => {
                    pem = Arc::clone(&fresh);
                    in_use.push(Arc::clone(&file));
                }
            }
            in_use
        });
        pem
    }

    /// The first expiry of all files in use, in milliseconds since 1970; 0 if there is none.
    pub(super) fn expires_at_ms(&self, wall_ms: i64) -> i64 {
        self.files.load().iter().filter(|file| file.is_in_use()).filter_map(|file| file.end(wall_ms)).min().unwrap_or(0)
    }

    /// A warning for each file with a certificate that is about to expire.
    pub(super) fn warnings(&self, wall_ms: i64) -> Vec<Error> {
        self.expiring(wall_ms).iter().map(|file| file.warning(wall_ms)).collect()
    }

    /// The warnings that were not notified within the last day. They count as notified from now on.
    pub(super) fn due_warnings(&self, now: Moment, wall_ms: i64) -> Vec<Error> {
        let mut expiring = self.expiring(wall_ms);
        expiring.retain(|file| file.take_notification(now));
        expiring.iter().map(|file| file.warning(wall_ms)).collect()
    }

    fn expiring(&self, wall_ms: i64) -> Vec<Arc<CaFile>> {
        let warning = i64::try_from(self.warning.as_millis()).unwrap_or(i64::MAX);
        // The expiry of a certificate is a time of the wall clock.
        let soon = |file: &&Arc<CaFile>| file.end(wall_ms).is_some_and(|end| end.saturating_sub(wall_ms) <= warning);
        self.files.load().iter().filter(|file| file.is_in_use()).filter(soon).cloned().collect()
    }
}

impl CaFile {
    fn is_in_use(&self) -> bool {
        self.pem.strong_count() > 0
    }

    /// The relevant expiry: the first one in the future, since a bundle may still contain replaced certificates; the
    /// last one if all are past.
    fn end(&self, wall_ms: i64) -> Option<i64> {
        self.ends_ms.iter().find(|end| **end > wall_ms).or(self.ends_ms.last()).copied()
    }

    /// Whether a notification is due; it counts as sent from now on.
    fn take_notification(&self, now: Moment) -> bool {
        let last = self.notified_at.load(Ordering::Relaxed);
        if last != 0 && now.since(Moment::from_ms(last - 1)) < WARNING_INTERVAL {
            return false;
        }
        let mark = now.as_ms().saturating_add(1);
        // Of two concurrent callers, one notifies.
        self.notified_at.compare_exchange(last, mark, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn warning(&self, wall_ms: i64) -> Error {
        let end = self.end(wall_ms).unwrap_or_default();
        let verb = if end > wall_ms { "expires" } else { "has expired" };
        let date =
            u64::try_from(end).ok().and_then(|end| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(end)));
        // `httpdate` panics on dates from the year 10000 on.
        let date = date
            .filter(|_| end < 253_402_300_800_000)
            .map_or_else(|| String::from("long ago"), httpdate::fmt_http_date);
        let text = format!(
            "{}: a certificate in {} {verb} ({date}): add its successor to the file and create a new client",
            self.option,
            self.path.display()
        );
        Error::new(Code::Tls, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const DAY_MS: i64 = 24 * 3_600_000;

    fn watch(ends_ms: &[i64]) -> CaWatch {
        static PEM: OnceLock<Arc<[u8]>> = OnceLock::new();
        let watch = CaWatch::new(30 * DAY);
        let file = CaFile {
            option: "ca_file".into(),
            path: "/ca.pem".into(),
            pem: Arc::downgrade(PEM.get_or_init(|| Arc::from(*b"pem"))),
            ends_ms: ends_ms.to_vec(),
            notified_at: AtomicU64::new(0),
        };
        watch.files.store(Arc::new(vec![Arc::new(file)]));
        watch
    }

    #[test]
    fn the_relevant_expiry() {
        let warnings = |ends: &[i64], days: i64| watch(ends).warnings(days * DAY_MS).len();
        assert_eq!(warnings(&[], 0), 0);
        assert_eq!(warnings(&[100 * DAY_MS], 69), 0);
        assert_eq!(warnings(&[100 * DAY_MS], 70), 1);
        assert_eq!(warnings(&[100 * DAY_MS], 200), 1);
        // An expired certificate whose successor is in the file causes no warning.
        assert_eq!(warnings(&[50 * DAY_MS, 100 * DAY_MS], 60), 0);
        assert_eq!(watch(&[50 * DAY_MS, 100 * DAY_MS]).expires_at_ms(60 * DAY_MS), 100 * DAY_MS);
        assert_eq!(watch(&[]).expires_at_ms(0), 0);
    }

    #[test]
    fn a_file_is_watched_as_long_as_it_is_used() {
        let pem = |year: &str| {
            let der = |tag: u8, parts: &[&[u8]]| {
                let content = parts.concat();
                [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
            };
            let time = |text: &str| der(0x17, &[text.as_bytes()]);
            let empty = der(0x30, &[]);
            let validity = der(0x30, &[&time("240101000000Z"), &time(&format!("{year}0101000000Z"))]);
            let inner = der(0x30, &[&der(0xa0, &[&[2, 1, 2]]), &[2, 1, 1], &empty, &empty, &validity, &empty, &empty]);
            let whole = der(0x30, &[&inner, &empty, &der(0x03, &[&[0, 1]])]);
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, whole);
            let text = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
            Arc::from(text.as_bytes())
        };
        let watch = CaWatch::new(30 * DAY);
        let read = |year: &str| watch.watch("ca_file", Path::new("/ca.pem"), pem(year));
        let (first, again) = (read("30"), read("30"));
        assert!(Arc::ptr_eq(&first, &again) && watch.files.load().len() == 1);
        let until_2030 = watch.expires_at_ms(0);
        let second = read("40");
        assert_eq!(watch.expires_at_ms(0), until_2030, "the old certificate is still in use");
        drop((first, again));
        assert!(watch.expires_at_ms(0) > until_2030 && watch.warnings(until_2030).is_empty());
        drop(second);
        assert!(watch.expires_at_ms(0) == 0 && watch.warnings(i64::MAX - 1).is_empty());
        drop(read("40"));
        assert_eq!(watch.files.load().len(), 1, "what nobody uses is removed");
    }

    #[test]
    fn one_notification_a_day() {
        let watch = watch(&[DAY_MS]);
        let start = Moment::from_ms(0);
        let notified = |hours: u32| watch.due_warnings(start.after(hours * DAY / 24), 0).len();
        assert_eq!([0, 1, 23, 24, 25, 47, 48].map(notified), [1, 0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn the_message_names_option_file_and_expiry() {
        let text = watch(&[784_111_777_000]).warnings(0);
        assert!(text.is_empty(), "not yet");
        let text = watch(&[784_111_777_000]).warnings(784_111_000_000)[0].to_string();
        assert!(
            text.starts_with("ca_file: ") && text.contains("/ca.pem expires (Sun, 06 Nov 1994 08:49:37 GMT)"),
            "{text}"
        );
        for odd in [i64::MIN, -1, i64::MAX] {
            assert!(!watch(&[odd]).warnings(i64::MAX - 1).is_empty());
        }
    }
}
