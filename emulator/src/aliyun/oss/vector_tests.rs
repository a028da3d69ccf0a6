//! What the official OSS clients sent and presigned, checked by the emulator.

use super::bucket::Bucket;
use crate::aliyun::vector_tests::{body, cases, head, put_key, state_at};
use crate::body::Body;
use crate::http::Head;
use crate::service;
use crate::state::State;

/// Status and error code of an answer; the code is empty if there is none.
pub(super) fn code(state: &mut State, head: &Head, body: &[u8]) -> (u16, String) {
    let reply = service::answer(state, head, &Body::from(body));
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let code = text.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next()).unwrap_or_default();
    (reply.status, code.to_owned())
}

struct Recorded {
    name: String,
    state: State,
    head: Head,
    body: Vec<u8>,
    to_sign: String,
    token: bool,
}

fn recorded() -> Vec<Recorded> {
    let mut all = Vec::new();
    for case in cases("aliyun_oss") {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let text = |name: &str| inputs[name].as_str().unwrap_or_default();
        let mut state = state_at(inputs["time"].as_str().unwrap());
        put_key(&mut state, text("access_key_id"), text("access_key_secret"), inputs["security_token"].as_str());
        let domains = vec!["static.example.com".to_owned()];
        state.aliyun.buckets.insert("examplebucket".into(), Bucket { domains, ..Bucket::default() });
        let (head, body) = if expected["http_request"].is_object() {
            (head(&expected["http_request"]), body(&expected["http_request"]))
        } else {
            let Some(url) = expected["url"].as_str() else { continue };
            let (host, target) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
            let method = inputs["method"].as_str().or(expected["method"].as_str()).unwrap();
            let pairs = expected["headers"].as_array().cloned().unwrap_or_default();
            let mut headers: Vec<_> =
                pairs.iter().map(|p| (p[0].as_str().unwrap().to_owned(), p[1].as_str().unwrap().to_owned())).collect();
            for (name, value) in inputs["headers"].as_object().into_iter().flatten() {
                if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    headers.push((name.clone(), value.as_str().unwrap().to_owned()));
                }
            }
            let mut made = Head::made(method, &format!("/{target}"), headers);
            // The signer alone gets the key as a parameter, next to the URL.
            let key = text("key");
            if case["kind"].as_str().unwrap().starts_with("signer") && target.starts_with('?') {
                let path = crate::util::encode_but(key, b"/");
                made = Head::made(method, &format!("/{path}{target}"), made.headers);
            }
            (made.with_header("Host", host), Vec::new())
        };
        all.push(Recorded {
            name: case["name"].to_string(),
            state,
            head,
            body,
            to_sign: expected["string_to_sign"].as_str().unwrap().to_owned(),
            token: inputs["security_token"].is_string(),
        });
    }
    all
}

#[test]
fn every_request_of_the_official_clients_is_let_in_and_checked() {
    let all = recorded();
    assert!(all.len() >= 60, "{}", all.len());
    for Recorded { name, mut state, head, body, to_sign, token } in all {
        let refused = |code: &str| (403, code.to_owned());
        // This client's V1 sends the token in a header that the service does not know.
        if head.header("security-token").is_some() {
            assert_eq!(code(&mut state, &head, &body), refused("InvalidAccessKeyId"), "{name}");
            continue;
        }
        let first = code(&mut state, &head, &body);
        // A HEAD answer has no body with the error code.
        let past = ["", "NoSuchKey", "NotImplemented"].contains(&first.1.as_str()) && first.0 != 403;
        assert!(past, "{name}: {first:?}");
        let key = state.saved.aliyun.keys.last_mut().unwrap();
        key.secret.push('x');
        let reply = service::answer(&mut state, &head, &Body::from(body.as_slice()));
        assert_eq!(reply.status, 403, "{name}");
        if head.method != "HEAD" {
            let text = String::from_utf8(reply.body).unwrap();
            assert!(text.contains("<Code>SignatureDoesNotMatch</Code>"), "{name}");
            let expected = format!("<StringToSign>{}</StringToSign>", super::list::escape(&to_sign));
            assert!(text.contains(&expected), "{name}: {text} {expected}");
            if token {
                state.saved.aliyun.keys[0].expires_at_ms = Some(0);
                assert_eq!(code(&mut state, &head, &body), refused("SecurityTokenExpired"), "{name}");
                state.saved.aliyun.keys[0].token = Some("other".into());
                assert_eq!(code(&mut state, &head, &body), refused("InvalidSecurityToken"), "{name}");
            }
            state.saved.clock_offset_ms += 86_401_000;
            let late = code(&mut state, &head, &body);
            let presigned = head.header("authorization").is_none();
            let expected = if presigned { "AccessDenied" } else { "RequestTimeTooSkewed" };
            assert_eq!(late, refused(expected), "{name}");
            state.saved.clock_offset_ms -= 86_401_000;
            state.saved.aliyun.keys.clear();
            assert_eq!(code(&mut state, &head, &body), refused("InvalidAccessKeyId"), "{name}");
        }
    }
}

#[test]
fn requests_that_make_no_sense() {
    let mut state = state_at("2024-01-02T03:04:05Z");
    state.aliyun.buckets.insert("b".into(), Bucket::default());
    let made = |target: &str, authorization: &str| {
        let mut headers = vec![("Host".to_owned(), "127.0.0.1:1".to_owned())];
        headers.extend((!authorization.is_empty()).then(|| ("Authorization".to_owned(), authorization.to_owned())));
        Head::made("GET", target, headers)
    };
    for (target, authorization, status, expected) in [
        ("/b/o", "", 403, "AccessDenied"),
        ("/b/o", "OSS frob", 400, "InvalidArgument"),
        ("/b/o", "OSS a:b", 403, "AccessDenied"),
        ("/b/o", "OSS4-HMAC-SHA256 Credential=a/b", 400, "InvalidArgument"),
        ("/b/o?OSSAccessKeyId=a&Expires=soon&Signature=x", "", 400, "InvalidArgument"),
        ("/b/o?OSSAccessKeyId=a&Expires=99999999999&Signature=x", "", 403, "InvalidAccessKeyId"),
        ("/b/o?x-oss-signature-version=OSS5", "", 400, "InvalidArgument"),
    ] {
        assert_eq!(code(&mut state, &made(target, authorization), b""), (status, expected.to_owned()), "{target}");
    }
}
