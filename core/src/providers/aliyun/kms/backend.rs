//! One backend that is asked for secrets: KMS at some endpoint, or an instance of dedicated KMS.

use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::http::Endpoint;
use crate::http::{Request, Response, Route};
use crate::platform::Moment;
use crate::providers::aliyun::api::acs3;
use crate::providers::aliyun::api::rpc;
use crate::providers::aliyun::api::rpc::{Call, Signer};
use crate::providers::aliyun::client_key::ClientKey;
use crate::providers::aliyun::kms::answer::{self, ACTION, SecretAnswer, VERSION};
use crate::providers::aliyun::kms::dedicated;
use crate::providers::{CallResult, Clock, Context, IdentitySource, Kind, Material, SignedCall};

/// How requests are signed with an access key. A client key signs RPC whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// ACS3-HMAC-SHA256.
    Acs3,
    /// The older RPC style, HMAC-SHA1.
    Rpc,
}

/// What is spoken there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// KMS: public, in a VPC, or an instance's gateway.
    Kms(SignatureKind),
    /// Dedicated KMS: protobuf, signed with a client key.
    Dedicated,
}

/// Which secret is asked for.
#[derive(Clone, Debug)]
pub struct SecretQuery {
    /// Its name.
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
    /// Several backends have one each: a region whose clock is off says nothing about another.
    clock: Arc<Clock>,
}

impl Backend {
    /// A backend that `identity` asks at; for [`Service::Dedicated`] it must be a client key.
    pub fn new(
        endpoint: Endpoint,
        service: Service,
        route: Route,
        identity: Arc<dyn IdentitySource>,
        clock: Arc<Clock>,
    ) -> Backend {
        Backend { endpoint, service, route, identity, clock }
    }

    /// Its host, and the port where it is not the usual one: what reports and errors call it.
    pub fn host(&self) -> &str {
        &self.endpoint.host_and_port
    }

    /// Whether its requests are encrypted, and its certificate is checked as the client's settings say.
    pub fn is_verified(&self) -> bool {
        self.endpoint.scheme == "https" && !self.route.accept_any_certificate
    }

    /// How far its clock is ahead of ours, in milliseconds, where signing had to be corrected.
    pub fn skew_ms(&self) -> i64 {
        self.clock.skew_ms()
    }

    /// Asks for a secret; `signed` gets the moment when there was an identity to ask with, and is not set before.
    ///
    /// # Errors
    /// The service's, with its code, or why there was no answer.
    pub async fn ask(
        &self,
        context: &Context,
        query: &SecretQuery,
        signed: &OnceLock<Moment>,
    ) -> Result<CallResult<SecretAnswer>> {
        let context = Context { http: context.http.by(&self.route), ..context.clone() };
        let call = SignedCall { action: ACTION, host: self.host(), clock: &self.clock };
        let build = |material: &Material, time_ms: i64| {
            signed.get_or_init(|| context.platform.now());
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
        let token = Some(&material.security_token).filter(|token| !token.is_empty());
        match signature {
            SignatureKind::Acs3 => Ok(acs3::build(&self.endpoint, &call, id, secret, token)),
            SignatureKind::Rpc => rpc::build(&self.endpoint, &call, &Signer::AccessKey { id, secret, token }),
        }
    }
}
