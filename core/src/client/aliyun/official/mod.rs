//! Converts the configuration of Alibaba Cloud's official clients into options. Start with [`load_file`].
//!
//! A later identity replaces all identity options of an earlier one; backends and secret names are added. Options of
//! evercred in the same file have precedence over the official settings.

mod client_key_password;
mod ignored_keys;
mod keys;
pub mod properties;
pub mod regions;
pub mod regions_to_option;
pub mod settings;
pub mod surroundings;

pub(in crate::client) use keys::GENERATION;

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::Path;

use crate::client::aliyun::CLOUD;
use crate::client::aliyun::official::keys::{REGIONS, SECRET_NAMES, is_key};
use crate::client::aliyun::official::properties::Properties;
use crate::client::aliyun::official::settings::{IdentitySettings, Settings, from_environment, from_file};
use crate::client::aliyun::official::surroundings::{Generation, Surroundings};
use crate::client::aliyun::secret_names;
use crate::client::config::Config;
use crate::client::options::{self, About, Spec};
use crate::error::{Error, Result};
use crate::file::{self, read_bytes};
use crate::http::Endpoint;
use crate::log::Level;
use crate::secret::Secret;

/// The size limit of a client key and of the file of its password, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// The file names of the official clients.
const FILE_NAMES: [&str; 2] = ["managed_credentials_providers.properties", "secretsmanager.properties"];

/// Log messages, written after everything is loaded.
pub(in crate::client) type Notes = Vec<(Level, String)>;

/// A look-up of environment variables that remembers the last one that is not UTF-8.
pub(in crate::client) struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<OsString>,
    not_utf8: RefCell<Option<String>>,
}

