//! Opening a Tencent Cloud database account: options in, a shared source out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::cache::{Settings, Source};
use crate::client::identity::{SharedIdentity, of_callback};
use crate::client::warm::WarmStart;
use crate::client::{Config, Core, settings};
use crate::client::{judge, options};
use crate::error::{Code, Error, Result};
use crate::log::Level;
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::database::{Account, DatabaseToken, FallbackPlaces};
use crate::providers::tencent::identity::{AssumedRole, CvmRole, EnvironmentKey, ProfileKey, Role, WebIdentity};
use crate::providers::tencent::request::{Endpoint, SignMethod};
use crate::providers::tencent::validate;
use crate::providers::{Chain, IdentityCallback, IdentitySource, Link, Provider, StaticKey};

/// The options that say where a password comes from, whoever asks.
const PLACE: [&str; 5] =
    ["tencent_endpoint", "tencent_scheme", "tencent_root_domain", "tencent_network", "tencent_regional_endpoint"];

/// How long a metadata service may take: within a chain it is a probe, since most machines have none.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
const METADATA_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn open(core: &Arc<Core>, config: &Config, region: &str, instance: &str, user: &str) -> Result<Arc<Source>> {
    validate::account(region, instance, user)?;
    let places = FallbackPlaces {
        file: config.path("fallback_file"),
        folder: config.path("fallback_dir"),
        working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
    };
    let account = Account::new(region, instance, user, &places)?;
    if config.text("tencent_scheme") == "http" {
        core.config
            .log
            .write(Level::Warn, || String::from("tencent_scheme is http: requests and passwords travel in the clear"));
    }
    let identity = identity(core, config, config.text("tencent_identity"), region)?;
    if config.flag("tencent_regional_endpoint")
        && !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(Error::argument("region", "it becomes part of a host name: letters, digits and hyphens only"));
    }
    let caller = caller(core, config, "cam", config.filled("tencent_endpoint"), region)?;
    let name = format!("database/{region}/{instance}/{user}");
    let key = format!("{name}?{}", fingerprint(config, |_| true));
    let settings = settings(config);
    let warm = WarmStart::of(config)?;
    Ok(core.sources.share(core.platform.fork_epoch(), &name, &key, |free_name| {
        let provider = DatabaseToken::new(account, caller, Box::new(identity), config.duration("poll_interval_ms"));
        let place = |option: &str| PLACE.contains(&option);
        let provider = warm.keep(config, &name, place, &settings, Box::new(provider));
        source(core, free_name, settings, provider).rejected_by(judge::database(config))
    }))
}

/// A number for the values of these options together, so that equal ones are found without keeping the secrets among
/// them as a key. An option that is set to its default is not another one.
pub(super) fn fingerprint(config: &Config, counts: impl Fn(&str) -> bool) -> String {
    let callback = config.identity_callback.as_ref().map_or(0, IdentityCallback::number);
    numbered(config, counts, callback)
}

/// As [`fingerprint`], whoever asks: an identity callback does not count, whose number another process does not know.
pub(super) fn fingerprint_of_place(config: &Config, counts: impl Fn(&str) -> bool) -> String {
    numbered(config, counts, 0)
}

fn numbered(config: &Config, counts: impl Fn(&str) -> bool, callback: u64) -> String {
    let mut digest = Sha256::new();
    for spec in options::every().filter(|spec| counts(spec.name)) {
        for part in [spec.name.as_bytes(), config.text(spec.name).as_bytes()] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(part);
        }
    }
    digest.update(callback.to_le_bytes());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn source(core: &Arc<Core>, name: String, settings: Settings, provider: Box<dyn Provider>) -> Source {
    let runner = Arc::clone(core);
    Source::new(name, settings, provider, runner, Arc::clone(&core.platform), core.config.log.clone())
}

/// The service's endpoint: a configured one, or one made of the root domain, the network and the region.
fn caller(core: &Arc<Core>, config: &Config, service: &str, endpoint: Option<&str>, region: &str) -> Result<Caller> {
    let domain = domain(config, region);
    Ok(Caller {
        endpoint: Endpoint::of(service, config.text("tencent_scheme"), endpoint, Some(&domain))?,
        sign_method: match config.text("tencent_sign_method") {
            "HmacSHA256" => SignMethod::HmacSha256,
            "HmacSHA1" => SignMethod::HmacSha1,
            _ => SignMethod::Tc3,
        },
        language: config.text("tencent_language").to_owned(),
        clock: Arc::clone(&core.tencent_clock),
    })
}

/// What follows the service's name in its host name.
fn domain(config: &Config, region: &str) -> String {
    let root = config.text("tencent_root_domain");
    if config.text("tencent_network") == "internal" {
        format!("internal.{root}")
    } else if config.flag("tencent_regional_endpoint") {
        format!("{region}.{root}")
    } else {
        root.to_owned()
    }
}

