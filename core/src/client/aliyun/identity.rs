//! Opens the login identity of Alibaba Cloud that the options select, as a shared source.

use std::sync::Arc;
use std::time::Duration;

use crate::client::config::Config;
use crate::client::opening::Opening;
use crate::client::shared_identity::{
    METADATA_TIMEOUT, PROBE_TIMEOUT, SharedIdentity, callback_identity, identity_settings,
};
use crate::error::{Error, Result};
use crate::providers::aliyun::identity::{
    AssumedRole, ClientKeyFile, ConfigFile, CredentialsUri, EcsRamRole, EnvironmentKey, KeyPassword, MAX_CHAINED_ROLES,
    Metadata, OidcRole, Process, ProfileFile, Role, Setup, Sts, role_in_environment, split_command,
};
use crate::providers::{Chain, KeptIdentity, Link, LinkKind, Provider, StaticKey, header_text_problem};

/// The session duration of a role that assumes another role, and its maximum at the service.
const STEP_DURATION_S: u32 = 3600;

/// The login identity that the options select, for the application.
pub(in crate::client) fn open_for_program(opening: &Opening<'_>) -> Result<SharedIdentity> {
    if kind(opening.config) == "client_key" {
        let text = "a client key signs requests to KMS only; no SDK takes it as an access key: select another identity";
        return Err(Error::option("aliyun_identity", text));
    }
    open(opening)
}

/// The kind of the identity that the options select.
fn kind(config: &Config) -> &str {
    match config.text("aliyun_identity") {
        "auto" if config.is_set("aliyun_client_key_file") => "client_key",
        "auto" if config.is_set("aliyun_oidc_provider_arn") => "oidc",
        "auto" if config.is_set("aliyun_role_arn") => "ram_role",
        "auto" => key_or_chain(config),
        kind => kind,
    }
}

/// The login identity that the options select.
pub(super) fn open(opening: &Opening<'_>) -> Result<SharedIdentity> {
    let config = opening.config;
    let kind = kind(config);
    // The other identities have no role, or read that of the environment themselves.
    let otherwise = if kind == "ram_role" { role_in_environment(opening.platform()) } else { None };
    let roles = roles(config, otherwise.as_deref())?;
    match kind {
        "ram_role" => {
            if roles.is_empty() {
                let text =
                    "the identity `ram_role` needs this option or the environment variable ALIBABA_CLOUD_ROLE_ARN";
                return Err(Error::option("aliyun_role_arn", text));
            }
            let base = match config.text("aliyun_role_base_identity") {
                "auto" => key_or_chain(config),
                base => base,
            };
            let base = shared(opening, base, None)?;
            Ok(assumed(opening, base, roles))
        }
        // The token is exchanged for the first role; each further role is assumed by the one before.
        "oidc" => {
            let mut roles = roles.into_iter();
            let base = shared(opening, "oidc", roles.next())?;
            Ok(assumed(opening, base, roles.collect()))
        }
        kind => shared(opening, kind, None),
    }
}

/// The identity without roles: the host's callback, a static key, or the chain.
fn key_or_chain(config: &Config) -> &'static str {
    let is_static = config.is_set("aliyun_access_key_id") || config.is_set("aliyun_access_key_secret");
    match (&config.identity_callback, is_static) {
        (Some(_), _) => "callback",
        (None, true) => "static",
        (None, false) => "chain",
    }
}

/// The roles in the order in which they are assumed; `otherwise` if the option names none. The policy and the duration
/// of the options are for the last role: an intermediate role only assumes the next one.
fn roles(config: &Config, otherwise: Option<&str>) -> Result<Vec<Role>> {
    let Some(list) = config.filled("aliyun_role_arn").or(otherwise) else { return Ok(Vec::new()) };
    let arns: Vec<&str> = list.split(',').map(str::trim).collect();
    if arns.len() > MAX_CHAINED_ROLES {
        return Err(Error::option("aliyun_role_arn", &format!("it names more than {MAX_CHAINED_ROLES} roles")));
    }
    let is_valid = |arn: &&str| arn.bytes().all(|byte| byte.is_ascii_graphic()) && !arn.is_empty();
    if !arns.iter().all(is_valid) {
        return Err(Error::option(
            "aliyun_role_arn",
            "it takes role names such as acs:ram::123:role/name, separated by commas",
        ));
    }
    let count = arns.len();
    let roles = arns.into_iter().enumerate().map(|(position, arn)| {
        let role = Role { arn: arn.to_owned(), ..role(config) };
        if position + 1 == count { role } else { Role { duration_s: STEP_DURATION_S, policy: None, ..role } }
    });
    Ok(roles.collect())
}

