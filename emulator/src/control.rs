//! The control endpoints, for tests in any language: those of both clouds; each cloud adds its own.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::action::ActionAnswer;
use crate::control_input::*;
use crate::http::Head;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::state::State;
use crate::util::ms;
use crate::{aliyun, tencent};

const BASE: &str = "/_emulator";
const NAMES: [&str; 12] = [
    "action",
    "clear-faults",
    "clock",
    "fault",
    "hold-rotation",
    "last-request",
    "plain",
    "remove-action",
    "requests",
    "signed-host",
    "state",
    "stop",
];

/// Whether a path is a control endpoint.
pub(crate) fn covers(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) fn answer(shared: &Shared, head: &Head, body: &[u8]) -> Reply {
    // DNS rebinding: a web page in a browser on this machine could reach the port under another name.
    if !head.header("host").is_some_and(is_local) {
        return Reply::json(403, &json!({"error": "control answers to loopback names only"}));
    }
    let name = head.path().strip_prefix(BASE).unwrap_or_default().trim_matches('/');
    let result = match head.method.as_str() {
        "GET" => look(shared, name, head.query()),
        "POST" if name == "stop" => {
            shared.stop.notify_one();
            Ok(json!({}))
        }
        "POST" if name == "plain" => {
            let address = shared.plain_address();
            Ok(json!({"host_port": address.to_string(), "url": format!("http://{address}")}))
        }
        "POST" => match aliyun::control::open(shared, name, body) {
            Some(answer) => answer,
            None => shared.with(|state| change(state, name, body)),
        },
        _ => Err((405, "only GET and POST are served".to_owned())),
    };
    match result {
        Ok(value) => Reply::json(200, &value),
        Err((404, error)) => {
            let names = [&NAMES[..], &tencent::control::NAMES[..], &aliyun::control::NAMES[..]].concat();
            Reply::json(404, &json!({"error": error, "names": names}))
        }
        Err((status, error)) => Reply::json(status, &json!({"error": error})),
    }
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn look(shared: &Shared, name: &str, query: &str) -> Answer {
    match name {
        "state" => Ok(shared.with(|state| describe(state, shared.connections.load(Ordering::Relaxed)))),
        "requests" => Ok(shared.with(|state| {
            let connections = shared.connections.load(Ordering::Relaxed);
            json!({"total": state.records.count(""), "actions": state.records.counts(), "connections": connections})
        })),
        "last-request" => shared.with(|state| {
            let action = query.strip_prefix("action=").unwrap_or_default();
            let Some(request) = state.records.last(action) else {
                return Err((400, format!("no request came for {action:?}")));
            };
            Ok(json!({
                "action": request.action, "method": request.method, "target": request.target,
                "headers": request.headers, "body": String::from_utf8_lossy(&request.body), "at_ms": request.at_ms,
            }))
        }),
        _ => Err(unknown(name)),
    }
}

/// The state without secrets. The fields of Tencent Cloud are at the top level.
fn describe(state: &State, connections: u64) -> Value {
    let saved = &state.saved;
    let mut whole = json!({
        "now_ms": state.now_ms(), "clock_offset_ms": saved.clock_offset_ms, "signed_hosts": saved.signed_hosts,
        "hold_rotation": saved.hold_rotation, "faults": state.faults.len(), "requests": state.records.counts(),
        "connections": connections, "last_error": state.last_error, "aliyun": aliyun::control::describe(state),
        "actions": saved.actions.describe(),
    });
    if let (Value::Object(whole), Value::Object(more)) = (&mut whole, tencent::control::describe(state)) {
        whole.extend(more);
    }
    whole
}

fn change(state: &mut State, name: &str, body: &[u8]) -> Answer {
    match name {
        "hold-rotation" => state.hold_rotation(input::<HoldInput>(body)?.hold),
        "clock" => {
            let i: ClockInput = input(body)?;
            let advance = ms(Duration::from_millis(i.advance_ms.unwrap_or(0)));
            let offset = i.offset_ms.unwrap_or(state.saved.clock_offset_ms);
            state.saved.clock_offset_ms = offset.saturating_add(advance);
            return Ok(json!({"now_ms": state.now_ms(), "offset_ms": state.saved.clock_offset_ms}));
        }
        "action" => {
            let answer: ActionAnswer = input(body)?;
            if !(200..=599).contains(&answer.status) {
                return Err((400, "status has to be between 200 and 599".to_owned()));
            }
            state.saved.actions.put(answer);
        }
        "remove-action" => {
            let i: ActionInput = input(body)?;
            if !state.saved.actions.remove(i.cloud, i.service.as_deref(), &i.version, &i.action) {
                return Err((400, "there is no such action".to_owned()));
            }
        }
        "signed-host" => state.saved.signed_hosts.push(input::<HostInput>(body)?.host),
        "fault" => {
            let fault = input::<FaultInput>(body)?.into_fault().map_err(|error| (400, error))?;
            state.faults.add(fault);
        }
        "clear-faults" => {
            let Nothing {} = input(body)?;
            state.faults.clear();
        }
        _ if tencent::control::NAMES.contains(&name) => return tencent::control::change(state, name, body),
        _ => return aliyun::control::change(state, name, body),
    }
    Ok(json!({}))
}
