//! Calls of Tencent Cloud's API.

use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::http::{Endpoint, Request, Response};
use crate::providers::tencent::request::{self, Action, SignMethod, Signing, Unsigned};
use crate::providers::{CallResult, Clock, Context, IdentitySource, Material, SignedCall};

/// The name of this client in requests. The service uses it for its statistics.
const REQUEST_CLIENT: &str = concat!("evercred_", env!("CARGO_PKG_VERSION"));

/// Calls a service of Tencent Cloud.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The service's endpoint.
    pub endpoint: Endpoint,
    /// The signature method.
    pub sign_method: SignMethod,
    /// The language of the service's messages.
    pub language: String,
    /// The difference to the service's clock. All callers of a client share it.
    pub clock: Arc<Clock>,
}

impl Caller {
    /// Makes a signed call.
    pub async fn signed<T>(
        &self,
        context: &Context,
        identities: &dyn IdentitySource,
        action: &Action<'_>,
        region: &str,
        parse: fn(&Response, bool) -> Result<T>,
    ) -> Result<CallResult<T>> {
        let build = |material: &Material, time_ms: i64| Ok(self.build(context, action, material, region, time_ms));
        self.call(action).signed(context, identities, build, parse).await
    }

    /// Makes a call without a signature, whose parameters prove the identity.
    pub async fn unsigned<T>(
        &self,
        context: &Context,
        action: &Action<'_>,
        region: &str,
        parse: fn(&Response, bool) -> Result<T>,
    ) -> Result<CallResult<T>> {
        let build = |time_ms: i64| {
            let trace_id = trace_id(context);
            let unsigned = Unsigned {
                timestamp: time_ms.div_euclid(1000),
                language: &self.language,
                client_region: Some(region),
                request_client: REQUEST_CLIENT,
                trace_id: &trace_id,
            };
            Ok(request::build_unsigned(&self.endpoint, action, &unsigned))
        };
        self.call(action).with_clock_correction(context, build, |response| parse(response, true)).await
    }

    fn call<'a>(&'a self, action: &Action<'a>) -> SignedCall<'a> {
        SignedCall { action: action.action, host: &self.endpoint.host_and_port, clock: &self.clock }
    }

    fn build(
        &self,
        context: &Context,
        action: &Action<'_>,
        material: &Material,
        region: &str,
        time_ms: i64,
    ) -> Request {
        let trace_id = trace_id(context);
        let signing = Signing {
            method: self.sign_method,
            secret_id: material.access_key_id.expose(),
            secret_key: &material.access_key_secret,
            token: material.session_token(),
            timestamp: time_ms.div_euclid(1000),
            nonce: 1 + context.random_bits() / 2,
            language: &self.language,
            client_region: Some(region),
            request_client: REQUEST_CLIENT,
            trace_id: &trace_id,
            unsigned_payload: false,
        };
        request::build(&self.endpoint, action, &signing)
    }
}

/// A random UUID (version 4). The service's support can find a request by it.
fn trace_id(context: &Context) -> String {
    let (high, low) = (context.random_bits(), context.random_bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// The error for an answer that does not have the format of the API.
pub(super) fn not_understood(what: &str) -> Error {
    Error::new(Code::Malformed, format!("{what}: the answer has an unknown format"))
}
