//! The signatures of OSS, V1 and V4, in headers and in presigned URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::request::Request;
use crate::signature::{hmac1, hmac256};
use crate::util::{encode, encode_but, hex, sha256_hex};

/// The query parameters that V1 signs: the sub-resources of OSS.
pub(crate) const SIGNED: &str = "accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback \
    callback-var cloudboxes cname comp continuation-token cors delete encryption endTime group httpsConfig inventory \
    inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber policy position \
    publicAccessBlock qos qosInfo qosRequester redundancyTransition referer regionList replication \
    replicationLocation replicationProgress requestPayment requesterQosInfo resourceGroup resourcePool \
    resourcePoolBuckets resourcePoolInfo response-cache-control response-content-disposition \
    response-content-encoding response-content-language response-content-type response-expires restore \
    security-token sequential startTime stat status style styleName symlink tagging transferAcceleration uploadId \
    uploads versionId versioning versions vod website worm wormExtend wormId x-oss-ac-forward-allow \
    x-oss-ac-source-ip x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process \
    x-oss-process x-oss-redundancy-transition-taskid x-oss-request-payer x-oss-target-redundancy-type \
    x-oss-traffic-limit x-oss-write-get-object-response";

/// The query parameters of a V1 signature, the one that marks it first.
pub(crate) const V1_QUERY: [&str; 3] = ["OSSAccessKeyId", "Signature", "Expires"];
/// The query parameters of a V4 signature, the one that marks it first.
pub(crate) const V4_QUERY: [&str; 6] = [
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-additional-headers",
    "x-oss-signature",
];
pub(crate) const TOKEN_QUERY: [&str; 2] = ["security-token", "x-oss-security-token"];
/// The headers of which a signature reads one value.
const SINGLE_HEADERS: [&str; 8] = [
    "authorization",
    "content-md5",
    "content-type",
    "date",
    "host",
    "x-oss-content-sha256",
    "x-oss-date",
    "x-oss-security-token",
];

/// What a request claims about its signature.
#[derive(Debug, PartialEq)]
pub(crate) enum Claim {
    V1 {
        key_id: String,
        signature: String,
        /// Seconds since the epoch, in a presigned URL.
        expires: Option<String>,
    },
    V4(V4),
}

#[derive(Debug, PartialEq)]
pub(crate) struct V4 {
    pub(crate) key_id: String,
    pub(crate) scope: [String; 3],
    pub(crate) additional: Vec<String>,
    pub(crate) signature: String,
    /// `YYYYMMDDThhmmssZ`.
    pub(crate) date: String,
    /// Lifetime in seconds, in a presigned URL.
    pub(crate) expires: Option<String>,
}

impl Claim {
    /// `None`: the request is not signed. `Some(None)`: its signature has an unknown form.
    pub(crate) fn read(request: &Request<'_>) -> Option<Option<Claim>> {
        let query = |name: &str| request.param(name).map(str::to_owned);
        let given = |name: &&str| request.params(name).count();
        let in_query = V1_QUERY.iter().map(given).max() > Some(0) || V4_QUERY.iter().map(given).max() > Some(0);
        let authorization = request.head.header("authorization");
        if authorization.is_none() && !in_query {
            return None;
        }
        // One signature, and each value of it once: otherwise it is not clear which one counts.
        if SINGLE_HEADERS.iter().any(|name| request.head.all(name).count() > 1) {
            return Some(None);
        }
        if let Some(header) = authorization {
            if in_query {
                return Some(None);
            }
            return Some(header_v1(header).or_else(|| header_v4(header, request)));
        }
        let of_both = [V1_QUERY[0], V4_QUERY[0]].iter().all(|name| given(name) > 0);
        if of_both || V1_QUERY.iter().chain(&V4_QUERY).chain(&TOKEN_QUERY).any(|name| given(name) > 1) {
            return Some(None);
        }
        if let Some(key_id) = query("OSSAccessKeyId") {
            let expires = query("Expires").filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let signature = query("Signature");
            return Some(signature.zip(expires).map(|(signature, expires)| Claim::V1 {
                key_id,
                signature,
                expires: Some(expires),
            }));
        }
        let version = query("x-oss-signature-version")?;
        let claim = || {
            let (key_id, scope) = credential(&query("x-oss-credential")?)?;
            let additional = query("x-oss-additional-headers").map(|text| names(&text)).unwrap_or_default();
            let (signature, date) = (query("x-oss-signature")?, query("x-oss-date")?);
            let expires = Some(query("x-oss-expires")?);
            Some(Claim::V4(V4 { key_id, scope, additional, signature, date, expires }))
        };
        Some(if version == "OSS4-HMAC-SHA256" { claim() } else { None })
    }

    pub(crate) fn key_id(&self) -> &str {
        match self {
            Claim::V1 { key_id, .. } => key_id,
            Claim::V4(v4) => &v4.key_id,
        }
    }

    pub(crate) fn signature(&self) -> &str {
        match self {
            Claim::V1 { signature, .. } => signature,
            Claim::V4(v4) => &v4.signature,
        }
    }
}

fn header_v1(header: &str) -> Option<Claim> {
    let (key_id, signature) = header.strip_prefix("OSS ")?.trim().split_once(':')?;
    Some(Claim::V1 { key_id: key_id.to_owned(), signature: signature.to_owned(), expires: None })
}

