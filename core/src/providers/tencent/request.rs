//! Builds signed requests to Tencent Cloud's API.
//!
//! Facts: requests recorded from tencentcloud-sdk-python. Evercred always sends `POST`. With `GET`, the URL would
//! contain the parameters, and with the older methods also the signature, where proxies and logs see them.

use zeroize::{Zeroize as _, Zeroizing};

use crate::error::Result;
use crate::http::{Endpoint, Method, Request};
use crate::secret::Secret;
use crate::sign::encode::form_encode;
use crate::sign::tc3::{self, Payload};
use crate::sign::tencent_legacy::{self, Algorithm};

/// The default root domain of the services.
pub const ROOT_DOMAIN: &str = "tencentcloudapi.com";

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The endpoint of a service: the configured one, or `<service>.<root domain>`. A scheme in the configured endpoint
/// overrides `scheme`.
///
/// # Errors
/// As [`Endpoint::parse`].
pub fn endpoint(service: &str, scheme: &str, configured: Option<&str>, root_domain: Option<&str>) -> Result<Endpoint> {
    match configured {
        Some(configured) => Endpoint::parse(configured, scheme),
        None => Endpoint::parse(&format!("{service}.{}", root_domain.unwrap_or(ROOT_DOMAIN).trim()), scheme),
    }
}

/// A signature method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignMethod {
    /// TC3-HMAC-SHA256, with a JSON body.
    Tc3,
    /// The older HmacSHA256, with a form body.
    HmacSha256,
    /// The older HmacSHA1, with a form body.
    HmacSha1,
}

/// A parameter's value.
#[derive(Clone)]
pub enum Parameter {
    /// A text.
    Text(String),
    /// A number. The service refuses numbers that are JSON texts.
    Number(i64),
}

/// An action and its parameters.
pub struct Action<'a> {
    /// The service's short name, for instance `cam`.
    pub service: &'a str,
    /// The API's version, for instance `2019-01-16`.
    pub version: &'a str,
    /// The action's name.
    pub action: &'a str,
    /// The action's parameters.
    pub parameters: &'a [(&'a str, Parameter)],
}

/// The signing identity, and the common fields of a request.
pub struct Signing<'a> {
    /// The signature method.
    pub method: SignMethod,
    /// The access key id.
    pub secret_id: &'a str,
    /// The access key secret.
    pub secret_key: &'a Secret,
    /// The session token of temporary keys.
    pub token: Option<&'a Secret>,
    /// The time, in seconds since 1970.
    pub timestamp: i64,
    /// A random number from 1 to 2^63-1. Only the older methods send it.
    pub nonce: u64,
    /// The language of the service's messages: `en-US` or `zh-CN`.
    pub language: &'a str,
    /// The region that the request is sent to, if the service requires one. An empty text counts as none.
    pub client_region: Option<&'a str>,
    /// The name of this client.
    pub request_client: &'a str,
    /// A random UUID that identifies the request in logs.
    pub trace_id: &'a str,
    /// Whether the signature does not cover the body. Only TC3 supports this.
    pub unsigned_payload: bool,
}

/// The fields of an unsigned request, as in [`Signing`].
pub struct Unsigned<'a> {
    /// The time, in seconds since 1970.
    pub timestamp: i64,
    /// The language of the service's messages.
    pub language: &'a str,
    /// The region that the request is sent to.
    pub client_region: Option<&'a str>,
    /// The name of this client.
    pub request_client: &'a str,
    /// A random UUID.
    pub trace_id: &'a str,
}

/// Builds a signed request. Cannot fail: the transport or the server reports invalid input.
pub fn build(endpoint: &Endpoint, action: &Action<'_>, signing: &Signing<'_>) -> Request {
    match signing.method {
        SignMethod::Tc3 => build_tc3(endpoint, action, signing),
        SignMethod::HmacSha256 => build_legacy(endpoint, action, signing, Algorithm::Sha256),
        SignMethod::HmacSha1 => build_legacy(endpoint, action, signing, Algorithm::Sha1),
    }
}

/// Builds a request without a signature, whose parameters prove the identity, as for `AssumeRoleWithWebIdentity`: like
/// a TC3 request, but with `Authorization: SKIP`.
pub fn build_unsigned(endpoint: &Endpoint, action: &Action<'_>, unsigned: &Unsigned<'_>) -> Request {
    let mut headers = headers(endpoint, JSON, unsigned.trace_id);
    headers.extend(api_headers(action, unsigned));
    headers.push(header("Authorization", "SKIP"));
    post(endpoint, headers, json_object(action.parameters))
}

