//! Which of Alibaba Cloud's services a request is for, and its answer.

use std::time::Duration;

use serde_json::Value;

use super::metadata::{self, Part};
use super::openapi_error::Answer;
use super::oss::service as oss;
use super::params::Call;
use super::{auth, dkms, kms, sts};
use crate::action::{ActionAnswer, Cloud};
use crate::body::Body;
use crate::disruption::Disruption;
use crate::form::{is_form, parse_form};
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::util::uuid;

/// A service that is recognised by more than an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Service {
    /// KMS and STS.
    OpenApi,
    /// The ECS metadata service and the credentials URI.
    Metadata(Part),
    /// Dedicated KMS.
    Dedicated,
    /// OSS.
    Oss,
}

/// The service that a request is for; `None` if it is not for this cloud, or that depends on a body that is not read yet.
pub(crate) fn service(state: &State, head: &Head, body: Option<&[u8]>) -> Option<Service> {
    let part = metadata::part(head.path()).map(Service::Metadata);
    if dkms::covers(head) {
        return Some(Service::Dedicated);
    }
    if oss::covers(state, head) {
        return Some(Service::Oss);
    }
    part.or_else(|| open_api(head, body).then_some(Service::OpenApi))
}

fn open_api(head: &Head, body: Option<&[u8]>) -> bool {
    if head.header("x-acs-action").is_some() || head.header("x-acs-version").is_some() {
        return true;
    }
    if head.header("Authorization").is_some_and(|header| header.starts_with("ACS3-")) {
        return true;
    }
    let ours = |text: &str| {
        parse_form(text).iter().any(|(name, value)| match name.as_str() {
            "AccessKeyId" | "SignatureVersion" => true,
            "Version" => matches!(value.as_str(), KMS | STS),
            _ => false,
        })
    };
    ours(head.query()) || (is_form(head) && body.is_some_and(|body| ours(&String::from_utf8_lossy(body))))
}

/// The name under which a request is counted and faults find it; `None` while that depends on a body that is not read yet.
pub(crate) fn name(state: &State, service: Service, head: &Head, body: Option<&[u8]>) -> Option<String> {
    match service {
        Service::Metadata(Part::Token) => Some("ecs-metadata-token".to_owned()),
        Service::Metadata(Part::Roles) => Some("ecs-metadata".to_owned()),
        Service::Dedicated => Some("dkms".to_owned()),
        Service::Oss => Some("oss".to_owned()),
        Service::Metadata(Part::Uri) => Some("credentials-uri".to_owned()),
        Service::OpenApi => {
            let call = Call::read(head, body.unwrap_or_default());
            match call.action() {
                Some(action) if version(action).is_some() || state.saved.actions.has(Cloud::Aliyun, action) => {
                    Some(action.to_owned())
                }
                None if body.is_none() => None,
                _ => Some("unknown".to_owned()),
            }
        }
    }
}

const KMS: &str = "2016-01-20";
const STS: &str = "2015-04-01";

/// The version of an action.
fn version(action: &str) -> Option<&'static str> {
    match action {
        "GetSecretValue" => Some(KMS),
        "AssumeRole" | "AssumeRoleWithOIDC" | "GetCallerIdentity" => Some(STS),
        _ => None,
    }
}

/// The disruption of the region that a request is for: the region of the port, or the one that it names.
pub(crate) fn disruption(
    state: &mut State,
    service: Service,
    port: Option<&str>,
    head: &Head,
    body: &[u8],
) -> (Disruption, Duration) {
    if let Service::Metadata(part) = service {
        let disruption = if metadata::is_lost(state, part) { Disruption::Silent } else { Disruption::None };
        return (disruption, Duration::ZERO);
    }
    let call = Call::read(head, body);
    let of_host = || head.header("host").and_then(region_of_host);
    let Some(region) = port.or_else(|| call.optional("RegionId")).or_else(of_host) else {
        return (Disruption::None, Duration::ZERO);
    };
    let code = match service {
        Service::OpenApi if call.version() == Some(STS) => "Throttling.User",
        Service::Oss => "QpsLimitExceeded",
        _ => "Rejected.Throttling",
    };
    state.aliyun.regions.disruption(region, code)
}

/// `cn-hangzhou` of `kms.cn-hangzhou.aliyuncs.com`.
fn region_of_host(host: &str) -> Option<&str> {
    let mut labels = host.strip_suffix(".aliyuncs.com")?.split('.').rev();
    labels.next().filter(|label| label.contains('-') && !label.starts_with("kst-"))
}

