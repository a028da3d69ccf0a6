//! An identity below another one that is not worth a source: it is fetched whenever the one above it is.

use std::sync::Arc;

use crate::error::Result;
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Identity, IdentitySource, Material, Provider};

/// A provider in the place of a source.
pub(super) struct Uncached(pub(super) Box<dyn Provider>);

struct Handed(Fetched);

impl IdentitySource for Uncached {
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>> {
        Box::pin(async move {
            let handed: Arc<dyn Identity> = Arc::new(Handed(self.0.fetch(context).await?));
            Ok(handed)
        })
    }
}

impl Identity for Handed {
    fn material(&self) -> &Material {
        &self.0.material
    }

    fn explanation(&self) -> Option<String> {
        self.0.notes.explanation.clone()
    }

    /// The next one is fetched anew in any case.
    fn reject(&self) -> bool {
        true
    }
}
