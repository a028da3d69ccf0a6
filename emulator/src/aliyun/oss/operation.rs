//! Which operation of OSS a request asks for; what is not one of them is refused before anything changes.

use super::request::Request;
use super::signature::{SIGNED, TOKEN_QUERY, V1_QUERY, V4_QUERY};
use crate::refusal::Refusal;

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    ListBuckets,
    ListObjects,
    Put,
    /// GET or HEAD.
    Get,
    Delete,
}

const LIST_BUCKETS: &str = "prefix marker max-keys";
const LIST_OBJECTS: &str =
    "list-type prefix delimiter marker start-after continuation-token fetch-owner max-keys encoding-type";

/// The parameters that replace a header of an object's answer.
pub(crate) const REPLACING: [(&str, &str); 6] = [
    ("response-cache-control", "Cache-Control"),
    ("response-content-disposition", "Content-Disposition"),
    ("response-content-encoding", "Content-Encoding"),
    ("response-content-language", "Content-Language"),
    ("response-content-type", "Content-Type"),
    ("response-expires", "Expires"),
];

/// Headers that make a request another one: a copy, a link, a part of an object, a condition. Ignored they would lead to a
/// wrong answer or a lost object.
const OTHER_MEANING: [&str; 12] = [
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "x-oss-async-process",
    "x-oss-callback",
    "x-oss-copy-source",
    "x-oss-forbid-overwrite",
    "x-oss-process",
    "x-oss-symlink-target",
    "x-oss-write-get-object-response",
];

impl Operation {
    /// The operation of a request; `NotImplemented` for every other.
    pub(crate) fn of(request: &Request<'_>) -> Result<Operation, Refusal> {
        let (of_bucket, of_object) = (!request.bucket.is_empty(), !request.key.is_empty());
        let (operation, params) = match (request.head.method.as_str(), of_bucket, of_object) {
            ("GET", false, _) => (Operation::ListBuckets, LIST_BUCKETS),
            ("GET", true, false) => (Operation::ListObjects, LIST_OBJECTS),
            ("PUT", true, true) => (Operation::Put, ""),
            ("GET" | "HEAD", true, true) => (Operation::Get, ""),
            ("DELETE", true, true) => (Operation::Delete, ""),
            _ => return Err(not_implemented("this method on this resource")),
        };
        let reads = !matches!(operation, Operation::Put | Operation::Delete);
        for (name, value) in &request.query {
            let signature = V1_QUERY.iter().chain(&V4_QUERY).chain(&TOKEN_QUERY).any(|known| known == name);
            let replaces = operation == Operation::Get && REPLACING.iter().any(|(known, _)| known == name);
            if signature || replaces || params.split(' ').any(|known| known == name) {
                continue;
            }
            // Of a reading request the service leaves aside a parameter that is no sub-resource.
            let aside = reads && !value.is_empty() && !is_sub_resource(name);
            if !aside {
                return Err(not_implemented(&format!("the parameter {name}")));
            }
        }
        match OTHER_MEANING.iter().find(|name| request.head.header(name).is_some()) {
            Some(name) => Err(not_implemented(&format!("the header {name}"))),
            None => Ok(operation),
        }
    }
}

fn is_sub_resource(name: &str) -> bool {
    name.starts_with("x-oss-") || SIGNED.split(' ').any(|known| known == name)
}

fn not_implemented(what: &str) -> Refusal {
    let message =
        format!("A header or a parameter you provided implies functionality that is not implemented: {what}.");
    Refusal::new(501, "NotImplemented", message)
}
