//! The answer of KMS's `GetSecretValue`.
//!
//! Facts: answers as the official clients read them. Everything is text, also numbers and the JSON in `ExtendedConfig`
//! and `SecretData`; what is none is remembered as such, since it must not cost the key that stands beside it.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::http::Response;
use crate::providers::aliyun::api::envelope::Answer;
use crate::providers::json::take_text;
use crate::secret::Secret;

/// The API's version.
pub const VERSION: &str = "2016-01-20";
/// The action's name, also for dedicated KMS.
pub const ACTION: &str = "GetSecretValue";

/// A field of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// Not there, or null.
    #[default]
    Absent,
    /// A text, perhaps empty.
    Text(String),
    /// Something that is no text.
    NotText,
}

impl Field {
    /// The text, where there is one.
    pub fn text(&self) -> Option<&str> {
        if let Field::Text(text) = self { Some(text) } else { None }
    }
}

/// One version of a secret, as the service hands it out.
#[derive(Debug, Default)]
pub struct SecretAnswer {
    /// The secret's name.
    pub name: Field,
    /// `RAMCredentials`, `Rds`, `ECS`, `Generic`, …
    pub secret_type: Field,
    /// The secret itself.
    pub data: Option<Secret>,
    /// `text` or `binary`.
    pub data_type: Field,
    /// The name of this version.
    pub version_id: Field,
    /// The stages of this version.
    pub version_stages: Vec<String>,
    /// When the secret was created.
    pub create_time: Field,
    /// When it was last rotated.
    pub last_rotation_date: Field,
    /// When it will be rotated.
    pub next_rotation_date: Field,
    /// What the type needs spawn_blocking_io, as JSON.
    pub extended_config: Field,
    /// `Enabled`, `Disabled` or `Invalid`.
    pub automatic_rotation: Field,
    /// The time between two rotations, in seconds, with an `s` behind.
    pub rotation_interval: Field,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// The request's own parameters. `FetchExtendedConfig` is always asked for: the kind of the secret stands there.
pub fn parameters<'a>(
    name: &'a str,
    version_stage: Option<&'a str>,
    version_id: Option<&'a str>,
) -> Vec<(&'static str, &'a str)> {
    let mut list = vec![("SecretName", name), ("FetchExtendedConfig", "true")];
    list.extend(version_stage.map(|stage| ("VersionStage", stage)));
    list.extend(version_id.map(|id| ("VersionId", id)));
    list
}

/// Reads an answer.
///
/// # Errors
/// The service's error with its code and request id; [`crate::error::Code::Malformed`] when it is not a JSON object. That
/// the secret itself is missing is found by those who look into it; see [`super::secret_value`].
pub fn parse(response: &Response, temporary_identity: bool) -> Result<SecretAnswer> {
    let mut answer = Answer::read(response, temporary_identity)?;
    let request_id = answer.request_id.clone();
    let Some(fields) = answer.document.fields_mut() else { return Err(answer.lacks("JSON object")) };
    Ok(SecretAnswer {
        name: field(fields, "SecretName"),
        secret_type: field(fields, "SecretType"),
        data: take_text(fields, "SecretData").map(Secret::new),
        data_type: field(fields, "SecretDataType"),
        version_id: field(fields, "VersionId"),
        version_stages: stages(fields),
        create_time: field(fields, "CreateTime"),
        last_rotation_date: field(fields, "LastRotationDate"),
        next_rotation_date: field(fields, "NextRotationDate"),
        extended_config: field(fields, "ExtendedConfig"),
        automatic_rotation: field(fields, "AutomaticRotation"),
        rotation_interval: field(fields, "RotationInterval"),
        request_id,
    })
}

fn field(fields: &Map<String, Value>, name: &str) -> Field {
    match fields.get(name) {
        None | Some(Value::Null) => Field::Absent,
        Some(Value::String(text)) => Field::Text(text.clone()),
        Some(_) => Field::NotText,
    }
}

fn stages(fields: &Map<String, Value>) -> Vec<String> {
    let list = fields.get("VersionStages").and_then(|stages| stages.get("VersionStage")?.as_array());
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
