//! Requests with a right signature that OSS refuses all the same.

use super::bucket::Bucket;
use super::request::Request;
use super::signature::{V4, v1, v1_string};
use super::vector_tests::code;
use crate::aliyun::vector_tests::{put_key, state_at};
use crate::http::Head;
use crate::state::State;
use crate::util::{encode, sha256_hex};

const NOW: &str = "2024-01-02T03:04:05Z";
const DATE: &str = "20240102T030405Z";
const HOST: &str = "b.oss-cn-hangzhou.aliyuncs.com";

pub(super) fn cloud() -> State {
    let mut state = state_at(NOW);
    put_key(&mut state, "id", "secret", None);
    state.aliyun.buckets.insert("b".into(), Bucket::default());
    state
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let host = if list.iter().any(|(name, _)| *name == "Host") { &[][..] } else { &[("Host", HOST)] };
    let all = host.iter().chain(list);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn claim(scope: [&str; 3], date: &str, expires: Option<&str>) -> V4 {
    V4 {
        key_id: "id".into(),
        scope: scope.map(str::to_owned),
        additional: Vec::new(),
        signature: String::new(),
        date: date.into(),
        expires: expires.map(str::to_owned),
    }
}

fn signature(state: &State, head: &Head, v4: &V4) -> String {
    let request = Request::read(&state.aliyun.buckets, head);
    v4.sign(&v4.string(&v4.canonical(&request).unwrap()), "secret").unwrap()
}

pub(super) const SCOPE: [&str; 3] = ["20240102", "cn-hangzhou", "oss"];

/// Signed in the header by V4.
pub(super) fn v4(state: &State, method: &str, target: &str, scope: [&str; 3], more: &[(&str, &str)]) -> Head {
    let head = Head::made(method, target, headers(more)).with_header("x-oss-date", DATE);
    let signature = signature(state, &head, &claim(scope, DATE, None));
    let scope = scope.join("/");
    let value = format!("OSS4-HMAC-SHA256 Credential=id/{scope}/aliyun_v4_request,Signature={signature}");
    head.with_header("Authorization", &value)
}

/// Signed in the header by V1.
pub(super) fn v1_signed(state: &State, method: &str, target: &str, more: &[(&str, &str)]) -> Head {
    let head = Head::made(method, target, headers(more)).with_header("Date", "Tue, 02 Jan 2024 03:04:05 GMT");
    let to_sign = v1_string(&Request::read(&state.aliyun.buckets, &head), None);
    head.with_header("Authorization", &format!("OSS id:{}", v1(&to_sign, "secret").unwrap()))
}

/// Presigned by V4 for an hour.
fn presigned(state: &State, method: &str, date: &str) -> Head {
    let scope = [&date[..8], "cn-hangzhou", "oss"];
    let credential = encode(&format!("id/{}/aliyun_v4_request", scope.join("/")));
    let query = format!("x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential={credential}&x-oss-date={date}");
    let target = format!("/o?{query}&x-oss-expires=3600");
    let head = Head::made(method, &target, headers(&[]));
    let signature = signature(state, &head, &claim(scope, date, Some("3600")));
    Head::made(method, &format!("{target}&x-oss-signature={signature}"), headers(&[]))
}

fn stored(state: &State) -> Option<Vec<u8>> {
    state.aliyun.buckets["b"].objects.get("o").map(|object| object.body.in_memory().to_vec())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn scopes_of_another_product_or_of_no_region() {
    let mut state = cloud();
    for scope in [
        ["20240102", "cn-hangzhou", "kms"],
        ["20240102", "cn-hangzhou", ""],
        ["20240102", "cn-hangzhou", "OSS"],
        ["20240102", "", "oss"],
        ["20240103", "cn-hangzhou", "oss"],
    ] {
        let head = v4(&state, "PUT", "/o", scope, &[]);
        assert_eq!(code(&mut state, &head, b"x"), refused(400, "InvalidArgument"), "{scope:?}");
    }
    assert_eq!(stored(&state), None);
    for scope in [SCOPE, ["20240102", "cb-example", "oss-cloudbox"]] {
        let head = v4(&state, "PUT", "/o", scope, &[]);
        assert_eq!(code(&mut state, &head, b"x"), refused(200, ""), "{scope:?}");
    }
}

#[test]
fn a_body_that_is_not_the_one_of_its_hash() {
    let mut state = cloud();
    let (right, wrong) = (sha256_hex(b"hello"), sha256_hex(b"other"));
    for (value, status, expected) in [
        (right.as_str(), 200, ""),
        (&right.to_ascii_uppercase(), 200, ""),
        ("UNSIGNED-PAYLOAD", 200, ""),
        (&wrong, 400, "InvalidArgument"),
        ("frob", 400, "InvalidArgument"),
        ("", 400, "InvalidArgument"),
    ] {
        state.aliyun.buckets.insert("b".into(), Bucket::default());
        let head = v4(&state, "PUT", "/o", SCOPE, &[("x-oss-content-sha256", value)]);
        assert_eq!(code(&mut state, &head, b"hello"), refused(status, expected), "{value}");
        assert_eq!(stored(&state).is_some(), status == 200, "{value}");
    }
    for (value, status, expected) in [
        ("XUFAKrxLKna5cZ2REBfFkg==", 200, ""),
        ("1B2M2Y8AsgTpgAmY7PhCfg==", 400, "InvalidDigest"),
        ("XUFAKrxLKna5cZ2REBfFkg", 400, "InvalidDigest"),
        ("5d41402abc4b2a76b9719d911017c592", 400, "InvalidDigest"),
        ("frob!", 400, "InvalidDigest"),
        ("", 400, "InvalidDigest"),
    ] {
        state.aliyun.buckets.insert("b".into(), Bucket::default());
        let heads = [
            v4(&state, "PUT", "/o", SCOPE, &[("Content-MD5", value)]),
            v1_signed(&state, "PUT", "/o", &[("Content-MD5", value)]),
        ];
        for head in heads {
            assert_eq!(code(&mut state, &head, b"hello"), refused(status, expected), "{value}");
            assert_eq!(stored(&state).is_some(), status == 200, "{value}");
        }
    }
}

#[test]
fn a_presigned_url_of_later() {
    let mut state = cloud();
    for (date, status, expected) in [
        (DATE, 200, ""),
        // As far ahead as clocks may differ.
        ("20240102T031900Z", 200, ""),
        ("20240102T031906Z", 403, "AccessDenied"),
        ("20240102T040405Z", 403, "AccessDenied"),
        ("20240103T030405Z", 403, "AccessDenied"),
        ("20240102T020405Z", 200, ""),
        ("20240102T020403Z", 403, "AccessDenied"),
    ] {
        let head = presigned(&state, "PUT", date);
        assert_eq!(code(&mut state, &head, b"x"), refused(status, expected), "{date}");
    }
}

#[test]
fn a_signature_that_is_given_twice() {
    let mut state = cloud();
    let wrong = refused(400, "InvalidArgument");
    let url = presigned(&state, "GET", DATE);
    let signed = v4(&state, "PUT", "/o", SCOPE, &[]);
    let signature = signed.header("Authorization").unwrap().split("Signature=").nth(1).unwrap();
    for more in ["&x-oss-signature=00", "&OSSAccessKeyId=id", "&x-oss-date=20240102T030405Z", "&x-oss-credential=x"] {
        let head = Head::made("GET", &format!("{}{more}", url.target), url.headers.clone());
        assert_eq!(code(&mut state, &head, b""), wrong, "{more}");
    }
    // The same value again is refused too.
    let own = url.target.rsplit('&').next().unwrap();
    let head = Head::made("GET", &format!("{}&{own}", url.target), url.headers.clone());
    assert_eq!(code(&mut state, &head, b""), wrong);
    let both = url.clone().with_header("Authorization", signed.header("Authorization").unwrap());
    assert_eq!(code(&mut state, &both, b""), wrong);
    let value = format!("{},Signature={signature}", signed.header("Authorization").unwrap());
    assert_eq!(code(&mut state, &signed.clone().with_header("Authorization", &value), b"x"), wrong);
    for name in ["Authorization", "x-oss-date", "Host"] {
        let mut twice = signed.clone();
        twice.headers.push((name.to_ascii_lowercase(), signed.header(name).unwrap().to_owned()));
        assert_eq!(code(&mut state, &twice, b"x"), wrong, "{name}");
    }
    let signed = v1_signed(&state, "PUT", "/o", &[]);
    let mut twice = signed.clone();
    twice.headers.push(("authorization".into(), signed.header("Authorization").unwrap().to_owned()));
    assert_eq!(code(&mut state, &twice, b"x"), wrong);
    let query = "/o?OSSAccessKeyId=id&Expires=99999999999&Signature=a";
    assert_eq!(code(&mut state, &Head::made("PUT", query, signed.headers.clone()), b"x"), wrong);
    let query = format!("{query}&Signature=b");
    assert_eq!(code(&mut state, &Head::made("PUT", &query, headers(&[])), b"x"), wrong);
    assert_eq!(stored(&state), None);
}
