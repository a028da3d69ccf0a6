//! The requests that the official client sent, checked by the emulator.

use serde_json::Value;

use crate::body::Body;
use crate::http::Head;
use crate::service;
use crate::state::State;
use crate::util::system_ms;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tencent_tc3.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn head(request: &Value) -> Head {
    let header = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned());
    Head::made(
        request["method"].as_str().unwrap(),
        request["target"].as_str().unwrap(),
        request["headers"].as_array().unwrap().iter().map(header).collect(),
    )
}

/// A state in which the request of a case is right.
fn state_for(inputs: &Value) -> State {
    let text = |name: &str| inputs[name].as_str().unwrap();
    let mut state = State::default();
    state.saved.clock_offset_ms = inputs["timestamp"].as_i64().unwrap() * 1000 - system_ms();
    state.add_key(text("secret_id"), text("secret_key"), inputs["session_token"].as_str(), None);
    state.add_account(text("region"), text("instance_id"), text("user_name")).unwrap();
    if inputs["apigw_endpoint"].is_string() {
        state.saved.signed_hosts.push("cam.tencentcloudapi.com".into());
    }
    state
}

/// The error code of the answer, or "".
fn code(state: &mut State, head: &Head, body: &[u8]) -> String {
    let reply = service::answer(state, head, &Body::from(body));
    assert_eq!(reply.status, 200);
    let value: Value = serde_json::from_slice(&reply.body).unwrap();
    let response = &value["Response"];
    assert_eq!(response["RequestId"].as_str().unwrap().len(), 36);
    assert_eq!(response["Error"].is_null(), response["Credentials"]["Token"].is_string());
    response["Error"]["Code"].as_str().unwrap_or_default().to_owned()
}

fn body(request: &Value) -> Vec<u8> {
    request["body_utf8"].as_str().unwrap_or_default().as_bytes().to_vec()
}

#[test]
fn every_request_of_the_official_client_is_accepted() {
    let cases = cases();
    assert!(cases.len() >= 30);
    for case in &cases {
        let (inputs, request) = (&case["inputs"], &case["expected"]["http_request"]);
        let mut state = state_for(inputs);
        assert_eq!(code(&mut state, &head(request), &body(request)), "", "{}", case["name"]);
        // The same with another secret key, a late clock, and no such id.
        let key = state.saved.tencent.keys.last_mut().unwrap();
        key.secret_key.push('x');
        assert_eq!(
            code(&mut state, &head(request), &body(request)),
            "AuthFailure.SignatureFailure",
            "{}",
            case["name"]
        );
        state.saved.clock_offset_ms += 302_000;
        assert_eq!(code(&mut state, &head(request), &body(request)), "AuthFailure.SignatureExpire");
        let mut state = state_for(inputs);
        state.saved.tencent.keys.clear();
        assert_eq!(code(&mut state, &head(request), &body(request)), "AuthFailure.SecretIdNotFound");
        let mut state = state_for(inputs);
        state.saved.tencent.accounts.clear();
        assert_eq!(code(&mut state, &head(request), &body(request)), "FailedOperation.FlowAuthIllegal");
    }
}

#[test]
fn whatever_is_signed_cannot_be_changed() {
    for case in &cases() {
        let (inputs, request) = (&case["inputs"], &case["expected"]["http_request"]);
        let mut state = state_for(inputs);
        let (sent, bytes) = (head(request), body(request));
        let name = case["name"].as_str().unwrap();
        // Another host, as if the request had been sent on to a different server.
        if !inputs["apigw_endpoint"].is_string() {
            let other = sent.clone().with_header("Host", "cam.example.com");
            assert_eq!(code(&mut state, &other, &bytes), "AuthFailure.SignatureFailure", "{name}");
        }
        if sent.header("Authorization").is_some() && sent.method == "POST" {
            let other = sent.clone().with_header("Content-Type", "application/json; charset=utf-8");
            assert_eq!(code(&mut state, &other, &bytes), "AuthFailure.SignatureFailure", "{name}");
            let mut longer = bytes.clone();
            longer.push(b' ');
            let unsigned = inputs["unsigned_payload"] == true;
            let expected = if unsigned { "" } else { "AuthFailure.SignatureFailure" };
            assert_eq!(code(&mut state, &sent, &longer), expected, "{name}");
            let seconds = inputs["timestamp"].as_i64().unwrap() + 1;
            let other = sent.clone().with_header("X-TC-Timestamp", &seconds.to_string());
            assert_eq!(code(&mut state, &other, &bytes), "AuthFailure.SignatureFailure", "{name}");
        }
        if sent.method == "GET" {
            let other =
                Head::made("GET", &sent.target.replacen("ResourceId=", "ResourceId=x", 1), sent.headers.clone());
            assert_eq!(code(&mut state, &other, &bytes), "AuthFailure.SignatureFailure", "{name}");
        }
    }
}

#[test]
fn the_date_of_the_scope_is_that_of_the_timestamp() {
    let cases = cases();
    let case = cases.iter().find(|case| case["name"] == "tc3-day-boundary-last-second").unwrap();
    let request = &case["expected"]["http_request"];
    let mut state = state_for(&case["inputs"]);
    let sent = head(request);
    let wrong = sent.header("Authorization").unwrap().replace("2023-12-31", "2024-01-01");
    let sent = sent.with_header("Authorization", &wrong);
    assert_eq!(code(&mut state, &sent, &body(request)), "AuthFailure.SignatureFailure");
}

