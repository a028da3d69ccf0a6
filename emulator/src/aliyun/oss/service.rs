//! OSS: the answers, once `auth` has let a request in.

use super::auth::{self, Details};
use super::bucket::{Bucket, Buckets, Object};
use super::list;
use super::operation::{Operation, REPLACING};
use super::request::{Request, bucket_of_host};
use crate::body::Body;
use crate::http::Head;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::util::{http_date, uuid};

/// The headers that are stored with an object, in addition to its metadata.
const KEPT: [&str; 5] = ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

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

/// A HEAD answer is the GET answer without its body.
fn finish(head: &Head, mut reply: Reply) -> Reply {
    let id = uuid().replace('-', "").to_uppercase();
    reply.headers.push(("x-oss-request-id".to_owned(), id.get(..24).unwrap_or_default().to_owned()));
    if head.method == "HEAD" {
        reply.headers.push(("Content-Length".to_owned(), reply.length().to_string()));
        (reply.body, reply.stored) = (Vec::new(), None);
    }
    reply
}

pub(crate) fn answer(state: &mut State, head: &Head, body: &Body) -> Reply {
    let request = Request::read(&state.aliyun.buckets, head);
    let done = auth::check(state, &request, body).and_then(|()| act(state, &request, body).map_err(Details::from));
    match done {
        Ok(reply) => finish(head, reply),
        Err(details) => xml(head, &details),
    }
}

fn act(state: &mut State, request: &Request<'_>, body: &Body) -> Result<Reply, Refusal> {
    let operation = Operation::of(request)?;
    let now = state.now_ms();
    let buckets = &mut state.aliyun.buckets;
    match operation {
        Operation::ListBuckets => list::buckets(buckets, request),
        Operation::ListObjects => list::objects(bucket(buckets, request)?, request),
        Operation::Put => Ok(put(bucket(buckets, request)?, request, body, now)),
        Operation::Get => get(bucket(buckets, request)?, request),
        Operation::Delete => {
            bucket(buckets, request)?.objects.remove(&request.key);
            Ok(Reply::empty(204))
        }
    }
}

fn bucket<'a>(buckets: &'a mut Buckets, request: &Request<'_>) -> Result<&'a mut Bucket, Refusal> {
    let no_bucket = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist.");
    buckets.get_mut(&request.bucket).ok_or_else(no_bucket)
}

fn put(bucket: &mut Bucket, request: &Request<'_>, body: &Body, now: i64) -> Reply {
    let kept = |name: &str| name.starts_with("x-oss-meta-") || KEPT.contains(&name);
    let meta = request.head.headers.iter().filter(|(name, _)| kept(&name.to_ascii_lowercase()));
    let content_type = request.head.header("content-type").unwrap_or("application/octet-stream");
    let object = Object::new(body.clone(), content_type, meta.cloned().collect(), now);
    let mut reply = Reply::empty(200);
    reply.headers.push(("ETag".to_owned(), object.etag.clone()));
    bucket.objects.insert(request.key.clone(), object);
    reply
}

fn get(bucket: &Bucket, request: &Request<'_>) -> Result<Reply, Refusal> {
    let no_key = || Refusal::new(404, "NoSuchKey", "The specified key does not exist.");
    let object = bucket.objects.get(&request.key).ok_or_else(no_key)?;
    let mut reply = Reply::text(200, &object.content_type, "");
    match &object.body {
        Body::Memory(bytes) => reply.body.clone_from(bytes),
        Body::Stored(_) => reply.stored = Some(object.body.clone()),
    }
    reply.headers.push(("ETag".to_owned(), object.etag.clone()));
    reply.headers.push(("Last-Modified".to_owned(), http_date(object.at_ms)));
    reply.headers.push(("x-oss-object-type".to_owned(), "Normal".to_owned()));
    reply.headers.extend(object.meta.iter().cloned());
    for (param, name) in REPLACING {
        if let Some(value) = request.param(param) {
            reply.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            reply.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(reply)
}
