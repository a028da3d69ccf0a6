//! A backend that returns secrets: a KMS endpoint or an instance of dedicated KMS.

use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::http::{Endpoint, Request, Response, Route};
use crate::platform::Moment;
use crate::providers::aliyun::api::acs3;
use crate::providers::aliyun::api::rpc::{self, Call, Signer};
use crate::providers::aliyun::client_key::ClientKey;
use crate::providers::aliyun::kms::answer::{self, ACTION, SecretAnswer, VERSION};
use crate::providers::aliyun::kms::dedicated;
use crate::providers::{CallResult, Clock, Context, IdentitySource, Kind, Material, SignedCall};

/// How an access key signs requests. A client key always uses RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// ACS3-HMAC-SHA256.
    Acs3,
    /// The older RPC style with HMAC-SHA1.
    Rpc,
}

/// The service at a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// KMS: the public endpoint, a VPC endpoint, or the gateway of an instance.
    Kms(SignatureKind),
    /// Dedicated KMS: protobuf, signed by a client key.
    Dedicated,
}

/// The secret to fetch.
#[derive(Clone, Debug)]
pub struct SecretQuery {
    /// The secret's name.
    pub name: String,
    /// The stage of the version, such as `ACSCurrent`.
    pub stage: String,
}

/// A backend.
pub struct Backend {
    endpoint: Endpoint,
    service: Service,
    route: Route,
    identity: Arc<dyn IdentitySource>,
    /// Each backend has its own, since the clocks of regions differ independently.
    clock: Arc<Clock>,
}

impl Backend {
    /// A backend with its login identity. For [`Service::Dedicated`] the identity must be a client key.
    pub fn new(
        endpoint: Endpoint,
        service: Service,
        route: Route,
        identity: Arc<dyn IdentitySource>,
        clock: Arc<Clock>,
    ) -> Backend {
        Backend { endpoint, service, route, identity, clock }
    }

    /// The host, with the port if it is not the default one. Reports and errors use it as the backend's name.
    pub fn host(&self) -> &str {
        &self.endpoint.host_and_port
    }

    /// Whether the backend uses TLS, with the certificate check that the client's settings define.
    pub fn is_verified(&self) -> bool {
        self.endpoint.scheme == "https" && !self.route.accept_any_certificate
    }

    /// How far the backend's clock is ahead of this machine's, in milliseconds; 0 if the signing time needed no
    /// correction.
    pub fn skew_ms(&self) -> i64 {
        self.clock.skew_ms()
    }

    /// Fetches a secret. `signed_at` is set when the login identity is available and the request is built.
    ///
    /// # Errors
    /// The service's error with its code, or the reason why there was no answer.
    pub async fn fetch(
        &self,
        context: &Context,
        query: &SecretQuery,
        signed_at: &OnceLock<Moment>,
    ) -> Result<CallResult<SecretAnswer>> {
        let context = Context { http: context.http.by(&self.route), ..context.clone() };
        let call = SignedCall { action: ACTION, host: self.host(), clock: &self.clock };
        let build = |material: &Material, time_ms: i64| {
            signed_at.get_or_init(|| context.platform.now());
            self.build(&context, query, material, time_ms)
        };
        let parse = |response: &Response, can_change: bool| match self.service {
            Service::Kms(_) => answer::parse(response, can_change),
            Service::Dedicated => dedicated::parse(response, can_change),
        };
        call.signed(&context, &*self.identity, build, parse).await
    }

    fn build(&self, context: &Context, query: &SecretQuery, material: &Material, time_ms: i64) -> Result<Request> {
        let timestamp = time_ms.div_euclid(1000);
        let signature = match self.service {
            Service::Kms(signature) => signature,
            Service::Dedicated => {
                let dedicated_query = dedicated::Query {
                    name: &query.name,
                    version_stage: &query.stage,
                    version_id: "",
                    fetch_extended_config: true,
                };
                return dedicated::build(
                    &self.endpoint,
                    &dedicated_query,
                    &ClientKey::from_material(material)?,
                    timestamp,
                );
            }
        };
        let nonce = format!("{:016x}{:016x}", context.random_bits(), context.random_bits());
        let parameters = answer::parameters(&query.name, Some(&query.stage), None);
        let call =
            Call { action: ACTION, version: VERSION, parameters: &parameters, region: None, timestamp, nonce: &nonce };
        if material.kind == Kind::PrivateKey {
            let key = ClientKey::from_material(material)?;
            return rpc::build(&self.endpoint, &call, &Signer::ClientKey(&key));
        }
        let id = material.access_key_id.expose();
        let secret = &material.access_key_secret;
        let token = material.session_token();
        match signature {
            SignatureKind::Acs3 => Ok(acs3::build(&self.endpoint, &call, id, secret, token)),
            SignatureKind::Rpc => rpc::build(&self.endpoint, &call, &Signer::AccessKey { id, secret, token }),
        }
    }
}
