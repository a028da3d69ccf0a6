//! The requests that the official clients sent, checked by the emulator.

use serde_json::Value;

use super::key::AccessKey;
use super::secret::SecretKind;
use super::state::Role;
use crate::body::Body;
use crate::http::Head;
use crate::service;
use crate::state::State;
use crate::util::{parse_iso, system_ms};

pub(super) fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

pub(super) fn head(request: &Value) -> Head {
    let header = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned());
    Head::made(
        request["method"].as_str().unwrap(),
        request["target"].as_str().unwrap(),
        request["headers"].as_array().unwrap().iter().map(header).collect(),
    )
}

pub(super) fn body(request: &Value) -> Vec<u8> {
    let hex = request["body_hex"].as_str().unwrap_or_default();
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// A state at a time.
pub(super) fn state_at(time: &str) -> State {
    let mut state = State::default();
    state.saved.clock_offset_ms = parse_iso(time).unwrap() * 1000 - system_ms();
    state
}

pub(super) fn put_key(state: &mut State, id: &str, secret: &str, token: Option<&str>) {
    let (id, secret, token) = (id.to_owned(), secret.to_owned(), token.map(str::to_owned));
    state.saved.aliyun.put_key(AccessKey { id, secret, token, ..AccessKey::default() });
}

/// Status and error code of the answer; the code is empty if there is none.
pub(super) fn code(state: &mut State, head: &Head, body: &[u8]) -> (u16, String) {
    let reply = service::answer(state, head, &Body::from(body));
    let value: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(value["RequestId"].as_str().unwrap().len(), 36);
    let code = value["Code"].as_str().unwrap_or_default();
    assert_eq!(code.is_empty(), reply.status == 200);
    assert_eq!(code.is_empty(), value["HostId"].is_null());
    (reply.status, code.to_owned())
}

pub(super) fn good() -> (u16, String) {
    (200, String::new())
}

pub(super) fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A request to KMS or STS with what it needs to be let in.
struct Recorded {
    name: String,
    state: State,
    head: Head,
    body: Vec<u8>,
    /// What the client signed, where that was recorded.
    to_sign: Option<String>,
}

pub(super) fn add_secret_of(state: &mut State, inputs: &Value, head: &Head) {
    let name = inputs["secret_name"].as_str().or(inputs["request"]["secret_name"].as_str());
    let sent = crate::form::parse_form(head.query()).into_iter().find(|(name, _)| name == "SecretName");
    let name = sent.map(|(_, value)| value).or(name.map(str::to_owned)).unwrap_or_default();
    let now = state.now_ms();
    state.saved.aliyun.put_secret(&name, SecretKind::RamUser { user: "app".into() }, now);
    let id = inputs["version_id"].as_str().or(inputs["request"]["version_id"].as_str());
    if let (Some(id), Some(secret)) = (id, state.saved.aliyun.secret_mut(&name)) {
        secret.versions[0].id = id.to_owned();
    }
}

fn rpc_recorded() -> Vec<Recorded> {
    let mut all = Vec::new();
    for case in cases("aliyun_rpc") {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let credential = &inputs["credential"];
        if case["kind"].is_string() || credential["type"] == "client_key" {
            continue;
        }
        let alone = vec![expected.clone()];
        for (at, request) in expected["requests_in_order"].as_array().unwrap_or(&alone).iter().enumerate() {
            let head = head(&request["http_request"]);
            let parameters = &request["parameters"];
            if parameters["Signature"].is_null() {
                continue;
            }
            let mut state = state_at(parameters["Timestamp"].as_str().unwrap());
            let answer = &credential["assume_role_answer"]["Credentials"];
            let answer = if answer.is_null() { &credential["metadata_answer"] } else { answer };
            let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
            if parameters["SecurityToken"].is_string() && answer.is_object() {
                let token = text(answer, "SecurityToken");
                put_key(&mut state, &text(answer, "AccessKeyId"), &text(answer, "AccessKeySecret"), Some(&token));
            } else {
                let token = credential["security_token"].as_str();
                put_key(&mut state, &text(credential, "access_key_id"), &text(credential, "access_key_secret"), token);
            }
            add_secret_of(&mut state, inputs, &head);
            if let Some(arn) = parameters["RoleArn"].as_str() {
                state.saved.aliyun.roles.push(Role { arn: arn.to_owned(), external_id: None, life_ms: 3_600_000 });
            }
            all.push(Recorded {
                name: format!("{} {at}", case["name"]),
                state,
                head,
                body: body(&request["http_request"]),
                to_sign: request["string_to_sign"].as_str().map(str::to_owned),
            });
        }
    }
    all
}

fn acs3_recorded() -> Vec<Recorded> {
    let mut all = Vec::new();
    for case in cases("aliyun_acs3") {
        let inputs = &case["inputs"];
        if !matches!(case["kind"].as_str(), Some("kms-client" | "kms-client-rpc-v2"))
            || inputs["signature_algorithm"] == "ACS3-HMAC-SM3"
        {
            continue;
        }
        let request = &case["expected"]["http_request"];
        let head = head(request);
        let mut state = state_at(inputs["timestamp"].as_str().unwrap());
        let text = |name: &str| inputs[name].as_str().unwrap();
        put_key(&mut state, text("access_key_id"), text("access_key_secret"), inputs["security_token"].as_str());
        add_secret_of(&mut state, inputs, &head);
        let to_sign = case["expected"]["string_to_sign"].as_str().map(str::to_owned);
        all.push(Recorded { name: case["name"].to_string(), state, head, body: body(request), to_sign });
    }
    all
}

#[test]
fn every_request_of_the_official_clients_is_let_in_once_and_checked() {
    let (rpc, acs3) = (rpc_recorded(), acs3_recorded());
    assert!(rpc.len() >= 33 && acs3.len() >= 14, "{} {}", rpc.len(), acs3.len());
    for Recorded { name, mut state, head, body, to_sign } in rpc.into_iter().chain(acs3) {
        let keys = state.saved.aliyun.keys.clone();
        assert_eq!(code(&mut state, &head, &body), good(), "{name}");
        assert_eq!(code(&mut state, &head, &body), refusal(400, "SignatureNonceUsed"), "{name}");
        state.aliyun = Default::default();
        // Another secret key: refused with the very string that the client signed.
        for key in &mut state.saved.aliyun.keys {
            key.secret.push('x');
        }
        let reply = service::answer(&mut state, &head, &Body::from(body.as_slice()));
        let value: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, &value["Code"]), (400, &"SignatureDoesNotMatch".into()), "{name}");
        if let Some(to_sign) = to_sign {
            let message = value["Message"].as_str().unwrap();
            let wanted = format!("server string to sign is:{to_sign}");
            assert!(message.ends_with(&wanted) || message.contains(&(wanted + ", ")), "{name}: {message}");
        }
        state.saved.aliyun.keys = keys.clone();
        state.saved.clock_offset_ms += 901_000;
        assert_eq!(code(&mut state, &head, &body), refusal(400, "InvalidTimeStamp.Expired"), "{name}");
        state.saved.clock_offset_ms -= 901_000;
        state.saved.aliyun.keys.retain(|key| key.issued);
        assert_eq!(code(&mut state, &head, &body), refusal(404, "InvalidAccessKeyId.NotFound"), "{name}");
        // An ended session, and a switched off key.
        state.saved.aliyun.keys = keys.clone();
        for key in &mut state.saved.aliyun.keys {
            key.expires_at_ms = Some(0);
        }
        if keys[0].token.is_some() {
            assert_eq!(code(&mut state, &head, &body), refusal(400, "InvalidSecurityToken.Expired"), "{name}");
            state.saved.aliyun.keys[0].token = Some("another".into());
            let expected = refusal(400, "InvalidSecurityToken.MismatchWithAccessKey");
            assert_eq!(code(&mut state, &head, &body), expected, "{name}");
        }
        state.saved.aliyun.keys[0].inactive = true;
        assert_eq!(code(&mut state, &head, &body), refusal(400, "InvalidAccessKeyId.Inactive"), "{name}");
        state.saved.aliyun.keys = keys;
        if head.target.contains("GetSecretValue") || head.header("x-acs-action") == Some("GetSecretValue") {
            for secret in &mut state.saved.aliyun.secrets {
                secret.denied.push("*".into());
            }
            assert_eq!(code(&mut state, &head, &body), refusal(403, "Forbidden.NoPermission"), "{name}");
            state.aliyun = Default::default();
            state.saved.aliyun.secrets.clear();
            assert_eq!(code(&mut state, &head, &body), refusal(404, "Forbidden.ResourceNotFound"), "{name}");
        }
    }
}

