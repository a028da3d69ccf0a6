//! Which of Tencent Cloud's services a request is for, and its answer.

use serde_json::{Value, json};

use super::error::ServiceError;
use super::params::{self, Call, missing};
use super::sign::Tc3;
use super::{auth, cam, metadata, sts};
use crate::action::{ActionAnswer, Cloud};
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::util::uuid;

/// The name under which a request is counted and faults find it; `None` while that depends on a body that is not read yet.
pub(crate) fn name(state: &State, head: &Head, body: Option<&[u8]>) -> Option<String> {
    if metadata::covers(head.path()) {
        return Some("metadata".to_owned());
    }
    let action = params::action(head, body.unwrap_or_default());
    let is_known = |action: &String| version(action).is_some() || state.saved.actions.has(Cloud::Tencent, action);
    let known = action.map(|action| if is_known(&action) { action } else { "unknown".to_owned() });
    known.or_else(|| body.map(|_| "unknown".to_owned()))
}

/// Service and version of an action.
fn version(action: &str) -> Option<(&'static str, &'static str)> {
    match action {
        "BuildDataFlowAuthToken" => Some(("cam", "2019-01-16")),
        "AssumeRole" | "AssumeRoleWithWebIdentity" => Some(("sts", "2018-08-13")),
        _ => None,
    }
}

/// An error in the service's own form.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    Reply::json(refusal.status, &ServiceError::new(&refusal.code, refusal.message.as_str()).body(&uuid()))
}

/// The normal answer.
pub(crate) fn answer(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    if metadata::covers(head.path()) {
        return metadata::answer(state, &head.method, head.path());
    }
    if head.path() != "/" {
        return Reply::text(404, "text/plain", "Not Found");
    }
    let request_id = uuid();
    match act(state, head, body, &request_id) {
        Ok((status, value)) => Reply::json(status, &value),
        Err(error) => Reply::json(200, &error.body(&request_id)),
    }
}

/// The status and the answer of a call.
fn act(state: &mut State, head: &Head, body: &[u8], request_id: &str) -> Result<(u16, Value), ServiceError> {
    let call = Call::read(head, body)?;
    match registered(state, &call) {
        Some(answer) => {
            match answer.action.as_str() {
                "AssumeRoleWithWebIdentity" => auth::check_unsigned(state, &call)?,
                _ => auth::check(state, &call, answer.service.as_deref())?,
            }
            Ok((answer.status, answer.with_id(request_id)))
        }
        None => own(state, &call, request_id).map(|response| (200, json!({"Response": response}))),
    }
}

/// What a test registered for the action of a call. The service of the scope chooses among several; one of another scope is
/// found too, for its signature to be refused.
fn registered(state: &State, call: &Call<'_>) -> Option<ActionAnswer> {
    let (action, version) = (call.common("Action")?, call.common("Version")?);
    let claim = call.head.header("Authorization").and_then(Tc3::parse);
    let find = |service| state.saved.actions.find(Cloud::Tencent, service, version, action);
    find(claim.map(|claim| claim.service)).or_else(|| find(None)).cloned()
}

/// What the emulator answers itself.
fn own(state: &mut State, call: &Call<'_>, request_id: &str) -> Result<Value, ServiceError> {
    let action = call.common("Action").ok_or_else(|| missing("Action"))?;
    let unknown = || ServiceError::new("InvalidAction", format!("The action {action} is not known here."));
    let (service, version) = version(action).ok_or_else(unknown)?;
    let asked = call.common("Version").ok_or_else(|| missing("Version"))?;
    if asked != version {
        let message = format!("The version {asked} of {service} does not exist or has no action {action}.");
        return Err(ServiceError::new("NoSuchVersion", message));
    }
    if action == "AssumeRoleWithWebIdentity" {
        auth::check_unsigned(state, call)?;
        return sts::assume_role_with_web_identity(state, call, request_id);
    }
    auth::check(state, call, Some(service))?;
    match action {
        "AssumeRole" => sts::assume_role(state, call, request_id),
        _ => cam::build_data_flow_auth_token(state, call, request_id),
    }
}
