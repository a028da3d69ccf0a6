//! An identity that another one needs and that is not cached: each fetch of the other one fetches it.

use std::sync::Arc;

use crate::error::Result;
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Identity, IdentitySource, Material, Provider};

/// A provider as the source of an identity.
pub struct Uncached(pub Box<dyn Provider>);

/// The result of one fetch.
struct FetchedIdentity(Fetched);

impl IdentitySource for Uncached {
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>> {
        Box::pin(async move {
            let identity: Arc<dyn Identity> = Arc::new(FetchedIdentity(self.0.fetch(context).await?));
            Ok(identity)
        })
    }
}

impl Identity for FetchedIdentity {
    fn material(&self) -> &Material {
        &self.0.material
    }

    fn explanation(&self) -> Option<String> {
        self.0.notes.explanation.clone()
    }

    /// Nothing is cached: the next fetch brings another one.
    fn reject(&self) -> bool {
        true
    }
}
