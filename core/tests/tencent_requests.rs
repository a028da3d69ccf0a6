//! Requests to Tencent Cloud: the details that no recorded request covers.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use evercred_core::error::Code;
use evercred_core::http::{Endpoint, Request};
use evercred_core::providers::tencent::request::{
    self, Action, Parameter, SignMethod, Signing, Unsigned, build, build_unsigned,
};
use evercred_core::secret::Secret;
use serde_json::Value;

fn endpoint(configured: &str) -> Endpoint {
    request::endpoint("sts", "https", Some(configured), None).unwrap()
}

fn action<'a>(parameters: &'a [(&'a str, Parameter)]) -> Action<'a> {
    Action { service: "sts", version: "2018-08-13", action: "AssumeRole", parameters }
}

fn text(value: &str) -> Parameter {
    Parameter::Text(value.to_owned())
}

fn signed(method: SignMethod, parameters: &[(&str, Parameter)]) -> Request {
    let (key, token) = (Secret::from_text("k3y"), Secret::from_text("t0ken"));
    let signing = Signing {
        method,
        secret_id: "id",
        secret_key: &key,
        token: Some(&token),
        timestamp: 1_700_000_000,
        nonce: 7,
        language: "en-US",
        client_region: Some(""),
        request_client: "evercred/test",
        trace_id: "trace",
        unsigned_payload: false,
    };
    build(&endpoint("h"), &action(parameters), &signing)
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[test]
fn endpoints() {
    let parts = |endpoint: Endpoint| (endpoint.scheme, endpoint.host_and_port);
    let pair = |scheme: &str, host: &str| (scheme.to_owned(), host.to_owned());
    let of = |configured, root| request::endpoint("cam", "https", configured, root).map(parts);
    assert_eq!(of(None, None).unwrap(), pair("https", "cam.tencentcloudapi.com"));
    assert_eq!(of(None, Some("intl.tencentcloudapi.com")).unwrap(), pair("https", "cam.intl.tencentcloudapi.com"));
    assert_eq!(of(Some("Cam.Example.com:8443"), None).unwrap(), pair("https", "cam.example.com:8443"));
    assert_eq!(of(Some("http://127.0.0.1:9/"), None).unwrap(), pair("http", "127.0.0.1:9"));
    assert_eq!(of(Some("[::1]:9"), None).unwrap(), pair("https", "[::1]:9"));
    for bad in ["", " ", "https://", "ftp://h", "h/path", "u@h", "h?q", "h#f", "h h", "h\r\nX: y", "h\u{e4}"] {
        assert_eq!(of(Some(bad), None).unwrap_err().code(), Code::InvalidOption, "{bad:?}");
    }
}

#[test]
fn json_bodies_hold_numbers_and_escaped_text() {
    let odd = "a\"b\\c\n\u{0}\u{7f}\u{e4}\u{1f511}/";
    let request = signed(SignMethod::Tc3, &[("Role", text(odd)), ("DurationSeconds", Parameter::Number(-7200))]);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, serde_json::json!({"Role": odd, "DurationSeconds": -7200}));
    assert_eq!(signed(SignMethod::Tc3, &[]).body.as_slice(), b"{}");
    // An empty region counts as none.
    assert_eq!(header(&request, "X-TC-Region"), None);
    assert_eq!(header(&request, "X-TC-Token"), Some("t0ken"));
}

#[test]
fn nothing_secret_travels_in_the_url() {
    for method in [SignMethod::Tc3, SignMethod::HmacSha256, SignMethod::HmacSha1] {
        let request = signed(method, &[("DurationSeconds", Parameter::Number(900))]);
        assert_eq!(request.url, "https://h/");
        assert!(!request.headers.iter().any(|(_, value)| value.contains("k3y")));
        assert!(!String::from_utf8_lossy(&request.body).contains("k3y"));
    }
}

#[test]
fn unsigned_requests_carry_no_key() {
    let common = Unsigned {
        timestamp: 1,
        language: "en-US",
        client_region: Some("ap-guangzhou"),
        request_client: "evercred/test",
        trace_id: "trace",
    };
    let request = build_unsigned(&endpoint("h:1"), &action(&[("WebIdentityToken", text("jwt"))]), &common);
    assert_eq!(header(&request, "Authorization"), Some("SKIP"));
    assert_eq!(header(&request, "Host"), Some("h:1"));
    assert_eq!(header(&request, "X-TC-Region"), Some("ap-guangzhou"));
    assert_eq!(header(&request, "X-TC-Token"), None);
    assert_eq!(request.body.as_slice(), br#"{"WebIdentityToken":"jwt"}"#);
}
