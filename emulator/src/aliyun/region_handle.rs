//! A region as a Rust value.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::region::Conditions;
use crate::shared::Shared;

/// A region of the emulator's Alibaba Cloud: the same services and data behind a port of its own, with trouble of its own.
///
/// What is set here holds too for requests to the main port that name the region in `RegionId` or in `Host`
/// (`kms.<region>.aliyuncs.com`).
#[derive(Clone)]
pub struct Region {
    pub(crate) shared: Arc<Shared>,
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
}

impl Region {
    /// The region's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`, as the emulator itself.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.shared.tls { "https" } else { "http" }, self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host_port(&self) -> String {
        self.address.to_string()
    }

    /// Takes the region down, or up again: connections are reset.
    pub fn set_down(&self, down: bool) {
        self.change(|region| region.down = down);
    }

    /// Lets requests wait for ever for an answer.
    pub fn set_silent(&self, silent: bool) {
        self.change(|region| region.silent = silent);
    }

    /// Answers 503 `ServiceUnavailableTemporary`.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.change(|region| region.unavailable = unavailable);
    }

    /// A pause before each answer.
    pub fn set_delay(&self, delay: Duration) {
        self.change(|region| region.delay = delay);
    }

    /// Throttles the next `n` requests (`u64::MAX`: all until set again): KMS says `Rejected.Throttling` with 429,
    /// STS `Throttling.User` with 400, OSS `QpsLimitExceeded` with 503.
    pub fn throttle(&self, n: u64) {
        self.change(|region| (region.throttles, region.throttle_code) = (n, None));
    }

    /// Throttles the next `n` requests with this code.
    pub fn throttle_with(&self, n: u64, code: &str) {
        self.change(|region| (region.throttles, region.throttle_code) = (n, Some(code.to_owned())));
    }

    /// How many requests came for this region.
    pub fn requests(&self) -> u64 {
        self.shared.with(|state| state.aliyun.regions.of(&self.name).requests)
    }

    fn change(&self, work: impl FnOnce(&mut Conditions)) {
        self.shared.with(|state| work(state.aliyun.regions.of(&self.name)));
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Region").field("name", &self.name).field("url", &self.url()).finish_non_exhaustive()
    }
}
