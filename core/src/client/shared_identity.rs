//! Login identities as sources: kept by the same cache as what is fetched with them.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::policy::State;
use crate::cache::{Credential, Settings, Source};
use crate::client::opening::Opening;
use crate::error::{Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{CallbackKey, Context, Identity, IdentitySource, Material, Provider};

/// How long a metadata service may take: within a chain it is a probe, since most machines have none.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
pub(super) const METADATA_TIMEOUT: Duration = Duration::from_secs(2);

/// A source that hands out login identities to providers.
pub(super) struct SharedIdentity(Arc<Source>);

impl SharedIdentity {
    /// The identity of this key: one that is open already, or a new one.
    pub(super) fn share(
        opening: &Opening<'_>,
        name: &str,
        key: &str,
        settings: Settings,
        provider: Box<dyn Provider>,
    ) -> SharedIdentity {
        SharedIdentity(opening.share_by_key(name, key, |name| opening.source(name, settings, provider)))
    }

    pub(super) fn name(&self) -> &str {
        self.0.name()
    }
}

/// How an identity is kept: it has no life beyond its end, and is asked for again only when it is due or refused.
pub(super) fn identity_settings(opening: &Opening<'_>) -> Settings {
    Settings { max_stale: Duration::ZERO, poll_interval: None, settle: Duration::ZERO, ..opening.settings }
}

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

/// The identity that the host's function hands over for the cloud; `option` asked for it.
pub(super) fn of_callback(opening: &Opening<'_>, option: &str) -> Result<SharedIdentity> {
    let Some(callback) = opening.config.identity_callback.clone() else {
        let text = "`callback` needs a function of the program; hand it over by evercred_config_set_identity_callback";
        return Err(Error::option(option, text));
    };
    let name = format!("identity/{}/callback", opening.cloud());
    // Its number is part of every fingerprint.
    let key = format!("{name}?{}", opening.identity_fingerprint());
    let provider = Box::new(CallbackKey::new(callback));
    Ok(SharedIdentity::share(opening, &name, &key, identity_settings(opening), provider))
}
