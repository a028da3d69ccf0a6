//! STS: sessions for a role, and who a key belongs to.

use serde_json::{Value, json};

use super::auth::Caller;
use super::openapi_error::Answer;
use super::params::Call;
use super::state::ACCOUNT;
use crate::refusal::Refusal;
use crate::state::State;
use crate::util::{iso_text, sha256_hex};

const DEFAULT_SECONDS: i64 = 3600;
const LEAST_SECONDS: i64 = 900;
const MOST_SECONDS: i64 = 43_200;

pub(crate) fn get_caller_identity(caller: &Caller, request_id: &str) -> Value {
    let kind = match caller.arn.split(':').nth(4).unwrap_or_default().split('/').next() {
        Some("assumed-role") => "AssumedRoleUser",
        Some("root") => "Account",
        _ => "RAMUser",
    };
    let digits: String = sha256_hex(caller.arn.as_bytes()).bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
    let id = digits.get(..18).unwrap_or_default();
    json!({
        "AccountId": ACCOUNT, "Arn": caller.arn, "IdentityType": kind, "PrincipalId": id, "UserId": id,
        "RequestId": request_id,
    })
}

pub(crate) fn assume_role(state: &mut State, call: &Call<'_>, request_id: &str) -> Answer {
    let asked = Asked::read(call)?;
    let external_id = call.optional("ExternalId");
    let role = state.saved.aliyun.roles.iter().find(|role| role.arn == asked.arn).ok_or_else(|| no_role(asked.arn))?;
    if role.external_id.is_some() && role.external_id.as_deref() != external_id {
        let message = "You are not authorized to do this action. You should be authorized by RAM.";
        return Err(Refusal::new(403, "NoPermission", message));
    }
    let life = role.life_ms;
    Ok(session(state, &asked, life, request_id))
}

pub(crate) fn assume_role_with_oidc(state: &mut State, call: &Call<'_>, request_id: &str) -> Answer {
    let asked = Asked::read(call)?;
    let (provider, token) = (call.required("OIDCProviderArn")?, call.required("OIDCToken")?);
    let mut known = state.saved.aliyun.oidc_tokens.iter().filter(|known| known.provider_arn == provider).peekable();
    if known.peek().is_none() {
        let message = format!("The OIDCProvider does not exist: {provider}");
        return Err(Refusal::new(404, "EntityNotExist.OIDCProvider", message));
    }
    let found = known.find(|known| known.token == token);
    let invalid = || Refusal::new(400, "AuthenticationFail.OIDCToken.Invalid", "This JSON Web Token is not valid.");
    if found.ok_or_else(invalid)?.expires_at_ms.is_some_and(|end| end <= state.now_ms()) {
        let message = "This JSON Web Token has expired.";
        return Err(Refusal::new(400, "AuthenticationFail.OIDCToken.Expired", message));
    }
    let role = state.saved.aliyun.roles.iter().find(|role| role.arn == asked.arn).ok_or_else(|| no_role(asked.arn))?;
    let life = role.life_ms;
    Ok(session(state, &asked, life, request_id))
}

fn no_role(arn: &str) -> Refusal {
    Refusal::new(404, "EntityNotExist.Role", format!("The role not exists: {arn}"))
}

struct Asked<'a> {
    arn: &'a str,
    session: &'a str,
    seconds: i64,
}

impl<'a> Asked<'a> {
    fn read(call: &'a Call<'_>) -> Result<Asked<'a>, Refusal> {
        let (arn, session) = (call.required("RoleArn")?, call.required("RoleSessionName")?);
        if !arn.starts_with("acs:ram::") || !arn.contains(":role/") {
            return Err(Refusal::invalid("RoleArn", "The parameter RoleArn is wrongly formed."));
        }
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
        if !(2..=64).contains(&session.len()) || !session.bytes().all(good) {
            return Err(Refusal::invalid("RoleSessionName", "The parameter RoleSessionName is wrongly formed."));
        }
        let seconds = call.number("DurationSeconds")?.unwrap_or(DEFAULT_SECONDS);
        if !(LEAST_SECONDS..=MOST_SECONDS).contains(&seconds) {
            let message = format!("The Min/Max value of DurationSeconds is {LEAST_SECONDS}/{MOST_SECONDS}.");
            return Err(Refusal::invalid("DurationSeconds", message));
        }
        Ok(Asked { arn, session, seconds })
    }
}

/// The role's life shortens what was asked for, so that tests can have sessions of a second.
fn session(state: &mut State, asked: &Asked<'_>, life_ms: i64, request_id: &str) -> Value {
    let now = state.now_ms();
    let role = asked.arn.rsplit_once(":role/").map_or("", |(_, role)| role);
    let owner = format!("acs:ram::{ACCOUNT}:assumed-role/{role}/{}", asked.session);
    let key = state.saved.aliyun.issue(&owner, life_ms.min(asked.seconds.saturating_mul(1000)), now);
    json!({
        "RequestId": request_id,
        "AssumedRoleUser": {"Arn": owner, "AssumedRoleId": format!("300000000000000000:{}", asked.session)},
        "Credentials": {
            "AccessKeyId": key.id, "AccessKeySecret": key.secret, "SecurityToken": key.token,
            "Expiration": iso_text(key.expires_at_ms.unwrap_or_default().div_euclid(1000)),
        },
    })
}