impl<'a> Variables<'a> {
    pub(in crate::client) fn new(look_up: &'a dyn Fn(&str) -> Option<OsString>) -> Variables<'a> {
        Variables { look_up, not_utf8: RefCell::default() }
    }

    fn get(&self, name: &str) -> Option<String> {
        match (self.look_up)(name)?.into_string() {
            Ok(text) => Some(text),
            Err(_) => {
                self.not_utf8.replace(Some(name.to_owned()));
                None
            }
        }
    }

    /// Reads settings. A variable that is not UTF-8 is the first error to report: it may be the cause of others.
    fn read(&self, read: impl FnOnce(Surroundings<'_>) -> Result<Settings>) -> Result<Settings> {
        let variable = |name: &str| self.get(name);
        let file = |path: &str| read_bytes(Path::new(path), LARGEST_FILE).map(|mut bytes| std::mem::take(&mut *bytes));
        let settings = read(Surroundings { variable: &variable, file: &file });
        match self.not_utf8.take() {
            Some(name) => Err(Error::option(&name, "it is not UTF-8")),
            None => settings,
        }
    }
}

/// Whether a file is one of the official clients: by its name, or by a key that only such a file has.
pub(in crate::client) fn is_official(path: &Path, lines: &Properties) -> bool {
    let named = path.file_name().is_some_and(|name| FILE_NAMES.iter().any(|file| name == *file));
    named || lines.keys().any(|(key, _)| is_key(key))
}

/// Sets the options of a file. On an error, which names key and line, `config` may be partly changed.
pub(in crate::client) fn load_file(
    config: &mut Config,
    lines: &Properties,
    variables: &Variables<'_>,
) -> Result<Notes> {
    let set_options = |config: &mut Config, wanted: &dyn Fn(&str) -> bool| -> Result<()> {
        for (key, value, line) in lines.entries().filter(|(key, ..)| wanted(key)) {
            config.set(key, value.expose()).map_err(|error| error.in_context(&format!("line {line}")))?;
        }
        Ok(())
    };
    set_options(config, &|key| key == GENERATION)?;
    let generation = generation(config);
    let settings = variables.read(|around| from_file(lines, generation, around))?;
    let named = |key: &str| match lines.last(key) {
        Some((_, line)) => format!("{key} (line {line})"),
        None => key.to_owned(),
    };
    let mut notes = apply(config, &settings, &named)?;
    set_options(config, &|key| key != SECRET_NAMES && options::find(key).is_some())?;
    if settings.identity.is_none() && lines.keys().any(|(key, _)| key.starts_with("credentials_")) {
        let text = "credentials_type is missing: the other credentials_ keys are ignored";
        notes.push((Level::Warn, text.to_owned()));
    }
    notes.extend(ignored_keys::message(lines, generation).map(|text| (Level::Info, text)));
    Ok(notes)
}

/// Sets the options of the variables with the official names. On an error, `config` may be partly changed.
pub(in crate::client) fn load_environment(config: &mut Config, variables: &Variables<'_>) -> Result<Notes> {
    let generation = generation(config);
    let settings = variables.read(|around| from_environment(generation, around))?;
    apply(config, &settings, &|key| format!("{key} (in the environment)"))
}

fn generation(config: &Config) -> Generation {
    Generation::parse(config.text("config_generation")).unwrap_or_default()
}

fn apply(config: &mut Config, settings: &Settings, named: &dyn Fn(&str) -> String) -> Result<Notes> {
    let mut notes = Notes::new();
    if let Some(identity) = &settings.identity {
        let decides_login = |spec: &&Spec| spec.about == About::Identity && spec.is_of(CLOUD);
        let names = options::every().filter(decides_login).map(|spec| spec.name);
        let before: Vec<&str> = names.filter(|option| config.is_set(option)).collect();
        if !before.is_empty() {
            let text = format!("credentials_type replaces the login identity that is set ({})", before.join(", "));
            notes.push((Level::Info, text));
        }
        for option in before {
            config.set(option, "")?;
        }
        config.replaces_identity_of = Some(CLOUD);
        for (key, option, value) in options_of(identity, named)? {
            config.set(option, value.expose()).map_err(|error| error.in_context(&named(key)))?;
        }
    }
    if !settings.regions.is_empty() {
        let list = config.secret("aliyun_regions").unwrap_or_default();
        let list = regions_to_option::with_more(list.expose(), &settings.regions, &anchored)?;
        config.set("aliyun_regions", list.expose()).map_err(|error| error.in_context(&named(REGIONS)))?;
    }
    if !settings.secret_names.is_empty() {
        let names = secret_names::with_more(config.text("secret_names"), &settings.secret_names);
        config.set(SECRET_NAMES, &names).map_err(|error| error.in_context(&named(SECRET_NAMES)))?;
    }
    Ok(notes)
}

/// The options of an identity, each with the key that it comes from.
fn options_of(
    identity: &IdentitySettings,
    named: &dyn Fn(&str) -> String,
) -> Result<Vec<(&'static str, &'static str, Secret)>> {
    let mut list = Vec::new();
    let mut put = |key, option, value: &str| list.push((key, option, Secret::from_text(value)));
    let kind = match identity {
        IdentitySettings::AccessKey { id, secret } => {
            put("credentials_access_key_id", "aliyun_access_key_id", id);
            put("credentials_access_secret", "aliyun_access_key_secret", secret.expose());
            "static"
        }
        IdentitySettings::RamRole { id, secret, role_arn, session_name, policy } => {
            put("credentials_access_key_id", "aliyun_access_key_id", id);
            put("credentials_access_secret", "aliyun_access_key_secret", secret.expose());
            put("credentials_role_arn", "aliyun_role_arn", role_arn);
            put("credentials_role_session_name", "aliyun_role_session_name", session_name);
            put("credentials_policy", "aliyun_role_policy", policy.as_deref().unwrap_or_default());
            // The key of these settings assumes the role, also if the program has other identities.
            put("credentials_type", "aliyun_role_base_identity", "static");
            "ram_role"
        }
        IdentitySettings::EcsRamRole { role_name } => {
            put("credentials_role_name", "aliyun_ecs_role_name", role_name);
            "ecs_ram_role"
        }
        IdentitySettings::ClientKey { path, password, .. } => {
            put("client_key_private_key_path", "aliyun_client_key_file", &anchored(path));
            put("client_key_password_from_file_path", "aliyun_client_key_password", password.expose());
            "client_key"
        }
        IdentitySettings::Oidc {
            role_arn,
            provider_arn,
            token_file,
            session_name,
            policy,
            duration_s,
            sts_region,
            sts_endpoint,
        } => {
            put("credentials_role_arn", "aliyun_role_arn", role_arn);
            put("credentials_oidc_provider_arn", "aliyun_oidc_provider_arn", provider_arn);
            put("credentials_oidc_token_file_path", "aliyun_oidc_token_file", &anchored(token_file));
            put(
                "credentials_role_session_name",
                "aliyun_role_session_name",
                session_name.as_deref().unwrap_or_default(),
            );
            put("credentials_policy", "aliyun_role_policy", policy.as_deref().unwrap_or_default());
            put("credentials_duration_seconds", "aliyun_role_duration_s", &duration_s.to_string());
            put("credentials_sts_region_id", "aliyun_sts_region", sts_region.as_deref().unwrap_or_default());
            if let Some(endpoint) = sts_endpoint {
                let key = "credentials_sts_endpoint";
                let endpoint = Endpoint::parse(endpoint, "https").map_err(|error| error.in_context(&named(key)))?;
                if endpoint.scheme != "https" {
                    return Err(Error::option(&named(key), "it takes https only"));
                }
                put(key, "aliyun_sts_endpoint", &endpoint.host_and_port);
            }
            "oidc"
        }
    };
    put("credentials_type", "aliyun_identity", kind);
    Ok(list)
}

/// The absolute path: the official clients resolve paths against the working directory.
fn anchored(path: &str) -> String {
    file::anchored(Path::new(path)).into_os_string().into_string().unwrap_or_else(|_| path.to_owned())
}
