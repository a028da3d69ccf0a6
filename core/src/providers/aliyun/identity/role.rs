//! Roles that STS hands out: assumed by another identity, or exchanged for an OIDC token (RRSA of ACK).

use std::path::PathBuf;
use std::sync::Arc;

use super::local::{Missing, configured, read_small, says_true, variable};
use crate::error::{Code, Error, Result};
use crate::http::Endpoint;
use crate::http::{Request, Response};
use crate::platform::BoxFuture;
use crate::providers::aliyun::api::endpoint;
use crate::providers::aliyun::api::rpc::{self, Call, Signer};
use crate::providers::aliyun::api::sts::{self, TemporaryKeys};
use crate::providers::{
    CallResult, Clock, Context, Fetched, IdentitySource, Kind, Material, Origin, Provider, SignedCall,
    spawn_blocking_io,
};
use crate::secret::Secret;

/// Tokens of this kind are a few kilobytes.
const LARGEST_TOKEN: u64 = 64 * 1024;

const ROLE_ARN: &str = "ALIBABA_CLOUD_ROLE_ARN";

/// How STS is asked.
#[derive(Clone, Debug)]
pub struct Sts {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, instead of one made of region and network.
    pub endpoint: Option<String>,
    /// The region, instead of `ALIBABA_CLOUD_STS_REGION`; where there is none, `sts.aliyuncs.com` is asked.
    pub region: Option<String>,
    /// Whether the region's endpoint within a VPC is asked, instead of `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`.
    pub vpc: Option<bool>,
    /// What is known of the cloud's clock.
    pub clock: Arc<Clock>,
}

impl Sts {
    fn endpoint(&self) -> Result<Endpoint> {
        let region = self.region.clone().or_else(|| variable("ALIBABA_CLOUD_STS_REGION"));
        let vpc = self.vpc.unwrap_or_else(|| says_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"));
        let endpoint = endpoint::sts(self.endpoint.as_deref(), region.as_deref(), vpc).map_err(|_| {
            let text = "no host of STS can be made of the region: check aliyun_sts_region, ALIBABA_CLOUD_STS_REGION \
                        and the profile's sts_region";
            Error::new(Code::NoIdentity, text)
        })?;
        Ok(Endpoint { scheme: self.scheme.clone(), ..endpoint })
    }
}

/// The role that is wanted.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its resource name.
    pub arn: String,
    /// The session's name, instead of `ALIBABA_CLOUD_ROLE_SESSION_NAME`; made where there is none.
    pub session_name: Option<String>,
    /// How long the session lasts, in seconds.
    pub duration_s: u32,
    /// The external id that the role asks for.
    pub external_id: Option<Secret>,
    /// A policy (JSON) that narrows the role's.
    pub policy: Option<String>,
}

/// The role that the environment names: `ALIBABA_CLOUD_ROLE_ARN`, which the official SDK heeds for both kinds of roles.
pub fn role_in_environment() -> Option<String> {
    variable(ROLE_ARN)
}

impl Role {
    /// The part of the resource name that people call the role by.
    pub fn name(&self) -> &str {
        self.arn.rsplit_once(":role/").map_or(&self.arn, |(_, name)| name)
    }

    fn session_name(&self, context: &Context) -> String {
        let set = self.session_name.clone().or_else(|| variable("ALIBABA_CLOUD_ROLE_SESSION_NAME"));
        set.unwrap_or_else(|| sts::default_session_name("evercred", context.platform.wall_ms().div_euclid(1000)))
    }

    fn wanted<'a>(&'a self, session_name: &'a str) -> sts::Role<'a> {
        sts::Role {
            arn: &self.arn,
            session_name,
            duration_s: self.duration_s,
            policy: self.policy.as_deref(),
            external_id: self.external_id.as_ref().map(Secret::expose),
        }
    }
}

fn build(
    context: &Context,
    endpoint: &Endpoint,
    action: &str,
    parameters: &sts::Parameters<'_>,
    time_ms: i64,
    signer: &Signer<'_>,
) -> Result<Request> {
    let nonce = format!("{:016x}{:016x}", context.random_bits(), context.random_bits());
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let call = Call {
        action,
        version: sts::VERSION,
        parameters: &parameters,
        region: None,
        timestamp: time_ms.div_euclid(1000),
        nonce: &nonce,
    };
    rpc::build(endpoint, &call, signer)
}

/// A role that another identity assumes.
pub struct AssumedRole {
    /// How STS is asked.
    pub sts: Sts,
    /// Who assumes the role.
    pub base: Box<dyn IdentitySource>,
    /// The role.
    pub role: Role,
}

