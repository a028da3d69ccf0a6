//! What OSS here does not have is refused, and changes nothing.

use super::bucket::{Bucket, Object};
use super::refusal_tests::{SCOPE, cloud, v1_signed, v4};
use super::vector_tests::code;
use crate::body::Body;
use crate::service;
use crate::state::State;

fn with_object() -> State {
    let mut state = cloud();
    let bucket = state.aliyun.buckets.get_mut("b").unwrap();
    bucket.objects.insert("o".into(), Object::new(Body::from(b"kept".as_slice()), "text/plain", Vec::new(), 0));
    state
}

#[test]
fn what_is_not_here_changes_nothing() {
    let requests = [
        ("PUT", "/o?acl"),
        ("GET", "/o?acl"),
        ("PUT", "/o?tagging"),
        ("GET", "/o?tagging"),
        ("DELETE", "/o?tagging"),
        ("POST", "/o?uploads"),
        ("PUT", "/o?partNumber=1&uploadId=x"),
        ("DELETE", "/o?uploadId=x"),
        ("GET", "/o?uploadId=x"),
        ("POST", "/o?uploadId=x"),
        ("POST", "/o?append&position=0"),
        ("POST", "/o?restore"),
        ("PUT", "/o?symlink"),
        ("GET", "/o?x-oss-process=image%2Finfo"),
        ("POST", "/o?x-oss-process=image%2Finfo"),
        ("GET", "/o?versionId=1"),
        ("DELETE", "/o?versionId=1"),
        ("HEAD", "/o?objectMeta"),
        ("PUT", "/o?frob"),
        ("DELETE", "/o?frob=1"),
        ("GET", "/o?frob"),
        ("POST", "/o"),
        ("PATCH", "/o"),
        ("OPTIONS", "/o"),
        ("PUT", "/"),
        ("DELETE", "/"),
        ("POST", "/?delete"),
        ("PUT", "/?acl"),
        ("GET", "/?acl"),
        ("GET", "/?bucketInfo"),
        ("GET", "/?location"),
        ("GET", "/?uploads"),
        ("GET", "/?versions"),
        ("PUT", "/?lifecycle"),
        ("DELETE", "/?lifecycle"),
    ];
    for (method, target) in requests {
        let mut state = with_object();
        for head in [v4(&state, method, target, SCOPE, &[]), v1_signed(&state, method, target, &[])] {
            let reply = service::answer(&mut state, &head, &Body::default());
            assert_eq!(reply.status, 501, "{method} {target}");
            let text = String::from_utf8(reply.body).unwrap();
            assert_eq!(text.contains("<Code>NotImplemented</Code>"), method != "HEAD", "{method} {target}: {text}");
            assert_eq!(state.aliyun.buckets["b"].objects["o"].body.in_memory(), b"kept", "{method} {target}");
            assert_eq!(state.aliyun.buckets["b"].objects.len(), 1, "{method} {target}");
        }
    }
    for (method, name, value) in [
        ("PUT", "x-oss-copy-source", "/b/o"),
        ("PUT", "X-OSS-Copy-Source", "/b/other"),
        ("PUT", "x-oss-forbid-overwrite", "true"),
        ("PUT", "x-oss-callback", "e30="),
        ("GET", "Range", "bytes=0-1"),
        ("GET", "If-None-Match", "\"x\""),
    ] {
        let mut state = with_object();
        let head = v4(&state, method, "/o", SCOPE, &[(name, value)]);
        assert_eq!(code(&mut state, &head, b""), (501, "NotImplemented".into()), "{name}");
        assert_eq!(state.aliyun.buckets["b"].objects["o"].body.in_memory(), b"kept", "{name}");
    }
    // A wrong signature comes first.
    let mut state = with_object();
    let head = v4(&state, "PUT", "/o?acl", SCOPE, &[]).with_header("x-oss-extra", "1");
    assert_eq!(code(&mut state, &head, b""), (403, "SignatureDoesNotMatch".into()));
}

#[test]
fn what_a_read_leaves_aside_and_replaces() {
    let mut state = cloud();
    let put = v4(&state, "PUT", "/o", SCOPE, &[("Cache-Control", "no-cache"), ("x-oss-meta-a", "1")]);
    assert_eq!(code(&mut state, &put, b"x"), (200, String::new()));
    let target = "/o?trace=1&response-content-type=text%2Fcss&response-expires=soon";
    let get = v1_signed(&state, "GET", target, &[]);
    let reply = service::answer(&mut state, &get, &Body::default());
    let header = |name: &str| {
        let found: Vec<_> = reply.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
        assert!(found.len() <= 1, "{name}");
        found.first().map(|(_, value)| value.as_str())
    };
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"x".as_slice()));
    let found = ["cache-control", "x-oss-meta-a", "content-type", "expires"].map(header);
    assert_eq!(found, [Some("no-cache"), Some("1"), Some("text/css"), Some("soon")]);
}

#[test]
fn the_host_of_an_unknown_bucket_and_pages_of_buckets() {
    let mut state = cloud();
    for host in ["nobody.oss-cn-hangzhou.aliyuncs.com", "nobody.oss-eu-central-1-internal.aliyuncs.com:80"] {
        let head = v4(&state, "GET", "/o", SCOPE, &[("Host", host)]);
        assert_eq!(code(&mut state, &head, b""), (404, "NoSuchBucket".into()), "{host}");
    }
    for name in ["b1", "b2", "c"] {
        state.aliyun.buckets.insert(name.into(), Bucket::default());
    }
    let mut list = |query: &str| {
        let head = v4(&state, "GET", &format!("/{query}"), SCOPE, &[("Host", "oss-cn-hangzhou.aliyuncs.com")]);
        String::from_utf8(service::answer(&mut state, &head, &Body::default()).body).unwrap()
    };
    let names = |text: &str| {
        let found = text.split("<Name>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        found.collect::<Vec<_>>().join(" ")
    };
    let all = list("");
    assert!(names(&all) == "b b1 b2 c" && !all.contains("NextMarker"), "{all}");
    let first = list("?prefix=b&max-keys=2");
    assert!(names(&first) == "b b1" && first.contains("<NextMarker>b1</NextMarker>"), "{first}");
    let last = list("?prefix=b&max-keys=2&marker=b1");
    assert!(names(&last) == "b2" && !last.contains("NextMarker"), "{last}");
    assert!(list("?max-keys=0").contains("InvalidArgument"));
}
