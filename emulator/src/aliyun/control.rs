//! The control endpoints for Alibaba Cloud.

use std::time::Duration;

use serde_json::{Value, json};

use super::control_input::*;
use super::secret::{CURRENT, PREVIOUS};
use crate::control_input::{Answer, RoleArnInput, RoleInput, input, unknown};
use crate::shared::Shared;
use crate::state::State;
use crate::util::ms;

pub(crate) const NAMES: [&str; 22] = [
    "access-key-active",
    "access-keys",
    "buckets",
    "client-key",
    "ecs-metadata",
    "ecs-role",
    "expire-access-key",
    "ram-oidc",
    "ram-oidc-file",
    "ram-role",
    "region",
    "remove-client-key",
    "remove-secret",
    "revoke-access-key",
    "rotate-secret",
    "secret",
    "secret-data",
    "secret-denied",
    "secret-field",
    "secret-rotation",
    "secret-timestamps",
    "secrets",
];

/// The endpoints that may open a port; `None` if it is another one.
pub(crate) fn open(shared: &Shared, name: &str, body: &[u8]) -> Option<Answer> {
    match name {
        "region" => Some(input(body).map(|input| region(shared, input))),
        _ => None,
    }
}

fn region(shared: &Shared, input: RegionInput) -> Value {
    let address = shared.region_address(&input.region);
    let scheme = if shared.tls { "https" } else { "http" };
    shared.with(|state| {
        let region = state.aliyun.regions.of(&input.region);
        region.down = input.down.unwrap_or(region.down);
        region.silent = input.silent.unwrap_or(region.silent);
        region.unavailable = input.unavailable.unwrap_or(region.unavailable);
        region.delay = input.delay_ms.map_or(region.delay, Duration::from_millis);
        if let Some(throttle) = input.throttle {
            (region.throttles, region.throttle_code) = (throttle, input.throttle_code);
        }
        let url = format!("{scheme}://{address}");
        json!({"url": url, "host_port": address.to_string(), "requests": region.requests})
    })
}

fn missing(what: &str) -> (u16, String) {
    (400, format!("there is no such {what}"))
}

fn found(known: bool, what: &str) -> Result<(), (u16, String)> {
    if known { Ok(()) } else { Err(missing(what)) }
}

pub(crate) fn change(state: &mut State, name: &str, body: &[u8]) -> Answer {
    let millis = Duration::from_millis;
    match name {
        "access-keys" => {
            let i: KeyInput = input(body)?;
            state.add_access_key(&i.id, &i.secret, i.token.as_deref(), i.expires_in_ms.map(millis));
        }
        "revoke-access-key" => found(state.revoke_access_key(&input::<IdInput>(body)?.id), "key")?,
        "expire-access-key" => found(state.expire_access_key(&input::<IdInput>(body)?.id), "session")?,
        "access-key-active" => {
            let i: ActiveInput = input(body)?;
            found(state.set_access_key_active(&i.id, i.active), "key")?;
        }
        "ram-role" => {
            let i: RoleArnInput = input(body)?;
            state.set_ram_role(&i.arn, i.external_id.as_deref(), millis(i.life_ms));
        }
        "ram-oidc" => {
            let i: OidcInput = input(body)?;
            state.set_ram_oidc_token(&i.provider_arn, &i.token, i.expires_in_ms.map(millis));
        }
        "ram-oidc-file" => {
            let i: OidcFileInput = input(body)?;
            let issued = state.issue_oidc_token(&i.provider_arn, i.expires_in_ms.map(millis));
            return Ok(json!({"path": issued.map_err(|error| (500, format!("the token's file: {error}")))?}));
        }
        "ecs-role" => {
            let i: RoleInput = input(body)?;
            state.set_ecs_role(&i.name, millis(i.life_ms));
        }
        "ecs-metadata" => {
            let i: EcsInput = input(body)?;
            let metadata = &mut state.saved.aliyun.metadata;
            metadata.v1_off = i.v1.map_or(metadata.v1_off, |on| !on);
            metadata.v2_off = i.v2.map_or(metadata.v2_off, |on| !on);
            metadata.hop_limited = i.hop_limited.unwrap_or(metadata.hop_limited);
        }
        "client-key" => {
            let made = state.make_client_key(&input::<PasswordInput>(body)?.password);
            let (id, text) = made.ok_or_else(|| (500, "the key could not be made".to_owned()))?;
            return Ok(json!({"key_id": id, "json": text}));
        }
        "remove-client-key" => state.remove_client_key(&input::<IdInput>(body)?.id),
        "buckets" => {
            let i: BucketInput = input(body)?;
            state.add_bucket(&i.name, i.domains);
        }
        _ => return change_secret(state, name, body),
    }
    Ok(json!({}))
}