/// The role of the options without its ARN.
fn role(config: &Config) -> Role {
    Role {
        arn: String::new(),
        session_name: config.filled("aliyun_role_session_name").map(String::from),
        duration_s: u32::try_from(config.number("aliyun_role_duration_s")).unwrap_or(u32::MAX),
        external_id: config.secret("aliyun_role_external_id"),
        policy: config.filled("aliyun_role_policy").map(String::from),
    }
}

/// The first role is assumed by `base`, each further one by the role before. Each is a source of its own.
fn assumed(opening: &Opening<'_>, base: SharedIdentity, roles: Vec<Role>) -> SharedIdentity {
    let count = roles.len();
    // The key includes the base: one role with two different bases is two sources.
    let mut below = base.name().to_owned();
    roles.into_iter().enumerate().fold(base, |base, (position, role)| {
        below = format!("{below}>{}", role.arn);
        let last = position + 1 == count;
        let name = if last { String::from("ram_role") } else { format!("ram_role/{}", role.name()) };
        let provider = AssumedRole { sts: sts(opening), base: Box::new(base), role };
        share(opening, &name, &below, Box::new(provider))
    })
}

/// The source of an identity that does not depend on another one. `role` is that of an OIDC token; `None`: the
/// environment names it.
fn shared(opening: &Opening<'_>, kind: &str, role: Option<Role>) -> Result<SharedIdentity> {
    if kind == "callback" {
        return callback_identity(opening, "aliyun_identity");
    }
    let below = role.as_ref().map(|role| role.arn.clone()).unwrap_or_default();
    let provider = provider(opening, kind, role)?;
    Ok(share(opening, kind, &below, provider))
}

fn share(opening: &Opening<'_>, kind: &str, below: &str, provider: Box<dyn Provider>) -> SharedIdentity {
    let config = opening.config;
    let mut settings = identity_settings(opening);
    if kind == "process" {
        // The timeout of the program must be the one that applies.
        let limit = config.duration("aliyun_process_timeout_ms") + Duration::from_secs(1);
        settings.total_timeout = settings.total_timeout.max(limit);
    }
    let name = format!("identity/aliyun/{kind}");
    let key = format!("{name}?{below}?{}", opening.identity_fingerprint());
    SharedIdentity::share(opening, &name, &key, settings, provider)
}

fn provider(opening: &Opening<'_>, kind: &str, role: Option<Role>) -> Result<Box<dyn Provider>> {
    let config = opening.config;
    Ok(match kind {
        "static" => Box::new(static_key(config)?),
        "environment" => Box::new(EnvironmentKey),
        "profile" => Box::new(profiles(opening)),
        "ecs_ram_role" => Box::new(ecs_ram_role(config, METADATA_TIMEOUT, false)),
        "oidc" => {
            let oidc = oidc(opening, role);
            // The environment does not change, so report a missing value now.
            oidc.found(opening.platform()).map_err(|missing| {
                Error::option(missing.option, &format!("set it or the environment variable {}", missing.variable))
            })?;
            Box::new(KeptIdentity::only(Box::new(oidc)))
        }
        "credentials_uri" => {
            let provider = credentials_uri(opening);
            let uri = provider.found().map_err(|error| Error::option("aliyun_credentials_uri", error.message()))?;
            Box::new(CredentialsUri { uri: Some(uri), ..provider })
        }
        "process" => {
            let command = config.text("aliyun_process_command");
            split_command(command).map_err(|problem| Error::option("aliyun_process_command", problem))?;
            let process = Process {
                command: command.to_owned(),
                timeout: config.duration("aliyun_process_timeout_ms"),
                clock: opening.core.clock(opening.cloud()),
            };
            Box::new(KeptIdentity::only(Box::new(process)))
        }
        "client_key" => {
            let path = config.path("aliyun_client_key_file");
            let path = path.ok_or_else(|| {
                Error::option("aliyun_client_key_file", "the identity `client_key` needs this option")
            })?;
            let password = KeyPassword {
                text: config.secret("aliyun_client_key_password"),
                variable: None,
                file: config.path("aliyun_client_key_password_file"),
            };
            Box::new(KeptIdentity::only(Box::new(ClientKeyFile { path, password })))
        }
        _ => Box::new(chain(opening)),
    })
}

fn static_key(config: &Config) -> Result<StaticKey> {
    let (Some(id), Some(secret)) = (config.filled("aliyun_access_key_id"), config.secret("aliyun_access_key_secret"))
    else {
        let missing =
            if config.is_set("aliyun_access_key_id") { "aliyun_access_key_secret" } else { "aliyun_access_key_id" };
        return Err(Error::option(missing, "set it too: an access key has an id and a secret"));
    };
    let token = config.secret("aliyun_security_token");
    for (option, value) in [
        ("aliyun_access_key_id", id),
        ("aliyun_access_key_secret", secret.expose()),
        ("aliyun_security_token", token.as_ref().map_or("", |token| token.expose())),
    ] {
        if let Some(problem) = header_text_problem(value) {
            return Err(Error::option(option, problem));
        }
    }
    Ok(StaticKey { id: id.to_owned(), secret, token })
}

