//! Bucket and object lists, as XML.

use super::bucket::{Bucket, Buckets};
use super::request::Request;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::util::{encode, iso_text};

/// Text escaped for XML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out
}

fn element(name: &str, value: &str) -> String {
    format!("<{name}>{}</{name}>", escape(value))
}

fn document(root: &str, content: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>{content}</{root}>");
    Reply::text(200, "application/xml", body)
}

const OWNER: &str = "<Owner><ID>100000000000</ID><DisplayName>100000000000</DisplayName></Owner>";

/// The most entries of an answer.
fn max_keys(request: &Request<'_>) -> Result<usize, Refusal> {
    let wrong = || Refusal::new(400, "InvalidArgument", "Argument max-keys must be an integer between 1 and 1000.");
    match request.param("max-keys") {
        Some(number) => number.parse().ok().filter(|most| (1..=1000).contains(most)).ok_or_else(wrong),
        None => Ok(100),
    }
}

/// The buckets, by `ListBuckets`.
pub(crate) fn buckets(buckets: &Buckets, request: &Request<'_>) -> Result<Reply, Refusal> {
    let text = |name: &str| request.param(name).unwrap_or_default();
    let (prefix, marker, most) = (text("prefix"), text("marker"), max_keys(request)?);
    let mut names: Vec<&String> =
        buckets.keys().filter(|name| name.starts_with(prefix) && name.as_str() > marker).take(most + 1).collect();
    let more = names.len() > most;
    names.truncate(most);
    let page = match names.last().filter(|_| more) {
        Some(last) => format!(
            "{}{}{}<IsTruncated>true</IsTruncated>{}",
            element("Prefix", prefix),
            element("Marker", marker),
            element("MaxKeys", &most.to_string()),
            element("NextMarker", last)
        ),
        None => String::new(),
    };
    let found: String = names
        .iter()
        .map(|name| {
            let about = "<CreationDate>2024-01-01T00:00:00.000Z</CreationDate><Location>oss-cn-hangzhou</Location>\
                <StorageClass>Standard</StorageClass><ExtranetEndpoint></ExtranetEndpoint>\
                <IntranetEndpoint></IntranetEndpoint><Region>cn-hangzhou</Region>";
            format!("<Bucket>{}{about}</Bucket>", element("Name", name))
        })
        .collect();
    Ok(document("ListAllMyBucketsResult", &format!("{page}{OWNER}<Buckets>{found}</Buckets>")))
}

/// The objects of a bucket, by `ListObjects` or `ListObjectsV2`.
pub(crate) fn objects(bucket: &Bucket, request: &Request<'_>) -> Result<Reply, Refusal> {
    let text = |name: &str| request.param(name).unwrap_or_default();
    let v2 = text("list-type") == "2";
    let (prefix, delimiter) = (text("prefix"), text("delimiter"));
    let after = if v2 { text("start-after").max(text("continuation-token")) } else { text("marker") };
    let most = max_keys(request)?;
    let code = |name: &str| if text("encoding-type") == "url" { encode(name) } else { name.to_owned() };
    let (mut contents, mut folders, mut last, mut more) = (String::new(), String::new(), String::new(), false);
    let mut count = 0;
    let within = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after);
    for (key, object) in within {
        let rest = key.get(prefix.len()..).unwrap_or_default();
        let folder = if delimiter.is_empty() { None } else { rest.find(delimiter) };
        let folder = folder.and_then(|at| key.get(..prefix.len() + at + delimiter.len()));
        let name = folder.unwrap_or(key);
        // An object of a folder that is already in the list.
        if folder.is_some() && (name == last || name == after) {
            continue;
        }
        if count == most {
            more = true;
            break;
        }
        count += 1;
        name.clone_into(&mut last);
        if folder.is_some() {
            folders.push_str(&format!("<CommonPrefixes>{}</CommonPrefixes>", element("Prefix", &code(name))));
            continue;
        }
        let date = iso_text(object.at_ms.div_euclid(1000)).replace('Z', ".000Z");
        let owner = if v2 && text("fetch-owner") != "true" { "" } else { OWNER };
        contents.push_str(&format!(
            "<Contents>{}{}{}<Type>Normal</Type><Size>{}</Size><StorageClass>Standard</StorageClass>{owner}</Contents>",
            element("Key", &code(name)),
            element("LastModified", &date),
            element("ETag", &object.etag),
            object.body.length()
        ));
    }
    let mut out = element("Name", &request.bucket);
    out.push_str(&element("Prefix", &code(prefix)));
    out.push_str(&element("MaxKeys", &most.to_string()));
    out.push_str(&element("Delimiter", &code(delimiter)));
    if let Some(encoding) = request.param("encoding-type") {
        out.push_str(&element("EncodingType", encoding));
    }
    out.push_str(&element("IsTruncated", if more { "true" } else { "false" }));
    if v2 {
        out.push_str(&element("KeyCount", &count.to_string()));
        out.push_str(&element("StartAfter", &code(text("start-after"))));
    } else {
        out.push_str(&element("Marker", &code(after)));
    }
    if more {
        out.push_str(&element(if v2 { "NextContinuationToken" } else { "NextMarker" }, &code(&last)));
    }
    out.push_str(&contents);
    out.push_str(&folders);
    Ok(document("ListBucketResult", &out))
}
