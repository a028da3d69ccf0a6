//! OSS: buckets that check signatures and keep small objects in memory.

use std::time::UNIX_EPOCH;

use super::bucket::Object;
use super::list;
use super::request::{Asked, bucket_of_host};
use super::signature::{self, Claim};
use crate::aliyun::key::{SKEW_S, Trouble};
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::util::{http_date, uuid};

/// Whether a request is for this service.
pub(crate) fn covers(state: &State, head: &Head) -> bool {
    let signed = head.header("authorization").is_some_and(|h| h.starts_with("OSS ") || h.starts_with("OSS4-"));
    let marked = ["OSSAccessKeyId=", "x-oss-signature-version=", "x-oss-credential="];
    if signed || head.query().split('&').any(|part| marked.iter().any(|mark| part.starts_with(mark))) {
        return true;
    }
    let buckets = &state.aliyun.buckets;
    let first = head.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    bucket_of_host(buckets, head).is_some() || buckets.contains_key(first)
}

/// A refusal with what only some of them tell.
struct Details {
    refusal: Refusal,
    more: Vec<(&'static str, String)>,
}

impl From<Refusal> for Details {
    fn from(refusal: Refusal) -> Details {
        Details { refusal, more: Vec::new() }
    }
}

/// An error as XML.
fn xml(head: &Head, details: &Details) -> Reply {
    let refusal = &details.refusal;
    let request_id = uuid().replace('-', "").to_uppercase();
    let mut fields = vec![
        ("Code", refusal.code.clone()),
        ("Message", refusal.message.clone()),
        ("RequestId", request_id.get(..24).unwrap_or_default().to_owned()),
        ("HostId", head.header("host").unwrap_or_default().to_owned()),
    ];
    fields.extend(details.more.clone());
    let fields: String = fields.iter().map(|(n, v)| format!("  <{n}>{}</{n}>\n", list::escape(v))).collect();
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n{fields}</Error>\n");
    finish(head, Reply::text(refusal.status, "application/xml", body))
}

/// An error without details.
pub(crate) fn refused(head: &Head, refusal: &Refusal) -> Reply {
    xml(head, &Details::from(refusal.clone()))
}

/// The answer to HEAD is that to GET without its body.
fn finish(head: &Head, mut reply: Reply) -> Reply {
    let id = uuid().replace('-', "").to_uppercase();
    reply.headers.push(("x-oss-request-id".to_owned(), id.get(..24).unwrap_or_default().to_owned()));
    if head.method == "HEAD" {
        reply.headers.push(("Content-Length".to_owned(), reply.body.len().to_string()));
        reply.body.clear();
    }
    reply
}

pub(crate) fn answer(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    let asked = Asked::read(&state.aliyun.buckets, head);
    let done = check(state, &asked).and_then(|()| act(state, &asked, body).map_err(Details::from));
    match done {
        Ok(reply) => finish(head, reply),
        Err(details) => xml(head, &details),
    }
}

fn check(state: &State, asked: &Asked<'_>) -> Result<(), Details> {
    let denied = |message: &str| Details::from(Refusal::new(403, "AccessDenied", message));
    let claim =
        Claim::read(asked).ok_or_else(|| denied("You have no right to access this object because of bucket acl."))?;
    let malformed = || Refusal::new(400, "InvalidArgument", "The authorization is not of a form that is known.");
    let claim = claim.ok_or_else(malformed)?;
    let now = state.now_ms().div_euclid(1000);
    let skewed = || {
        Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
    };
    let near = |seconds: i64| seconds.abs_diff(now) <= SKEW_S.unsigned_abs();
    match &claim {
        Claim::V1 { expires: Some(expires), .. } => {
            if expires.parse().is_ok_and(|end: i64| end < now) {
                return Err(denied("Request has expired."));
            }
        }
        Claim::V1 { expires: None, .. } => {
            let date = asked.head.header("x-oss-date").or_else(|| asked.head.header("date"));
            let time = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
            let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let no_date = || denied("OSS authentication requires a valid Date.");
            let seconds = i64::try_from(since.ok_or_else(no_date)?.as_secs()).unwrap_or(i64::MAX);
            if !near(seconds) {
                return Err(skewed().into());
            }
        }
        Claim::V4(v4) => {
            let seconds = v4.seconds().ok_or_else(malformed)?;
            let life: Option<i64> = v4.expires.as_deref().map(|text| text.parse().unwrap_or(-1));
            match life {
                Some(..=0 | 604_801..) => return Err(malformed().into()),
                Some(life) if now > seconds.saturating_add(life) => return Err(denied("Request has expired.")),
                None if !near(seconds) => return Err(skewed().into()),
                _ => {}
            }
        }
    }
    let token_names = ["security-token", "x-oss-security-token"];
    let in_query = token_names.iter().find_map(|name| asked.param(name));
    let token = asked.head.header("x-oss-security-token").or(in_query);
    let key = state.saved.aliyun.good_key(claim.key_id(), token, state.now_ms()).map_err(|trouble| Details {
        refusal: of_key(trouble),
        more: vec![("OSSAccessKeyId", claim.key_id().to_owned())],
    })?;
    let (to_sign, canonical, right) = match &claim {
        Claim::V1 { expires, .. } => {
            let to_sign = signature::v1_string(asked, expires.as_deref());
            let right = signature::v1(&to_sign, &key.secret);
            (to_sign, None, right)
        }
        Claim::V4(v4) => {
            let canonical = v4.canonical(asked).ok_or_else(malformed)?;
            let to_sign = v4.string(&canonical);
            let right = v4.sign(&to_sign, &key.secret);
            (to_sign, Some(canonical), right)
        }
    };
    if right.as_deref() == Some(claim.signature()) {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    let mut more = vec![
        ("OSSAccessKeyId", claim.key_id().to_owned()),
        ("SignatureProvided", claim.signature().to_owned()),
        ("StringToSign", to_sign),
    ];
    more.extend(canonical.map(|canonical| ("CanonicalRequest", canonical)));
    Err(Details { refusal: Refusal::new(403, "SignatureDoesNotMatch", message), more })
}

fn of_key(trouble: Trouble) -> Refusal {
    let (code, message) = match trouble {
        Trouble::Unknown => ("InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records."),
        Trouble::Inactive => ("InvalidAccessKeyId", "The OSS Access Key Id you provided is disabled."),
        Trouble::WrongToken => ("InvalidSecurityToken", "The security token you provided is invalid."),
        Trouble::Expired => ("SecurityTokenExpired", "The security token you provided has expired."),
    };
    Refusal::new(403, code, message)
}

fn act(state: &mut State, asked: &Asked<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    let (method, now) = (asked.head.method.as_str(), state.now_ms());
    if asked.bucket.is_empty() {
        return match method {
            "GET" => Ok(list::buckets(&state.aliyun.buckets, asked)),
            _ => Err(not_allowed()),
        };
    }
    let no_bucket = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist.");
    let bucket = state.aliyun.buckets.get_mut(&asked.bucket).ok_or_else(no_bucket)?;
    if asked.key.is_empty() {
        return match method {
            "GET" => list::objects(bucket, asked),
            _ => Err(not_allowed()),
        };
    }
    match method {
        "PUT" => {
            let header = |name: &str| asked.head.header(name).map(str::to_owned);
            let meta =
                asked.head.headers.iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("x-oss-meta-"));
            let object = Object {
                body: body.to_vec(),
                content_type: header("content-type").unwrap_or_else(|| "application/octet-stream".to_owned()),
                meta: meta.cloned().collect(),
                at_ms: now,
            };
            let mut reply = Reply::empty(200);
            reply.headers.push(("ETag".to_owned(), object.etag()));
            bucket.objects.insert(asked.key.clone(), object);
            Ok(reply)
        }
        "GET" | "HEAD" => {
            let no_key = || Refusal::new(404, "NoSuchKey", "The specified key does not exist.");
            let object = bucket.objects.get(&asked.key).ok_or_else(no_key)?;
            let content_type = asked.param("response-content-type").unwrap_or(&object.content_type);
            let mut reply = Reply { body: object.body.clone(), ..Reply::text(200, content_type, "") };
            reply.headers.push(("ETag".to_owned(), object.etag()));
            reply.headers.push(("Last-Modified".to_owned(), http_date(object.at_ms)));
            reply.headers.push(("x-oss-object-type".to_owned(), "Normal".to_owned()));
            reply.headers.extend(object.meta.iter().cloned());
            Ok(reply)
        }
        "DELETE" => {
            bucket.objects.remove(&asked.key);
            Ok(Reply::empty(204))
        }
        _ => Err(not_allowed()),
    }
}

fn not_allowed() -> Refusal {
    Refusal::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
}
