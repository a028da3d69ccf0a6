//! What a source publishes, and when that is a new generation.

use crate::cache::credential::Credential;
use crate::cache::generation;
use crate::cache::policy::State;
use crate::platform::Moment;
use crate::providers::{Origin, Windows};

/// A wall time that moves by at most this much is the same one: clocks are corrected by a little all the time.
const STEADY_MS: u64 = 2000;
/// How many generations of the present value are remembered: a report of an older one is ignored.
const OWN_MAX: usize = 4096;

/// The published value: its version, its origin, its state and its windows. A change of any of them is a new generation.
#[derive(Debug)]
pub(super) struct Published {
    version: u64,
    origin: Origin,
    phase: State,
    windows: Windows,
    expires_at_ms: i64,
    /// The number under which it is published; 0 before the first value.
    generation: u64,
    /// The generations of this version, the latest last. Numbers between them are other sources'.
    own: Vec<u64>,
}

impl Published {
    pub(super) fn nothing() -> Published {
        Published {
            version: 0,
            origin: Origin::None,
            phase: State::Empty,
            windows: Windows::default(),
            expires_at_ms: 0,
            generation: 0,
            own: Vec::new(),
        }
    }

    /// What the parent process of a fork published.
    pub(super) fn inherited(version: u64, credential: &Credential) -> Published {
        Published {
            version,
            origin: true_origin(credential.material.origin),
            phase: credential.state,
            windows: credential.windows,
            expires_at_ms: credential.expires_at_ms,
            generation: credential.generation,
            own: vec![credential.generation],
        }
    }

    /// Publishes this. A renewal that only moves later is not a new generation: otherwise each poll of a value that is
    /// renewed some hours after its fetch would be one.
    pub(super) fn update(&mut self, version: u64, origin: Origin, phase: State, windows: Windows, expires_at_ms: i64) {
        let same_end = (self.windows.mandatory_at, self.windows.ends_at) == (windows.mandatory_at, windows.ends_at)
            && self.expires_at_ms.abs_diff(expires_at_ms) <= STEADY_MS;
        let earlier = is_earlier(windows.renew_at, self.windows.renew_at);
        let origin = true_origin(origin);
        let same_value = self.version == version && self.generation != 0;
        if same_value && (self.origin, self.phase) == (origin, phase) && same_end && !earlier {
            self.windows = windows;
            return;
        }
        let generation = generation::next();
        let mut own = std::mem::take(&mut self.own);
        if !same_value {
            own.clear();
        } else if own.len() >= OWN_MAX {
            own.remove(0);
        }
        own.push(generation);
        *self = Published { version, origin, phase, windows, expires_at_ms, generation, own };
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms
    }

    /// Whether this version is published in this state.
    pub(super) fn is(&self, version: u64, phase: State) -> bool {
        (self.version, self.phase) == (version, phase)
    }

    /// Whether this generation is one of the present value.
    pub(super) fn had(&self, generation: u64) -> bool {
        self.own.contains(&generation)
    }
}

/// The cache file has what the cloud returned.
fn true_origin(origin: Origin) -> Origin {
    if origin == Origin::FileCache { Origin::Cloud } else { origin }
}

fn is_earlier(moment: Option<Moment>, than: Option<Moment>) -> bool {
    match (moment, than) {
        (Some(moment), Some(than)) => moment < than,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
