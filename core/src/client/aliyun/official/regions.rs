//! The backends of the official settings: `cache_client_region_id` and `cache_client_dkms_config_info`.
//!
//! Facts (recorded): both are JSON lists of objects. `passwordFromEnvVariable` and `passwordFromFilePathName` name a
//! setting which in turn names the variable or file; `passwordFromFilePath` names the file itself; a password in the
//! list is ignored. An empty text is treated as absent.

use serde_json::{Map, Value};

use crate::client::aliyun::official::client_key_password::{
    PASSWORD_FILE, PASSWORD_VARIABLE, password, password_in_file,
};
use crate::client::aliyun::official::properties::{Setting, Source};
use crate::client::aliyun::official::surroundings::{Generation, Surroundings};
use crate::error::Result;
use crate::providers::json::Document;
use crate::secret::Secret;

/// The longest list: more than the option `aliyun_regions` takes, since a list may name a backend twice.
const MAX_ENTRIES: usize = 256;

/// A backend.
#[derive(Debug, Default)]
pub struct RegionSettings {
    /// The region.
    pub region_id: Option<String>,
    /// Its endpoint, instead of one made of the region.
    pub endpoint: Option<String>,
    /// Whether to use the region's VPC endpoint. As in the official client, every text but an empty one means yes, even
    /// `"false"`, and so does every number but 0.
    pub vpc: bool,
    /// The path of a CA file.
    pub ca_file: Option<String>,
    /// Further settings of an instance of dedicated KMS; `None` for KMS.
    pub dedicated: Option<DedicatedSettings>,
}

/// An instance of dedicated KMS.
#[derive(Debug)]
pub struct DedicatedSettings {
    /// The path of the client key's file, which is read later.
    pub client_key_file: String,
    /// The client key's password.
    pub password: Secret,
    /// Whether the server's certificate is not checked: for tests only.
    pub ignore_ssl_certs: bool,
    /// `https` or `http`.
    pub protocol: Option<String>,
    /// The connect timeout, in milliseconds.
    pub connect_timeout_ms: Option<u64>,
    /// The timeout of an answer, in milliseconds.
    pub read_timeout_ms: Option<u64>,
}

/// Reads both lists, dedicated KMS first.
pub(super) fn regions(
    source: Source<'_>,
    generation: Generation,
    around: Surroundings<'_>,
) -> Result<Vec<RegionSettings>> {
    let mut list = Vec::new();
    // The second generation does not support dedicated KMS and ignores the key.
    let dedicated_list = source.get("cache_client_dkms_config_info").filter(|_| generation != Generation::V2);
    if let Some(setting) = dedicated_list {
        for_each_object(&setting, |fields, number| {
            list.push(dedicated(&setting, fields, number, source, around)?);
            Ok(())
        })?;
    }
    if let Some(setting) = source.get("cache_client_region_id") {
        for_each_object(&setting, |fields, number| {
            let text = |name: &str| optional_text(&setting, fields, number, name);
            list.push(RegionSettings {
                region_id: text("regionId")?,
                endpoint: text("endpoint")?,
                vpc: fields.get("vpc").is_some_and(is_truthy),
                ca_file: text("caFilePath")?,
                dedicated: None,
            });
            Ok(())
        })?;
    }
    Ok(list)
}

fn for_each_object(setting: &Setting, mut each: impl FnMut(&Map<String, Value>, usize) -> Result<()>) -> Result<()> {
    let document = Document::parse(setting.value.expose_bytes())
        .map_err(|broken| setting.refused(&format!("it is not JSON: {broken}")))?;
    let list = document.list().ok_or_else(|| setting.refused("it is not a JSON list"))?;
    if list.len() > MAX_ENTRIES {
        return Err(setting.refused(&format!("it lists {} backends, which is more than {MAX_ENTRIES}", list.len())));
    }
    for (index, item) in list.iter().enumerate() {
        let fields = item.as_object().ok_or_else(|| setting.refused("it is not a list of JSON objects"))?;
        each(fields, index + 1)?;
    }
    Ok(())
}

fn dedicated(
    setting: &Setting,
    fields: &Map<String, Value>,
    number: usize,
    source: Source<'_>,
    around: Surroundings<'_>,
) -> Result<RegionSettings> {
    let text = |name: &str| optional_text(setting, fields, number, name);
    let wanted = |name: &str| -> Result<String> {
        text(name)?.ok_or_else(|| setting.refused(&format!("entry {number} has no {name}")))
    };
    let milliseconds = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or_else(|| setting.refused(&format!("{name} of entry {number} must be a number of milliseconds"))),
    };
    let ignore_ssl_certs = match fields.get("ignoreSslCerts") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(ignore)) => *ignore,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(Value::String(text)) if text.is_empty() || text.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(setting.refused(&format!("ignoreSslCerts of entry {number} must be true or false"))),
    };
    let (region_id, endpoint) = (wanted("regionId")?, wanted("endpoint")?);
    let client_key_file = wanted("clientKeyFile")?;
    let variable_key = text("passwordFromEnvVariable")?.unwrap_or_default();
    let file_key = text("passwordFromFilePathName")?.unwrap_or_default();
    let named =
        |source| password(source, around, &variable_key, &file_key).map_err(|error| error.in_context(&setting.named()));
    let own = match text("passwordFromFilePath")? {
        Some(path) => password_in_file(&path, around)
            .map(Some)
            .map_err(|problem| setting.refused(&format!("passwordFromFilePath of entry {number}: {problem}"))),
        None => named(source),
    };
    // The fallback is the password of the client key of the login identity, also if a file cannot be read. For
    // settings of the environment, the official client has no such fallback.
    let common = || match source {
        Source::File(_) => password(source, around, PASSWORD_VARIABLE, PASSWORD_FILE).ok().flatten(),
        Source::Environment(_) => None,
    };
    let password = match own {
        Ok(Some(password)) => password,
        Ok(None) => match common() {
            Some(password) => password,
            // The plugin's README: the list is in the file, and the settings that it names are in the environment.
            None => named(Source::Environment(around.variable))?.ok_or_else(|| {
                let keys = "passwordFromFilePath, passwordFromEnvVariable and passwordFromFilePathName";
                setting.refused(&format!("entry {number} has no password for its client key: see {keys}"))
            })?,
        },
        Err(error) => common().ok_or(error)?,
    };
    Ok(RegionSettings {
        region_id: Some(region_id),
        endpoint: Some(endpoint),
        vpc: false,
        ca_file: text("caFilePath")?,
        dedicated: Some(DedicatedSettings {
            client_key_file,
            password,
            ignore_ssl_certs,
            protocol: text("protocol")?,
            connect_timeout_ms: milliseconds("connectTimeout")?,
            read_timeout_ms: milliseconds("readTimeout")?,
        }),
    })
}

fn optional_text(setting: &Setting, fields: &Map<String, Value>, number: usize, name: &str) -> Result<Option<String>> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(setting.refused(&format!("{name} of entry {number} must be a text"))),
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}
