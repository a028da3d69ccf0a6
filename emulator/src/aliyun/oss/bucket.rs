//! Buckets and their objects, in memory.

use std::collections::BTreeMap;

use crate::util::sha256_hex;

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: String,
    pub(crate) meta: Vec<(String, String)>,
    pub(crate) at_ms: i64,
}

impl Object {
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", sha256_hex(&self.body).get(..32).unwrap_or_default().to_uppercase())
    }
}

/// Buckets, with the custom domains that lead to them. They are not in the state file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) domains: Vec<String>,
    pub(crate) objects: BTreeMap<String, Object>,
}

pub(crate) type Buckets = BTreeMap<String, Bucket>;
