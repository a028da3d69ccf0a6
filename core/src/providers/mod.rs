//! Fetches values: managed secrets, database tokens and login identities. A provider stores no values; the cache does.
//! May use `sign`, `http`, `file`, `der` and the leaves. One folder per cloud; the other files are shared by all clouds
//! and know none of them. Start with [`Provider`], then `signed_call` (how an API is called), then one cloud's folder.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::platform::BoxFuture;

pub mod aliyun;
mod callback;
mod chain;
mod context;
mod encoding;
mod fetched;
mod identity_file;
pub(crate) mod json;
mod kept_identity;
mod lifetime;
mod material;
mod protobuf;
mod server_clock;
mod service_error;
mod signed_call;
mod static_key;
pub mod tencent;
mod text;
mod uncached;
mod usual_path;

pub use callback::{CallbackKey, IdentityCallback, SuppliedKey};
pub use chain::{Chain, Link, LinkKind};
pub use context::Context;
pub use fetched::{Fetched, Notes, SecretFacts, Windows};
pub use identity_file::{read_identity_file, unusable};
pub use kept_identity::KeptIdentity;
pub use material::{Kind, Material, Origin};
pub use server_clock::{Clock, ServerTime};
pub use signed_call::{CallResult, SignedCall};
pub use static_key::StaticKey;
pub use text::header_text_problem;
pub use uncached::Uncached;
pub use usual_path::UsualPath;

/// Fetches one value.
pub trait Provider: Send + Sync {
    /// Makes one attempt. The caller enforces `context.deadline` and drops the future to cancel it.
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>>;

    /// Whether every request uses TLS, with the certificate check that the client's settings define.
    fn is_encrypted(&self) -> bool {
        true
    }

    /// Called after all attempts have failed, the last one with `error`. Returns a fallback value with `degraded` set,
    /// or the error.
    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        let _unused = context;
        Box::pin(async move { Err(error) })
    }
}

/// A source of login identities, which the caller keeps fresh. A provider reads it at every fetch.
pub trait IdentitySource: Send + Sync {
    /// Returns the current identity.
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>>;
}

/// One version of a login identity.
pub trait Identity: Send + Sync {
    /// The keys.
    fn material(&self) -> &Material;
    /// Which identity provider produced it, and why others were skipped.
    fn explanation(&self) -> Option<String>;
    /// Reports that the service did not accept this identity, so that another one is fetched. Returns `false` when this
    /// happened too often recently.
    fn reject(&self) -> bool;
}
