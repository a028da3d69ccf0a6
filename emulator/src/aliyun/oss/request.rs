//! A request to OSS: which bucket and object it is about.

use super::bucket::Buckets;
use crate::form::{decode, parse_form};
use crate::http::Head;

/// A request with its bucket and object.
pub(crate) struct Request<'a> {
    pub(crate) head: &'a Head,
    pub(crate) query: Vec<(String, String)>,
    /// Empty for requests about all buckets.
    pub(crate) bucket: String,
    /// Empty for requests about the bucket.
    pub(crate) key: String,
}

impl<'a> Request<'a> {
    pub(crate) fn read(buckets: &Buckets, head: &'a Head) -> Request<'a> {
        let path = decode(head.path().strip_prefix('/').unwrap_or_default(), false);
        let (bucket, key) = match bucket_of_host(buckets, head) {
            Some(bucket) => (bucket, path),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
                (bucket.to_owned(), key.to_owned())
            }
        };
        Request { head, query: parse_form(head.query()), bucket, key }
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The values of every parameter of this name.
    pub(crate) fn params<'b>(&'b self, name: &str) -> impl Iterator<Item = &'b str> {
        self.query.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// `/`, `/bucket/` or `/bucket/key`, not encoded.
    pub(crate) fn resource(&self) -> String {
        if self.bucket.is_empty() { "/".to_owned() } else { format!("/{}/{}", self.bucket, self.key) }
    }
}

/// The bucket that the host names: by a custom domain, or by its first label. In the service's own names the first label is
/// a bucket, known or not.
pub(crate) fn bucket_of_host(buckets: &Buckets, head: &Head) -> Option<String> {
    let host = head.header("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let named = buckets.iter().find(|(_, bucket)| bucket.domains.iter().any(|domain| domain == host));
    if let Some((name, _)) = named {
        return Some(name.clone());
    }
    let (first, rest) = host.split_once('.')?;
    let of_service = rest.starts_with("oss-") && rest.ends_with(".aliyuncs.com");
    (of_service || buckets.contains_key(first)).then(|| first.to_owned())
}
