//! The profiles of the vendor's command line: `~/.aliyun/config.json`.
//!
//! Facts: the modes and keys of the command line (aliyun-cli) and the CLI profile providers of the official SDKs. Modes with
//! an interactive sign-in (`CloudSSO`, `OAuth`) are not supported: only the command line can renew their tokens.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::local::{AccessKey, in_home, is_true};
use super::profile_file::explained;
use super::role::{AssumedRole, OidcRole, Role, Sts};
use super::{CredentialsUri, EcsRamRole, MAX_CHAINED_ROLES, Process, Setup};
use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::api::sts;
use crate::providers::json::Document;
use crate::providers::{Context, Fetched, Origin, Provider, Uncached, read_identity_file, unusable};
use crate::secret::Secret;

/// The size limit of the file, in bytes.
const LARGEST_CONFIG: u64 = 1024 * 1024;

/// A profile of the vendor's command line. Each fetch reads the file and fetches the identity that the profile describes.
#[derive(Clone)]
pub struct ConfigFile {
    /// The file, instead of `ALIBABA_CLOUD_CONFIG_FILE` and the file in the home folder.
    pub file: Option<PathBuf>,
    /// The profile's name, instead of `ALIBABA_CLOUD_PROFILE` and the file's `current`.
    pub profile: Option<String>,
    /// The settings of the identities that a profile can describe.
    pub setup: Setup,
}

/// A profile, with the file and the name for errors.
struct Profile<'a> {
    values: &'a Map<String, Value>,
    location: String,
}

impl Profile<'_> {
    fn refused(&self, problem: &str) -> Error {
        unusable(format!("{}: {problem}", self.location))
    }

    fn optional(&self, key: &str) -> Option<String> {
        self.values.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn required(&self, key: &str) -> Result<String> {
        self.optional(key).ok_or_else(|| self.refused(&format!("it has no {key}")))
    }

    fn key(&self, token: Option<String>) -> Result<AccessKey> {
        let (id, secret) = (self.required("access_key_id")?, Secret::new(self.required("access_key_secret")?));
        AccessKey { origin: Origin::ProfileFile, id, secret, token: token.map(Secret::new) }.checked(&self.location)
    }

    fn role(&self, arn: String) -> Result<Role> {
        let duration_s = match self.values.get("expired_seconds").and_then(Value::as_u64) {
            None | Some(0) => sts::DEFAULT_DURATION_S,
            Some(seconds) => {
                let fits = u32::try_from(seconds).ok().filter(|seconds| *seconds >= sts::SHORTEST_DURATION_S);
                let problem = format!("its expired_seconds is less than {}", sts::SHORTEST_DURATION_S);
                fits.ok_or_else(|| self.refused(&problem))?
            }
        };
        Ok(Role {
            arn,
            // The official SDK reads the second name in one of the modes.
            session_name: self.optional("ram_session_name").or_else(|| self.optional("role_session_name")),
            duration_s,
            external_id: self.optional("external_id").map(Secret::new),
            policy: self.optional("policy"),
        })
    }

    fn sts(&self, sts: &Sts) -> Sts {
        Sts {
            region: sts.region.clone().or_else(|| self.optional("sts_region")),
            vpc: sts.vpc.or_else(|| self.values.get("enable_vpc").and_then(Value::as_bool)),
            ..sts.clone()
        }
    }
}

impl ConfigFile {
    /// The identity, and the profile and file that describe it.
    fn read(&self, platform: &Arc<dyn Platform>) -> Result<(Box<dyn Provider>, String)> {
        let variable = |name: &str| platform.text_variable(name);
        let configured = self.file.clone().or_else(|| variable("ALIBABA_CLOUD_CONFIG_FILE").map(PathBuf::from));
        let is_named = configured.is_some();
        let path = configured.map_or_else(|| in_home(&**platform, ".aliyun", "config.json"), Ok)?;
        let text = read_identity_file(&path, LARGEST_CONFIG, is_named)?;
        let shown = path.display().to_string();
        let wrong = |problem: &str| unusable(format!("{shown}: {problem}"));
        let document = Document::read(text.expose_bytes()).ok_or_else(|| wrong("it is not JSON"))?;
        let fields = document.fields().ok_or_else(|| wrong("it is not a JSON object"))?;
        let current = || fields.get("current").and_then(Value::as_str).map(str::to_owned);
        let name = self.profile.clone().or_else(|| variable("ALIBABA_CLOUD_PROFILE")).or_else(current);
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| wrong("it has no current profile"))?;
        let profiles = fields.get("profiles").and_then(Value::as_array).ok_or_else(|| wrong("it has no profiles"))?;
        let reader = Reader { setup: &self.setup, platform, profiles, file: &shown };
        Ok((reader.identity(&name, 0)?, format!("{name} of {shown}")))
    }
}

