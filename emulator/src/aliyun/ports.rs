//! The ports of regions.

use std::net::SocketAddr;

use crate::shared::Shared;

impl Shared {
    /// The port of a region, opened when it is first asked for.
    pub(crate) fn region_address(&self, region: &str) -> SocketAddr {
        if let Some(address) = self.with(|state| state.aliyun.regions.of(region).address) {
            return address;
        }
        let address = self.open_port(Some(region), self.tls);
        self.with(|state| state.aliyun.regions.of(region).address = Some(address));
        address
    }
}
