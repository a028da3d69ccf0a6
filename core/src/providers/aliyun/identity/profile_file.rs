//! The profile file of the credentials SDK: `~/.alibabacloud/credentials`, with a section for each profile.
//!
//! Facts: the profile providers of the official SDKs. The Python one reads `credentials.ini`, the Go one `credentials`; both
//! names are read here. Types: `access_key`, `ram_role_arn`, `ecs_ram_role`, `oidc_role_arn`. The type `sts`, a temporary
//! key, exists only here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::local::{AccessKey, in_home};
use super::role::{AssumedRole, OidcRole, Role};
use super::{EcsRamRole, Setup};
use crate::error::{Code, Error, Result};
use crate::file::{self, without_comment};
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::api::sts;
use crate::providers::{Context, Fetched, Origin, Provider, Uncached, UsualPath, read_identity_file, unusable};
use crate::secret::Secret;

/// The size limit of a profile file, in bytes: such files have a few lines.
const LARGEST_PROFILE: u64 = 64 * 1024;
const FOLDER: &str = ".alibabacloud";

/// A section of a profile file. Each fetch reads the file and fetches the identity that the section describes.
#[derive(Clone)]
pub struct ProfileFile {
    /// The file, instead of `ALIBABA_CLOUD_CREDENTIALS_FILE` and the file in the home folder.
    pub file: Option<PathBuf>,
    /// The section, instead of `ALIBABA_CLOUD_PROFILE` and `default`.
    pub section: Option<String>,
    /// The settings of the identities that a section can describe.
    pub setup: Setup,
    /// Which of the usual paths is in use.
    pub usual: Arc<UsualPath>,
}

/// The identity that a section describes.
struct Described {
    provider: Box<dyn Provider>,
    location: String,
    path: PathBuf,
    is_named: bool,
}

/// The values of a section, by their keys in lower case.
type Section<'a> = HashMap<String, &'a str>;

impl ProfileFile {
    /// The file, and whether the configuration or the environment names it.
    fn path(&self, platform: &dyn Platform) -> Result<(PathBuf, bool)> {
        let variable = || platform.text_variable("ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
        if let Some(path) = self.file.clone().or_else(variable) {
            return Ok((path, true));
        }
        let in_home = |file| in_home(platform, FOLDER, file);
        let candidates = [in_home("credentials")?, in_home("credentials.ini")?];
        let found = self.usual.choose(&candidates, platform.now())?;
        let [first, _] = candidates;
        Ok((found.unwrap_or(first), false))
    }

    /// The identity, and the section and file that describe it.
    fn read(&self, platform: &dyn Platform) -> Result<Described> {
        let (path, is_named) = self.path(platform)?;
        let text = read_identity_file(&path, LARGEST_PROFILE, is_named)?;
        let name = self.section.clone().or_else(|| platform.text_variable("ALIBABA_CLOUD_PROFILE"));
        let name = name.unwrap_or_else(|| String::from("default"));
        let location = format!("{}: section [{name}]", path.display());
        let values =
            section(text.expose(), &name).ok_or_else(|| unusable(format!("{location}: there is no such section")))?;
        let provider = self.identity(&values, &location)?;
        Ok(Described { provider, location: format!("[{name}] of {}", path.display()), path, is_named })
    }

    fn identity(&self, values: &Section<'_>, location: &str) -> Result<Box<dyn Provider>> {
        let refused = |problem: &str| unusable(format!("{location}: {problem}"));
        let optional = |key: &str| values.get(key).filter(|value| !value.is_empty()).map(|value| (*value).to_owned());
        let required = |key: &str| optional(key).ok_or_else(|| refused(&format!("it has no {key}")));
        if optional("enable").is_some_and(|enable| enable.eq_ignore_ascii_case("false")) {
            return Err(Error::new(Code::NoIdentity, format!("{location}: its key enable disables it")));
        }
        let key = |token: Option<String>| {
            let id = required("access_key_id")?;
            let secret = Secret::new(required("access_key_secret")?);
            AccessKey { origin: Origin::ProfileFile, id, secret, token: token.map(Secret::new) }.checked(location)
        };
        let role = |arn: String| Role {
            arn,
            session_name: optional("role_session_name"),
            duration_s: sts::DEFAULT_DURATION_S,
            external_id: optional("external_id").map(Secret::new),
            policy: optional("policy"),
        };
        let sts = self.setup.sts.clone();
        Ok(match required("type")?.as_str() {
            "access_key" => Box::new(key(optional("security_token"))?),
            "sts" => Box::new(key(Some(required("security_token")?))?),
            "ram_role_arn" => {
                let base = Box::new(Uncached(Box::new(key(optional("security_token"))?)));
                Box::new(AssumedRole { sts, base, role: role(required("role_arn")?) })
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
            let (file, platform) = (self.clone(), Arc::clone(&context.platform));
            let key = format!("profile {:?}", self.file);
            let described = context.read_files(&key, move || file.read(&*platform)).await?;
            let location = &described.location;
            let fetched = described.provider.fetch(context).await.map_err(|error| error.in_context(location))?;
            if !described.is_named {
                self.usual.worked(context, &described.path);
            }
            Ok(explained(fetched, format!("profile: {location} used")))
        })
    }

    /// Only requests to STS count: the metadata service is on the machine.
    fn is_encrypted(&self) -> bool {
        self.setup.sts.scheme == "https"
    }
}

/// Puts the profile that describes the identity in front of the explanation.
pub(super) fn explained(mut fetched: Fetched, profile: String) -> Fetched {
    let how = fetched.notes.explanation.take().unwrap_or_default();
    fetched.notes.explanation = Some(format!("{profile} ({how})"));
    fetched
}

/// The values of a section, without comments. As in the samples of the official documents, `#` or `;` starts a comment at the
/// start of a line or after white space; anywhere else it is part of the value.
fn section<'a>(text: &'a str, name: &str) -> Option<Section<'a>> {
    file::section(text.lines().map(|line| without_comment(line, &['#', ';'])), name)
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
