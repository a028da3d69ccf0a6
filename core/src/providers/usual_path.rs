//! The file of an identity at one of several usual paths: the one in use is left only when it was deleted.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use crate::error::{Code, Error, Result};
use crate::log::Level;
use crate::platform::Moment;
use crate::providers::Context;
use crate::providers::identity_file::is_missing;
use crate::providers::kept_identity::DELETED_AFTER;

/// Chooses between the usual paths of a file, of which the first one that exists has precedence. While the file in use
/// is replaced, it is missing for a moment: a file behind it may hold another identity.
#[derive(Default)]
pub struct UsualPath(ArcSwapOption<InUse>);

struct InUse {
    path: PathBuf,
    /// Since when it has been missing, on the steady clock; 0: it is there.
    missing_since_ms: AtomicU64,
}

impl UsualPath {
    /// The path to read; `None` if there is no file. It blocks on looking for them.
    ///
    /// # Errors
    /// [`Code::NoIdentity`] if the file in use has been missing for less than a minute.
    pub fn choose(&self, candidates: &[PathBuf], now: Moment) -> Result<Option<PathBuf>> {
        let in_use = self.0.load();
        for path in candidates {
            let in_use = in_use.as_ref().filter(|in_use| in_use.path == *path);
            if !is_missing(path) {
                if let Some(in_use) = in_use {
                    in_use.missing_since_ms.store(0, Ordering::Release);
                }
                return Ok(Some(path.clone()));
            }
            if in_use.is_some_and(|in_use| !in_use.is_deleted(now)) {
                return Err(Error::new(Code::NoIdentity, format!("{}: there is no such file", path.display())));
            }
        }
        Ok(None)
    }

    /// The identity in this file worked: the file is in use from now on. Another one than before is logged.
    pub fn worked(&self, context: &Context, path: &Path) {
        let before = self.0.load();
        if before.as_ref().is_some_and(|before| before.path == path) {
            return;
        }
        if let Some(before) = before.as_ref() {
            context.log.write(Level::Warn, || {
                let (before, path) = (before.path.display(), path.display());
                format!("the login identity has changed: switched from {before} to {path}")
            });
        }
        self.use_path(path);
    }

    fn use_path(&self, path: &Path) {
        self.0.store(Some(Arc::new(InUse { path: path.to_owned(), missing_since_ms: AtomicU64::new(0) })));
    }
}

impl InUse {
    /// Whether it has been missing for so long that it counts as deleted. It is missing now.
    fn is_deleted(&self, now: Moment) -> bool {
        // 0 means that it is there.
        let now = now.as_ms().max(1);
        let since = self.missing_since_ms.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
        let since = since.err().unwrap_or(now);
        now.saturating_sub(since) >= u64::try_from(DELETED_AFTER.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_file_in_use_is_left_only_after_it_was_deleted() {
        let folder = std::env::temp_dir().join(format!("evercred-usual-path-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let paths = ["home", "system"].map(|name| folder.join(name));
        let [home, system] = &paths;
        let write = |path: &Path| std::fs::write(path, "x").unwrap();
        let at = |seconds: u64| Moment::from_ms(0).after(Duration::from_secs(seconds));
        let usual = UsualPath::default();
        let choose = |seconds: u64| usual.choose(&paths, at(seconds)).map_err(|error| error.code());

        assert_eq!(choose(0), Ok(None));
        write(system);
        assert_eq!(choose(0), Ok(Some(system.clone())));
        write(home);
        assert_eq!(choose(0), Ok(Some(home.clone())));
        usual.use_path(home);

        // It is replaced by deleting it first.
        std::fs::remove_file(home).unwrap();
        assert_eq!([choose(0), choose(59)], [Err(Code::NoIdentity), Err(Code::NoIdentity)]);
        write(home);
        assert_eq!(choose(60), Ok(Some(home.clone())));
        std::fs::remove_file(home).unwrap();
        assert_eq!([choose(100), choose(159)], [Err(Code::NoIdentity), Err(Code::NoIdentity)]);
        assert_eq!(choose(160), Ok(Some(system.clone())), "it was deleted");
        usual.use_path(system);

        // A file that cannot be looked at is not missing: a link to itself.
        std::os::unix::fs::symlink(home, home).unwrap();
        assert_eq!([choose(200), choose(300)], [Ok(Some(home.clone())), Ok(Some(home.clone()))]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
