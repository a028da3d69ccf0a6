//! The answer of KMS's `GetSecretValue`.
//!
//! Facts: answers as the official clients read them. Every field is text, also numbers and the JSON in `ExtendedConfig`
//! and `SecretData`. A field with another type is kept as [`Field::NotText`], so that it does not make the secret
//! unusable.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::http::Response;
use crate::providers::aliyun::api::envelope::Answer;
use crate::providers::json::take_raw_text;
use crate::secret::Secret;

/// The API's version.
pub const VERSION: &str = "2016-01-20";
/// The action's name, also for dedicated KMS.
pub const ACTION: &str = "GetSecretValue";

/// A field of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// Missing or null.
    #[default]
    Absent,
    /// A text. It may be empty.
    Text(String),
    /// A value of another type.
    NotText,
}

impl Field {
    /// Reads a field of a JSON object.
    pub(super) fn of(fields: &Map<String, Value>, name: &str) -> Field {
        match fields.get(name) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::String(text)) => Field::Text(text.clone()),
            Some(_) => Field::NotText,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Field::Text(text) = self { Some(text) } else { None }
    }
}

/// One version of a secret, as the service returns it.
#[derive(Debug, Default)]
pub struct SecretAnswer {
    /// The secret's name.
    pub name: Field,
    /// `RAMCredentials`, `Rds`, `ECS`, `Generic`, …
    pub secret_type: Field,
    /// The secret data.
    pub data: Option<Secret>,
    /// `text` or `binary`.
    pub data_type: Field,
    /// The id of this version.
    pub version_id: Field,
    /// The stages of this version.
    pub version_stages: Vec<String>,
    /// When the secret was created.
    pub create_time: Field,
    /// When the secret was last rotated.
    pub last_rotation_date: Field,
    /// When the secret will be rotated next.
    pub next_rotation_date: Field,
    /// Further properties that depend on the type, as JSON.
    pub extended_config: Field,
    /// `Enabled`, `Disabled` or `Invalid`.
    pub automatic_rotation: Field,
    /// The time between two rotations: seconds, followed by `s`.
    pub rotation_interval: Field,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// The action's parameters. `FetchExtendedConfig` is always set, since the extended configuration contains the secret's
/// subtype.
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
/// The service's error with its code and request id; [`crate::error::Code::Malformed`] when it is not a JSON object.
/// Missing secret data is an error only when the data is read; see [`super::secret_value`].
pub fn parse(response: &Response, temporary_identity: bool) -> Result<SecretAnswer> {
    let mut answer = Answer::read(response, temporary_identity)?;
    let request_id = answer.request_id.clone();
    let Some(fields) = answer.document.fields_mut() else { return Err(answer.missing("JSON object")) };
    Ok(SecretAnswer {
        name: Field::of(fields, "SecretName"),
        secret_type: Field::of(fields, "SecretType"),
        data: take_raw_text(fields, "SecretData").map(Secret::new),
        data_type: Field::of(fields, "SecretDataType"),
        version_id: Field::of(fields, "VersionId"),
        version_stages: stages(fields),
        create_time: Field::of(fields, "CreateTime"),
        last_rotation_date: Field::of(fields, "LastRotationDate"),
        next_rotation_date: Field::of(fields, "NextRotationDate"),
        extended_config: Field::of(fields, "ExtendedConfig"),
        automatic_rotation: Field::of(fields, "AutomaticRotation"),
        rotation_interval: Field::of(fields, "RotationInterval"),
        request_id,
    })
}

fn stages(fields: &Map<String, Value>) -> Vec<String> {
    let list = fields.get("VersionStages").and_then(|stages| stages.get("VersionStage")?.as_array());
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
