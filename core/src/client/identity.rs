//! Login identities as sources: kept by the same cache as what is fetched with them.

use std::sync::Arc;

use crate::cache::policy::State;
use crate::cache::{Credential, Source};
use crate::error::Result;
use crate::platform::BoxFuture;
use crate::providers::{Context, Identity, IdentitySource, Material};

/// A source that hands out login identities to providers.
pub(super) struct SharedIdentity(pub(super) Arc<Source>);

struct Handed {
    source: Arc<Source>,
    credential: Arc<Credential>,
}

impl IdentitySource for SharedIdentity {
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>> {
        Box::pin(async move {
            // An identity that is about to end still signs: waiting for the next one must leave time to use it.
            let credential = self.0.get_from_runtime(context.remaining() / 2).await?;
            // What was refused would be refused again; why there is no other one is the better answer.
            if credential.state() == State::Rejected
                && let Some(error) = self.0.status().last_error
            {
                return Err(error);
            }
            let handed: Arc<dyn Identity> = Arc::new(Handed { source: Arc::clone(&self.0), credential });
            Ok(handed)
        })
    }
}

impl Identity for Handed {
    fn material(&self) -> &Material {
        self.credential.material()
    }

    fn explanation(&self) -> Option<String> {
        self.source.status().identity_explanation
    }

    fn reject(&self) -> bool {
        self.source.report_rejected(&self.credential).is_ok()
    }
}
