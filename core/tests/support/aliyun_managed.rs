//! Set-up for tests of managed credentials: a secret in KMS, an identity that may read it, and calls signed with the key.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evercred_core::cache::{Credential, Source};
use evercred_core::client::Client;
use evercred_core::http::Endpoint;
use evercred_core::platform::Platform;
use evercred_core::providers::aliyun::api::rpc::{Call, Signer, build};
use evercred_emulator::{Fault, FaultKind};

use super::{LONG, World};

pub const NAME: &str = "acs/ram/user/app";
pub const ASKER: &str = "LTAIasker";
pub const ASKER_SECRET: &str = "the-askers-own-secret";
/// The options of the identity that reads the secret.
pub const KEY: [(&str, &str); 2] = [("aliyun_access_key_id", ASKER), ("aliyun_access_key_secret", ASKER_SECRET)];
pub const ACTION: &str = "GetSecretValue";
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
/// A poll so rare that it never happens in a test.
pub const NO_POLL: (&str, &str) = ("poll_interval_ms", "86400000");

/// A world with a secret that rotates every 7 days.
pub fn managed_world() -> World {
    with_secret(World::new())
}

pub fn with_secret(world: World) -> World {
    add_asker(&world);
    world.emulator.add_ram_secret(NAME);
    world
}

/// Adds the identity that may read secrets.
pub fn add_asker(world: &World) {
    world.emulator.add_access_key(ASKER, ASKER_SECRET);
    world.remember(ASKER_SECRET);
}

/// Options that reach the emulator's KMS, with more over them.
pub fn managed_options<'a>(host: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("aliyun_kms_endpoint", host)], &KEY[..], more].concat()
}

/// A client on the clock that the test sets, and its source of the secret.
pub fn open(world: &World, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    let host = world.emulator.host_port();
    let mut options = managed_options(&host, &[("aliyun_scheme", "http")]);
    options.extend_from_slice(more);
    let client = world.client(&options);
    let source = client.open_managed(None, NAME).unwrap();
    (client, source)
}

pub fn key_of(credential: &Credential) -> &str {
    credential.material().access_key_id.expose()
}

/// The key that KMS keeps now; its secret is remembered as one that may be shown nowhere.
pub fn current(world: &World) -> String {
    let data = world.emulator.secret_data(NAME).unwrap();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    world.remember(data["AccessKeySecret"].as_str().unwrap());
    world.emulator.secret_access_key_id(NAME).unwrap()
}

/// Rotates now; the previous key stays valid for `overlap`.
pub fn rotate(world: &World, overlap: Duration) {
    current(world);
    assert!(world.emulator.rotate_secret(NAME, overlap));
    current(world);
}

/// Makes KMS fail in this way.
pub fn fail(world: &World, times: u64, kind: FaultKind) {
    world.emulator.inject(Fault { action: Some(ACTION.into()), times, kind });
}

/// Makes KMS answer with this code.
pub fn refuse(world: &World, times: u64, status: u16, code: &str) {
    let kind =
        FaultKind::Answer { status, code: Some(code.into()), message: None, content_type: None, retry_after: None };
    fail(world, times, kind);
}

/// A call of `GetCallerIdentity` that is signed with this key: the code that it is refused with, "" if it is not.
pub fn call(world: &World, credential: &Credential) -> String {
    static NONCE: AtomicU64 = AtomicU64::new(0);
    let material = credential.material();
    let nonce = format!("call-{}", NONCE.fetch_add(1, Ordering::Relaxed));
    let what = Call {
        action: "GetCallerIdentity",
        version: "2015-04-01",
        parameters: &[],
        region: None,
        timestamp: world.emulator.now_ms().div_euclid(1000),
        nonce: &nonce,
    };
    let signer =
        Signer::AccessKey { id: material.access_key_id.expose(), secret: &material.access_key_secret, token: None };
    let host = world.emulator.plain_host_port();
    let endpoint = Endpoint { scheme: "http".into(), host_and_port: host.clone() };
    let request = build(&endpoint, &what, &signer).unwrap();
    let mut head = String::from("POST / HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(&[head.as_bytes(), &request.body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(body["Arn"].is_string() || body["Code"].is_string(), "neither an answer nor a refusal");
    body["Code"].as_str().unwrap_or_default().to_owned()
}

/// Sets the clocks of the emulator and of the platform to a moment.
pub fn set_clock(world: &World, to_ms: i64) {
    let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    world.emulator.set_clock_offset_ms(to_ms - i64::try_from(real.as_millis()).unwrap());
    world.platform.shift_wall(to_ms - world.platform.wall_ms());
}
