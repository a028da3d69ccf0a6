//! Faults that a test injects.

use std::time::Duration;

/// One way to fail, for some requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The action it applies to, or `"metadata"` (of CVM), `"ecs-metadata"`, `"ecs-metadata-token"`, `"credentials-uri"`,
    /// `"dkms"`, `"oss"`; `None` for any request except control.
    pub action: Option<String>,
    /// How many requests it applies to; `u64::MAX` for all until cleared.
    pub times: u64,
    /// What happens to them.
    pub kind: FaultKind,
}

/// What a fault does to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// An answer with this status: with a code, an error in the form of the service; otherwise an empty body.
    Answer {
        /// HTTP status.
        status: u16,
        /// The service's error code.
        code: Option<String>,
        /// The service's error text.
        message: Option<String>,
        /// `Content-Type` instead of `application/json`.
        content_type: Option<String>,
        /// `Retry-After`.
        retry_after: Option<String>,
    },
    /// This exact answer. `Date` and `Content-Length` are added where they are missing.
    Raw {
        /// HTTP status.
        status: u16,
        /// Headers as sent.
        headers: Vec<(String, String)>,
        /// Body as sent.
        body: Vec<u8>,
    },
    /// A delay before the normal answer.
    Delay(Duration),
    /// The normal answer with its full `Content-Length`, truncated after this number of bytes; then the connection is closed.
    Truncate {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// The request is read, then the connection is closed without an answer.
    Drop,
    /// The connection is reset when a request begins, its body unread.
    CloseEarly,
    /// A 200 answer (chunked) with a body of this length.
    Oversize {
        /// Length of the body.
        bytes: usize,
    },
    /// A 302 answer.
    Redirect {
        /// The `Location` header.
        location: String,
    },
}

/// The active faults, in order of injection.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first fault for this action; its count is decremented.
    pub(crate) fn take(&mut self, action: &str) -> Option<FaultKind> {
        let at = self.0.iter().position(|fault| fault.covers(action))?;
        self.use_up(at)
    }

    /// Whether a request is to be reset before its body is read. While its action is unknown, only a fault for any request
    /// counts, and only if it is the first: an earlier one could be for this action.
    pub(crate) fn take_close_early(&mut self, action: Option<&str>) -> bool {
        let at = match action {
            Some(action) => self.0.iter().position(|fault| fault.covers(action)),
            None => self.0.first().filter(|fault| fault.action.is_none()).map(|_| 0),
        };
        match at.and_then(|at| self.0.get(at).map(|fault| (at, fault))) {
            Some((at, fault)) if matches!(fault.kind, FaultKind::CloseEarly) => self.use_up(at).is_some(),
            _ => false,
        }
    }

    fn use_up(&mut self, at: usize) -> Option<FaultKind> {
        let fault = self.0.get_mut(at)?;
        let kind = fault.kind.clone();
        if fault.times != u64::MAX {
            fault.times = fault.times.saturating_sub(1);
        }
        self.0.retain(|fault| fault.times > 0);
        Some(kind)
    }
}

impl Fault {
    fn covers(&self, action: &str) -> bool {
        self.times > 0 && self.action.as_deref().is_none_or(|wanted| wanted == action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(action: Option<&str>, times: u64, kind: FaultKind) -> Fault {
        Fault { action: action.map(str::to_owned), times, kind }
    }

    #[test]
    fn order_and_count() {
        let mut faults = Faults::default();
        faults.add(fault(Some("A"), 1, FaultKind::Drop));
        faults.add(fault(None, 2, FaultKind::CloseEarly));
        assert!(!faults.take_close_early(None));
        assert!(faults.take_close_early(Some("B")));
        assert!(matches!(faults.take("A"), Some(FaultKind::Drop)));
        assert!(faults.take_close_early(None));
        assert!(faults.take("A").is_none());
        assert_eq!(faults.len(), 0);
        faults.add(fault(None, u64::MAX, FaultKind::Drop));
        for _ in 0..5 {
            assert!(faults.take("x").is_some());
        }
        faults.clear();
        assert!(faults.take("x").is_none());
    }
}
