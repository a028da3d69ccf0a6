//! The problems of a source with its cache file, each logged once.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::log::{Level, Sink};

/// The last logged problems.
pub(super) struct Problems {
    path: PathBuf,
    read: ArcSwapOption<String>,
    write: ArcSwapOption<String>,
}

impl Problems {
    pub(super) fn new(path: PathBuf) -> Problems {
        Problems { path, read: ArcSwapOption::const_empty(), write: ArcSwapOption::const_empty() }
    }

    /// The file was read, with this problem.
    pub(super) fn read(&self, log: &Sink, problem: Option<&str>) {
        self.record(log, &self.read, problem);
    }

    /// The file was written, or this problem prevented it.
    pub(super) fn written(&self, log: &Sink, problem: Option<&str>) {
        self.record(log, &self.write, problem);
    }

    fn record(&self, log: &Sink, logged: &ArcSwapOption<String>, problem: Option<&str>) {
        let Some(problem) = problem else { return logged.store(None) };
        let before = logged.swap(Some(Arc::new(problem.to_owned())));
        if before.is_none_or(|before| *before != problem) {
            let path = self.path.display();
            log.write(Level::Warn, || format!("cache_file {path} is not used: {problem}"));
        }
    }
}