fn change_secret(state: &mut State, name: &str, body: &[u8]) -> Answer {
    let millis = Duration::from_millis;
    match name {
        "secrets" => {
            let i: SecretInput = input(body)?;
            let kind = i.kind().map_err(|error| (400, error))?;
            state.add_secret(&i.name, kind);
            return secret(state, &i.name);
        }
        "secret" => return secret(state, &input::<NameInput>(body)?.name),
        "remove-secret" => state.remove_secret(&input::<NameInput>(body)?.name),
        "rotate-secret" => {
            let i: RotateInput = input(body)?;
            found(state.rotate_secret(&i.name, millis(i.overlap_ms)), "secret")?;
            return secret(state, &i.name);
        }
        "secret-rotation" => {
            let i: RotationInput = input(body)?;
            let known = state.with_secret(&i.name, |secret, now| {
                if i.interval_ms.is_some() {
                    secret.set_interval(i.interval_ms.map(millis), now);
                }
                if let Some(next) = i.next_in_ms {
                    secret.next_rotation_ms = Some(now.saturating_add(ms(millis(next))));
                }
                secret.overlap_ms = i.overlap_ms.map_or(secret.overlap_ms, |overlap| ms(millis(overlap)));
            });
            found(known, "secret")?;
            return secret(state, &i.name);
        }
        "secret-data" => {
            let DataInput { name, data } = input(body)?;
            found(state.with_secret(&name, |secret, now| secret.push_version(data, None, now)), "secret")?;
            return secret(state, &name);
        }
        "secret-field" => {
            let FieldInput { name, field, value } = input(body)?;
            found(state.with_secret(&name, |secret, _| drop(secret.replaced.insert(field, value))), "secret")?;
        }
        "secret-denied" => {
            let i: DeniedInput = input(body)?;
            found(state.with_secret(&i.name, |secret, _| secret.deny(&i.key_id, i.denied)), "secret")?;
        }
        "secret-timestamps" => {
            let i: TimestampsInput = input(body)?;
            found(state.with_secret(&i.name, |secret, _| secret.timestamps = i.timestamps), "secret")?;
        }
        _ => return Err(unknown(name)),
    }
    Ok(json!({}))
}

fn secret(state: &State, name: &str) -> Answer {
    let secret = state.saved.aliyun.secret(name).ok_or_else(|| missing("secret"))?;
    let (current, previous) = (secret.staged(CURRENT), secret.staged(PREVIOUS));
    Ok(json!({
        "data": current.map(|version| &version.data), "version_id": current.map(|version| &version.id),
        "access_key_id": current.and_then(|version| version.key_id.as_ref()),
        "previous_access_key_id": previous.and_then(|version| version.key_id.as_ref()),
        "rotations": secret.rotations, "next_rotation_ms": secret.next_rotation_ms,
    }))
}

/// The state without secrets.
pub(crate) fn describe(state: &State) -> Value {
    let (cloud, now) = (&state.saved.aliyun, state.now_ms());
    let keys: Vec<Value> = cloud
        .keys
        .iter()
        .map(|key| {
            json!({"id": key.id, "session": key.token.is_some(), "issued": key.issued, "owner": key.owner,
                   "expires_at_ms": key.expires_at_ms, "revoked_at_ms": key.revoked_at_ms,
                   "live": key.standing(key.token.as_deref(), now).is_ok()})
        })
        .collect();
    let secrets: Vec<Value> = cloud
        .secrets
        .iter()
        .map(|secret| {
            json!({"name": secret.name, "rotations": secret.rotations, "next_rotation_ms": secret.next_rotation_ms,
                   "versions": secret.versions.len(), "overlap_ms": secret.overlap_ms})
        })
        .collect();
    let regions: Vec<Value> = state.aliyun.regions.describe();
    json!({
        "access_keys": keys, "secrets": secrets, "regions": regions,
        "ram_roles": cloud.roles.iter().map(|role| &role.arn).collect::<Vec<_>>(),
        "ecs_roles": cloud.metadata.roles.iter().map(|role| &role.name).collect::<Vec<_>>(),
        "client_keys": cloud.client_keys.iter().map(|key| &key.id).collect::<Vec<_>>(),
        "buckets": state.aliyun.buckets.keys().collect::<Vec<_>>(),
    })
}
