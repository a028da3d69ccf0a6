//! The emulator's own endpoints, for tests in any language.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aliyun;
use crate::control_input::*;
use crate::http::Head;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::state::{Report, State, ms};

const BASE: &str = "/_emulator";
const NAMES: [&str; 22] = [
    "account-enabled",
    "accounts",
    "clear-faults",
    "clock",
    "expire-key",
    "fault",
    "hold-rotation",
    "keys",
    "last-request",
    "next-rotation",
    "oidc",
    "password",
    "remove-key",
    "requests",
    "role",
    "role-arn",
    "rotate",
    "rotation-period",
    "rotation-report",
    "signed-host",
    "state",
    "stop",
];

/// Whether a path belongs to control.
pub(crate) fn covers(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) type Answer = Result<Value, (u16, String)>;

pub(crate) fn answer(shared: &Shared, head: &Head, body: &[u8]) -> Reply {
    // A web page that a browser on this machine shows could reach the port under another name.
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
        "POST" => match aliyun::control::open(shared, name, body) {
            Some(answer) => answer,
            None => shared.with(|state| change(state, name, body)),
        },
        _ => Err((405, "only GET and POST are served".to_owned())),
    };
    match result {
        Ok(value) => Reply::json(200, &value),
        Err((404, error)) => {
            let names = [&NAMES[..], &aliyun::control::NAMES[..]].concat();
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

pub(crate) fn unknown(name: &str) -> (u16, String) {
    (404, format!("there is no control endpoint {name:?} for this method"))
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

/// The state without secrets.
fn describe(state: &State, connections: u64) -> Value {
    let saved = &state.saved;
    let keys: Vec<Value> = saved
        .keys
        .iter()
        .map(|key| {
            json!({"secret_id": key.secret_id, "session": key.token.is_some(), "issued": key.issued,
                   "expires_at_ms": key.expires_at_ms, "expired": key.expired})
        })
        .collect();
    let accounts: Vec<Value> = saved
        .accounts
        .iter()
        .map(|a| {
            json!({"region": a.region, "instance": a.instance, "user": a.user, "enabled": a.enabled,
                   "rotations": a.rotations, "last_rotation_ms": a.last_rotation_ms,
                   "next_rotation_ms": a.next_rotation_ms})
        })
        .collect();
    let roles: Vec<Value> = saved.roles.iter().map(|r| json!({"name": r.name, "life_ms": r.life_ms})).collect();
    let role_arns: Vec<Value> = saved.role_arns.iter().map(|r| json!({"arn": r.arn, "life_ms": r.life_ms})).collect();
    let providers: Vec<&str> = saved.web_identities.iter().map(|known| known.provider_id.as_str()).collect();
    json!({
        "now_ms": state.now_ms(), "clock_offset_ms": saved.clock_offset_ms, "keys": keys, "accounts": accounts,
        "roles": roles, "role_arns": role_arns, "oidc_providers": providers, "signed_hosts": saved.signed_hosts,
        "rotation_period_ms": saved.rotation_period_ms, "hold_rotation": saved.hold_rotation,
        "rotation_report": {"status": saved.report.status, "message": saved.report.message, "cost_ms": saved.report.cost_ms},
        "faults": state.faults.len(), "requests": state.records.counts(), "connections": connections,
        "database": state.database.is_some(), "last_error": state.last_error,
        "aliyun": aliyun::control::describe(state),
    })
}

/// Reads the body; an empty one is an empty object.
pub(crate) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, (u16, String)> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| (400, error.to_string()))
}

fn no_account() -> (u16, String) {
    (400, "there is no such account".to_owned())
}

fn change(state: &mut State, name: &str, body: &[u8]) -> Answer {
    match name {
        "keys" => {
            let i: KeyInput = input(body)?;
            let life = i.expires_in_ms.map(Duration::from_millis);
            state.add_key(&i.secret_id, &i.secret_key, i.token.as_deref(), life);
        }
        "remove-key" => state.remove_key(&input::<KeyName>(body)?.secret_id),
        "expire-key" => {
            if !state.expire_key(&input::<KeyName>(body)?.secret_id) {
                return Err((400, "there is no such key".to_owned()));
            }
        }
        "accounts" => {
            let i: AccountName = input(body)?;
            state.add_account(&i.region, &i.instance, &i.user).map_err(|error| (502, error))?;
            return password(state, &i);
        }
        "password" => return password(state, &input(body)?),
        "rotate" => {
            let RotateInput { region, instance, user, password: to } = input(body)?;
            let i = AccountName { region, instance, user };
            state.account(&i.region, &i.instance, &i.user).ok_or_else(no_account)?;
            state.rotate(&i.region, &i.instance, &i.user, to).map_err(|error| (502, error))?;
            return password(state, &i);
        }
        "next-rotation" => {
            let i: NextRotationInput = input(body)?;
            let next = state.now_ms().saturating_add(ms(Duration::from_millis(i.in_ms)));
            state.account_mut(&i.region, &i.instance, &i.user).ok_or_else(no_account)?.next_rotation_ms = next;
        }
        "account-enabled" => {
            let i: EnabledInput = input(body)?;
            state.account_mut(&i.region, &i.instance, &i.user).ok_or_else(no_account)?.enabled = i.enabled;
        }
        "rotation-period" => state.set_rotation_period(Duration::from_millis(input::<PeriodInput>(body)?.period_ms)),
        "hold-rotation" => state.hold_rotation(input::<HoldInput>(body)?.hold),
        "rotation-report" => {
            let ReportInput { status, message, cost_ms } = input(body)?;
            state.saved.report = Report { status, message, cost_ms };
        }
        "clock" => {
            let i: ClockInput = input(body)?;
            let advance = ms(Duration::from_millis(i.advance_ms.unwrap_or(0)));
            let offset = i.offset_ms.unwrap_or(state.saved.clock_offset_ms);
            state.saved.clock_offset_ms = offset.saturating_add(advance);
            return Ok(json!({"now_ms": state.now_ms(), "offset_ms": state.saved.clock_offset_ms}));
        }
        "role" => {
            let i: RoleInput = input(body)?;
            state.set_role(&i.name, Duration::from_millis(i.life_ms));
        }
        "role-arn" => {
            let i: RoleArnInput = input(body)?;
            state.set_role_arn(&i.arn, i.external_id.as_deref(), Duration::from_millis(i.life_ms));
        }
        "oidc" => {
            let i: OidcInput = input(body)?;
            state.set_oidc_token(&i.provider_id, &i.token);
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
        _ => return aliyun::control::change(state, name, body),
    }
    Ok(json!({}))
}

fn password(state: &State, name: &AccountName) -> Answer {
    let account = state.account(&name.region, &name.instance, &name.user).ok_or_else(no_account)?;
    Ok(json!({
        "password": account.password, "previous": account.previous, "rotations": account.rotations,
        "next_rotation_ms": account.next_rotation_ms,
    }))
}
