//! One open of a source. Several opens of the same thing share a source; it ends with the last of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Caller, Source, lock, wake_all};
use crate::cache::credential::Credential;
use crate::error::Result;

/// The number of leases of a source that has ended.
const ENDED: usize = usize::MAX;

/// One open of a source. When the last one is closed or dropped, the source ends: its flight and its timer stop, and
/// login identities that nothing else uses end too.
#[derive(Debug)]
pub struct Lease {
    source: Arc<Source>,
    closed: AtomicBool,
}

impl Lease {
    /// A lease of this source; `None` if it has ended, so that another one must be opened.
    pub fn new(source: Arc<Source>) -> Option<Lease> {
        let count = |leases: usize| if leases == ENDED { None } else { Some(leases + 1) };
        source.leases.fetch_update(Ordering::AcqRel, Ordering::Acquire, count).ok()?;
        Some(Lease { source, closed: AtomicBool::new(false) })
    }

    /// Gives the source to another user, who takes a lease: it does not end now, even if this is the last lease.
    pub fn into_source(self) -> Arc<Source> {
        if !self.closed.swap(true, Ordering::AcqRel) {
            self.source.leases.fetch_sub(1, Ordering::AcqRel);
        }
        Arc::clone(&self.source)
    }

    /// The source, for calls that neither wait nor ask the cloud.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// [`Source::get_fresh`], unless this lease is closed.
    pub fn get_fresh(&self) -> Option<Arc<Credential>> {
        if self.is_closed() { None } else { self.source.get_fresh() }
    }

    /// The revision of the credential that [`Lease::get_fresh`] returns now, for a caller that has kept it; `None` if
    /// there is none, and in lazy mode.
    pub fn fresh_revision(&self) -> Option<u64> {
        if self.is_closed() { None } else { self.source.fresh_revision() }
    }

    /// Whether this lease is closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// [`Source::get`]; `Closed` as soon as this lease is closed. So are the following calls.
    pub fn get(&self, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.source.get_for(self.caller(), timeout)
    }

    /// [`Source::try_get`].
    pub fn try_get(&self) -> Result<Option<Arc<Credential>>> {
        self.source.try_get_for(self.caller())
    }

    /// [`Source::get_newer`].
    pub fn get_newer(&self, generation: u64, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.source.get_newer_for(self.caller(), generation, timeout)
    }

    /// [`Source::refresh`].
    pub fn refresh(&self, timeout: Option<Duration>) -> Result<Arc<Credential>> {
        self.source.refresh_for(self.caller(), timeout)
    }

    /// [`Source::report_rejected`].
    pub fn report_rejected(&self, credential: &Credential) -> Result<()> {
        self.source.report_credential_for(self.caller(), credential)
    }

    /// [`Source::report_rejected_generation`].
    pub fn report_rejected_generation(&self, generation: u64) -> Result<()> {
        self.source.report_generation_for(self.caller(), generation)
    }

    /// Ends the calls of this lease, and the source if this is its last lease. A second call has no effect.
    pub fn close(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let last = |leases: usize| Some(if leases <= 1 { ENDED } else { leases - 1 });
        match self.source.leases.fetch_update(Ordering::AcqRel, Ordering::Acquire, last) {
            Ok(leases) if leases <= 1 => self.source.end(),
            _ => self.source.wake(),
        }
    }

    fn caller(&self) -> Caller<'_> {
        Caller(Some(&self.closed))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.close();
    }
}

impl Source {
    /// Whether the last lease is closed. A source without leases has not ended.
    pub fn has_ended(&self) -> bool {
        self.leases.load(Ordering::Acquire) == ENDED
    }

    fn end(&self) {
        self.close();
        if let Some(live) = self.live.existing(self.platform.fork_epoch()) {
            // A receiver that is gone belongs to a flight that landed.
            let _landed = lock(&live).abort.take().is_some_and(|abort| abort.send(()).is_err());
        }
        // No lock is held: this may free the host's userdata, and end login identities.
        drop(self.provider.swap(None));
    }

    fn wake(&self) {
        if let Some(live) = self.live.existing(self.platform.fork_epoch()) {
            wake_all(&live, &mut lock(&live));
        }
    }
}
