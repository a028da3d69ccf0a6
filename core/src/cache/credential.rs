//! The snapshot of a value that callers hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cache::policy::State;
use crate::platform::{GenerationCell, Moment};
use crate::providers::{Material, Windows};

/// One immutable snapshot of a source's value. A rotation creates a new one and does not change those that callers
/// hold.
pub struct Credential {
    pub(super) material: Arc<Material>,
    pub(super) windows: Windows,
    pub(super) state: State,
    pub(super) generation: u64,
    pub(super) revision: u64,
    pub(super) expires_at_ms: i64,
    pub(super) renew_at_ms: i64,
    pub(super) good_until: Moment,
    pub(super) fetched_wall_ms: i64,
    pub(super) fetched_at: Moment,
    pub(super) cell: Arc<GenerationCell>,
}

impl Credential {
    /// The secrets.
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// The state at the time when it was returned.
    pub fn state(&self) -> State {
        self.state
    }

    /// The generation of the source that it belongs to; never 0.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of this snapshot in its source. A later one may have the same generation: its renewal is later.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// When it expires, in milliseconds since 1970 on this machine's wall clock; 0 if not known.
    pub fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms
    }

    /// When its renewal is due, in milliseconds since 1970; 0 if it is renewed only on request.
    pub fn renew_at_ms(&self) -> i64 {
        self.renew_at_ms
    }

    /// Whether the source's `get` would return this credential again without waiting. Always `false` if no timer
    /// maintains the generation (lazy mode, a forked child before its first call): call `get` then.
    pub fn is_current(&self) -> bool {
        // Acquire pairs with the release store that follows the swap of the snapshot.
        self.cell.load(Ordering::Acquire) == self.generation
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("material", &self.material)
            .field("state", &self.state)
            .field("generation", &self.generation)
            .field("expires_at_ms", &self.expires_at_ms)
            .finish_non_exhaustive()
    }
}
