//! The identities `assume_role` and `oidc`: sessions of roles from STS, for another identity or for a web identity token
//! (TKE).

use std::path::PathBuf;

use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Platform};
use crate::providers::tencent::answer::{StsAnswer, parse_sts};
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::request::{Action, Parameter};
use crate::providers::{
    CallResult, Context, Fetched, IdentitySource, Material, Origin, Provider, read_identity_file, unusable,
};
use crate::secret::Secret;
use crate::sign::encode;

const VERSION: &str = "2018-08-13";
/// The size limit of a token's file, in bytes: such tokens have a few kilobytes.
const LARGEST_TOKEN: u64 = 64 * 1024;

/// A role and its session.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its resource name.
    pub arn: String,
    /// The session's name, instead of `TENCENTCLOUD_ROLE_SESSION_NAME`. If neither is set, a name is generated.
    pub session_name: Option<String>,
    /// The duration of the session, in seconds.
    pub duration_s: u64,
    /// The external id that the role requires.
    pub external_id: Option<Secret>,
    /// A policy (JSON) that restricts the session to less than the role's policy.
    pub policy: Option<String>,
}

/// The role in `TENCENTCLOUD_ROLE_ARN`, the variable of the vendor's command line.
pub fn role_in_environment(platform: &dyn Platform) -> Option<String> {
    platform.text_variable("TENCENTCLOUD_ROLE_ARN")
}

impl Role {
    fn parameters(&self, context: &Context, arn: String) -> Vec<(&'static str, Parameter)> {
        let session = self.session_name.clone().or_else(|| context.variable("TENCENTCLOUD_ROLE_SESSION_NAME"));
        let session = session.unwrap_or_else(|| format!("evercred-{}", context.platform.wall_ms().div_euclid(1000)));
        let mut parameters = vec![
            ("RoleArn", Parameter::Text(arn)),
            ("RoleSessionName", Parameter::Text(session)),
            ("DurationSeconds", Parameter::Number(i64::try_from(self.duration_s).unwrap_or(i64::MAX))),
        ];
        if let Some(id) = &self.external_id {
            parameters.push(("ExternalId", Parameter::Text(id.expose().to_owned())));
        }
        if let Some(policy) = &self.policy {
            // The service expects the policy percent-encoded, in JSON as well.
            parameters.push(("Policy", Parameter::Text(encode::percent_encode(policy))));
        }
        parameters
    }
}

/// A role that another identity assumes.
pub struct AssumedRole {
    /// The caller of STS.
    pub caller: Caller,
    /// The identity that assumes the role.
    pub base: Box<dyn IdentitySource>,
    /// The role.
    pub role: Role,
    /// The region of STS.
    pub region: String,
}

impl Provider for AssumedRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let parameters = self.role.parameters(context, self.role.arn.clone());
            let action = Action { service: "sts", version: VERSION, action: "AssumeRole", parameters: &parameters };
            let called = self.caller.signed(context, &*self.base, &action, &self.region, parse_sts).await;
            let called = called.map_err(|error| error.in_context("assuming the role"))?;
            let base = called.explanation.clone().unwrap_or_default();
            fetched(context, called, format!("assume_role: used, by {base}"))
        })
    }
}

/// A role for the web identity token of a TKE pod: `TKE_REGION`, `TKE_PROVIDER_ID`, `TKE_WEB_IDENTITY_TOKEN_FILE` and
/// `TKE_ROLE_ARN`, unless configured.
pub struct WebIdentity {
    /// The caller of STS.
    pub caller: Caller,
    /// The role. An empty resource name means `TKE_ROLE_ARN`.
    pub role: Role,
    /// The id of the identity provider, if configured.
    pub provider_id: Option<String>,
    /// The token's file, if configured.
    pub token_file: Option<PathBuf>,
    /// The region of STS, if configured.
    pub region: Option<String>,
}

/// The option's value if it has one, otherwise the environment variable's.
fn configured(value: Option<String>, context: &Context, variable: &str, option: &str) -> Result<String> {
    value.or_else(|| context.variable(variable)).ok_or_else(|| {
        let text = format!("neither the environment variable {variable} nor the option {option} is set");
        Error::new(Code::NoIdentity, text)
    })
}

impl Provider for WebIdentity {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let configured = |value, variable, option| configured(value, context, variable, option);
            let file = self.token_file.as_ref().map(|path| path.display().to_string());
            let file = configured(file, "TKE_WEB_IDENTITY_TOKEN_FILE", "tencent_oidc_token_file")?;
            let provider_id = configured(self.provider_id.clone(), "TKE_PROVIDER_ID", "tencent_oidc_provider_id")?;
            let arn = Some(self.role.arn.clone()).filter(|arn| !arn.is_empty());
            let arn = configured(arn, "TKE_ROLE_ARN", "tencent_role_arn")?;
            let region = configured(self.region.clone(), "TKE_REGION", "tencent_sts_region")?;
            let key = file.clone();
            // Read at each fetch: the token is replaced about every hour.
            let token =
                context.read_files(&key, move || read_identity_file(&PathBuf::from(file), LARGEST_TOKEN, true)).await?;
            let token = token.expose().trim();
            if token.is_empty() {
                return Err(unusable("the web identity token's file is empty"));
            }
            let mut parameters = self.role.parameters(context, arn);
            parameters.push(("ProviderId", Parameter::Text(provider_id)));
            parameters.push(("WebIdentityToken", Parameter::Text(token.to_owned())));
            let action = Action {
                service: "sts",
                version: VERSION,
                action: "AssumeRoleWithWebIdentity",
                parameters: &parameters,
            };
            let called = self.caller.unsigned(context, &action, &region, parse_sts).await;
            let called = called.map_err(|error| error.in_context("assuming the role by web identity"))?;
            fetched(context, called, String::from("oidc: used"))
        })
    }
}

fn fetched(context: &Context, called: CallResult<StsAnswer>, explanation: String) -> Result<Fetched> {
    let CallResult { answer, sent_at, server_time, .. } = called;
    let material = Material::access_key(Origin::Sts, &answer.secret_id, answer.secret_key, Some(answer.token));
    let expires_ms = answer.expired_time_s.map(|seconds| seconds.saturating_mul(1000));
    Fetched::temporary(context, material, explanation, sent_at, server_time, expires_ms)
}
