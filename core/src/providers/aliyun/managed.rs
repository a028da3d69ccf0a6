//! A managed RAM credential: `GetSecretValue` of KMS Secrets Manager.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::http::{Request, Response};
use crate::platform::{BoxFuture, Moment};
use crate::providers::aliyun::answer::{self, SecretAnswer};
use crate::providers::aliyun::endpoint::Endpoint;
use crate::providers::aliyun::rpc::{Call, Signer};
use crate::providers::aliyun::{acs3, rpc, schedule, secret_value};
use crate::providers::{
    Called, Clock, Context, Fetched, IdentitySource, Material, Notes, Origin, Provider, Windows, Wire,
};
use crate::secret::Secret;

const ACTION: &str = "GetSecretValue";
const VERSION: &str = "2016-01-20";

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// ACS3-HMAC-SHA256.
    Acs3,
    /// The older RPC style, HMAC-SHA1.
    Rpc,
}

/// Fetches a secret's current access key, or its user name and password where it is a database's secret.
pub struct ManagedSecret {
    /// The secret's name.
    pub name: String,
    /// The stage of the version that is wanted, such as `ACSCurrent`.
    pub stage: String,
    /// The endpoint of KMS.
    pub endpoint: Endpoint,
    /// How requests are signed.
    pub signature: SignatureKind,
    /// Who asks.
    pub identity: Box<dyn IdentitySource>,
    /// What is known of the cloud's clock.
    pub clock: Arc<Clock>,
    /// What spreads the renewals of many processes, in milliseconds: one random value for the life of the source, as in
    /// the official plugin (0 to 10 minutes).
    pub disturbance_ms: i64,
}

impl ManagedSecret {
    fn build(&self, context: &Context, material: &Material, time_ms: i64) -> Result<Request> {
        let nonce = format!("{:016x}{:016x}", context.random_bits(), context.random_bits());
        let parameters = answer::parameters(&self.name, Some(&self.stage), None);
        let call = Call {
            action: ACTION,
            version: VERSION,
            parameters: &parameters,
            region: None,
            timestamp: time_ms.div_euclid(1000),
            nonce: &nonce,
        };
        let id = material.access_key_id.expose();
        let secret = &material.access_key_secret;
        let token = Some(&material.security_token).filter(|token| !token.is_empty());
        match self.signature {
            SignatureKind::Acs3 => Ok(acs3::build(&self.endpoint, &call, id, secret, token)),
            SignatureKind::Rpc => rpc::build(&self.endpoint, &call, &Signer::AccessKey { id, secret, token }),
        }
    }

    fn fetched(&self, called: Called<SecretAnswer>) -> Result<Fetched> {
        let Called { answer, sent_at, server_ms, explanation } = called;
        let found = material(&answer).map_err(|error| error.with_request_id(answer.request_id.clone()));
        let (mut material, ends_at_ms) = found?;
        // C would see a text cut short at a NUL.
        let version_id = answer.version_id.text().filter(|id| !id.contains('\0'));
        material.version_id = Secret::from_text(version_id.unwrap_or_default());
        // A rotation that is late leaves an end behind that has passed, on a key that still works.
        let ends_at_ms = ends_at_ms.filter(|end| *end > server_ms);
        // Times of the cloud become spans from the moment before the request.
        let after = |moment_ms: i64| {
            sent_at.after(Duration::from_millis(u64::try_from(moment_ms.saturating_sub(server_ms)).unwrap_or(0)))
        };
        let rotation_due_at = schedule::rotation_ms(&answer)
            .map(|due| Moment::from_ms(sent_at.as_ms().saturating_add_signed(due.saturating_sub(server_ms))));
        let renew_at_ms = schedule::next_execute_time_ms(&answer, server_ms, self.disturbance_ms);
        let renew_at_ms = ends_at_ms.map_or(renew_at_ms, |end| renew_at_ms.min(end));
        Ok(Fetched {
            material,
            windows: Windows { renew_at: Some(after(renew_at_ms)), mandatory_at: None, ends_at: ends_at_ms.map(after) },
            notes: Notes { explanation, clock_skew_ms: self.clock.skew_ms(), rotation_due_at, ..Notes::default() },
            unsettled: false,
            degraded: None,
        })
    }
}

/// What the secret holds, and when that ends.
fn material(answer: &SecretAnswer) -> Result<(Material, Option<i64>)> {
    match answer.secret_type.text() {
        Some("Rds") => {
            let login = secret_value::login(answer)?;
            Ok((Material::database(Origin::Cloud, &login.username, login.password), None))
        }
        Some(secret_value::RAM_CREDENTIALS) | None => {
            let key = secret_value::ram_credential(answer)?;
            let material = Material::access_key(Origin::Cloud, &key.access_key_id, key.access_key_secret, None);
            Ok((material, key.expires_at_ms))
        }
        Some(_) => Err(Error::new(
            Code::Unsupported,
            "the secret is neither a managed RAM credential nor a database's: other kinds are not handed out yet",
        )),
    }
}

impl Provider for ManagedSecret {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let wire = Wire { action: ACTION, host: &self.endpoint.host_and_port, clock: &self.clock };
            let build = |material: &Material, time_ms: i64| self.build(context, material, time_ms);
            let parse = |response: &Response, can_change: bool| answer::parse(response, can_change);
            let called = wire.signed(context, &*self.identity, build, parse).await?;
            self.fetched(called)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.endpoint.scheme == "https"
    }
}
