//! Hands a request to the cloud that it is for. What is not Alibaba Cloud's is Tencent Cloud's.

use std::time::Duration;

use crate::aliyun::gateway as aliyun;
use crate::disruption::Disruption;
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::tencent::gateway as tencent;

/// The name under which a request is counted and faults find it; `None` while only its body could tell.
pub(crate) fn name(state: &State, head: &Head, body: Option<&[u8]>) -> Option<String> {
    match aliyun::service(state, head, body) {
        Some(service) => aliyun::name(service, head, body),
        None => tencent::name(head, body),
    }
}

/// Whether a region's port resets every connection.
pub(crate) fn is_down(state: &State, region: &str) -> bool {
    aliyun::is_down(state, region)
}

/// What keeps a request from its answer, in the region of the port it came to, and the pause before that or the answer.
pub(crate) fn disruption(state: &mut State, port: Option<&str>, head: &Head, body: &[u8]) -> (Disruption, Duration) {
    match aliyun::service(state, head, Some(body)) {
        Some(service) => aliyun::disruption(state, service, port, head, body),
        None => (Disruption::None, Duration::ZERO),
    }
}

/// An error in the form of the service that was asked.
pub(crate) fn refused(state: &State, head: &Head, body: &[u8], refusal: &Refusal) -> Reply {
    match aliyun::service(state, head, Some(body)) {
        Some(service) => aliyun::refused(service, head, refusal),
        None => tencent::refused(refusal),
    }
}

/// The normal answer.
pub(crate) fn answer(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    match aliyun::service(state, head, Some(body)) {
        Some(service) => aliyun::answer(state, service, head, body),
        None => tencent::answer(state, head, body),
    }
}