/// The default chain, in the order of the official credentials SDK (`DefaultCredentialsProvider` of
/// alibabacloud-credentials, Python, and of credentials-go, which are equal): environment, OIDC, profile of the
/// command line, profile file, ECS role, credentials URI.
fn chain(opening: &Opening<'_>) -> Chain {
    let config = opening.config;
    let links = vec![
        Link::new("environment", LinkKind::Settings, Box::new(EnvironmentKey)),
        Link::new("oidc", LinkKind::File, Box::new(oidc(opening, None))),
        Link::new("cli_profile", LinkKind::File, Box::new(config_file(opening))),
        Link::new("profile", LinkKind::File, Box::new(profile_file(opening))),
        Link::new("ecs_ram_role", LinkKind::Probed, Box::new(ecs_ram_role(config, PROBE_TIMEOUT, true))),
        Link::new("credentials_uri", LinkKind::Settings, Box::new(credentials_uri(opening))),
    ];
    Chain::new("aliyun_access_key_id and aliyun_access_key_secret", links)
}

/// The profiles only, in the order of the chain. If one of the two files is configured, only that one.
fn profiles(opening: &Opening<'_>) -> Chain {
    let config = opening.config;
    let (first, second) = (config.is_set("aliyun_config_file"), config.is_set("aliyun_credentials_file"));
    let either = first || second;
    let mut links = Vec::new();
    if !either || first {
        links.push(Link::new("cli_profile", LinkKind::File, Box::new(config_file(opening))));
    }
    if !either || second {
        links.push(Link::new("profile", LinkKind::File, Box::new(profile_file(opening))));
    }
    Chain::new("aliyun_config_file or aliyun_credentials_file, and aliyun_profile", links)
}

fn config_file(opening: &Opening<'_>) -> ConfigFile {
    let config = opening.config;
    ConfigFile {
        file: config.path("aliyun_config_file"),
        profile: config.filled("aliyun_profile").map(String::from),
        setup: setup(opening),
    }
}

fn profile_file(opening: &Opening<'_>) -> ProfileFile {
    let config = opening.config;
    ProfileFile {
        file: config.path("aliyun_credentials_file"),
        section: config.filled("aliyun_profile").map(String::from),
        setup: setup(opening),
        usual: Arc::default(),
    }
}

fn setup(opening: &Opening<'_>) -> Setup {
    let config = opening.config;
    Setup {
        sts: sts(opening),
        metadata: metadata(config, PROBE_TIMEOUT),
        process_timeout: config.duration("aliyun_process_timeout_ms"),
    }
}

fn sts(opening: &Opening<'_>) -> Sts {
    let config = opening.config;
    Sts {
        scheme: config.text("aliyun_scheme").to_owned(),
        endpoint: config.filled("aliyun_sts_endpoint").map(String::from),
        region: config.filled("aliyun_sts_region").map(String::from),
        vpc: match config.text("aliyun_sts_network") {
            "vpc" => Some(true),
            "public" => Some(false),
            _ => None,
        },
        clock: opening.core.clock(opening.cloud()),
    }
}

fn metadata(config: &Config, timeout: Duration) -> Metadata {
    Metadata {
        endpoint: config.text("aliyun_metadata_endpoint").to_owned(),
        v1: match config.text("aliyun_metadata_v1") {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        },
        timeout,
    }
}

fn ecs_ram_role(config: &Config, timeout: Duration, may_be_disabled: bool) -> EcsRamRole {
    EcsRamRole {
        metadata: metadata(config, timeout),
        role: config.filled("aliyun_ecs_role_name").map(String::from),
        may_be_disabled,
    }
}

fn credentials_uri(opening: &Opening<'_>) -> CredentialsUri {
    let uri = opening.config.secret("aliyun_credentials_uri");
    CredentialsUri { uri, platform: Arc::clone(&opening.core.platform) }
}

fn oidc(opening: &Opening<'_>, wanted: Option<Role>) -> OidcRole {
    let config = opening.config;
    OidcRole {
        sts: sts(opening),
        // The role of the environment: policy, external id and duration of the options belong to a role that the
        // options name.
        role: wanted.unwrap_or_else(|| Role {
            policy: None,
            external_id: None,
            duration_s: STEP_DURATION_S,
            ..role(config)
        }),
        provider_arn: config.filled("aliyun_oidc_provider_arn").map(String::from),
        token_file: config.path("aliyun_oidc_token_file"),
    }
}
