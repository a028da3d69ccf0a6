//! How a value is fetched. A provider keeps nothing: the cache above it does. Start with [`Provider`], then `signed_call` (how an
//! API is called) and one cloud's folder; what all clouds share lies here and knows none of them.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::platform::BoxFuture;

pub mod aliyun;
mod callback;
mod chain;
mod context;
mod fetched;
pub(crate) mod json;
mod lifetime;
mod material;
mod protobuf;
mod server_clock;
mod signed_call;
mod static_key;
pub mod tencent;

pub use callback::{CallbackKey, IdentityCallback, SuppliedKey};
pub use chain::{Chain, Link};
pub use context::{Context, spawn_blocking_io};
pub use fetched::{Fetched, Notes, SecretFacts, Windows};
pub use material::{Kind, Material, Origin};
pub use server_clock::Clock;
pub use signed_call::{CallResult, SignedCall};
pub use static_key::StaticKey;

/// Fetches one value.
pub trait Provider: Send + Sync {
    /// One try. The caller bounds it by `context.deadline` and drops the future to cancel it.
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>>;

    /// Whether all its requests are encrypted on their way, to servers whose certificates are checked unless the client's
    /// settings say otherwise.
    fn is_encrypted(&self) -> bool {
        true
    }

    /// All tries have failed, the last one with `error`: a second-best value, marked as such, or the error.
    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        let _unused = context;
        Box::pin(async move { Err(error) })
    }
}

/// A login identity that is kept fresh by somebody above: the provider asks for it at every fetch.
pub trait IdentitySource: Send + Sync {
    /// The current identity.
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>>;
}

/// One identity that was handed out.
pub trait Identity: Send + Sync {
    /// The keys.
    fn material(&self) -> &Material;
    /// How it was found.
    fn explanation(&self) -> Option<String>;
    /// The service did not accept it: fetch another. `false` where that was done too often lately.
    fn reject(&self) -> bool;
}