fn build_tc3(endpoint: &Endpoint, action: &Action<'_>, signing: &Signing<'_>) -> Request {
    let body = json_object(action.parameters);
    let signed = tc3::sign(&tc3::Input {
        secret_id: signing.secret_id,
        secret_key: signing.secret_key,
        service: action.service,
        method: Method::Post.name(),
        path: "/",
        query: "",
        content_type: JSON,
        host: &endpoint.host_and_port,
        timestamp: signing.timestamp,
        payload: if signing.unsigned_payload { Payload::Unsigned } else { Payload::Signed(&body) },
    });
    let common = Unsigned {
        timestamp: signing.timestamp,
        language: signing.language,
        client_region: signing.client_region,
        request_client: signing.request_client,
        trace_id: signing.trace_id,
    };
    let mut headers = headers(endpoint, JSON, signing.trace_id);
    headers.extend(api_headers(action, &common));
    if let Some(token) = signing.token {
        headers.push(header("X-TC-Token", token.expose()));
    }
    if signing.unsigned_payload {
        headers.push(header("X-TC-Content-SHA256", tc3::UNSIGNED_PAYLOAD));
    }
    headers.push(("Authorization".to_owned(), signed.authorization));
    post(endpoint, headers, body)
}

fn build_legacy(endpoint: &Endpoint, action: &Action<'_>, signing: &Signing<'_>, algorithm: Algorithm) -> Request {
    let mut parameters: Vec<(String, String)> = Vec::with_capacity(action.parameters.len() + 12);
    let mut add = |name: &str, value: &str| parameters.push((name.to_owned(), value.to_owned()));
    for (name, value) in action.parameters {
        match value {
            Parameter::Text(text) => add(name, text),
            Parameter::Number(number) => add(name, &number.to_string()),
        }
    }
    add("Action", action.action);
    add("RequestClient", signing.request_client);
    add("Nonce", &signing.nonce.to_string());
    add("Timestamp", &signing.timestamp.to_string());
    add("Version", action.version);
    if let Some(region) = region(signing.client_region) {
        add("Region", region);
    }
    if let Some(token) = signing.token {
        add("Token", token.expose());
    }
    add("SecretId", signing.secret_id);
    add("SignatureMethod", algorithm.name());
    add("Language", signing.language);
    let signed = tencent_legacy::sign(&tencent_legacy::Input {
        algorithm,
        secret_key: signing.secret_key,
        method: Method::Post.name(),
        host: &endpoint.host_and_port,
        path: "/",
        parameters: &parameters,
    });
    parameters.push(("Signature".to_owned(), signed.signature));
    let body = Zeroizing::new(form_encode(&parameters).into_bytes());
    parameters.iter_mut().for_each(|(_, value)| value.zeroize());
    post(endpoint, headers(endpoint, FORM, signing.trace_id), body)
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// `Host` is set here, so that it is sent as it was signed, even with a port that the transport would remove.
fn headers(endpoint: &Endpoint, content_type: &str, trace_id: &str) -> Vec<(String, String)> {
    vec![
        header("Host", &endpoint.host_and_port),
        header("Content-Type", content_type),
        header("X-TC-TraceId", trace_id),
    ]
}

fn api_headers(action: &Action<'_>, common: &Unsigned<'_>) -> Vec<(String, String)> {
    let mut headers = vec![
        header("X-TC-Action", action.action),
        header("X-TC-Version", action.version),
        header("X-TC-Timestamp", &common.timestamp.to_string()),
        header("X-TC-RequestClient", common.request_client),
        header("X-TC-Language", common.language),
    ];
    if let Some(region) = region(common.client_region) {
        headers.push(header("X-TC-Region", region));
    }
    headers
}

fn region(region: Option<&str>) -> Option<&str> {
    region.filter(|region| !region.is_empty())
}

fn post(endpoint: &Endpoint, headers: Vec<(String, String)>, body: Zeroizing<Vec<u8>>) -> Request {
    Request { method: Method::Post, url: endpoint.url("/"), headers, body, direct: false }
}

/// Writes a flat JSON object. serde_json is not used, since it would leave an unwiped copy of a secret parameter (a web
/// identity token).
fn json_object(parameters: &[(&str, Parameter)]) -> Zeroizing<Vec<u8>> {
    // An escaped byte has at most six bytes. The whole capacity is reserved first, so that the buffer never moves.
    let room = parameters
        .iter()
        .map(|(name, value)| 6 * name.len() + 26 + if let Parameter::Text(text) = value { 6 * text.len() } else { 0 });
    let mut out = Zeroizing::new(Vec::with_capacity(2 + room.sum::<usize>()));
    out.push(b'{');
    for (index, (name, value)) in parameters.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_json_text(&mut out, name);
        out.push(b':');
        match value {
            Parameter::Text(text) => push_json_text(&mut out, text),
            Parameter::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        }
    }
    out.push(b'}');
    out
}

/// Writes a JSON text. Quotes, backslashes and control characters are escaped (RFC 8259, section 7).
fn push_json_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
