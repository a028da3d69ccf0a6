//! The configuration of the vendor's command line: `~/.aliyun/config.json`, with named profiles.
//!
//! Facts: the command line's own modes and keys (aliyun-cli) and the CLI profile providers of the official SDKs. The modes
//! that a person signs in for (`CloudSSO`, `OAuth`) are refused: their tokens are the command line's to renew.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::local::{FixedKey, in_home, read_small, says_true, variable};
use super::profile_file::explained;
use super::role::{AssumedRole, OidcRole, Role, Sts};
use super::uncached::Uncached;
use super::{CredentialsUri, EcsRamRole, MAX_CHAINED_ROLES, Process, Setup};
use crate::error::{Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::aliyun::api::sts;
use crate::providers::json::Document;
use crate::providers::{Context, Fetched, Origin, Provider, spawn_blocking_io};
use crate::secret::Secret;

/// Many profiles with long policies fit into this.
const LARGEST_CONFIG: u64 = 1024 * 1024;
/// A profile of the vendor's command line. The file is read at each fetch, and the identity that it describes fetched.
#[derive(Clone)]
pub struct ConfigFile {
    /// The file, instead of `ALIBABA_CLOUD_CONFIG_FILE` and the one in the home folder.
    pub file: Option<PathBuf>,
    /// The profile, instead of `ALIBABA_CLOUD_PROFILE` and the file's `current`.
    pub profile: Option<String>,
    /// What the described identities need.
    pub setup: Setup,
}

/// One profile, and where it stands, for errors.
struct Profile<'a> {
    values: &'a Map<String, Value>,
    place: String,
}

impl Profile<'_> {
    fn refused(&self, problem: &str) -> Error {
        Error::new(Code::NoIdentity, format!("{}: {problem}", self.place))
    }

    fn optional(&self, key: &str) -> Option<String> {
        self.values.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn wanted(&self, key: &str) -> Result<String> {
        self.optional(key).ok_or_else(|| self.refused(&format!("it has no {key}")))
    }

    fn key(&self, token: Option<String>) -> Result<FixedKey> {
        let (id, secret) = (self.wanted("access_key_id")?, Secret::new(self.wanted("access_key_secret")?));
        FixedKey { origin: Origin::ProfileFile, id, secret, token: token.map(Secret::new) }.checked(&self.place)
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
            // The official SDK looks for the second name in one of the modes.
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
    /// The identity, and where it is described.
    fn read(&self) -> Result<(Box<dyn Provider>, String)> {
        let named = self.file.clone().or_else(|| variable("ALIBABA_CLOUD_CONFIG_FILE").map(PathBuf::from));
        let path = named.map_or_else(|| in_home(".aliyun", "config.json"), Ok)?;
        let text = read_small(&path, LARGEST_CONFIG)?;
        let shown = path.display().to_string();
        let wrong = |problem: &str| Error::new(Code::NoIdentity, format!("{shown}: {problem}"));
        let document = Document::read(text.expose_bytes()).ok_or_else(|| wrong("it is not JSON"))?;
        let fields = document.fields().ok_or_else(|| wrong("it is not a JSON object"))?;
        let current = || fields.get("current").and_then(Value::as_str).map(str::to_owned);
        let name = self.profile.clone().or_else(|| variable("ALIBABA_CLOUD_PROFILE")).or_else(current);
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| wrong("it has no current profile"))?;
        let profiles = fields.get("profiles").and_then(Value::as_array).ok_or_else(|| wrong("it has no profiles"))?;
        Ok((self.identity(profiles, &name, &shown, 0)?, format!("{name} of {shown}")))
    }

    fn identity(&self, profiles: &[Value], name: &str, file: &str, depth: usize) -> Result<Box<dyn Provider>> {
        let called = |profile: &&Map<String, Value>| profile.get("name").and_then(Value::as_str) == Some(name);
        let values = profiles.iter().filter_map(Value::as_object).find(called);
        let values = values.ok_or_else(|| Error::new(Code::NoIdentity, format!("{file}: it has no profile {name}")))?;
        let profile = Profile { values, place: format!("{file}: profile {name}") };
        let sts = profile.sts(&self.setup.sts);
        let ecs = |role| EcsRamRole { metadata: self.setup.metadata.clone(), role, may_be_disabled: true };
        let assumed = |base: Box<dyn Provider>| -> Result<Box<dyn Provider>> {
            let role = profile.role(profile.wanted("ram_role_arn")?)?;
            Ok(Box::new(AssumedRole { sts: sts.clone(), base: Box::new(Uncached(base)), role }))
        };
        let mode = profile.wanted("mode")?;
        Ok(match mode.as_str() {
            "AK" => Box::new(profile.key(None)?),
            "StsToken" => Box::new(profile.key(Some(profile.wanted("sts_token")?))?),
            "RamRoleArn" => assumed(Box::new(profile.key(profile.optional("sts_token"))?))?,
            "EcsRamRole" => Box::new(ecs(profile.optional("ram_role_name"))),
            // What the documents call the mode, and what the program writes.
            "RamRoleArnWithEcs" | "RamRoleArnWithRoleName" => {
                assumed(Box::new(ecs(profile.optional("ram_role_name"))))?
            }
            "ChainableRamRoleArn" => {
                let source = profile.wanted("source_profile")?;
                if depth >= MAX_CHAINED_ROLES {
                    return Err(profile.refused("its source_profile leads through too many profiles, or in a circle"));
                }
                assumed(self.identity(profiles, &source, file, depth + 1)?)?
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
                Box::new(Process { command: profile.wanted("process_command")?, timeout, clock })
            }
            "CredentialsURI" => Box::new(CredentialsUri { uri: Some(Secret::new(profile.wanted("credentials_uri")?)) }),
            "CloudSSO" | "OAuth" => {
                return Err(profile.refused(&format!("a person signs in for the mode {mode}: use another profile")));
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
            if says_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") {
                let text = "the environment variable ALIBABA_CLOUD_CLI_PROFILE_DISABLED switches it off";
                return Err(Error::new(Code::NoIdentity, text));
            }
            let file = self.clone();
            let (provider, place) = spawn_blocking_io(move || file.read()).await?;
            let fetched = provider.fetch(context).await.map_err(|error| error.in_context(&place))?;
            Ok(explained(fetched, format!("cli_profile: {place} used")))
        })
    }

    /// What a profile may name besides STS stays on the machine, or warns of itself.
    fn is_encrypted(&self) -> bool {
        self.setup.sts.scheme == "https"
    }
}
