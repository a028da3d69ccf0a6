//! Buckets and their objects: in memory, large ones in files that end with the process.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::util::hex;

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) body: Body,
    pub(crate) content_type: String,
    pub(crate) meta: Vec<(String, String)>,
    pub(crate) at_ms: i64,
    /// The MD5 in upper-case hex, quoted.
    pub(crate) etag: String,
}

impl Object {
    pub(crate) fn new(body: Body, content_type: &str, meta: Vec<(String, String)>, at_ms: i64) -> Object {
        let etag = format!("\"{}\"", hex(&body.md5()).to_uppercase());
        Object { body, content_type: content_type.to_owned(), meta, at_ms, etag }
    }
}

/// Buckets, with the custom domains that lead to them. They are not in the state file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) domains: Vec<String>,
    pub(crate) objects: BTreeMap<String, Object>,
}

pub(crate) type Buckets = BTreeMap<String, Bucket>;
