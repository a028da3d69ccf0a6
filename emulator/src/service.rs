//! The cloud's gateway: which action a request means, and its answer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aliyun::error::Refusal;
use crate::aliyun::gateway;
use crate::aliyun::region::Weather;
use crate::http::Head;
use crate::params::{self, Call, missing};
use crate::reply::{Reply, ServiceError};
use crate::state::State;
use crate::util::uuid;
use crate::{auth, cam, metadata, sts};

/// The name under which a request is counted and faults find it; `None` while only its body could tell.
pub(crate) fn name(state: &State, head: &Head, body: Option<&[u8]>) -> Option<String> {
    if let Some(service) = gateway::service(state, head, body) {
        return gateway::name(service, head, body);
    }
    if metadata::covers(head.path()) {
        return Some("metadata".to_owned());
    }
    let action = params::action(head, body.unwrap_or_default());
    let known = action.map(|action| if version(&action).is_some() { action } else { "unknown".to_owned() });
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

/// How a request fares in the region of the port it came to, and after what pause.
pub(crate) fn weather(state: &mut State, port: Option<&str>, head: &Head, body: &[u8]) -> (Weather, Duration) {
    match gateway::service(state, head, Some(body)) {
        Some(service) => gateway::weather(state, service, port, head, body),
        None => (Weather::Fine, Duration::ZERO),
    }
}

/// An error in the form of the service that was asked.
pub(crate) fn refused(state: &State, head: &Head, body: &[u8], refusal: &Refusal) -> Reply {
    match gateway::service(state, head, Some(body)) {
        Some(service) => gateway::refused(service, head, refusal),
        None => Reply::json(refusal.status, &ServiceError::new(&refusal.code, refusal.message.as_str()).body(&uuid())),
    }
}

/// The normal answer.
pub(crate) fn answer(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    if let Some(service) = gateway::service(state, head, Some(body)) {
        return gateway::answer(state, service, head, body);
    }
    if metadata::covers(head.path()) {
        return metadata::answer(state, &head.method, head.path());
    }
    if head.path() != "/" {
        return Reply::text(404, "text/plain", "Not Found");
    }
    let request_id = uuid();
    let value = match act(state, head, body, &request_id) {
        Ok(response) => json!({"Response": response}),
        Err(error) => error.body(&request_id),
    };
    Reply::json(200, &value)
}

fn act(state: &mut State, head: &Head, body: &[u8], request_id: &str) -> Result<Value, ServiceError> {
    let call = Call::read(head, body)?;
    let action = call.common("Action").ok_or_else(|| missing("Action"))?;
    let unknown = || ServiceError::new("InvalidAction", format!("The action {action} is not known here."));
    let (service, version) = version(action).ok_or_else(unknown)?;
    let asked = call.common("Version").ok_or_else(|| missing("Version"))?;
    if asked != version {
        let message = format!("The version {asked} of {service} does not exist or has no action {action}.");
        return Err(ServiceError::new("NoSuchVersion", message));
    }
    if action == "AssumeRoleWithWebIdentity" {
        auth::check_unsigned(state, &call)?;
        return sts::assume_role_with_web_identity(state, &call, request_id);
    }
    auth::check(state, &call, service)?;
    match action {
        "AssumeRole" => sts::assume_role(state, &call, request_id),
        _ => cam::build_data_flow_auth_token(state, &call, request_id),
    }
}