#[test]
fn whatever_is_signed_cannot_be_changed() {
    let wrong = refusal(400, "SignatureDoesNotMatch");
    for Recorded { name, mut state, head, body, .. } in rpc_recorded() {
        let longer = Head::made(&head.method, &format!("{}&Extra=1", head.target), head.headers.clone());
        assert_eq!(code(&mut state, &longer, &body), wrong, "{name}");
        let other = if head.method == "GET" { "POST" } else { "GET" };
        let other = Head::made(other, &head.target, head.headers.clone());
        assert_eq!(code(&mut state, &other, &body), wrong, "{name}");
    }
    for Recorded { name, mut state, head, body, .. } in acs3_recorded() {
        let longer = Head::made(&head.method, &format!("{}&Extra=1", head.target), head.headers.clone());
        assert_eq!(code(&mut state, &longer, &body), wrong, "{name}");
        if head.header("Authorization").is_none() {
            continue;
        }
        let other = head.clone().with_header("host", "kms.example.com");
        assert_eq!(code(&mut state, &other, &body), wrong, "{name}");
        state.saved.signed_hosts.push(head.header("host").unwrap().into());
        assert_eq!(code(&mut state, &other, &body), good(), "{name}");
        assert_eq!(code(&mut state, &head, b"x"), refusal(400, "InvalidContentSha256"), "{name}");
        let other = head.clone().with_header("x-acs-extra", "1");
        assert_eq!(code(&mut state, &other, &body), refusal(400, "IncompleteSignature"), "{name}");
    }
}

