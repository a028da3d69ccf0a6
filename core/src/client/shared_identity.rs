//! Login identities as sources: the same cache keeps them fresh.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::policy::State;
use crate::cache::{Credential, Lease, Settings, Source};
use crate::client::core::settings;
use crate::client::opening::Opening;
use crate::client::options::rejected_keys;
use crate::client::rejection_codes::rejection_codes;
use crate::error::{Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{CallbackKey, Context, Identity, IdentitySource, Material, Provider};

/// How long a metadata service may take in a chain, where it is a probe: most machines have none.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a metadata service may take that the configuration names.
pub(super) const METADATA_TIMEOUT: Duration = Duration::from_secs(2);

/// A source that supplies providers with a login identity. It ends with its last user.
pub(super) struct SharedIdentity(Lease);

impl SharedIdentity {
    /// The identity with this key: an open one, or a new one.
    pub(super) fn share(
        opening: &Opening<'_>,
        name: &str,
        key: &str,
        settings: Settings,
        provider: Box<dyn Provider>,
    ) -> SharedIdentity {
        // Shared by sources with different overrides, so the client's option applies.
        let codes = || rejection_codes(&opening.core.config, [rejected_keys(opening.cloud()), &[]]);
        let provider = Arc::new(provider);
        let make = |name| opening.source_of(name, settings, Arc::clone(&provider)).with_rejection_codes(codes());
        // A shared source may end between its opening and the lease; then there is another one.
        loop {
            if let Some(lease) = Lease::new(opening.share_by_key(name, key, make)) {
                return SharedIdentity(lease);
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        self.0.source().name()
    }

    /// The source itself, for the application.
    pub(super) fn into_source(self) -> Arc<Source> {
        self.0.into_source()
    }
}

/// The settings of an identity: it is not returned after its end, and it is fetched again only when it is due or rejected. Its timeouts
/// and waits are those of the client: sources with other ones share it.
pub(super) fn identity_settings(opening: &Opening<'_>) -> Settings {
    let of_client = settings(&opening.core.config);
    let settle = Duration::ZERO;
    Settings { max_stale: Duration::ZERO, poll_interval: None, settle, identity: true, ..of_client }
}

/// The identity for one request.
struct CurrentIdentity {
    source: Arc<Source>,
    credential: Arc<Credential>,
}

impl IdentitySource for SharedIdentity {
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>> {
        Box::pin(async move {
            // An identity that is about to expire still signs: the wait for the next one must leave time for the
            // request.
            let credential = self.0.source().get_from_runtime(context.remaining() / 2).await?;
            // A rejected identity would be rejected again: return the reason why there is no other one.
            if credential.state() == State::Rejected
                && let Some(error) = self.0.source().status().last_error
            {
                return Err(error);
            }
            let identity: Arc<dyn Identity> =
                Arc::new(CurrentIdentity { source: Arc::clone(self.0.source()), credential });
            Ok(identity)
        })
    }
}

impl Identity for CurrentIdentity {
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

/// The identity that the host's callback supplies for the cloud. `option` is the one that selects it, for errors.
pub(super) fn callback_identity(opening: &Opening<'_>, option: &str) -> Result<SharedIdentity> {
    let Some(callback) = opening.config.identity_callback.clone() else {
        let text = "`callback` needs a callback of the program; set one with evercred_config_set_identity_callback";
        return Err(Error::option(option, text));
    };
    let name = format!("identity/{}/callback", opening.cloud());
    // The fingerprint includes the number of the callback.
    let key = format!("{name}?{}", opening.identity_fingerprint());
    let callback = callback.through(Arc::clone(&opening.core.gate));
    let provider = Box::new(CallbackKey::new(callback));
    Ok(SharedIdentity::share(opening, &name, &key, identity_settings(opening), provider))
}
