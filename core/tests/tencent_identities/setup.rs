//! Helpers that the tests of the identities share.

use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use evercred_core::cache::{Source, Status};
use evercred_core::client::{Client, Config};
use evercred_core::error::Error;
use evercred_emulator::{Fault, FaultKind, RecordedRequest};

pub const HOUR: Duration = Duration::from_secs(3600);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const SECOND: Duration = Duration::from_secs(1);
pub const METADATA: &str = "metadata";
pub const ASSUME: &str = "AssumeRole";
pub const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
pub const ARN: &str = "qcs::cam::uin/100000000001:roleName/evercred-test";

/// A configuration that reaches the emulator, with these options and no identity but what they say.
pub fn bare(world: &World, options: &[(&str, &str)]) -> Config {
    let mut config = world.bare_config();
    for (name, value) in options {
        config.set(name, value).unwrap();
    }
    config
}

pub fn open(world: &World, options: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    let client = world.client_of(bare(world, options));
    let source = world.source(&client);
    (client, source)
}

pub fn explanation(source: &Source) -> String {
    source.status().identity_explanation.unwrap_or_default()
}

/// Whose key signed the last request for a token, and the session token that came with it.
pub fn signer(world: &World) -> (String, Option<String>) {
    signer_of(&world.emulator.last_request(CAM).unwrap())
}

pub fn signer_of(request: &RecordedRequest) -> (String, Option<String>) {
    let authorization = request.header("Authorization").unwrap();
    let id = authorization.split("Credential=").nth(1).unwrap().split('/').next().unwrap();
    (id.to_owned(), request.header("X-TC-Token").map(String::from))
}

/// The parameters of the last request of an action.
pub fn sent(world: &World, action: &str) -> serde_json::Value {
    serde_json::from_slice(&world.emulator.last_request(action).unwrap().body).unwrap()
}

/// The status of the identity of this kind that the client keeps.
pub fn identity_status(client: &Client, kind: &str) -> Status {
    let name = format!("identity/tencent/{kind}");
    client.statuses().into_iter().find(|status| status.name.starts_with(&name)).unwrap()
}

/// Makes one service fail, as the metadata service or STS would.
pub fn break_down(world: &World, action: &str, kind: FaultKind) {
    world.emulator.inject(Fault { action: Some(action.into()), times: u64::MAX, kind });
}

pub fn answer(status: u16, code: Option<&str>) -> FaultKind {
    FaultKind::Answer { status, code: code.map(Into::into), message: None, content_type: None, retry_after: None }
}

/// Session tokens of the emulator count as secrets too.
pub fn assert_no_secret(world: &World, client: &Client, errors: &[Error]) {
    for request in world.emulator.recent_requests("") {
        if let Some(token) = request.header("X-TC-Token") {
            world.remember(token);
        }
    }
    let shown: Vec<String> = errors.iter().map(|error| format!("{error} {error:?}")).collect();
    world.assert_no_secret(client, &shown);
}
