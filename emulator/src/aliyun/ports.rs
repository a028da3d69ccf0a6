//! Further ports: one for each region, and one without TLS.

use std::net::{SocketAddr, TcpListener};

use crate::shared::{Opened, Shared};

impl Shared {
    /// The port of a region, opened when it is first asked for.
    pub(crate) fn region_address(&self, region: &str) -> SocketAddr {
        if let Some(address) = self.with(|state| state.live.regions.of(region).address) {
            return address;
        }
        let address = self.open_port(Some(region), self.tls);
        self.with(|state| state.live.regions.of(region).address = Some(address));
        address
    }

    /// The port without TLS, opened when it is first asked for; without TLS the main one.
    pub(crate) fn plain_address(&self) -> SocketAddr {
        if !self.tls {
            return self.address;
        }
        if let Some(address) = self.with(|state| state.live.plain) {
            return address;
        }
        let address = self.open_port(None, false);
        self.with(|state| state.live.plain = Some(address));
        address
    }

    /// Opens one more port. If that fails, it is noted for `last_error`, and the main one stands in.
    fn open_port(&self, region: Option<&str>, tls: bool) -> SocketAddr {
        let opened = TcpListener::bind((self.address.ip(), 0)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        match opened {
            Ok((address, listener)) => {
                // Nobody serves it after the end, which connecting will tell.
                self.open.send(Opened { listener, region: region.map(str::to_owned), tls }).ok();
                address
            }
            Err(error) => {
                self.with(|state| state.last_error = Some(format!("opening a port: {error}")));
                self.address
            }
        }
    }
}
