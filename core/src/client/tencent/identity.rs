//! Opens the login identity of Tencent Cloud that the options select, as a shared source.

use std::sync::Arc;
use std::time::Duration;

use crate::client::config::Config;
use crate::client::opening::Opening;
use crate::client::shared_identity::{
    METADATA_TIMEOUT, PROBE_TIMEOUT, SharedIdentity, callback_identity, identity_settings,
};
use crate::client::tencent::endpoint::caller;
use crate::error::{Code, Error, Result};
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::identity::{
    AssumedRole, CommandLineProfile, CvmRole, EnvironmentKey, ProfileKey, Role, WebIdentity, role_in_environment,
};
use crate::providers::tencent::validate;
use crate::providers::{Chain, IdentitySource, KeptIdentity, Link, LinkKind, Provider, StaticKey};

/// The region of STS for an identity without a database, and of the official SDK for a role.
const DEFAULT_STS_REGION: &str = "ap-guangzhou";

/// The identity of the option `tencent_identity`, without a database.
pub(in crate::client) fn open_for_program(opening: &Opening<'_>) -> Result<SharedIdentity> {
    open(opening, opening.config.text("tencent_identity"), DEFAULT_STS_REGION)
}

/// The identity of a kind of the option `tencent_identity`. `region` is the region of STS, unless an option names
/// another.
pub(super) fn open(opening: &Opening<'_>, kind: &str, region: &str) -> Result<SharedIdentity> {
    let config = opening.config;
    let region = config.filled("tencent_sts_region").unwrap_or(region);
    let kind = match kind {
        "auto"
            if config.filled("tencent_role_arn").is_some() && config.filled("tencent_oidc_provider_id").is_none() =>
        {
            "assume_role"
        }
        "auto" => key_or_chain(config),
        kind => kind,
    };
    if kind == "callback" {
        return callback_identity(opening, "tencent_identity");
    }
    // Only the identities of STS depend on the region.
    let name = match kind {
        "static" | "environment" | "profile" | "cvm_role" => format!("identity/tencent/{kind}"),
        kind => format!("identity/tencent/{kind}/{region}"),
    };
    let key = format!("{name}?{}", opening.identity_fingerprint());
    let provider = provider(opening, kind, region)?;
    Ok(SharedIdentity::share(opening, &name, &key, identity_settings(opening), provider))
}

/// The identity without a role: the host's callback, a static key, or the chain.
fn key_or_chain(config: &Config) -> &'static str {
    let is_static = config.is_set("tencent_secret_id") || config.is_set("tencent_secret_key");
    match (&config.identity_callback, is_static) {
        (Some(_), _) => "callback",
        (None, true) => "static",
        (None, false) => "chain",
    }
}

fn provider(opening: &Opening<'_>, kind: &str, region: &str) -> Result<Box<dyn Provider>> {
    let config = opening.config;
    let sts = || caller(opening, "sts", config.filled("tencent_sts_endpoint"), region);
    Ok(match kind {
        "static" => {
            let id = config.text("tencent_secret_id").to_owned();
            let secret = config.secret("tencent_secret_key").unwrap_or_default();
            // The message begins with `secret_id` or `secret_key`: the prefix completes the option's name.
            validate::keys(&id, &secret)
                .map_err(|error| Error::new(Code::InvalidOption, format!("tencent_{}", error.message())))?;
            Box::new(StaticKey { id, secret, token: config.secret("tencent_session_token") })
        }
        "environment" => Box::new(EnvironmentKey),
        "profile" => Box::new(KeptIdentity::only(Box::new(profile(config)))),
        "cvm_role" => Box::new(cvm_role(config, METADATA_TIMEOUT)),
        "oidc" => Box::new(KeptIdentity::only(Box::new(web_identity(config, sts()?)))),
        "assume_role" => {
            let arn = config.filled("tencent_role_arn").map(String::from);
            let arn = arn.or_else(|| role_in_environment(opening.platform())).ok_or_else(|| {
                let text =
                    "the identity `assume_role` needs this option or the environment variable TENCENTCLOUD_ROLE_ARN";
                Error::option("tencent_role_arn", text)
            })?;
            let base = match config.text("tencent_role_base_identity") {
                "auto" => key_or_chain(config),
                base => base,
            };
            let base: Box<dyn IdentitySource> = Box::new(match base {
                "callback" => callback_identity(opening, "tencent_role_base_identity")?,
                base => open(opening, base, region)?,
            });
            let role = Role { arn, ..role(config) };
            Box::new(AssumedRole { caller: sts()?, base, role, region: region.to_owned() })
        }
        _ => Box::new(chain(config, sts()?, region)),
    })
}

/// The default chain, in the order of the official SDK (`DefaultCredentialProvider` of tencentcloud-sdk-python-common
/// 3.1.195): environment, profile file, CVM role, TKE. Where it would find none, the profile of the command line follows.
fn chain(config: &Config, sts: Caller, region: &str) -> Chain {
    let advice = "tencent_secret_id and tencent_secret_key";
    let links = vec![
        Link::new("environment", LinkKind::Settings, Box::new(EnvironmentKey)),
        Link::new("profile", LinkKind::File, Box::new(profile(config))),
        Link::new("cvm_role", LinkKind::Probed, Box::new(cvm_role(config, PROBE_TIMEOUT))),
        Link::new("oidc", LinkKind::File, Box::new(web_identity(config, sts.clone()))),
        Link::new("cli_profile", LinkKind::File, Box::new(command_line(config, sts, region))),
    ];
    Chain::new(advice, links)
}

fn profile(config: &Config) -> ProfileKey {
    ProfileKey {
        file: config.path("tencent_credentials_file"),
        section: config.text("tencent_profile").to_owned(),
        usual: Arc::default(),
    }
}

fn command_line(config: &Config, caller: Caller, region: &str) -> CommandLineProfile {
    CommandLineProfile {
        profile: config.is_set("tencent_profile").then(|| config.text("tencent_profile").to_owned()),
        caller,
        region: region.to_owned(),
        role: role(config),
    }
}

fn cvm_role(config: &Config, timeout: Duration) -> CvmRole {
    CvmRole {
        endpoint: config.text("tencent_metadata_endpoint").to_owned(),
        role: config.filled("tencent_cvm_role_name").map(String::from),
        timeout,
    }
}

fn role(config: &Config) -> Role {
    Role {
        arn: config.text("tencent_role_arn").to_owned(),
        session_name: config.filled("tencent_role_session_name").map(String::from),
        duration_s: config.number("tencent_role_duration_s"),
        external_id: config.secret("tencent_role_external_id"),
        policy: config.filled("tencent_role_policy").map(String::from),
    }
}

fn web_identity(config: &Config, caller: Caller) -> WebIdentity {
    WebIdentity {
        caller,
        role: role(config),
        provider_id: config.filled("tencent_oidc_provider_id").map(String::from),
        token_file: config.path("tencent_oidc_token_file"),
        region: config.filled("tencent_sts_region").map(String::from),
    }
}
