//! RPC-signed requests to KMS and STS, made from the rules and nothing of the emulator's.
#![allow(dead_code, missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evercred_emulator::Emulator;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

use super::{Answer, Wire};

fn q(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

pub fn iso(ms: i64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(ms.try_into().unwrap());
    let text = httpdate::fmt_http_date(time);
    let part: Vec<_> = text.split(' ').collect();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == part[2]).unwrap() + 1;
    format!("{}-{month:02}-{}T{}Z", part[3], part[1], part[4])
}

/// Who signs.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Key {
    pub fn lasting(id: &str, secret: &str) -> Key {
        Key { id: id.into(), secret: secret.into(), token: None }
    }

    /// From `SecretData` or from `Credentials`.
    pub fn of(value: &Value) -> Key {
        let text = |name: &str| value[name].as_str().unwrap().to_owned();
        Key {
            id: text("AccessKeyId"),
            secret: text("AccessKeySecret"),
            token: value["SecurityToken"].as_str().map(str::to_owned),
        }
    }
}

/// The target of a signed GET.
pub fn target(cloud: &Emulator, key: &Key, action: &str, more: &[(&str, &str)]) -> String {
    let version = if action == "GetSecretValue" { "2016-01-20" } else { "2015-04-01" };
    target_of(cloud, key, version, action, more)
}

/// The target of a signed GET of any product.
pub fn target_of(cloud: &Emulator, key: &Key, version: &str, action: &str, more: &[(&str, &str)]) -> String {
    static NONCE: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("{}-{}", std::process::id(), NONCE.fetch_add(1, Ordering::Relaxed));
    let time = iso(cloud.now_ms());
    let mut pairs = vec![
        ("Action", action),
        ("Version", version),
        ("Format", "JSON"),
        ("Timestamp", &time),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", &nonce),
        ("AccessKeyId", &key.id),
    ];
    pairs.extend(key.token.as_deref().map(|token| ("SecurityToken", token)));
    pairs.extend(more);
    pairs.sort_unstable();
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", q(name), q(value))).collect();
    let query = query.join("&");
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{}&", key.secret).as_bytes()).unwrap();
    mac.update(format!("GET&%2F&{}", q(&query)).as_bytes());
    format!("/?{query}&Signature={}", q(&STANDARD.encode(mac.finalize().into_bytes())))
}

pub fn call(cloud: &Emulator, to: &str, key: &Key, action: &str, more: &[(&str, &str)]) -> Answer {
    Wire::to(to).get(&target(cloud, key, action, more))
}

/// The error code of an answer, "" if it is none.
pub fn code(answer: &Answer) -> String {
    answer.json()["Code"].as_str().unwrap_or_default().to_owned()
}

pub fn secret(cloud: &Emulator, to: &str, key: &Key, name: &str) -> Answer {
    call(cloud, to, key, "GetSecretValue", &[("SecretName", name), ("FetchExtendedConfig", "true")])
}

/// Whether a key is live: "" or the code of the refusal.
pub fn identity(cloud: &Emulator, key: &Key) -> String {
    code(&call(cloud, &cloud.plain_host_port(), key, "GetCallerIdentity", &[]))
}
