//! Parses the settings of both generations of the official clients. Start with [`from_file`].
//! Every error names the key, and the line in a file, but never a value.

use crate::client::aliyun::official::client_key_password::{PASSWORD_FILE, PASSWORD_VARIABLE, password};
use crate::client::aliyun::official::properties::{Properties, Setting, Source};
use crate::client::aliyun::official::regions::{RegionSettings, regions};
use crate::client::aliyun::official::surroundings::{Generation, Surroundings};
use crate::error::{Code, Error, Result};
use crate::providers::aliyun::api::sts;
use crate::providers::aliyun::client_key::ClientKey;
use crate::secret::Secret;

/// A login identity.
#[derive(Debug)]
pub enum IdentitySettings {
    /// An access key.
    AccessKey {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A role that an access key assumes.
    RamRole {
        /// The key's id.
        id: String,
        /// The key's secret.
        secret: Secret,
        /// The role.
        role_arn: String,
        /// The session's name.
        session_name: String,
        /// The session policy. The official Python client ignores it, those of other languages do not.
        policy: Option<String>,
    },
    /// The role of the ECS instance.
    EcsRamRole {
        /// Its name.
        role_name: String,
    },
    /// A client key.
    ClientKey {
        /// The path of its file.
        path: String,
        /// Its password.
        password: Secret,
        /// The decrypted key.
        key: ClientKey,
    },
    /// A role that an OIDC token is exchanged for.
    Oidc {
        /// The role.
        role_arn: String,
        /// The identity provider.
        provider_arn: String,
        /// The path of the token's file, which is read for each exchange.
        token_file: String,
        /// The session's name, if it is set.
        session_name: Option<String>,
        /// The session policy.
        policy: Option<String>,
        /// The session duration, in seconds.
        duration_s: u32,
        /// The region of STS.
        sts_region: Option<String>,
        /// The endpoint of STS, which has precedence over the region.
        sts_endpoint: Option<String>,
    },
}

/// The settings.
#[derive(Debug, Default)]
pub struct Settings {
    /// The login identity; `None` if the settings have no `credentials_type`.
    pub identity: Option<IdentitySettings>,
    /// The backends, in order.
    pub regions: Vec<RegionSettings>,
    /// The names of secrets to fetch at the start, split at commas and not trimmed.
    pub secret_names: Vec<String>,
}

/// Reads the settings of a file.
///
/// Facts (recorded): the first generation supports the types `ak`, `token` (a plain key in spite of its name),
/// `ram_role` and `sts` (the same), `ecs_ram_role` and `client_key`, and dedicated KMS; the second supports `ak`,
/// `ecs_ram_role` and `oidc_role_arn`. Credentials of the environment replace those of the file, regions are added,
/// dedicated ones first. Unknown keys are ignored.
///
/// # Errors
/// [`Code::InvalidOption`] or [`Code::File`] that names the key and the line.
pub fn from_file(properties: &Properties, generation: Generation, around: Surroundings<'_>) -> Result<Settings> {
    read(Source::File(properties), generation, around)
}

/// Reads the settings of the environment.
///
/// # Errors
/// As [`from_file`], with the name of the variable.
pub fn from_environment(generation: Generation, around: Surroundings<'_>) -> Result<Settings> {
    read(Source::Environment(around.variable), generation, around)
}

/// Reads the settings of a file and of the environment, which have precedence.
///
/// # Errors
/// As [`from_file`]; also if there is no region or no identity.
pub fn from_file_and_environment(
    properties: &Properties,
    generation: Generation,
    around: Surroundings<'_>,
) -> Result<Settings> {
    let mut settings = from_file(properties, generation, around)?;
    let more = from_environment(generation, around)?;
    settings.identity = more.identity.or(settings.identity);
    settings.regions.extend(more.regions);
    settings.secret_names.extend(more.secret_names);
    if settings.regions.is_empty() {
        return Err(Error::option("cache_client_region_id", "no region is configured"));
    }
    if settings.identity.is_none() && settings.regions.iter().all(|region| region.dedicated.is_none()) {
        return Err(Error::option("credentials_type", "no credentials are configured"));
    }
    Ok(settings)
}

fn read(source: Source<'_>, generation: Generation, around: Surroundings<'_>) -> Result<Settings> {
    let names = source.get("secret_names");
    Ok(Settings {
        regions: regions(source, generation, around)?,
        identity: source.get("credentials_type").map(|kind| identity(&kind, source, generation, around)).transpose()?,
        secret_names: names.map_or_else(Vec::new, |names| names.value.expose().split(',').map(str::to_owned).collect()),
    })
}

fn identity(
    kind: &Setting,
    source: Source<'_>,
    generation: Generation,
    around: Surroundings<'_>,
) -> Result<IdentitySettings> {
    let text = |key: &str| source.get(key).map(|setting| setting.value.expose().to_owned());
    let wanted = |key: &str| text(key).ok_or_else(|| kind.lacks(key));
    let secret = |key: &str| source.get(key).map(|setting| setting.value).ok_or_else(|| kind.lacks(key));
    match (kind.value.expose(), generation) {
        ("ak", _) => Ok(IdentitySettings::AccessKey {
            id: wanted("credentials_access_key_id")?,
            secret: secret("credentials_access_secret")?,
        }),
        ("token", Generation::V1 | Generation::Auto) => Ok(IdentitySettings::AccessKey {
            id: wanted("credentials_access_token_id")?,
            secret: secret("credentials_access_token")?,
        }),
        ("ram_role" | "sts", Generation::V1 | Generation::Auto) => Ok(IdentitySettings::RamRole {
            id: wanted("credentials_access_key_id")?,
            secret: secret("credentials_access_secret")?,
            session_name: wanted("credentials_role_session_name")?,
            role_arn: wanted("credentials_role_arn")?,
            policy: text("credentials_policy"),
        }),
        ("ecs_ram_role", _) => Ok(IdentitySettings::EcsRamRole { role_name: wanted("credentials_role_name")? }),
        ("client_key", Generation::V1 | Generation::Auto) => client_key(kind, source, around),
        ("oidc_role_arn", Generation::V2 | Generation::Auto) => oidc(kind, source, around),
        _ => {
            let known = match generation {
                Generation::V1 => "ak, token, ram_role, sts, ecs_ram_role, client_key",
                Generation::V2 => "ak, ecs_ram_role, oidc_role_arn",
                Generation::Auto => "ak, token, ram_role, sts, ecs_ram_role, client_key, oidc_role_arn",
            };
            Err(kind.refused(&format!("unknown type; the types are {known}")))
        }
    }
}

fn client_key(kind: &Setting, source: Source<'_>, around: Surroundings<'_>) -> Result<IdentitySettings> {
    const PATH: &str = "client_key_private_key_path";
    let path = source.get(PATH).ok_or_else(|| kind.lacks(PATH))?;
    let password = password(source, around, PASSWORD_VARIABLE, PASSWORD_FILE)?.ok_or_else(|| {
        let problem =
            format!("{PASSWORD_VARIABLE}, {PASSWORD_FILE}: no password is given, but {} needs one", kind.named());
        Error::new(Code::InvalidOption, problem)
    })?;
    let file = (around.file)(path.value.expose());
    let file = file.map_err(|error| path.refused(&format!("the file cannot be read: {}", error.kind())))?;
    let key =
        ClientKey::open(&zeroize::Zeroizing::new(file), &password).map_err(|error| error.in_context(&path.named()))?;
    Ok(IdentitySettings::ClientKey { path: path.value.expose().to_owned(), password, key })
}

/// If a setting is missing, the credentials SDK below the official client reads its own environment variables.
fn oidc(kind: &Setting, source: Source<'_>, around: Surroundings<'_>) -> Result<IdentitySettings> {
    let own = |key: &str| source.get(key).map(|setting| setting.value.expose().to_owned());
    let either =
        |key: &str, variable: &str| own(key).or_else(|| (around.variable)(variable).filter(|value| !value.is_empty()));
    let wanted = |key: &str, variable: &str| either(key, variable).ok_or_else(|| kind.lacks(key));
    let duration_s = match source.get("credentials_duration_seconds") {
        None => sts::DEFAULT_DURATION_S,
        Some(setting) => {
            let seconds: Option<u32> = setting.value.expose().parse().ok();
            seconds.filter(|seconds| *seconds >= sts::SHORTEST_DURATION_S).ok_or_else(|| {
                setting.refused(&format!("it must be a number of seconds, at least {}", sts::SHORTEST_DURATION_S))
            })?
        }
    };
    Ok(IdentitySettings::Oidc {
        role_arn: wanted("credentials_role_arn", "ALIBABA_CLOUD_ROLE_ARN")?,
        provider_arn: wanted("credentials_oidc_provider_arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?,
        token_file: wanted("credentials_oidc_token_file_path", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")?,
        session_name: either("credentials_role_session_name", "ALIBABA_CLOUD_ROLE_SESSION_NAME"),
        policy: own("credentials_policy"),
        duration_s,
        sts_region: either("credentials_sts_region_id", "ALIBABA_CLOUD_STS_REGION"),
        sts_endpoint: own("credentials_sts_endpoint"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Generation, IdentitySettings, Settings, Surroundings, from_file};
    use crate::client::aliyun::official::properties::Properties;
    use crate::error::Result;

    fn load(text: &str, generation: Generation) -> Result<Settings> {
        let variable = |_: &str| None;
        let file = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        from_file(&Properties::parse(text.as_bytes())?, generation, Surroundings { variable: &variable, file: &file })
    }

    #[test]
    fn an_error_names_key_and_line() {
        for (text, message) in [
            (
                "\ncredentials_type=sts\n",
                "credentials_access_key_id: it is missing or empty, but credentials_type (line 2)",
            ),
            ("credentials_type=x", "credentials_type (line 1): unknown type"),
            ("a=1\ncache_client_region_id=oops", "cache_client_region_id (line 2): it is not JSON"),
            ("cache_client_dkms_config_info=[{}]", "cache_client_dkms_config_info (line 1): entry 1 has no regionId"),
            (
                "credentials_type=client_key\nclient_key_private_key_path=k\nclient_key_password_from_file_path=gone",
                "client_key_password_from_file_path (line 3): the file cannot be read",
            ),
        ] {
            let error = load(text, Generation::Auto).unwrap_err();
            assert!(error.message().starts_with(message), "{}", error.message());
        }
    }

    #[test]
    fn generations() {
        let text = "credentials_type=oidc_role_arn\ncredentials_role_arn=r\ncredentials_oidc_provider_arn=p\n\
                    credentials_oidc_token_file_path=t\ncredentials_duration_seconds=1800";
        assert!(load(text, Generation::V1).is_err());
        for generation in [Generation::V2, Generation::Auto] {
            let identity = load(text, generation).unwrap().identity;
            assert!(matches!(identity, Some(IdentitySettings::Oidc { duration_s: 1800, session_name: None, .. })));
        }
        assert!(load(&text.replace("1800", "899"), Generation::V2).is_err());
        let dedicated = "cache_client_dkms_config_info=oops";
        assert!(load(dedicated, Generation::V1).is_err());
        assert!(load(dedicated, Generation::V2).unwrap().regions.is_empty());
        assert_eq!(Generation::parse("v2"), Some(Generation::V2));
        assert_eq!(Generation::parse("V2"), None);
    }
}
