//! STS: temporary keys for a role.

use serde_json::{Value, json};

use super::error::ServiceError;
use super::params::Call;
use crate::state::State;
use crate::util::iso_text;

const DEFAULT_SECONDS: i64 = 7200;
const MOST_SECONDS: i64 = 43_200;

pub(crate) fn assume_role(state: &mut State, call: &Call<'_>, request_id: &str) -> Result<Value, ServiceError> {
    let (arn, _) = (call.text("RoleArn")?, call.text("RoleSessionName")?);
    let external_id = call.optional_text("ExternalId")?;
    let seconds = duration(call)?;
    let role = state.saved.tencent.role_arns.iter().find(|role| role.arn == arn).ok_or_else(no_role)?;
    if role.external_id.is_some() && role.external_id.as_deref() != external_id {
        return Err(ServiceError::new(
            "UnauthorizedOperation",
            "The ExternalId is not the one that the role asks for.",
        ));
    }
    let life = role.life_ms;
    Ok(keys(state, life, seconds, request_id))
}

pub(crate) fn assume_role_with_web_identity(
    state: &mut State,
    call: &Call<'_>,
    request_id: &str,
) -> Result<Value, ServiceError> {
    let (provider, token) = (call.text("ProviderId")?, call.text("WebIdentityToken")?);
    let (arn, _) = (call.text("RoleArn")?, call.text("RoleSessionName")?);
    let seconds = duration(call)?;
    if !state.saved.tencent.web_identities.iter().any(|known| known.provider_id == provider && known.token == token) {
        return Err(ServiceError::new("UnauthorizedOperation", "The web identity token is not accepted."));
    }
    let life = state.saved.tencent.role_arns.iter().find(|role| role.arn == arn).ok_or_else(no_role)?.life_ms;
    Ok(keys(state, life, seconds, request_id))
}

fn no_role() -> ServiceError {
    ServiceError::new("ResourceNotFound.RoleNotFound", "There is no such role.")
}

fn duration(call: &Call<'_>) -> Result<i64, ServiceError> {
    match call.optional_integer("DurationSeconds")?.unwrap_or(DEFAULT_SECONDS) {
        seconds @ 1..=MOST_SECONDS => Ok(seconds),
        i64::MIN..=0 => Err(ServiceError::new("InvalidParameter.ParamError", "DurationSeconds has to be positive.")),
        _ => Err(ServiceError::new("InvalidParameter.OverTimeError", "DurationSeconds is more than 43200.")),
    }
}

/// The role's life shortens what was asked for, so that tests can have keys of a second.
fn keys(state: &mut State, life_ms: i64, seconds: i64, request_id: &str) -> Value {
    let key = state.issue_key(life_ms.min(seconds.saturating_mul(1000)));
    let end = key.expires_at_ms.unwrap_or_default().div_euclid(1000);
    json!({
        "Credentials": {"Token": key.token, "TmpSecretId": key.secret_id, "TmpSecretKey": key.secret_key},
        "ExpiredTime": end,
        "Expiration": iso_text(end),
        "RequestId": request_id,
    })
}
