//! What the official clients signed with client keys, checked by the emulator.

use serde_json::Value;

use super::PublicKey;
use crate::aliyun::secret::SecretKind;
use crate::aliyun::vector_tests::{add_secret_of, body, cases, code, good, head, refusal, state_at};
use crate::body::Body;
use crate::http::Head;
use crate::service;
use crate::state::State;

fn public_key(id: &str, owner: &Value) -> PublicKey {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let modulus = body(&serde_json::json!({"body_hex": owner["rsa_modulus_hex"]}));
    PublicKey { id: id.into(), modulus: STANDARD.encode(modulus), exponent: "AQAB".into() }
}

#[test]
fn client_keys_at_kms() {
    let mut seen = 0;
    for case in cases("aliyun_rpc") {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        if inputs["credential"]["type"] != "client_key" {
            continue;
        }
        let head = head(&expected["http_request"]);
        let mut state = state_at(inputs["timestamp"].as_str().unwrap());
        add_secret_of(&mut state, inputs, &head);
        assert_eq!(code(&mut state, &head, b""), refusal(404, "InvalidAccessKeyId.NotFound"));
        let id = expected["parameters"]["AccessKeyId"].as_str().unwrap();
        state.saved.aliyun.client_keys.push(public_key(id, &inputs["credential"]));
        let longer = Head::made("POST", &format!("{}&Extra=1", head.target), head.headers.clone());
        assert_eq!(code(&mut state, &longer, b""), refusal(400, "SignatureDoesNotMatch"));
        assert_eq!(code(&mut state, &head, b""), good());
        seen += 1;
    }
    assert_eq!(seen, 2);
}

/// Status and error code of dedicated KMS.
fn dedicated(state: &mut State, head: &Head, body: &[u8]) -> (u16, String) {
    use crate::protobuf::{Field, fields};
    let reply = service::answer(state, head, &Body::from(body));
    assert_eq!(reply.headers, [("Content-Type".to_owned(), "application/x-protobuf".to_owned())]);
    let code = fields(&reply.body).unwrap().into_iter().find_map(|(field, value)| match value {
        Field::Bytes(bytes) if field == 2 => Some(String::from_utf8(bytes.to_vec()).unwrap()),
        _ => None,
    });
    (reply.status, code.unwrap())
}

#[test]
fn dedicated_kms() {
    let mut seen = 0;
    for case in cases("aliyun_dkms") {
        if case["kind"] != "request" {
            continue;
        }
        let (inputs, expected, name) = (&case["inputs"], &case["expected"], &case["name"]);
        let (head, body) = (head(&expected["http_request"]), body(&expected["http_request"]));
        assert_eq!(crate::aliyun::dkms::string_to_sign(&head), expected["string_to_sign"].as_str().unwrap(), "{name}");
        let mut state = state_at("2024-01-02T03:04:05Z");
        let unauthorized = refusal(401, "Unauthorized");
        assert_eq!(dedicated(&mut state, &head, &body), unauthorized, "{name}");
        let id = inputs["client_key_json"]["KeyId"].as_str().unwrap();
        state.saved.aliyun.client_keys.push(public_key(id, expected));
        assert_eq!(dedicated(&mut state, &head, &body), refusal(404, "Forbidden.ResourceNotFound"), "{name}");
        let now = state.now_ms();
        let secret = inputs["secret_name"].as_str().unwrap();
        state.saved.aliyun.put_secret(secret, SecretKind::RamUser { user: "app".into() }, now);
        if let Some(version) = inputs["version_id"].as_str() {
            state.saved.aliyun.secrets[0].versions[0].id = version.to_owned();
        }
        assert_eq!(dedicated(&mut state, &head, &body), refusal(200, "RAMCredentials"), "{name}");
        state.saved.aliyun.secrets[0].denied.push(id.to_owned());
        assert_eq!(dedicated(&mut state, &head, &body), refusal(403, "Forbidden.NoPermission"), "{name}");
        let invalid = refusal(400, "InvalidParam");
        assert_eq!(dedicated(&mut state, &head, b""), invalid, "{name}");
        let other = head.clone().with_header("authorization", "Basic x");
        assert_eq!(dedicated(&mut state, &other, &body), invalid, "{name}");
        let other = head.clone().with_header("x-kms-extra", "1");
        assert_eq!(dedicated(&mut state, &other, &body), unauthorized, "{name}");
        state.saved.clock_offset_ms += 901_000;
        assert_eq!(dedicated(&mut state, &head, &body), invalid, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}
