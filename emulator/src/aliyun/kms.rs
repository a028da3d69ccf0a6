//! KMS: `GetSecretValue`.

use serde_json::Value;

use super::auth::Caller;
use super::openapi_error::Answer;
use super::params::Call;
use crate::refusal::Refusal;
use crate::state::State;

pub(crate) fn get_secret_value(state: &State, call: &Call<'_>, caller: &Caller, request_id: &str) -> Answer {
    let name = call.required("SecretName").map_err(|_| missing("SecretName"))?;
    let extended = call.flag("FetchExtendedConfig")?;
    let asked = Asked { name, id: call.optional("VersionId"), stage: call.optional("VersionStage"), extended };
    let mut fields = read(state, &asked, caller)?;
    if let Some(map) = fields.as_object_mut() {
        map.insert("RequestId".to_owned(), request_id.into());
    }
    Ok(fields)
}

/// KMS has a word of its own for what is missing.
fn missing(name: &str) -> Refusal {
    let message = format!("The parameter {name} needed but no provided.");
    Refusal::new(400, "MissingParameter", message)
}

/// Which value is asked for, whatever the protocol.
pub(crate) struct Asked<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: Option<&'a str>,
    pub(crate) stage: Option<&'a str>,
    pub(crate) extended: bool,
}

pub(crate) fn read(state: &State, asked: &Asked<'_>, caller: &Caller) -> Result<Value, Refusal> {
    let not_found = || Refusal::new(404, "Forbidden.ResourceNotFound", "Resource not found.");
    let secret = state.saved.aliyun.secret(asked.name).ok_or_else(not_found)?;
    if secret.denies(&caller.key_id) {
        let message = "This operation is forbidden by permission system.";
        return Err(Refusal::new(403, "Forbidden.NoPermission", message));
    }
    let version = secret.version(asked.id, asked.stage).ok_or_else(not_found)?;
    Ok(secret.describe(version, asked.extended))
}
