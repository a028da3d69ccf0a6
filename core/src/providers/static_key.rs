//! An identity that never changes, for any cloud.

use crate::error::Result;
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Material, Origin, Provider};
use crate::secret::Secret;

/// A key from the configuration.
pub struct StaticKey {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// The session token of a temporary key.
    pub token: Option<Secret>,
}

impl Provider for StaticKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        let material = Material::access_key(Origin::Configuration, &self.id, self.secret.clone(), self.token.clone());
        Box::pin(async move { Ok(Fetched::lasting(material, String::from("static: used"))) })
    }
}
