//! The requests that came, for tests to inspect.

use std::collections::{BTreeMap, VecDeque};

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The action, a service as faults name it, or `"unknown"`.
    pub action: String,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in order, names as sent.
    pub headers: Vec<(String, String)>,
    /// Body, cut at 1 MiB.
    pub body: Vec<u8>,
    /// When it came, by the emulator's clock.
    pub at_ms: i64,
    /// When it came, by the machine's clock.
    pub system_ms: i64,
}

impl RecordedRequest {
    /// The first header of this name; case is ignored.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// How many recent requests are kept.
const CAPACITY: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Records {
    total: u64,
    counts: BTreeMap<String, u64>,
    last: BTreeMap<String, RecordedRequest>,
    recent: VecDeque<RecordedRequest>,
}

impl Records {
    pub(crate) fn add(&mut self, request: RecordedRequest) {
        self.total += 1;
        *self.counts.entry(request.action.clone()).or_default() += 1;
        self.last.insert(request.action.clone(), request.clone());
        let mut brief = request;
        brief.body.truncate(16 * 1024);
        if self.recent.len() == CAPACITY {
            self.recent.pop_front();
        }
        self.recent.push_back(brief);
    }

    pub(crate) fn count(&self, action: &str) -> u64 {
        if action.is_empty() { self.total } else { self.counts.get(action).copied().unwrap_or(0) }
    }

    pub(crate) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    pub(crate) fn last(&self, action: &str) -> Option<RecordedRequest> {
        if action.is_empty() { self.recent.back().cloned() } else { self.last.get(action).cloned() }
    }

    pub(crate) fn recent(&self, action: &str) -> Vec<RecordedRequest> {
        self.recent.iter().filter(|r| action.is_empty() || r.action == action).cloned().collect()
    }
}