fn identity(core: &Arc<Core>, config: &Config, kind: &str, region: &str) -> Result<SharedIdentity> {
    let kind = match kind {
        "auto"
            if config.filled("tencent_role_arn").is_some() && config.filled("tencent_oidc_provider_id").is_none() =>
        {
            "assume_role"
        }
        "auto" if config.identity_callback.is_some() => "callback",
        "auto" if config.is_set("tencent_secret_id") || config.is_set("tencent_secret_key") => "static",
        "auto" => "chain",
        kind => kind,
    };
    if kind == "callback" {
        return of_callback(core, config, "tencent", "tencent_identity");
    }
    // Only what is asked of STS depends on the region.
    let name = match kind {
        "static" | "environment" | "profile" | "cvm_role" => format!("identity/tencent/{kind}"),
        kind => format!("identity/tencent/{kind}/{region}"),
    };
    let key = format!("{name}?{}", fingerprint(config, |option| option.starts_with("tencent_")));
    let provider = provider(core, config, kind, region)?;
    // An identity has no life beyond its end, and is asked for again only when it is due or refused.
    let settings =
        Settings { max_stale: Duration::ZERO, poll_interval: None, settle: Duration::ZERO, ..settings(config) };
    Ok(SharedIdentity(
        core.sources.share(core.platform.fork_epoch(), &name, &key, |name| source(core, name, settings, provider)),
    ))
}

fn provider(core: &Arc<Core>, config: &Config, kind: &str, region: &str) -> Result<Box<dyn Provider>> {
    let sts = || caller(core, config, "sts", config.filled("tencent_sts_endpoint"), region);
    Ok(match kind {
        "static" => {
            let id = config.text("tencent_secret_id").to_owned();
            let secret = config.secret("tencent_secret_key").unwrap_or_default();
            // The names of the pair are the ends of the options' names.
            validate::keys(&id, &secret)
                .map_err(|error| Error::new(Code::InvalidOption, format!("tencent_{}", error.message())))?;
            Box::new(StaticKey { id, secret, token: config.secret("tencent_session_token") })
        }
        "environment" => Box::new(EnvironmentKey),
        "profile" => Box::new(profile(config)),
        "cvm_role" => Box::new(cvm_role(config, METADATA_TIMEOUT)),
        "oidc" => Box::new(web_identity(config, sts()?)),
        "assume_role" => {
            let Some(arn) = config.filled("tencent_role_arn") else {
                return Err(Error::new(Code::InvalidOption, "tencent_role_arn: the identity `assume_role` needs it"));
            };
            let option = "tencent_role_base_identity";
            let base = match config.text(option) {
                "auto" if config.identity_callback.is_some() => "callback",
                "auto" if config.is_set("tencent_secret_id") || config.is_set("tencent_secret_key") => "static",
                "auto" => "chain",
                base => base,
            };
            let base: Box<dyn IdentitySource> = Box::new(match base {
                "callback" => of_callback(core, config, "tencent", option)?,
                base => identity(core, config, base, region)?,
            });
            let role = Role { arn: arn.to_owned(), ..role(config) };
            let region = config.filled("tencent_sts_region").unwrap_or(region).to_owned();
            Box::new(AssumedRole { caller: sts()?, base, role, region })
        }
        _ => Box::new(chain(config, sts()?)),
    })
}

/// The default chain, in the order of the official SDK (`DefaultCredentialProvider` of tencentcloud-sdk-python-common
/// 3.1.195): environment, profile file, CVM role, TKE.
fn chain(config: &Config, sts: Caller) -> Chain {
    let link = |name, provider, probed| Link { name, provider, probed };
    let advice = "tencent_secret_id and tencent_secret_key";
    let links = vec![
        link("environment", Box::new(EnvironmentKey), false),
        link("profile", Box::new(profile(config)), false),
        link("cvm_role", Box::new(cvm_role(config, PROBE_TIMEOUT)), true),
        link("oidc", Box::new(web_identity(config, sts)), false),
    ];
    Chain::new(advice, links)
}

fn profile(config: &Config) -> ProfileKey {
    ProfileKey { file: config.path("tencent_credentials_file"), section: config.text("tencent_profile").to_owned() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_made_of_network_region_and_root() {
        let host = |options: &[(&str, &str)]| {
            let mut config = Config::new();
            options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
            format!("cam.{}", domain(&config, "ap-guangzhou"))
        };
        assert_eq!(host(&[]), "cam.tencentcloudapi.com");
        assert_eq!(host(&[("tencent_network", "internal")]), "cam.internal.tencentcloudapi.com");
        assert_eq!(host(&[("tencent_regional_endpoint", "true")]), "cam.ap-guangzhou.tencentcloudapi.com");
        let international = ("tencent_root_domain", "intl.tencentcloudapi.com");
        assert_eq!(host(&[international]), "cam.intl.tencentcloudapi.com");
    }
}
