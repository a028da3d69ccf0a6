//! The file `tencent_tc3.json`.

use std::collections::BTreeMap;

use evercred_core::http::Endpoint;
use evercred_core::http::Request;
use evercred_core::providers::tencent::request::{self, Action, Parameter, SignMethod, Signing};
use evercred_core::secret::Secret;
use evercred_core::sign::tc3::{self, Payload};
use evercred_core::sign::tencent_legacy::{self, Algorithm};
use serde_json::Value;

use crate::outcome::{Check, Outcome, Pairs, bytes, from_form, pairs, same, text, wanted_text};

/// What was recorded of one request, and the inputs that made it.
struct Recorded<'a> {
    case: &'a Value,
    headers: Pairs,
    body: Vec<u8>,
    path: &'a str,
    query: &'a str,
    endpoint: Endpoint,
    secret_key: Secret,
}

impl<'a> Recorded<'a> {
    fn read(case: &'a Value) -> Result<Recorded<'a>, String> {
        let target = wanted_text(case, "/expected/http_request/target")?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let scheme = text(case, "/inputs/protocol").unwrap_or("https");
        let configured = text(case, "/inputs/endpoint");
        let endpoint = request::endpoint("cam", scheme, configured, text(case, "/inputs/root_domain"));
        Ok(Recorded {
            case,
            headers: pairs(case, "/expected/http_request/headers")?,
            body: bytes(case, "/expected/http_request/body_hex", "/expected/http_request/body_utf8")?,
            path,
            query,
            endpoint: endpoint.map_err(|error| error.to_string())?,
            secret_key: Secret::from_text(wanted_text(case, "/inputs/secret_key")?),
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    fn method(&self) -> Result<&'a str, String> {
        wanted_text(self.case, "/expected/http_request/method")
    }

    fn timestamp(&self) -> Result<i64, String> {
        self.case.pointer("/inputs/timestamp").and_then(Value::as_i64).ok_or_else(|| "no timestamp".to_owned())
    }

    /// The request that the library would have sent, with the client's name and the language as recorded.
    fn ours(&self, method: SignMethod, client: &str) -> Result<Request, String> {
        let input = |name: &str| text(self.case, &format!("/inputs/{name}"));
        let parameter = |name: &str| Parameter::Text(input(name).unwrap_or_default().to_owned());
        let parameters = [
            ("ResourceId", parameter("instance_id")),
            ("ResourceRegion", parameter("region")),
            ("ResourceAccount", parameter("user_name")),
        ];
        let token = input("session_token").map(Secret::from_text);
        let action =
            Action { service: "cam", version: "2019-01-16", action: "BuildDataFlowAuthToken", parameters: &parameters };
        let signing = Signing {
            method,
            secret_id: input("secret_id").unwrap_or_default(),
            secret_key: &self.secret_key,
            token: token.as_ref(),
            timestamp: self.timestamp()?,
            nonce: self.case.pointer("/inputs/nonce").and_then(Value::as_u64).unwrap_or(1),
            language: input("language").unwrap_or("zh-CN"),
            client_region: input("client_region"),
            request_client: client,
            trace_id: "00000000-0000-4000-8000-000000000000",
            unsigned_payload: self.case.pointer("/inputs/unsigned_payload").and_then(Value::as_bool) == Some(true),
        };
        Ok(request::build(&self.endpoint, &action, &signing))
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// `tencent_tc3`
pub fn request(_kind: &str, case: &Value) -> Outcome {
    let check = || match wanted_text(case, "/inputs/sign_method")? {
        "TC3-HMAC-SHA256" => current(&Recorded::read(case)?),
        "HmacSHA1" => older(&Recorded::read(case)?, Algorithm::Sha1, SignMethod::HmacSha1),
        "HmacSHA256" => older(&Recorded::read(case)?, Algorithm::Sha256, SignMethod::HmacSha256),
        other => Err(format!("sign_method {other} is not known")),
    };
    check().into()
}

fn current(recorded: &Recorded<'_>) -> Check {
    let unsigned = recorded.header("X-TC-Content-SHA256").is_some();
    let secret_id = wanted_text(recorded.case, "/inputs/secret_id")?;
    let sign = |method: &str, query: &str, content_type: &str, body: &[u8]| -> Result<tc3::Signed, String> {
        Ok(tc3::sign(&tc3::Input {
            secret_id,
            secret_key: &recorded.secret_key,
            service: "cam",
            method,
            path: recorded.path,
            query,
            content_type,
            host: &recorded.endpoint.host_and_port,
            timestamp: recorded.timestamp()?,
            payload: if unsigned { Payload::Unsigned } else { Payload::Signed(body) },
        }))
    };
    let content_type = recorded.header("Content-Type").unwrap_or_default();
    let signed = sign(recorded.method()?, recorded.query, content_type, &recorded.body)?;
    let expected = |name: &str| wanted_text(recorded.case, &format!("/expected/{name}"));
    same("canonical request", signed.canonical_request.as_str(), expected("canonical_request")?)?;
    same("string to sign", signed.string_to_sign.as_str(), expected("string_to_sign")?)?;
    same("signature", signed.signature.as_str(), expected("signature")?)?;
    same("Authorization", Some(signed.authorization.as_str()), recorded.header("Authorization"))?;

    let ours = recorded.ours(SignMethod::Tc3, "test")?;
    same("X-TC-* headers", api_headers(&ours.headers), api_headers(&recorded.headers))?;
    same("our Host", find(&ours.headers, "Host"), Some(&recorded.endpoint.host_and_port))?;
    let again = sign(ours.method.name(), "", find(&ours.headers, "Content-Type").unwrap_or_default(), &ours.body)?;
    same("our Authorization", find(&ours.headers, "Authorization"), Some(again.authorization.as_str()))?;
    if recorded.method()? == "POST" {
        let json = |body: &[u8]| serde_json::from_slice::<Value>(body).map_err(|error| error.to_string());
        same("our body", json(&ours.body)?, json(&recorded.body)?)?;
    }
    Ok(())
}

/// The headers of the API that do not differ from client to client.
fn api_headers(headers: &Pairs) -> BTreeMap<String, String> {
    let ours_alone = ["x-tc-traceid", "x-tc-requestclient", "x-tc-language"];
    let lower = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, _)| name.starts_with("x-tc-") && !ours_alone.contains(&name.as_str())).collect()
}

fn older(recorded: &Recorded<'_>, algorithm: Algorithm, method: SignMethod) -> Check {
    let body = std::str::from_utf8(&recorded.body).map_err(|_| "the body is not UTF-8")?;
    let posted = recorded.method()? == "POST";
    let mut parameters = from_form(if posted { body } else { recorded.query })?;
    let sent = find(&parameters, "Signature").map(str::to_owned);
    parameters.retain(|(name, _)| name != "Signature");
    let signed = tencent_legacy::sign(&tencent_legacy::Input {
        algorithm,
        secret_key: &recorded.secret_key,
        method: recorded.method()?,
        host: &recorded.endpoint.host_and_port,
        path: recorded.path,
        parameters: &parameters,
    });
    same("string to sign", signed.string_to_sign.as_str(), wanted_text(recorded.case, "/expected/string_to_sign")?)?;
    same("signature", signed.signature.as_str(), wanted_text(recorded.case, "/expected/signature")?)?;
    same("parameter Signature", Some(signed.signature), sent)?;

    let ours = recorded.ours(method, find(&parameters, "RequestClient").unwrap_or_default())?;
    same("X-TC-* headers", api_headers(&ours.headers), api_headers(&recorded.headers))?;
    let mut sent = from_form(std::str::from_utf8(&ours.body).map_err(|_| "our body is not UTF-8")?)?;
    if posted {
        same("our body", std::str::from_utf8(&ours.body), Ok(body))?;
    }
    sent.retain(|(name, _)| name != "Signature");
    same("our parameters", sent, parameters)
}
