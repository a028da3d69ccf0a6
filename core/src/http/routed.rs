//! The transport of several sources, which ends with the last of them.

use std::fmt;
use std::sync::Arc;

use super::route::Route;
use super::transport::Http;
use crate::platform::{Forkable, Platform};

/// The transport of the sources with one route. It is created at their first request and dropped with the last source.
pub struct RoutedHttp {
    route: Route,
    platform: Arc<dyn Platform>,
    http: Forkable<Http>,
}

impl RoutedHttp {
    /// A transport without connections.
    pub fn new(route: Route, platform: Arc<dyn Platform>) -> RoutedHttp {
        RoutedHttp { route, platform, http: Forkable::new() }
    }

    /// The differences from the client's settings.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The transport itself. `client` is the client's own one; later calls have the same.
    pub fn over(&self, client: &Http) -> Arc<Http> {
        self.http.get(self.platform.fork_epoch(), || client.with(&self.route))
    }
}

impl Drop for RoutedHttp {
    fn drop(&mut self) {
        self.http.abandon(self.platform.fork_epoch());
    }
}

impl fmt::Debug for RoutedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoutedHttp")
    }
}
