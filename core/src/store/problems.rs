//! The problems of a source with its cache file. Each is logged once, however many sources of the client have it.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::log::{Level, Sink};
use crate::store::writes::Writes;

/// The problems that the source has now.
pub(super) struct Problems {
    path: PathBuf,
    writes: Arc<Writes>,
    read: ArcSwapOption<String>,
    write: ArcSwapOption<String>,
}

impl Problems {
    pub(super) fn new(path: PathBuf, writes: Arc<Writes>) -> Problems {
        Problems { path, writes, read: ArcSwapOption::const_empty(), write: ArcSwapOption::const_empty() }
    }

    /// The file was read, with this problem. `epoch` identifies the process.
    pub(super) fn read(&self, epoch: u64, log: &Sink, problem: Option<&str>) {
        self.record(epoch, log, &self.read, problem);
    }

    /// The file was written, or this problem prevented it. `epoch` identifies the process.
    pub(super) fn written(&self, epoch: u64, log: &Sink, problem: Option<&str>) {
        self.record(epoch, log, &self.write, problem);
    }

    fn record(&self, epoch: u64, log: &Sink, slot: &ArcSwapOption<String>, problem: Option<&str>) {
        let Some(problem) = problem else { return slot.store(None) };
        let text = format!("cache_file {} is not used: {problem}", self.path.display());
        let (text, is_new) = self.writes.problem(epoch, text);
        slot.store(Some(Arc::clone(&text)));
        if is_new {
            log.write(Level::Warn, || text.as_ref().clone());
        }
    }
}