/// The profiles of a file, and what the identities that they describe need.
struct Reader<'a> {
    setup: &'a Setup,
    platform: &'a Arc<dyn Platform>,
    profiles: &'a [Value],
    file: &'a str,
}

impl Reader<'_> {
    /// The identity of the profile of this name, which `depth` other profiles lead to.
    fn identity(&self, name: &str, depth: usize) -> Result<Box<dyn Provider>> {
        let file = self.file;
        let has_name = |profile: &&Map<String, Value>| profile.get("name").and_then(Value::as_str) == Some(name);
        let values = self.profiles.iter().filter_map(Value::as_object).find(has_name);
        let values = values.ok_or_else(|| unusable(format!("{file}: it has no profile {name}")))?;
        let profile = Profile { values, location: format!("{file}: profile {name}") };
        let sts = profile.sts(&self.setup.sts);
        let ecs = |role| EcsRamRole { metadata: self.setup.metadata.clone(), role, may_be_disabled: true };
        let assumed = |base: Box<dyn Provider>| -> Result<Box<dyn Provider>> {
            let role = profile.role(profile.required("ram_role_arn")?)?;
            Ok(Box::new(AssumedRole { sts: sts.clone(), base: Box::new(Uncached(base)), role }))
        };
        let mode = profile.required("mode")?;
        Ok(match mode.as_str() {
            "AK" => Box::new(profile.key(None)?),
            "StsToken" => Box::new(profile.key(Some(profile.required("sts_token")?))?),
            "RamRoleArn" => assumed(Box::new(profile.key(profile.optional("sts_token"))?))?,
            "EcsRamRole" => Box::new(ecs(profile.optional("ram_role_name"))),
            // The name in the documents, and the name that the program writes.
            "RamRoleArnWithEcs" | "RamRoleArnWithRoleName" => {
                assumed(Box::new(ecs(profile.optional("ram_role_name"))))?
            }
            "ChainableRamRoleArn" => {
                let source = profile.required("source_profile")?;
                if depth >= MAX_CHAINED_ROLES {
                    return Err(
                        profile.refused("its source_profile is a chain of too many profiles, or refers to itself")
                    );
                }
                assumed(self.identity(&source, depth + 1)?)?
            }
            "OIDC" => Box::new(OidcRole {
                sts: sts.clone(),
                role: profile.role(profile.optional("ram_role_arn").unwrap_or_default())?,
                provider_arn: profile.optional("oidc_provider_arn"),
                token_file: profile.optional("oidc_token_file").map(PathBuf::from),
            }),
            "External" => {
                let clock = Arc::clone(&sts.clock);
                let timeout = self.setup.process_timeout;
                Box::new(Process { command: profile.required("process_command")?, timeout, clock })
            }
            "CredentialsURI" => Box::new(CredentialsUri {
                uri: Some(Secret::new(profile.required("credentials_uri")?)),
                platform: Arc::clone(self.platform),
            }),
            "CloudSSO" | "OAuth" => {
                return Err(
                    profile.refused(&format!("the mode {mode} needs an interactive sign-in; use another profile"))
                );
            }
            "RsaKeyPair" => {
                return Err(profile.refused("the mode RsaKeyPair is not supported; use a RAM role or an access key"));
            }
            _ => {
                let known = "AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, ChainableRamRoleArn, OIDC, \
                             External, CredentialsURI";
                return Err(profile.refused(&format!("its mode is not known; known are: {known}")));
            }
        })
    }
}

impl Provider for ConfigFile {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            if is_true(&*context.platform, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED") {
                let text = "the environment variable ALIBABA_CLOUD_CLI_PROFILE_DISABLED disables it";
                return Err(Error::new(Code::NoIdentity, text));
            }
            let (file, platform) = (self.clone(), Arc::clone(&context.platform));
            let key = format!("cli_profile {:?}", self.file);
            let (provider, location) = context.read_files(&key, move || file.read(&platform)).await?;
            let fetched = provider.fetch(context).await.map_err(|error| error.in_context(&location))?;
            Ok(explained(fetched, format!("cli_profile: {location} used")))
        })
    }

    /// Only requests to STS count: other services of a profile are on the machine or log a warning.
    fn is_encrypted(&self) -> bool {
        self.setup.sts.scheme == "https"
    }
}
