//! The identities `ram_role` and `oidc`: sessions of roles from STS, for another identity or for an OIDC token (RRSA of ACK).

use std::path::PathBuf;
use std::sync::Arc;

use super::local::{MissingSetting, configured, is_true};
use crate::error::{Code, Error, Result};
use crate::http::Endpoint;
use crate::http::{Request, Response};
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::api::endpoint;
use crate::providers::aliyun::api::rpc::{self, Call, Signer};
use crate::providers::aliyun::api::sts::{self, TemporaryKeys};
use crate::providers::{
    CallResult, Clock, Context, Fetched, IdentitySource, Kind, Material, Origin, Provider, SignedCall,
    read_identity_file, unusable,
};
use crate::secret::Secret;

/// The size limit of a token's file, in bytes: such tokens have a few kilobytes.
const LARGEST_TOKEN: u64 = 64 * 1024;

const ROLE_ARN: &str = "ALIBABA_CLOUD_ROLE_ARN";

/// The settings of STS.
#[derive(Clone, Debug)]
pub struct Sts {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, instead of the one of region and network.
    pub endpoint: Option<String>,
    /// The region, instead of `ALIBABA_CLOUD_STS_REGION`. Without a region, `sts.aliyuncs.com` is used.
    pub region: Option<String>,
    /// Whether the region's VPC endpoint is used, instead of `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`.
    pub vpc: Option<bool>,
    /// The cloud's clock.
    pub clock: Arc<Clock>,
}

impl Sts {
    fn endpoint(&self, platform: &dyn Platform) -> Result<Endpoint> {
        let region = self.region.clone().or_else(|| platform.text_variable("ALIBABA_CLOUD_STS_REGION"));
        let vpc = self.vpc.unwrap_or_else(|| is_true(platform, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"));
        let endpoint = endpoint::sts(self.endpoint.as_deref(), region.as_deref(), vpc).map_err(|_| {
            let text = "the region makes no valid host name of STS: check aliyun_sts_region, ALIBABA_CLOUD_STS_REGION \
                        and the profile's sts_region";
            Error::new(Code::NoIdentity, text)
        })?;
        Ok(Endpoint { scheme: self.scheme.clone(), ..endpoint })
    }
}

/// A role and its session.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its resource name.
    pub arn: String,
    /// The session's name, instead of `ALIBABA_CLOUD_ROLE_SESSION_NAME`. If neither is set, a name is generated.
    pub session_name: Option<String>,
    /// The duration of the session, in seconds.
    pub duration_s: u32,
    /// The external id that the role requires.
    pub external_id: Option<Secret>,
    /// A policy (JSON) that restricts the session to less than the role's policy.
    pub policy: Option<String>,
}

/// The role in `ALIBABA_CLOUD_ROLE_ARN`, which the official SDK reads for both kinds of roles.
pub fn role_in_environment(platform: &dyn Platform) -> Option<String> {
    platform.text_variable(ROLE_ARN)
}

impl Role {
    /// The role's name: the end of the resource name.
    pub fn name(&self) -> &str {
        self.arn.rsplit_once(":role/").map_or(&self.arn, |(_, name)| name)
    }

    fn session_name(&self, context: &Context) -> String {
        let set = self.session_name.clone().or_else(|| context.variable("ALIBABA_CLOUD_ROLE_SESSION_NAME"));
        set.unwrap_or_else(|| sts::default_session_name("evercred", context.platform.wall_ms().div_euclid(1000)))
    }

