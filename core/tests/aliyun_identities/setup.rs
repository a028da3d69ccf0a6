//! What the tests of Alibaba Cloud's identities share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use evercred_core::blocking::Lanes;
use evercred_core::cache::{Source, Status};
use evercred_core::client::{Client, Config};
use evercred_core::error::{Error, Result};
use evercred_core::http::{Http, HttpSettings, ProxyChoice};
use evercred_core::log::Sink;
use evercred_core::platform::Platform;
use evercred_core::providers::{Context, Fetched, Provider};
use evercred_emulator::{Fault, FaultKind, RecordedRequest};

pub use crate::support::aliyun_managed::{
    ACTION as GET_SECRET, ASKER, ASKER_SECRET, HOUR, KEY, MINUTE, NAME, managed_world as world, rotate,
};
use crate::support::*;

pub const ROLE: &str = "acs:ram::123456789012:role/app";
pub const STEP: &str = "acs:ram::123456789012:role/step";
pub const PROVIDER: &str = "acs:ram::123456789012:oidc-provider/ack-rrsa";
pub const ASSUME: &str = "AssumeRole";
pub const EXCHANGE: &str = "AssumeRoleWithOIDC";

/// Options that reach the emulator, with no identity but that of `more`.
pub fn config(world: &World, more: &[(&str, &str)]) -> Config {
    let host = world.emulator.host_port();
    let mut config = world.bare_config();
    let endpoints = [
        ("aliyun_kms_endpoint", host.as_str()),
        ("aliyun_sts_endpoint", &host),
        ("aliyun_metadata_endpoint", &host),
        ("aliyun_scheme", "http"),
    ];
    for (name, value) in endpoints.iter().chain(more) {
        config.set(name, value).unwrap();
    }
    config
}

pub fn open(world: &World, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    let client = world.client_of(config(world, more));
    let source = client.open_managed(None, NAME).unwrap();
    (client, source)
}

/// The error of opening with these options.
pub fn refusal(world: &World, more: &[(&str, &str)]) -> Error {
    world.client_of(config(world, more)).open_managed(None, NAME).unwrap_err()
}

/// The source hands out the secret's current key.
pub fn assert_live(world: &World, source: &Arc<Source>) {
    let credential = get(source);
    let data = world.emulator.secret_data(NAME).unwrap();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    world.remember(data["AccessKeySecret"].as_str().unwrap());
    let id = credential.material().access_key_id.expose();
    assert_eq!(data["AccessKeyId"], id);
    assert!(world.emulator.is_access_key_live(id));
    for request in world.emulator.recent_requests(GET_SECRET) {
        if let Some(token) = request.header("x-acs-security-token") {
            world.remember(token);
        }
    }
}

pub fn explanation(source: &Source) -> String {
    source.status().identity_explanation.unwrap_or_default()
}

/// Whose key signed the last request for a secret.
pub fn signer(world: &World) -> String {
    let request = world.emulator.last_request(GET_SECRET).unwrap();
    let authorization = request.header("Authorization").unwrap();
    authorization.split("Credential=").nth(1).unwrap().split(',').next().unwrap().to_owned()
}

/// The form parameters of a request.
pub fn parameters(request: &RecordedRequest) -> BTreeMap<String, String> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut letters = text.bytes();
        while let Some(letter) = letters.next() {
            match letter {
                b'%' => {
                    let digits = [letters.next().unwrap(), letters.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                b'+' => bytes.push(b' '),
                letter => bytes.push(letter),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The parameters of the last request of an action.
pub fn sent(world: &World, action: &str) -> BTreeMap<String, String> {
    parameters(&world.emulator.last_request(action).unwrap())
}

/// The status of the identity of this kind that the client keeps.
pub fn identity_status(client: &Client, kind: &str) -> Status {
    let name = format!("identity/aliyun/{kind}");
    client.statuses().into_iter().find(|status| status.name == name).unwrap()
}

/// Makes a service answer with a code until cleared.
pub fn fail(world: &World, action: &str, status: u16, code: &str) {
    let kind =
        FaultKind::Answer { status, code: Some(code.into()), message: None, content_type: None, retry_after: None };
    world.emulator.inject(Fault { action: Some(action.into()), times: u64::MAX, kind });
}

/// What a provider may use, outside of any client.
pub fn context(world: &World) -> Context {
    let settings = HttpSettings {
        connect_timeout: LONG,
        ca_pem: None,
        tls_verify: true,
        proxy: ProxyChoice::None,
        no_proxy: String::new(),
        user_agent: String::from("a-test"),
    };
    let platform = Arc::clone(&world.platform) as Arc<dyn Platform>;
    let lanes = Arc::new(Lanes::new(&platform));
    Context {
        platform: Arc::clone(&platform),
        http: Arc::new(Http::new(settings, Arc::clone(&platform), lanes)),
        log: Sink::default(),
        deadline: Instant::now() + LONG,
        has_usable: false,
        rejected: None,
        forced: false,
    }
}

/// One fetch of a provider, without a client.
pub fn fetch(world: &World, provider: &dyn Provider) -> Result<Fetched> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(provider.fetch(&context(world)))
}