#[test]
fn sts_requests_of_the_credentials_client() {
    let mut seen = 0;
    for case in cases("aliyun_sts") {
        let Some(request) = case["expected_official"]["requests"].get(0) else { continue };
        let signed = case["kind"] == "assume-role";
        if !signed && case["kind"] != "assume-role-with-oidc" {
            continue;
        }
        let (inputs, name) = (&case["inputs"], case["name"].to_string());
        let head = head(&request["http_request"]);
        let call = super::params::Call::read(&head, b"");
        let mut state = state_at(call.required("Timestamp").unwrap());
        let text = |name: &str| inputs[name].as_str().unwrap_or_default().to_owned();
        put_key(&mut state, &text("access_key_id"), &text("access_key_secret"), inputs["security_token"].as_str());
        let arn = call.required("RoleArn").unwrap().to_owned();
        state.saved.aliyun.roles.push(Role { arn, external_id: None, life_ms: 3_600_000 });
        if let (Some(provider), Some(token)) = (call.given("OIDCProviderArn"), call.given("OIDCToken")) {
            let (provider_arn, token) = (provider.to_owned(), token.to_owned());
            let known = super::state::OidcToken { provider_arn, token, expires_at_ms: None };
            state.saved.aliyun.oidc_tokens.push(known);
        }
        // The client signs a space as `+`, which the service does not.
        let defect = signed && case["note"].as_str().is_some_and(|note| note.contains("DEFECT: a space"));
        let expected = if defect { refusal(400, "SignatureDoesNotMatch") } else { good() };
        assert_eq!(code(&mut state, &head, b""), expected, "{name}");
        if !defect {
            state.saved.aliyun.roles.clear();
            state.aliyun = Default::default();
            assert_eq!(code(&mut state, &head, b""), refusal(404, "EntityNotExist.Role"), "{name}");
        }
        if !signed {
            state.saved.aliyun.oidc_tokens[0].token.push('x');
            let expected = refusal(400, "AuthenticationFail.OIDCToken.Invalid");
            assert_eq!(code(&mut state, &head, b""), expected, "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
}

#[test]
fn requests_that_make_no_sense() {
    let mut recorded = acs3_recorded().remove(0);
    let sent = recorded.head.clone();
    let changed = |name: &str, value: &str| sent.clone().with_header(name, value);
    let mut code_of = |head: &Head| code(&mut recorded.state, head, b"");
    assert_eq!(code_of(&changed("x-acs-action", "Frob")), refusal(404, "InvalidAction.NotFound"));
    assert_eq!(code_of(&changed("x-acs-version", "2016-01-21")), refusal(400, "InvalidVersion"));
    assert_eq!(code_of(&changed("Authorization", "ACS3-HMAC-SHA256 frob")), refusal(400, "IncompleteSignature"));
    assert_eq!(code_of(&changed("x-acs-date", "soon")), refusal(400, "InvalidTimeStamp.Format"));
    for (name, expected) in [
        ("x-acs-action", "MissingAction"),
        ("x-acs-version", "MissingVersion"),
        ("x-acs-date", "IncompleteSignature"),
        ("Authorization", "MissingAccessKeyId"),
    ] {
        let mut head = sent.clone();
        head.headers.retain(|(n, _)| n != name);
        assert_eq!(code_of(&head), refusal(400, expected), "without {name}");
    }
    let elsewhere = Head::made("POST", "/x", sent.headers.clone());
    assert_eq!(code_of(&elsewhere), refusal(404, "InvalidAction.NotFound"));
}

#[test]
fn a_header_that_is_given_twice_is_refused() {
    let Recorded { mut state, head: sent, .. } = acs3_recorded().remove(0);
    for name in ["x-acs-action", "x-acs-version", "x-acs-date", "host", "Authorization"] {
        for value in ["AssumeRole".to_owned(), sent.header(name).unwrap().to_owned()] {
            let mut twice = sent.clone();
            twice.headers.push((name.to_ascii_uppercase(), value));
            assert_eq!(code(&mut state, &twice, b""), refusal(400, "IncompleteSignature"), "{name}");
        }
    }
    let mut twice = sent.clone();
    twice.headers.push(("Accept".into(), "text/plain".into()));
    assert_eq!(code(&mut state, &twice, b""), refusal(400, "SignatureDoesNotMatch"));
    let (head, signature) = sent.header("Authorization").unwrap().split_once("Signature=").unwrap();
    let twice = sent.clone().with_header("Authorization", &format!("{head}Signature=00,Signature={signature}"));
    assert_eq!(code(&mut state, &twice, b""), refusal(400, "IncompleteSignature"));
    assert_eq!(code(&mut state, &sent, b""), good());
}

#[test]
fn the_list_of_signed_headers_is_signed_in_its_order() {
    for Recorded { name, mut state, head, body, .. } in acs3_recorded() {
        let Some(authorization) = head.header("Authorization").map(str::to_owned) else { continue };
        let list = authorization.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
        let mut names: Vec<&str> = list.split(';').collect();
        let double = format!("{list};host");
        names.swap(0, 1);
        for other in [names.join(";"), double, list.to_ascii_uppercase()] {
            let other = head.clone().with_header("Authorization", &authorization.replace(list, &other));
            assert_eq!(code(&mut state, &other, &body), refusal(400, "SignatureDoesNotMatch"), "{name}");
        }
        assert_eq!(code(&mut state, &head, &body), good(), "{name}");
    }
}
