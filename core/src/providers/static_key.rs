//! An access key from the configuration, for all clouds.

use crate::error::Result;
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Material, Origin, Provider};
use crate::secret::Secret;

/// A key from the configuration.
pub struct StaticKey {
    /// The access key id.
    pub id: String,
    /// The access key secret.
    pub secret: Secret,
    /// The session token, for a temporary key.
    pub token: Option<Secret>,
}

impl Provider for StaticKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        let material = Material::access_key(Origin::Configuration, &self.id, self.secret.clone(), self.token.clone());
        Box::pin(async move { Ok(Fetched::lasting(material, String::from("static: used"))) })
    }
}