fn header_v4(header: &str, request: &Request<'_>) -> Option<Claim> {
    let rest = header.strip_prefix("OSS4-HMAC-SHA256 ")?;
    let (mut found, mut additional, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        let part = match name {
            "Credential" => &mut found,
            "AdditionalHeaders" => &mut additional,
            "Signature" => &mut signature,
            _ => return None,
        };
        if part.replace(value).is_some() {
            return None;
        }
    }
    let ((key_id, scope), date) = (credential(found?)?, request.head.header("x-oss-date")?.to_owned());
    let (additional, signature) = (names(additional.unwrap_or_default()), signature?.to_owned());
    Some(Claim::V4(V4 { key_id, scope, additional, signature, date, expires: None }))
}

fn names(text: &str) -> Vec<String> {
    text.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// Key id, and date, region and product of the scope.
fn credential(text: &str) -> Option<(String, [String; 3])> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [key_id, date, region, product, "aliyun_v4_request"] if !key_id.is_empty() => {
            Some(((*key_id).to_owned(), [*date, *region, *product].map(str::to_owned)))
        }
        _ => None,
    }
}

/// What V1 signs.
pub(crate) fn v1_string(request: &Request<'_>, expires: Option<&str>) -> String {
    let header = |name: &str| request.head.header(name).unwrap_or_default().trim();
    let date = expires.unwrap_or_else(|| request.head.header("x-oss-date").unwrap_or_else(|| header("date")));
    let mut headers: Vec<_> = request
        .head
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-oss-"))
        .collect();
    headers.sort();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut params: Vec<_> = request.query.iter().filter(|(name, _)| SIGNED.split(' ').any(|n| n == name)).collect();
    params.sort();
    let pair = |(name, value): &&(String, String)| match value.as_str() {
        "" => name.clone(),
        value => format!("{name}={value}"),
    };
    let params: Vec<String> = params.iter().map(pair).collect();
    let mark = if params.is_empty() { "" } else { "?" };
    let resource = format!("{}{mark}{}", request.resource(), params.join("&"));
    format!(
        "{}\n{}\n{}\n{date}\n{headers}{resource}",
        request.head.method,
        header("content-md5"),
        header("content-type")
    )
}

/// The signature of V1.
pub(crate) fn v1(to_sign: &str, secret: &str) -> Option<String> {
    Some(STANDARD.encode(hmac1(secret.as_bytes(), to_sign.as_bytes())?))
}

impl V4 {
    /// Whether the scope is one of OSS: any region, and the product `oss` or that of a cloud box, whose region is the box.
    pub(crate) fn is_for_oss(&self) -> bool {
        let [_, region, product] = &self.scope;
        !region.is_empty() && matches!(product.as_str(), "oss" | "oss-cloudbox")
    }

    /// The canonical request; `None` if a signed header is missing.
    pub(crate) fn canonical(&self, request: &Request<'_>) -> Option<String> {
        let mut query: Vec<String> = request
            .query
            .iter()
            .filter(|(name, _)| self.expires.is_none() || name != "x-oss-signature")
            .map(|(name, value)| match value.as_str() {
                "" => encode(name),
                value => format!("{}={}", encode(name), encode(value)),
            })
            .collect();
        query.sort();
        let mut additional = self.additional.clone();
        additional.sort();
        if additional.iter().any(|name| request.head.header(name).is_none()) {
            return None;
        }
        let mut headers: Vec<_> = request
            .head
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            .filter(|(name, _)| {
                let always = name.starts_with("x-oss-") || name == "content-type" || name == "content-md5";
                always || additional.contains(name)
            })
            .collect();
        headers.sort();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let payload = request.head.header("x-oss-content-sha256").unwrap_or("UNSIGNED-PAYLOAD");
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{payload}",
            request.head.method,
            encode_but(&request.resource(), b"/"),
            query.join("&"),
            additional.join(";")
        ))
    }

    /// What is signed for a canonical request.
    pub(crate) fn string(&self, canonical: &str) -> String {
        let scope = format!("{}/aliyun_v4_request", self.scope.join("/"));
        format!("OSS4-HMAC-SHA256\n{}\n{scope}\n{}", self.date, sha256_hex(canonical.as_bytes()))
    }

    /// The signature of V4.
    pub(crate) fn sign(&self, to_sign: &str, secret: &str) -> Option<String> {
        let mut chain = format!("aliyun_v4{secret}").into_bytes();
        for step in self.scope.iter().map(String::as_str).chain(["aliyun_v4_request", to_sign]) {
            chain = hmac256(&chain, step.as_bytes())?;
        }
        Some(hex(&chain))
    }

    /// The date in seconds; `None` if it differs from the date of the scope.
    pub(crate) fn seconds(&self) -> Option<i64> {
        let part = |from: usize, to: usize| self.date.get(from..to);
        let (day, time) = (self.date.get(..8)?, self.date.get(8..)?);
        let long = format!(
            "{}-{}-{}T{}:{}:{}Z",
            part(0, 4)?,
            part(4, 6)?,
            part(6, 8)?,
            part(9, 11)?,
            part(11, 13)?,
            part(13, 15)?
        );
        let formed = time.len() == 8 && time.starts_with('T') && time.ends_with('Z');
        let seconds = crate::util::parse_iso(&long)?;
        (formed && self.scope.first().is_some_and(|date| date == day)).then_some(seconds)
    }
}