#[test]
fn requests_that_make_no_sense() {
    let cases = cases();
    let case = &cases[0];
    let request = &case["expected"]["http_request"];
    let mut state = state_for(&case["inputs"]);
    let (sent, bytes) = (head(request), body(request));
    let changed = |name: &str, value: &str| sent.clone().with_header(name, value);
    let mut code_of = |head: &Head| code(&mut state, head, &bytes);
    assert_eq!(code_of(&changed("X-TC-Action", "Frob")), "InvalidAction");
    assert_eq!(code_of(&changed("X-TC-Version", "2019-01-17")), "NoSuchVersion");
    assert_eq!(code_of(&changed("Authorization", "TC3-HMAC-SHA256 frob")), "AuthFailure.InvalidAuthorization");
    assert_eq!(code_of(&changed("Authorization", "SKIP")), "AuthFailure.InvalidAuthorization");
    assert_eq!(code_of(&changed("X-TC-Timestamp", "soon")), "InvalidParameter");
    assert_eq!(code_of(&changed("X-TC-Token", "frob")), "AuthFailure.TokenFailure");
    for (name, expected) in [
        ("Authorization", "AuthFailure.InvalidAuthorization"),
        ("X-TC-Action", "MissingParameter"),
        ("X-TC-Version", "MissingParameter"),
        ("X-TC-Timestamp", "MissingParameter"),
    ] {
        let mut head = sent.clone();
        head.headers.retain(|(n, _)| n != name);
        assert_eq!(code_of(&head), expected, "without {name}");
    }
}

#[test]
fn what_cam_reports_about_rotations() {
    let cases = cases();
    let case = &cases[0];
    let request = &case["expected"]["http_request"];
    let mut state = state_for(&case["inputs"]);
    let credentials = |state: &mut State| {
        state.tick();
        let reply = service::answer(state, &head(request), &Body::from(body(request).as_slice()));
        serde_json::from_slice::<Value>(&reply.body).unwrap()["Response"]["Credentials"].clone()
    };
    let number = |value: &Value, name: &str| value[name].as_i64().unwrap();
    let first = credentials(&mut state);
    let left = number(&first, "NextRotationTime") - number(&first, "CurrentTime");
    assert!((86_390_000..=86_400_000).contains(&left));
    assert_ne!(first["Token"], credentials(&mut state)["Token"]);
    // Held back: the old password with a time in the past.
    state.hold_rotation(true);
    let password = state.saved.tencent.accounts[0].password.clone();
    state.saved.tencent.accounts[0].next_rotation_ms -= 86_401_000;
    let held = credentials(&mut state);
    assert!(number(&held, "NextRotationTime") < number(&held, "CurrentTime"));
    assert_eq!(state.saved.tencent.accounts[0].password, password);
    state.hold_rotation(false);
    let freed = credentials(&mut state);
    assert!(number(&freed, "NextRotationTime") > number(&freed, "CurrentTime") + 86_390_000);
    assert_ne!(state.saved.tencent.accounts[0].password, password);
    state.saved.tencent.report = super::state::Report { status: None, message: Some("m".into()), cost_ms: None };
    let reported = credentials(&mut state);
    assert!(
        reported["RotationStatus"].is_null()
            && reported["RotationMessage"] == "m"
            && reported["LastRotationTimeCost"].is_null()
    );
    state.saved.tencent.accounts[0].enabled = false;
    assert_eq!(code(&mut state, &head(request), &body(request)), "ResourceNotFound.DataFlowAuthClose");
}

/// A case whose request has this mark in its target or body, or in its `Authorization` header.
fn sent_with(mark: &str) -> (State, Head, Vec<u8>) {
    let cases = cases();
    let marked = |case: &&Value| case["expected"]["http_request"].to_string().contains(mark);
    let case = cases.iter().find(marked).unwrap();
    let request = &case["expected"]["http_request"];
    (state_for(&case["inputs"]), head(request), body(request))
}

#[test]
fn a_header_that_is_given_twice_is_refused() {
    for name in ["Host", "Content-Type", "X-TC-Action", "X-TC-Timestamp", "Authorization"] {
        let (mut state, sent, bytes) = sent_with("TC3-HMAC-SHA256");
        for value in ["cam.example.com".to_owned(), sent.header(name).unwrap().to_owned()] {
            let mut twice = sent.clone();
            twice.headers.push((name.to_ascii_lowercase(), value));
            assert_eq!(code(&mut state, &twice, &bytes), "AuthFailure.InvalidAuthorization", "{name}");
        }
        assert_eq!(code(&mut state, &sent, &bytes), "");
    }
    let (mut state, mut sent, bytes) = sent_with("TC3-HMAC-SHA256");
    let (head, signature) = sent.header("Authorization").unwrap().split_once("Signature=").unwrap();
    let twice = format!("{head}Signature=00, Signature={signature}");
    sent = sent.clone().with_header("Authorization", &twice);
    assert_eq!(code(&mut state, &sent, &bytes), "AuthFailure.InvalidAuthorization");
}

#[test]
fn an_older_signature_is_good_once() {
    for method in ["SignatureMethod=HmacSHA1", "SignatureMethod=HmacSHA256"] {
        let (mut state, sent, bytes) = sent_with(method);
        assert_eq!(code(&mut state, &sent, &bytes), "", "{method}");
        assert_eq!(code(&mut state, &sent, &bytes), "AuthFailure.SignatureFailure", "{method}");
        // A refused request uses no nonce.
        let (mut state, sent, bytes) = sent_with(method);
        let key = state.saved.tencent.keys.last_mut().unwrap();
        let right = std::mem::replace(&mut key.secret_key, "wrong".into());
        assert_eq!(code(&mut state, &sent, &bytes), "AuthFailure.SignatureFailure", "{method}");
        state.saved.tencent.keys.last_mut().unwrap().secret_key = right;
        assert_eq!(code(&mut state, &sent, &bytes), "", "{method}");
    }
}
