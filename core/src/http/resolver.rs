//! Look-ups of names, in the lane of their own.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::blocking::Lanes;
use crate::error::{Code, Error, Result};
use crate::platform::Platform;

/// Looks up names by the platform.
#[derive(Clone)]
pub(super) struct Resolver {
    pub(super) platform: Arc<dyn Platform>,
    pub(super) lanes: Arc<Lanes>,
    /// How long a look-up may take.
    pub(super) limit: Duration,
}

impl Resolver {
    /// The addresses of a host.
    ///
    /// # Errors
    /// [`Code::Network`], [`Code::Timeout`], [`Code::Resources`].
    pub(super) async fn look_up(&self, host: &str) -> Result<Arc<[IpAddr]>> {
        let (platform, name) = (Arc::clone(&self.platform), host.to_owned());
        let look_up = move || match platform.look_up(&name) {
            Ok(addresses) => Ok(Arc::from(addresses)),
            Err(error) => Err(Error::of_system(Code::Network, "the name cannot be looked up", &error)),
        };
        self.lanes.names.share(host, self.limit, look_up).await
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.look_up(name.as_str()).await?;
            let sockets: Vec<_> = addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect();
            let addresses: Addrs = Box::new(sockets.into_iter());
            Ok(addresses)
        })
    }
}
