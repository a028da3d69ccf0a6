//! The ECS metadata service, and a credentials URI that hands out the same keys.

use serde_json::json;

use super::state::ACCOUNT;
use crate::form::decode;
use crate::http::Head;
use crate::reply::Reply;
use crate::state::State;
use crate::util::{iso_text, random_text};

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials";
const URI: &str = "/aliyun/credentials";
const MOST_TTL_S: i64 = 21_600;

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Token,
    Roles,
    Uri,
}

pub(crate) fn part(path: &str) -> Option<Part> {
    let under = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match path {
        TOKEN => Some(Part::Token),
        _ if under(ROLES) => Some(Part::Roles),
        _ if under(URI) => Some(Part::Uri),
        _ => None,
    }
}

/// Whether the answer never arrives.
pub(crate) fn is_lost(state: &State, part: Part) -> bool {
    part == Part::Token && state.saved.aliyun.metadata.hop_limited
}

pub(crate) fn answer(state: &mut State, part: Part, head: &Head) -> Reply {
    let wanted = if part == Part::Token { "PUT" } else { "GET" };
    if head.method != wanted {
        return Reply::text(405, "text/plain", "Method Not Allowed");
    }
    match part {
        Part::Token => token(state, head),
        Part::Roles if !may_read(state, head) => {
            Reply::text(403, "text/html", "<html><body>403 - Forbidden</body></html>")
        }
        Part::Roles => role(state, head.path().strip_prefix(ROLES).unwrap_or_default(), true),
        Part::Uri => role(state, head.path().strip_prefix(URI).unwrap_or_default(), false),
    }
}

fn token(state: &mut State, head: &Head) -> Reply {
    if state.saved.aliyun.metadata.v2_off {
        return not_found();
    }
    let ttl = head.header("X-aliyun-ecs-metadata-token-ttl-seconds").and_then(|text| text.trim().parse().ok());
    let Some(ttl) = ttl.filter(|ttl| (1..=MOST_TTL_S).contains(ttl)) else {
        return Reply::text(400, "text/plain", "Bad Request");
    };
    let now = state.now_ms();
    let tokens = &mut state.saved.aliyun.metadata.tokens;
    tokens.retain(|(_, end)| *end > now);
    let token = random_text(44);
    tokens.push((token.clone(), now.saturating_add(ttl * 1000)));
    Reply::text(200, "text/plain", token)
}

fn may_read(state: &State, head: &Head) -> bool {
    let (metadata, now) = (&state.saved.aliyun.metadata, state.now_ms());
    match head.header("X-aliyun-ecs-metadata-token") {
        None => !metadata.v1_off,
        Some(token) => metadata.tokens.iter().any(|(known, end)| known == token && *end > now),
    }
}

fn not_found() -> Reply {
    Reply::text(404, "text/html", "<html><body>404 - Not Found</body></html>")
}

/// The keys of the role that the path names; without a name the first role's name, or its keys.
fn role(state: &mut State, path: &str, list: bool) -> Reply {
    let asked = decode(path.trim_start_matches('/'), false);
    let first = state.saved.aliyun.metadata.roles.first().map(|role| role.name.clone());
    match (asked.as_str(), first) {
        (_, None) => not_found(),
        ("", Some(first)) if list => Reply::text(200, "text/plain", first),
        ("", Some(first)) => keys(state, &first).unwrap_or_else(not_found),
        (name, _) => keys(state, name).unwrap_or_else(not_found),
    }
}

/// The keys of a role: the same ones until less than half of their life is left.
fn keys(state: &mut State, name: &str) -> Option<Reply> {
    let now = state.now_ms();
    let cloud = &mut state.saved.aliyun;
    let at = cloud.metadata.roles.iter().position(|role| role.name == name)?;
    let role = cloud.metadata.roles.get(at)?;
    let (life, current) = (role.life_ms, role.current.clone());
    let usable = current.filter(|key| {
        // What a test did to the key since counts.
        let known = cloud.keys.iter().find(|known| known.id == key.id);
        known.is_some_and(|known| {
            let left = known.expires_at_ms.map_or(0, |end| end.saturating_sub(now));
            left * 2 > life && known.standing(known.token.as_deref(), now).is_ok()
        })
    });
    let owner = format!("acs:ram::{ACCOUNT}:assumed-role/{name}/vm-i-emulator");
    let key = usable.unwrap_or_else(|| cloud.issue(&owner, life, now));
    let date = |ms: i64| iso_text(ms.div_euclid(1000));
    let body = json!({
        "AccessKeyId": key.id, "AccessKeySecret": key.secret, "SecurityToken": key.token,
        "Expiration": date(key.expires_at_ms?), "LastUpdated": date(now), "Code": "Success",
    });
    cloud.metadata.roles.get_mut(at)?.current = Some(key);
    Some(Reply::json(200, &body))
}
