//! Calls of Tencent Cloud's API.

use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::http::Endpoint;
use crate::http::{Request, Response};
use crate::providers::tencent::request::{self, Action, SignMethod, Signing, Unsigned};
use crate::providers::{CallResult, Clock, Context, IdentitySource, Material, SignedCall};

/// How the requests name us; the service keeps it for its statistics.
const REQUEST_CLIENT: &str = concat!("evercred_", env!("CARGO_PKG_VERSION"));

/// Where and how a service is called.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The service's endpoint.
    pub endpoint: Endpoint,
    /// How requests are signed.
    pub sign_method: SignMethod,
    /// The language of the service's messages.
    pub language: String,
    /// What is known of the service's clock; shared by all callers of a client.
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

    /// Makes a call that proves itself by what it carries.
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

/// A random UUID (version 4), by which the service's support finds a request.
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

/// An error of the metadata service or STS that is not the API's own form.
pub(super) fn not_understood(what: &str) -> Error {
    Error::new(Code::Malformed, format!("{what}: the answer could not be understood"))
}
