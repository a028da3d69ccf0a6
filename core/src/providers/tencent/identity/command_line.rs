//! The profiles of the vendor's command line: `~/.tccli/<profile>.credential`.
//!
//! Facts: tccli keeps a JSON object with `secretId`, `secretKey`, `token`, `role-arn` and `role-session-name`; its variable
//! `TCCLI_PROFILE` names the profile. With the `type` `oauth` or `sso` only the command line itself can renew the keys.

use std::path::PathBuf;
use std::sync::Arc;

use super::role::{AssumedRole, Role};
use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Platform};
use crate::providers::json::{Document, take_header_secret, take_header_text, take_text};
use crate::providers::tencent::api::Caller;
use crate::providers::{Context, Fetched, Material, Origin, Provider, Uncached, read_identity_file, unusable};

/// The size limit of the file, in bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// A profile of the command line. Each fetch reads the file, and assumes the profile's role if it names one.
#[derive(Clone)]
pub struct CommandLineProfile {
    /// The profile, instead of `TCCLI_PROFILE` and `default`.
    pub profile: Option<String>,
    /// The caller of STS.
    pub caller: Caller,
    /// The region of STS.
    pub region: String,
    /// The settings of the session of a role; its resource name comes from the profile.
    pub role: Role,
}

/// What a profile's file contains.
struct Profile {
    location: String,
    material: Material,
    role_arn: Option<String>,
    session_name: Option<String>,
}

impl CommandLineProfile {
    fn path(&self, platform: &dyn Platform) -> Result<PathBuf> {
        let profile = self.profile.clone().or_else(|| platform.text_variable("TCCLI_PROFILE"));
        let profile = profile.unwrap_or_else(|| String::from("default"));
        if profile.contains(['/', '\0']) {
            return Err(Error::new(Code::NoIdentity, "the profile's name must not contain a slash"));
        }
        let home = platform.text_variable("HOME");
        let home = home.ok_or_else(|| Error::new(Code::NoIdentity, "the environment variable HOME is not set"))?;
        Ok(PathBuf::from(home).join(".tccli").join(format!("{profile}.credential")))
    }

    fn read(&self, platform: &dyn Platform) -> Result<Profile> {
        let path = self.path(platform)?;
        let text = read_identity_file(&path, LARGEST_FILE, false)?;
        let location = path.display().to_string();
        let wrong = |problem: &str| unusable(format!("{location}: {problem}"));
        let mut document = Document::read(text.expose_bytes()).ok_or_else(|| wrong("it is not JSON"))?;
        let fields = document.fields_mut().ok_or_else(|| wrong("it is not a JSON object"))?;
        if take_text(fields, "type").is_some_and(|kind| matches!(kind.as_str(), "oauth" | "sso")) {
            return Err(wrong("it comes from an interactive sign-in, which only the command line can renew"));
        }
        let id = take_header_text(fields, "secretId").ok_or_else(|| wrong("it has no usable secretId"))?;
        let secret = take_header_secret(fields, "secretKey").ok_or_else(|| wrong("it has no usable secretKey"))?;
        let token = take_header_secret(fields, "token");
        Ok(Profile {
            material: Material::access_key(Origin::ProfileFile, &id, secret, token),
            role_arn: take_text(fields, "role-arn"),
            session_name: take_text(fields, "role-session-name"),
            location,
        })
    }
}

/// A key that was read.
struct ReadKey(Material);

impl Provider for ReadKey {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move { Ok(Fetched::lasting(self.0.clone(), String::from("its key"))) })
    }
}

impl Provider for CommandLineProfile {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let (reader, platform) = (self.clone(), Arc::clone(&context.platform));
            let key = format!("command line profile {:?}", self.profile);
            let profile = context.read_files(&key, move || reader.read(&*platform)).await?;
            let location = &profile.location;
            let Some(arn) = profile.role_arn else {
                return Ok(Fetched::lasting(profile.material, format!("cli_profile: {location} used")));
            };
            let role = AssumedRole {
                caller: self.caller.clone(),
                base: Box::new(Uncached(Box::new(ReadKey(profile.material)))),
                role: Role {
                    arn,
                    session_name: profile.session_name.or(self.role.session_name.clone()),
                    ..self.role.clone()
                },
                region: self.region.clone(),
            };
            let mut fetched = role.fetch(context).await.map_err(|error| error.in_context(location))?;
            let how = fetched.notes.explanation.take().unwrap_or_default();
            fetched.notes.explanation = Some(format!("cli_profile: {location} used ({how})"));
            Ok(fetched)
        })
    }
}