/// `ecs` of `ecs.cn-hangzhou.aliyuncs.com`, `ecs-vpc.cn-hangzhou.aliyuncs.com` and `ecs-cn-hangzhou.aliyuncs.com`.
fn product_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let label = name.strip_suffix(".aliyuncs.com")?.split('.').next()?;
    label.split('-').next()
}

/// Whether a region resets every connection.
pub(crate) fn is_down(state: &State, region: &str) -> bool {
    state.aliyun.regions.get(region).is_some_and(|region| region.down)
}

/// The normal answer.
pub(crate) fn answer(state: &mut State, service: Service, head: &Head, body: &Body) -> Reply {
    match service {
        Service::Metadata(part) => metadata::answer(state, part, head),
        Service::Oss => oss::answer(state, head, body),
        Service::Dedicated => match dkms::answer(state, head, body.in_memory()) {
            Ok(reply) => reply,
            Err(refusal) => refused(service, head, &refusal),
        },
        Service::OpenApi => match act(state, &Call::read(head, body.in_memory())) {
            Ok((status, value)) => Reply::json(status, &value),
            Err(refusal) => refused(service, head, &refusal),
        },
    }
}

/// Whether the service reads a body from a file.
pub(crate) fn takes_files(state: &State, head: &Head) -> bool {
    service(state, head, None) == Some(Service::Oss)
}

/// An error in the service's own form.
pub(crate) fn refused(service: Service, head: &Head, refusal: &Refusal) -> Reply {
    match service {
        Service::OpenApi => refusal.json(head.header("host").unwrap_or_default()),
        Service::Dedicated => dkms::refused(refusal),
        Service::Oss => oss::refused(head, refusal),
        Service::Metadata(_) => Reply::text(refusal.status, "text/plain", refusal.message.as_str()),
    }
}

/// The status and the answer of a call.
fn act(state: &mut State, call: &Call<'_>) -> Result<(u16, Value), Refusal> {
    match registered(state, call) {
        Some(answer) => {
            match answer.action.as_str() {
                "AssumeRoleWithOIDC" => auth::check_unsigned(state, call)?,
                _ => drop(auth::check(state, call)?),
            }
            Ok((answer.status, answer.with_id(&uuid().to_uppercase())))
        }
        None => own(state, call).map(|answer| (200, answer)),
    }
}

/// What a test registered for the action of a call.
fn registered(state: &State, call: &Call<'_>) -> Option<ActionAnswer> {
    let product = call.head.header("host").and_then(product_of_host);
    state.saved.actions.find(Cloud::Aliyun, product, call.version()?, call.action()?).cloned()
}

/// What the emulator answers itself.
fn own(state: &mut State, call: &Call<'_>) -> Answer {
    let unknown = || {
        let message = "Specified api is not found, please check your url and method.";
        Refusal::new(404, "InvalidAction.NotFound", message)
    };
    if call.head.path() != "/" || !matches!(call.head.method.as_str(), "GET" | "POST") {
        return Err(unknown());
    }
    let action = call.action().ok_or_else(|| Refusal::missing("Action"))?;
    let version = version(action).ok_or_else(unknown)?;
    if call.version().ok_or_else(|| Refusal::missing("Version"))? != version {
        return Err(Refusal::new(400, "InvalidVersion", "Specified parameter Version is not valid."));
    }
    let request_id = uuid().to_uppercase();
    if action == "AssumeRoleWithOIDC" {
        auth::check_unsigned(state, call)?;
        return sts::assume_role_with_oidc(state, call, &request_id);
    }
    let caller = auth::check(state, call)?;
    match action {
        "GetSecretValue" => kms::get_secret_value(state, call, &caller, &request_id),
        "AssumeRole" => sts::assume_role(state, call, &request_id),
        _ => Ok(sts::get_caller_identity(&caller, &request_id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_hosts() {
        for (host, region) in [
            ("kms.cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("kms-vpc.cn-beijing.aliyuncs.com", Some("cn-beijing")),
            ("sts.aliyuncs.com", None),
            ("127.0.0.1:1", None),
        ] {
            assert_eq!(region_of_host(host), region);
        }
    }

    #[test]
    fn products_of_hosts() {
        for (host, product) in [
            ("ecs.cn-hangzhou.aliyuncs.com", Some("ecs")),
            ("kms-vpc.cn-beijing.aliyuncs.com:443", Some("kms")),
            ("ecs-cn-hangzhou.aliyuncs.com", Some("ecs")),
            ("ram.aliyuncs.com", Some("ram")),
            ("127.0.0.1:1", None),
        ] {
            assert_eq!(product_of_host(host), product);
        }
    }
}
