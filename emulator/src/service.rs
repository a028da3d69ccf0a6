//! Hands a request to its cloud: to Alibaba Cloud if its gateway recognises it, otherwise to Tencent Cloud.

use std::time::Duration;

use crate::aliyun::gateway as aliyun;
use crate::body::Body;
use crate::disruption::Disruption;
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::tencent::gateway as tencent;

/// The name under which a request is counted and faults find it; `None` while that depends on a body that is not read yet.
pub(crate) fn name(state: &State, head: &Head, body: Option<&[u8]>) -> Option<String> {
    match aliyun::service(state, head, body) {
        Some(service) => aliyun::name(state, service, head, body),
        None => tencent::name(state, head, body),
    }
}

/// Whether a region's port resets every connection.
pub(crate) fn is_down(state: &State, region: &str) -> bool {
    aliyun::is_down(state, region)
}

/// The disruption of the region that a request is for, and the delay before it or before the answer.
pub(crate) fn disruption(state: &mut State, port: Option<&str>, head: &Head, body: &[u8]) -> (Disruption, Duration) {
    match aliyun::service(state, head, Some(body)) {
        Some(service) => aliyun::disruption(state, service, port, head, body),
        None => (Disruption::None, Duration::ZERO),
    }
}

/// An error in the service's own form.
pub(crate) fn refused(state: &State, head: &Head, body: &[u8], refusal: &Refusal) -> Reply {
    match aliyun::service(state, head, Some(body)) {
        Some(service) => aliyun::refused(service, head, refusal),
        None => tencent::refused(refusal),
    }
}

/// The normal answer.
pub(crate) fn answer(state: &mut State, head: &Head, body: &Body) -> Reply {
    match aliyun::service(state, head, Some(body.in_memory())) {
        Some(service) => aliyun::answer(state, service, head, body),
        None => tencent::answer(state, head, body.in_memory()),
    }
}

/// Whether the service reads a body from a file. Any other needs it in memory.
pub(crate) fn takes_files(state: &State, head: &Head) -> bool {
    aliyun::takes_files(state, head)
}
