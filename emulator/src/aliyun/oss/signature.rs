//! The signatures of OSS, V1 and V4, in headers and in presigned URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::request::Asked;
use crate::signature::{hmac1, hmac256};
use crate::util::{encode, encode_but, hex, sha256_hex};

/// Query parameters that V1 signs. It leaves out all others.
const SIGNED: &str = "accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback \
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
    /// Seconds of life, in a presigned URL.
    pub(crate) expires: Option<String>,
}

impl Claim {
    /// `None`: not signed at all, `Some(None)`: in no way that is known.
    pub(crate) fn read(asked: &Asked<'_>) -> Option<Option<Claim>> {
        let query = |name: &str| asked.param(name).map(str::to_owned);
        if let Some(header) = asked.head.header("authorization") {
            return Some(header_v1(header).or_else(|| header_v4(header, asked)));
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

fn header_v4(header: &str, asked: &Asked<'_>) -> Option<Claim> {
    let rest = header.strip_prefix("OSS4-HMAC-SHA256 ")?;
    let (mut found, mut additional, mut signature) = (None, Vec::new(), None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        match name {
            "Credential" => found = credential(value),
            "AdditionalHeaders" => additional = names(value),
            "Signature" => signature = Some(value.to_owned()),
            _ => return None,
        }
    }
    let ((key_id, scope), date) = (found?, asked.head.header("x-oss-date")?.to_owned());
    Some(Claim::V4(V4 { key_id, scope, additional, signature: signature?, date, expires: None }))
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
pub(crate) fn v1_string(asked: &Asked<'_>, expires: Option<&str>) -> String {
    let header = |name: &str| asked.head.header(name).unwrap_or_default().trim();
    let date = expires.unwrap_or_else(|| asked.head.header("x-oss-date").unwrap_or_else(|| header("date")));
    let mut headers: Vec<_> = asked
        .head
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-oss-"))
        .collect();
    headers.sort();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut params: Vec<_> = asked.query.iter().filter(|(name, _)| SIGNED.split(' ').any(|n| n == name)).collect();
    params.sort();
    let pair = |(name, value): &&(String, String)| match value.as_str() {
        "" => name.clone(),
        value => format!("{name}={value}"),
    };
    let params: Vec<String> = params.iter().map(pair).collect();
    let mark = if params.is_empty() { "" } else { "?" };
    let resource = format!("{}{mark}{}", asked.resource(), params.join("&"));
    format!("{}\n{}\n{}\n{date}\n{headers}{resource}", asked.head.method, header("content-md5"), header("content-type"))
}

/// The signature of V1.
pub(crate) fn v1(to_sign: &str, secret: &str) -> Option<String> {
    Some(STANDARD.encode(hmac1(secret.as_bytes(), to_sign.as_bytes())?))
}

impl V4 {
    /// The canonical request; `None` if a header that is said to be signed did not come.
    pub(crate) fn canonical(&self, asked: &Asked<'_>) -> Option<String> {
        let mut query: Vec<String> = asked
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
        if additional.iter().any(|name| asked.head.header(name).is_none()) {
            return None;
        }
        let mut headers: Vec<_> = asked
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
        let payload = asked.head.header("x-oss-content-sha256").unwrap_or("UNSIGNED-PAYLOAD");
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{payload}",
            asked.head.method,
            encode_but(&asked.resource(), b"/"),
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

    /// Seconds of its date, if that is the scope's as well.
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
