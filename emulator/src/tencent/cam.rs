//! CAM: `BuildDataFlowAuthToken`.

use serde_json::{Value, json};

use super::error::ServiceError;
use super::params::Call;
use super::token::seal;
use crate::state::State;

pub(crate) fn build_data_flow_auth_token(
    state: &State,
    call: &Call<'_>,
    request_id: &str,
) -> Result<Value, ServiceError> {
    let (instance, region, user) =
        (call.text("ResourceId")?, call.text("ResourceRegion")?, call.text("ResourceAccount")?);
    let unknown = || ServiceError::new("FailedOperation.FlowAuthIllegal", "There is no such account on this resource.");
    let account = state.account(region, instance, user).ok_or_else(unknown)?;
    if !account.enabled {
        return Err(ServiceError::new(
            "ResourceNotFound.DataFlowAuthClose",
            "The account is not kept by CAM any more.",
        ));
    }
    let now = state.now_ms();
    let failed = || ServiceError::new("FailedOperation.BuildAuthToken", "The token could not be made.");
    let token = seal(account, request_id, now).ok_or_else(failed)?;
    let report = &state.saved.tencent.report;
    Ok(json!({
        "Credentials": {
            "Token": token,
            "CurrentTime": now,
            "NextRotationTime": account.next_rotation_ms,
            "LastRotationTimeCost": report.cost_ms,
            "RotationStatus": report.status,
            "RotationMessage": report.message,
        },
        "RequestId": request_id,
    }))
}
