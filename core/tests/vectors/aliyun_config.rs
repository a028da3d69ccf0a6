//! The file `config_properties.json`.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evercred_core::client::official::properties::Properties;
use evercred_core::client::official::regions::RegionSettings;
use evercred_core::client::official::settings::{IdentitySettings, Settings, from_file, from_file_and_environment};
use evercred_core::client::official::surroundings::{Generation, Surroundings};
use evercred_core::error::{Error, Result as Fallible};
use evercred_core::providers::aliyun::api::endpoint;
use evercred_core::providers::aliyun::client_key;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::outcome::{Check, Outcome, bytes, same, text};

/// The files that the settings name, from `other_files`.
static FILES: OnceLock<Value> = OnceLock::new();

/// Keeps what the whole file has in addition to its cases.
pub fn keep_other_files(document: &Value) {
    if let Some(files) = document.get("other_files") {
        // Only one file has them, and it is read once.
        FILES.get_or_init(|| files.clone());
    }
}

fn other_file(path: &str) -> std::io::Result<Vec<u8>> {
    let text = FILES.get().and_then(|files| files.get(path)?.as_str());
    text.map(|text| text.as_bytes().to_vec()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
}

/// `config_properties`
pub fn settings(kind: &str, case: &Value) -> Outcome {
    match kind {
        "properties" => file(case, Generation::V1).into(),
        "properties-v2" => file(case, Generation::V2).into(),
        "environment" => environment(case).into(),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn around<T>(case: &Value, act: impl FnOnce(Surroundings<'_>) -> T) -> T {
    let variable = |name: &str| case.pointer("/inputs/environment")?.get(name)?.as_str().map(str::to_owned);
    act(Surroundings { variable: &variable, file: &other_file })
}

fn file(case: &Value, generation: Generation) -> Check {
    let official = case.pointer("/expected_official/loaded").unwrap_or(&Value::Null);
    let expected = case.pointer("/expected_correct/loaded").unwrap_or(official);
    let missing = ["file_text", "file_hex"].iter().all(|name| text(case, &format!("/inputs/{name}")).is_none());
    if missing {
        return Err("a file that does not exist is refused".to_owned());
    }
    let bytes = bytes(case, "/inputs/file_hex", "/inputs/file_text")?;
    for generation in [generation, Generation::Auto] {
        let load = |around: Surroundings<'_>| {
            Properties::parse(&bytes).and_then(|lines| from_file(&lines, generation, around))
        };
        let loaded = around(case, load);
        match text(expected, "/error") {
            // What one generation refuses, the other may know.
            Some(_) if generation == Generation::Auto && loaded.is_ok() => {}
            Some(error) => refused(loaded, error)?,
            None => equal(&loaded.map_err(|error| error.to_string())?, expected)?,
        }
    }
    Ok(())
}

fn environment(case: &Value) -> Check {
    let official = case.get("expected_official").ok_or("nothing expected")?;
    let file = text(case, "/inputs/secretsmanager_properties").unwrap_or_default();
    let load = |around: Surroundings<'_>| {
        let lines = Properties::parse(file.as_bytes())?;
        from_file_and_environment(&lines, Generation::V1, around)
    };
    let loaded = around(case, load);
    let expected = case.get("expected_correct").unwrap_or(official);
    match text(expected, "/error") {
        Some(error) => refused(loaded, error),
        None => equal(&loaded.map_err(|error| error.to_string())?, expected),
    }
}

const KEYS: &[&str] = &[
    "credentials_type",
    "credentials_access_key_id",
    "credentials_access_secret",
    "credentials_access_token_id",
    "credentials_access_token",
    "credentials_role_session_name",
    "credentials_role_arn",
    "credentials_role_name",
    "credentials_oidc_provider_arn",
    "credentials_oidc_token_file_path",
    "credentials_duration_seconds",
    "client_key_private_key_path",
    "client_key_password",
    "cache_client_region_id",
    "cache_client_dkms_config_info",
];

/// An error must name the key that the official one names, or else some key.
fn refused(loaded: Fallible<Settings>, official: &str) -> Check {
    let Err(error) = loaded else { return Err(format!("it was accepted; officially it is refused: {official}")) };
    let message = error.message();
    let bare = |key: &str| key.trim_start_matches("credentials_").to_owned();
    let officially: Vec<&&str> = KEYS
        .iter()
        .filter(|key| official.contains(**key) || official.contains(&format!("{} or environment", bare(key))))
        .collect();
    let longest = officially.iter().map(|key| key.len()).max();
    let named = match officially.iter().find(|key| Some(key.len()) == longest) {
        Some(key) => message.contains(**key),
        None => KEYS.iter().any(|key| message.contains(key)),
    };
    shows_no_value(&error)?;
    if named { Ok(()) } else { Err(format!("{message}: names another key than {official}")) }
}

/// The vectors' secrets all look alike.
fn shows_no_value(error: &Error) -> Check {
    let shown = format!("{error}{error:?}");
    let secret = ["example-secret", "example-p12"].into_iter().find(|secret| shown.contains(secret));
    secret.map_or(Ok(()), |secret| Err(format!("the error shows {secret}")))
}

fn equal(loaded: &Settings, expected: &Value) -> Check {
    let wanted = ["credential", "credentials_provider"].iter().find_map(|name| expected.get(name));
    match (wanted, &loaded.identity) {
        (None, _) => {}
        (Some(Value::Null), identity) => same("credentials are none", identity.is_none(), true)?,
        (Some(_), None) => return Err("there are no credentials".to_owned()),
        (Some(wanted), Some(identity)) => same_identity(identity, wanted, expected)?,
    }
    if let Some(wanted) = expected.get("secret_names") {
        same("secret names", &json!(loaded.secret_names), wanted)?;
    }
    if let Some(wanted) = expected.get("regions").and_then(Value::as_array) {
        same("number of regions", loaded.regions.len(), wanted.len())?;
        loaded.regions.iter().zip(wanted).try_for_each(|(region, wanted)| same_region(region, wanted))?;
    }
    if let Some(wanted) = expected.get("dkms").and_then(Value::as_array) {
        let dedicated: Vec<&RegionSettings> =
            loaded.regions.iter().filter(|region| region.dedicated.is_some()).collect();
        same("number of instances", dedicated.len(), wanted.len())?;
        dedicated.iter().zip(wanted).try_for_each(|(region, wanted)| same_instance(region, wanted))?;
    }
    if expected.is_null() {
        let nothing = loaded.identity.is_none() && loaded.regions.is_empty() && loaded.secret_names.is_empty();
        same("nothing is loaded", nothing, true)?;
    }
    Ok(())
}

fn same_identity(identity: &IdentitySettings, wanted: &Value, expected: &Value) -> Check {
    let mut mine = serde_json::Map::new();
    let mut add = |name: &str, value: Value| mine.insert(name.to_owned(), value);
    let classes: &[&str] = match identity {
        IdentitySettings::AccessKey { id, secret } => {
            add("access_key_id", json!(id));
            add("access_key_secret", json!(secret.expose()));
            &["AccessKeyCredential", "StaticAKCredentialsProvider"]
        }
        IdentitySettings::RamRole { id, secret, role_arn, session_name, .. } => {
            add("sts_access_key_id", json!(id));
            add("sts_access_key_secret", json!(secret.expose()));
            add("role_arn", json!(role_arn));
            add("session_role_name", json!(session_name));
            &["RamRoleArnCredential"]
        }
        IdentitySettings::EcsRamRole { role_name } => {
            add("role_name", json!(role_name));
            &["EcsRamRoleCredential", "EcsRamRoleCredentialsProvider"]
        }
        IdentitySettings::ClientKey { path, password, key } => {
            let file = other_file(path).map_err(|error| error.to_string())?;
            let (_, der) = client_key::read(&file, password).map_err(|error| error.to_string())?;
            let hash = Sha256::digest(STANDARD.encode(&*der));
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            add("key_id", json!(key.key_id()));
            add("public_key_id", json!(key.key_id()));
            add("private_key_sha256_of_base64", json!(hash));
            // How long the official client keeps a session of such a key; here there is none.
            add("session_period", json!(900));
            for (name, value) in [("private_key_path", path.as_str()), ("password", password.expose())] {
                if let Some(wanted) = expected.get(name) {
                    same(name, &json!(value), wanted)?;
                }
            }
            &["ClientKeyCredential", "RsaKeyPairCredential"]
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
            let endpoint = endpoint::sts(sts_endpoint.as_deref(), sts_region.as_deref(), false);
            let default_name = "credentials-python-<unix seconds>";
            add("role_arn", json!(role_arn));
            add("oidc_provider_arn", json!(provider_arn));
            add("oidc_token_file_path", json!(token_file));
            add("role_session_name", json!(session_name.as_deref().unwrap_or(default_name)));
            add("policy", json!(policy));
            add("duration_seconds", json!(duration_s));
            add("sts_endpoint", json!(endpoint.map_err(|error| error.to_string())?.host_and_port));
            &["OIDCRoleArnCredentialsProvider"]
        }
    };
    for (name, wanted) in wanted.as_object().ok_or("the credentials are no object")? {
        if name == "class" {
            same("class", classes.contains(&wanted.as_str().unwrap_or_default()), true)?;
        } else {
            same(name, mine.get(name), Some(wanted))?;
        }
    }
    Ok(())
}

/// Null and empty both say that there is none.
fn said<'a>(wanted: &'a Value, name: &str) -> Option<&'a str> {
    wanted.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn same_region(region: &RegionSettings, wanted: &Value) -> Check {
    same("region", region.region_id.as_deref(), said(wanted, "region_id"))?;
    same("endpoint", region.endpoint.as_deref(), said(wanted, "endpoint"))?;
    // The official client asks whether the value is true, in Python's sense.
    let vpc = wanted.get("vpc").is_some_and(|vpc| match vpc {
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        other => *other == Value::Bool(true),
    });
    same("vpc", region.vpc, vpc)?;
    if let Some(kind) = wanted.get("kms_type").and_then(Value::as_i64) {
        same("kms_type", i64::from(region.dedicated.is_some()), kind)?;
    }
    if wanted.get("ca_file_path").is_some() {
        same("ca_file_path", region.ca_file.as_deref(), said(wanted, "ca_file_path"))?;
    }
    Ok(())
}

fn same_instance(region: &RegionSettings, wanted: &Value) -> Check {
    let dedicated = region.dedicated.as_ref().ok_or("it is no instance")?;
    same("instance's region", region.region_id.as_deref(), said(wanted, "region_id"))?;
    same("instance's endpoint", region.endpoint.as_deref(), said(wanted, "endpoint"))?;
    same("client_key_file", Some(dedicated.client_key_file.as_str()), text(wanted, "/client_key_file"))?;
    same("password", Some(dedicated.password.expose()), text(wanted, "/password"))?;
    let ignore = match wanted.get("ignore_ssl_certs") {
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        other => other == Some(&Value::Bool(true)),
    };
    same("ignore_ssl_certs", dedicated.ignore_ssl_certs, ignore)?;
    same("protocol", dedicated.protocol.as_deref(), said(wanted, "protocol"))?;
    same("ca_file_path", region.ca_file.as_deref(), said(wanted, "ca_file_path"))?;
    let number = |name: &str| wanted.get(name).and_then(Value::as_u64);
    same("connect_timeout", dedicated.connect_timeout_ms, number("connect_timeout"))?;
    same("read_timeout", dedicated.read_timeout_ms, number("read_timeout"))
}