impl Provider for AssumedRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let endpoint = self.sts.endpoint()?;
            let session_name = self.role.session_name(context);
            let parameters = self.role.wanted(&session_name).assume()?;
            let wire = SignedCall { action: sts::ASSUME_ROLE, host: &endpoint.host_and_port, clock: &self.sts.clock };
            let request = |material: &Material, time_ms: i64| {
                if material.kind != Kind::AccessKey {
                    return Err(Error::new(Code::Unsupported, "a role is assumed with an access key only"));
                }
                let token = material.session_token();
                let (id, secret) = (material.access_key_id.expose(), &material.access_key_secret);
                let signer = Signer::AccessKey { id, secret, token };
                build(context, &endpoint, sts::ASSUME_ROLE, &parameters, time_ms, &signer)
            };
            let called = wire.signed(context, &*self.base, request, sts::parse).await;
            let name = self.role.name();
            let called = called.map_err(|error| {
                let refused = error.provider_code().is_some_and(|code| code.starts_with("NoPermission"));
                let hint = if refused { " (it must trust who assumes it; check the external id as well)" } else { "" };
                error.in_context(&format!("assuming the role {name}{hint}"))
            })?;
            let base = called.explanation.clone().unwrap_or_default();
            fetched(context, called, format!("ram_role: {name} used, by {base}"))
        })
    }

    fn is_encrypted(&self) -> bool {
        self.sts.scheme == "https"
    }
}

/// A role that an OIDC token is exchanged for: `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` and
/// `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, unless configured.
pub struct OidcRole {
    /// How STS is asked.
    pub sts: Sts,
    /// The role; its name may be empty.
    pub role: Role,
    /// The identity provider's resource name, where configured.
    pub provider_arn: Option<String>,
    /// The token's file, where configured.
    pub token_file: Option<PathBuf>,
}

impl OidcRole {
    /// What is configured or in the environment: the role's and the provider's names, and the token's file.
    ///
    /// # Errors
    /// The variable and the option of what is missing.
    pub fn found(&self) -> std::result::Result<(String, String, PathBuf), Missing> {
        let file = self.token_file.as_ref().map(|path| path.display().to_string());
        let file = configured(file, "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "aliyun_oidc_token_file")?;
        let provider_arn =
            configured(self.provider_arn.clone(), "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "aliyun_oidc_provider_arn")?;
        let arn = configured(Some(self.role.arn.clone()), ROLE_ARN, "aliyun_role_arn")?;
        Ok((arn, provider_arn, PathBuf::from(file)))
    }
}

impl Provider for OidcRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let (arn, provider_arn, path) = self.found()?;
            // Read anew each time: the platform replaces the token about every hour.
            let token = spawn_blocking_io(move || {
                let text = read_small(&path, LARGEST_TOKEN)?;
                sts::oidc_token(text.expose_bytes())
                    .map_err(|error| Error::new(Code::NoIdentity, format!("{}: {}", path.display(), error.message())))
            })
            .await?;
            let endpoint = self.sts.endpoint()?;
            let session_name = self.role.session_name(context);
            let role = Role { arn, ..self.role.clone() };
            let parameters = role.wanted(&session_name).assume_with_oidc(&provider_arn, &token)?;
            let action = sts::ASSUME_ROLE_WITH_OIDC;
            let wire = SignedCall { action, host: &endpoint.host_and_port, clock: &self.sts.clock };
            let request = |time_ms| build(context, &endpoint, action, &parameters, time_ms, &Signer::Unsigned);
            let called =
                wire.with_clock_correction(context, request, |response: &Response| sts::parse(response, true)).await;
            let name = role.name();
            let called =
                called.map_err(|error| error.in_context(&format!("assuming the role {name} by OIDC token")))?;
            fetched(context, called, format!("oidc: {name} used"))
        })
    }

    fn is_encrypted(&self) -> bool {
        self.sts.scheme == "https"
    }
}

fn fetched(context: &Context, called: CallResult<TemporaryKeys>, explanation: String) -> Result<Fetched> {
    let CallResult { answer, sent_at, server_ms, .. } = called;
    let (material, expires_ms) = temporary(Origin::Sts, answer);
    Fetched::temporary(context, material, explanation, sent_at, server_ms, Some(expires_ms))
}

/// Temporary keys and when they end, in milliseconds since 1970.
pub(super) fn temporary(origin: Origin, keys: TemporaryKeys) -> (Material, i64) {
    let material = Material::access_key(origin, &keys.access_key_id, keys.access_key_secret, Some(keys.security_token));
    (material, keys.expires_at_s.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::Sts;

    #[test]
    fn the_host_follows_region_and_network() {
        let host = |endpoint: Option<&str>, region: Option<&str>, vpc| {
            let (endpoint, region) = (endpoint.map(String::from), region.map(String::from));
            let sts = Sts { scheme: String::from("http"), endpoint, region, vpc: Some(vpc), clock: Default::default() };
            sts.endpoint().map(|endpoint| endpoint.url("/"))
        };
        assert_eq!(host(None, Some("cn-beijing"), false).unwrap(), "http://sts.cn-beijing.aliyuncs.com/");
        assert_eq!(host(None, Some("cn-beijing"), true).unwrap(), "http://sts-vpc.cn-beijing.aliyuncs.com/");
        assert_eq!(host(Some("127.0.0.1:80"), Some("cn-beijing"), true).unwrap(), "http://127.0.0.1:80/");
        assert!(host(None, Some("x/y"), false).unwrap_err().message().contains("aliyun_sts_region"));
    }
}