    fn with_session_name<'a>(&'a self, session_name: &'a str) -> sts::Role<'a> {
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
    /// The settings of STS.
    pub sts: Sts,
    /// The identity that assumes the role.
    pub base: Box<dyn IdentitySource>,
    /// The role.
    pub role: Role,
}

impl Provider for AssumedRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let endpoint = self.sts.endpoint(&*context.platform)?;
            let session_name = self.role.session_name(context);
            let parameters = self.role.with_session_name(&session_name).assume()?;
            let call = SignedCall { action: sts::ASSUME_ROLE, host: &endpoint.host_and_port, clock: &self.sts.clock };
            let request = |material: &Material, time_ms: i64| {
                if material.kind != Kind::AccessKey {
                    return Err(Error::new(Code::Unsupported, "a role can be assumed with an access key only"));
                }
                let token = material.session_token();
                let (id, secret) = (material.access_key_id.expose(), &material.access_key_secret);
                let signer = Signer::AccessKey { id, secret, token };
                build(context, &endpoint, sts::ASSUME_ROLE, &parameters, time_ms, &signer)
            };
            let called = call.signed(context, &*self.base, request, sts::parse).await;
            let name = self.role.name();
            let called = called.map_err(|error| {
                let refused = error.provider_code().is_some_and(|code| code.starts_with("NoPermission"));
                let hint = if refused {
                    " (the role must trust the identity that assumes it; check the external id as well)"
                } else {
                    ""
                };
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

/// A role for an OIDC token: `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` and
/// `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, unless configured.
pub struct OidcRole {
    /// The settings of STS.
    pub sts: Sts,
    /// The role. An empty resource name means `ALIBABA_CLOUD_ROLE_ARN`.
    pub role: Role,
    /// The resource name of the identity provider, if configured.
    pub provider_arn: Option<String>,
    /// The token's file, if configured.
    pub token_file: Option<PathBuf>,
}

impl OidcRole {
    /// The resource names of the role and of the provider, and the token's file, from the configuration or the environment.
    ///
    /// # Errors
    /// The first setting that neither has.
    pub fn found(&self, platform: &dyn Platform) -> std::result::Result<(String, String, PathBuf), MissingSetting> {
        let file = self.token_file.as_ref().map(|path| path.display().to_string());
        let file = configured(file, platform, "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "aliyun_oidc_token_file")?;
        let provider_arn = self.provider_arn.clone();
        let provider_arn =
            configured(provider_arn, platform, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "aliyun_oidc_provider_arn")?;
        let arn = configured(Some(self.role.arn.clone()), platform, ROLE_ARN, "aliyun_role_arn")?;
        Ok((arn, provider_arn, PathBuf::from(file)))
    }
}

impl Provider for OidcRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let (arn, provider_arn, path) = self.found(&*context.platform)?;
            let key = path.display().to_string();
            // Read at each fetch: the token is replaced about every hour.
            let read = move || {
                let text = read_identity_file(&path, LARGEST_TOKEN, true)?;
                sts::oidc_token(text.expose_bytes())
                    .map_err(|error| unusable(format!("{}: {}", path.display(), error.message())))
            };
            let token = context.read_files(&key, read).await?;
            let endpoint = self.sts.endpoint(&*context.platform)?;
            let session_name = self.role.session_name(context);
            let role = Role { arn, ..self.role.clone() };
            let parameters = role.with_session_name(&session_name).assume_with_oidc(&provider_arn, &token)?;
            let action = sts::ASSUME_ROLE_WITH_OIDC;
            let call = SignedCall { action, host: &endpoint.host_and_port, clock: &self.sts.clock };
            let request = |time_ms| build(context, &endpoint, action, &parameters, time_ms, &Signer::Unsigned);
            let called =
                call.with_clock_correction(context, request, |response: &Response| sts::parse(response, true)).await;
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
    let CallResult { answer, sent_at, server_time, .. } = called;
    let (material, expires_ms) = temporary(Origin::Sts, answer);
    Fetched::temporary(context, material, explanation, sent_at, server_time, Some(expires_ms))
}

/// Temporary keys and their expiration, in milliseconds since 1970.
pub(super) fn temporary(origin: Origin, keys: TemporaryKeys) -> (Material, i64) {
    let material = Material::access_key(origin, &keys.access_key_id, keys.access_key_secret, Some(keys.security_token));
    (material, keys.expires_at_s.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::Sts;
    use crate::platform::ManualPlatform;

    #[test]
    fn the_host_follows_region_and_network() {
        let host = |endpoint: Option<&str>, region: Option<&str>, vpc| {
            let (endpoint, region) = (endpoint.map(String::from), region.map(String::from));
            let sts = Sts { scheme: String::from("http"), endpoint, region, vpc: Some(vpc), clock: Default::default() };
            sts.endpoint(&ManualPlatform::new(0)).map(|endpoint| endpoint.url("/"))
        };
        assert_eq!(host(None, Some("cn-beijing"), false).unwrap(), "http://sts.cn-beijing.aliyuncs.com/");
        assert_eq!(host(None, Some("cn-beijing"), true).unwrap(), "http://sts-vpc.cn-beijing.aliyuncs.com/");
        assert_eq!(host(Some("127.0.0.1:80"), Some("cn-beijing"), true).unwrap(), "http://127.0.0.1:80/");
        assert!(host(None, Some("x/y"), false).unwrap_err().message().contains("aliyun_sts_region"));
    }
}
