//! The CVM metadata service.

use serde_json::json;

use crate::reply::Reply;
use crate::state::State;
use crate::util::iso_text;

/// Where roles and their keys are.
pub(crate) const BASE: &str = "/latest/meta-data/cam/security-credentials";

/// Whether a path belongs to this service.
pub(crate) fn covers(path: &str) -> bool {
    path.starts_with("/latest/")
}

pub(crate) fn answer(state: &mut State, method: &str, path: &str) -> Reply {
    if method != "GET" {
        return Reply::text(405, "text/plain", "Method Not Allowed");
    }
    let not_found = || Reply::text(404, "text/html", "<html><body>404 - Not Found</body></html>");
    let Some(rest) = path.strip_prefix(BASE) else { return not_found() };
    match rest.trim_start_matches('/') {
        "" => match state.saved.tencent.roles.first() {
            Some(role) => Reply::text(200, "text/plain", role.name.clone()),
            None => not_found(),
        },
        name => keys(state, name).unwrap_or_else(not_found),
    }
}

/// The keys of a role: the same ones until less than half of their life is left.
fn keys(state: &mut State, name: &str) -> Option<Reply> {
    let at = state.saved.tencent.roles.iter().position(|role| role.name == name)?;
    let (now, role) = (state.now_ms(), state.saved.tencent.roles.get(at)?);
    let (life, current) = (role.life_ms, role.current.clone());
    let usable = current.filter(|key| key.expires_at_ms.is_some_and(|end| end.saturating_sub(now) * 2 > life));
    let key = usable.unwrap_or_else(|| state.issue_key(life));
    let end = key.expires_at_ms?.div_euclid(1000);
    let body = json!({
        "TmpSecretId": key.secret_id,
        "TmpSecretKey": key.secret_key,
        "ExpiredTime": end,
        "Expiration": iso_text(end),
        "Token": key.token,
        "Code": "Success",
    });
    state.saved.tencent.roles.get_mut(at)?.current = Some(key);
    Some(Reply::json(200, &body))
}
