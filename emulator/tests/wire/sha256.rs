//! Requests signed by TC3 and ACS3, made from the rules and nothing of the emulator's.
#![allow(dead_code, missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};

use evercred_emulator::Emulator;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::rpc::iso;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A POST to Tencent Cloud, signed for a service.
pub fn tc3(cloud: &Emulator, key: (&str, &str), service: &str, version: &str, action: &str, body: &str) -> String {
    let (seconds, host) = (cloud.now_ms() / 1000, format!("{service}.tencentcloudapi.com"));
    let date = iso(seconds * 1000)[..10].to_owned();
    let payload = hex(&Sha256::digest(body));
    let canonical = format!("POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{payload}");
    let scope = format!("{date}/{service}/tc3_request");
    let to_sign = format!("TC3-HMAC-SHA256\n{seconds}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut chain = hmac(format!("TC3{}", key.1).as_bytes(), &date);
    for step in [service, "tc3_request", &to_sign] {
        chain = hmac(&chain, step);
    }
    let signature = hex(&chain);
    let value =
        format!("TC3-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host, Signature={signature}", key.0);
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-TC-Action: {action}\r\nX-TC-Version: {version}\r\n\
         X-TC-Timestamp: {seconds}\r\nAuthorization: {value}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A request to Alibaba Cloud by ACS3: method and path, host, version, action and body.
pub fn acs3(
    cloud: &Emulator,
    key: (&str, &str),
    line: (&str, &str),
    host: &str,
    call: (&str, &str),
    body: &str,
) -> String {
    static NONCE: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("acs3-{}-{}", std::process::id(), NONCE.fetch_add(1, Ordering::Relaxed));
    let payload = hex(&Sha256::digest(body));
    let headers = [
        ("host", host),
        ("x-acs-action", call.1),
        ("x-acs-content-sha256", &payload),
        ("x-acs-date", &iso(cloud.now_ms())),
        ("x-acs-signature-nonce", &nonce),
        ("x-acs-version", call.0),
    ];
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.map(|(name, _)| name).join(";");
    let canonical = format!("{}\n{}\n\n{lines}\n{names}\n{payload}", line.0, line.1);
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical)));
    let signature = hex(&hmac(key.1.as_bytes(), &to_sign));
    let sent: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "{} {} HTTP/1.1\r\n{sent}Authorization: ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        line.0,
        line.1,
        key.0,
        body.len()
    )
}
