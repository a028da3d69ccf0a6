//! The control endpoints for Tencent Cloud.

use std::time::Duration;

use serde_json::{Value, json};

use super::control_input::*;
use super::state::Report;
use crate::control_input::{Answer, RoleArnInput, RoleInput, input, unknown};
use crate::state::State;
use crate::util::ms;

pub(crate) const NAMES: [&str; 13] = [
    "account-enabled",
    "accounts",
    "expire-key",
    "keys",
    "next-rotation",
    "oidc",
    "password",
    "remove-key",
    "role",
    "role-arn",
    "rotate",
    "rotation-period",
    "rotation-report",
];

fn no_account() -> (u16, String) {
    (400, "there is no such account".to_owned())
}

pub(crate) fn change(state: &mut State, name: &str, body: &[u8]) -> Answer {
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
        "rotation-report" => {
            let ReportInput { status, message, cost_ms } = input(body)?;
            state.saved.tencent.report = Report { status, message, cost_ms };
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
        _ => return Err(unknown(name)),
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

/// The state without secrets.
pub(crate) fn describe(state: &State) -> Value {
    let saved = &state.saved.tencent;
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
        "keys": keys, "accounts": accounts, "roles": roles, "role_arns": role_arns, "oidc_providers": providers,
        "rotation_period_ms": saved.rotation_period_ms,
        "rotation_report": {"status": saved.report.status, "message": saved.report.message, "cost_ms": saved.report.cost_ms},
        "database": state.tencent.database.is_some(),
    })
}
