//! The credentials SDK's profile file: `~/.alibabacloud/credentials`, in sections.
//!
//! Facts: the profile providers of the official SDKs. The Python one looks for `credentials.ini`, the Go one for
//! `credentials`; here both names serve. Types: `access_key`, `ram_role_arn`, `ecs_ram_role`, `oidc_role_arn`; `sts`, a
//! temporary key, is an addition of ours.

use std::collections::HashMap;
use std::path::PathBuf;

use super::local::{FixedKey, in_home, read_small, variable};
use super::role::{AssumedRole, OidcRole, Role};
use super::uncached::Uncached;
use super::{EcsRamRole, Setup};
use crate::error::{Code, Error, Result};
use crate::file::{self, without_comment};
use crate::platform::BoxFuture;
use crate::providers::aliyun::api::sts;
use crate::providers::{Context, Fetched, Origin, Provider, spawn_blocking_io};
use crate::secret::Secret;

/// A profile file is a few lines.
const LARGEST_PROFILE: u64 = 64 * 1024;
const FOLDER: &str = ".alibabacloud";

/// A section of a profile file. It is read at each fetch, and the identity that it describes fetched.
#[derive(Clone)]
pub struct ProfileFile {
    /// The file, instead of `ALIBABA_CLOUD_CREDENTIALS_FILE` and the one in the home folder.
    pub file: Option<PathBuf>,
    /// The section, instead of `ALIBABA_CLOUD_PROFILE` and `default`.
    pub section: Option<String>,
    /// What the described identities need.
    pub setup: Setup,
}

/// A section's values, by their keys in lower case.
type Section<'a> = HashMap<String, &'a str>;

impl ProfileFile {
    fn path(&self) -> Result<PathBuf> {
        let named = self.file.clone().or_else(|| variable("ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from));
        if let Some(path) = named {
            return Ok(path);
        }
        let (path, other) = (in_home(FOLDER, "credentials")?, in_home(FOLDER, "credentials.ini")?);
        Ok(if !path.exists() && other.exists() { other } else { path })
    }

    /// The identity, and where it is described.
    fn read(&self) -> Result<(Box<dyn Provider>, String)> {
        let path = self.path()?;
        let text = read_small(&path, LARGEST_PROFILE)?;
        let name = self.section.clone().or_else(|| variable("ALIBABA_CLOUD_PROFILE"));
        let name = name.unwrap_or_else(|| String::from("default"));
        let place = format!("{}: section [{name}]", path.display());
        let values = section(text.expose(), &name)
            .ok_or_else(|| Error::new(Code::NoIdentity, format!("{place}: there is no such section")))?;
        Ok((self.identity(&values, &place)?, format!("[{name}] of {}", path.display())))
    }

    fn identity(&self, values: &Section<'_>, place: &str) -> Result<Box<dyn Provider>> {
        let refused = |problem: &str| Error::new(Code::NoIdentity, format!("{place}: {problem}"));
        let optional = |key: &str| values.get(key).filter(|value| !value.is_empty()).map(|value| (*value).to_owned());
        let wanted = |key: &str| optional(key).ok_or_else(|| refused(&format!("it has no {key}")));
        if optional("enable").is_some_and(|enable| enable.eq_ignore_ascii_case("false")) {
            return Err(refused("its key enable switches it off"));
        }
        let key = |token: Option<String>| {
            let id = wanted("access_key_id")?;
            let secret = Secret::new(wanted("access_key_secret")?);
            FixedKey { origin: Origin::ProfileFile, id, secret, token: token.map(Secret::new) }.checked(place)
        };
        let role = |arn: String| Role {
            arn,
            session_name: optional("role_session_name"),
            duration_s: sts::DEFAULT_DURATION_S,
            external_id: optional("external_id").map(Secret::new),
            policy: optional("policy"),
        };
        let sts = self.setup.sts.clone();
        Ok(match wanted("type")?.as_str() {
            "access_key" => Box::new(key(optional("security_token"))?),
            "sts" => Box::new(key(Some(wanted("security_token")?))?),
            "ram_role_arn" => {
                let base = Box::new(Uncached(Box::new(key(optional("security_token"))?)));
                Box::new(AssumedRole { sts, base, role: role(wanted("role_arn")?) })
            }
            "oidc_role_arn" => Box::new(OidcRole {
                sts,
                role: role(optional("role_arn").unwrap_or_default()),
                provider_arn: optional("oidc_provider_arn"),
                token_file: optional("oidc_token_file_path").map(PathBuf::from),
            }),
            "ecs_ram_role" => Box::new(EcsRamRole {
                metadata: self.setup.metadata.clone(),
                role: optional("role_name"),
                may_be_disabled: true,
            }),
            "rsa_key_pair" => {
                return Err(refused("the type rsa_key_pair is not supported; use a RAM role or an access key"));
            }
            _ => {
                let known = "access_key, sts, ram_role_arn, ecs_ram_role, oidc_role_arn";
                return Err(refused(&format!("its type is not known; known are: {known}")));
            }
        })
    }
}

impl Provider for ProfileFile {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let file = self.clone();
            let (provider, place) = spawn_blocking_io(move || file.read()).await?;
            let fetched = provider.fetch(context).await.map_err(|error| error.in_context(&place))?;
            Ok(explained(fetched, format!("profile: {place} used")))
        })
    }

    /// What a profile may name besides STS stays on the machine, or warns of itself.
    fn is_encrypted(&self) -> bool {
        self.setup.sts.scheme == "https"
    }
}

/// Says where the identity is described, then how it was fetched.
pub(super) fn explained(mut fetched: Fetched, place: String) -> Fetched {
    let how = fetched.notes.explanation.take().unwrap_or_default();
    fetched.notes.explanation = Some(format!("{place} ({how})"));
    fetched
}

/// A section, without its comments. A `#` or `;` at the start of a line or after white space starts one, as in the samples
/// of the official documents; within a value it is part of it.
fn section<'a>(text: &'a str, wanted: &str) -> Option<Section<'a>> {
    file::section(text.lines().map(|line| without_comment(line, &['#', ';'])), wanted)
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_is_found_by_its_name() {
        let text = "# c\n[default]   # default setting\ntype = access_key  # kind\nAccess_Key_Id=b=c#d;e\n\n; c\n[ other ]\ntype: sts\n";
        let default = section(text, "default").unwrap();
        assert_eq!((default["type"], default["access_key_id"]), ("access_key", "b=c#d;e"));
        assert_eq!(section(text, "other").unwrap()["type"], "sts");
        assert!(section(text, "absent").is_none());
    }
}
