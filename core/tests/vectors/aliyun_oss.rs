//! The file `aliyun_oss.json`.

use std::time::{Duration, UNIX_EPOCH};

use evercred_core::secret::Secret;
use evercred_core::sign::{oss_v1, oss_v4, utc};
use serde_json::Value;

use crate::outcome::{Check, Outcome, Pairs, from_form, pairs, same, text, wanted_text};

/// `aliyun_oss`
pub fn case(kind: &str, case: &Value) -> Outcome {
    let check = || match kind {
        "header-v1" => Recorded::of_request(case)?.header_v1(),
        "header-v4" => Recorded::of_request(case)?.header_v4(),
        "presign-v1" => Recorded::of_address(case, wanted_text(case, "/expected/url")?)?.presign_v1(),
        "presign-v4" => Recorded::of_address(case, wanted_text(case, "/expected/url")?)?.presign_v4(),
        "signer-v1" | "signer-v4" => signer(kind, case),
        other => Err(format!("the kind {other} is not known")),
    };
    check().into()
}

/// The signer alone, in a header or in an address.
fn signer(kind: &str, case: &Value) -> Check {
    let in_address = case.pointer("/inputs/query_auth").and_then(Value::as_bool) == Some(true);
    let mut recorded = Recorded::of_address(case, wanted_text(case, "/inputs/url")?)?;
    match (kind, in_address) {
        ("signer-v1", true) => recorded.presign_v1(),
        ("signer-v1", false) => {
            recorded.add_token();
            recorded.headers.push(("Date".to_owned(), http_date(recorded.now)?));
            recorded.header_v1()
        }
        (_, true) => recorded.presign_v4(),
        (_, false) => {
            recorded.add_token();
            recorded.headers.push(("x-oss-date".to_owned(), utc::compact(recorded.now)));
            recorded.headers.push(("x-oss-content-sha256".to_owned(), oss_v4::UNSIGNED_PAYLOAD.to_owned()));
            recorded.header_v4()
        }
    }
}

fn http_date(seconds: i64) -> Result<String, String> {
    let seconds = u64::try_from(seconds).map_err(|error| error.to_string())?;
    Ok(httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// What of a case a signature is made of.
struct Recorded<'a> {
    case: &'a Value,
    now: i64,
    method: &'a str,
    /// The address up to its query, as it was sent.
    base: String,
    bucket: Option<String>,
    key: String,
    query: Pairs,
    headers: Pairs,
    secret: Secret,
    token: Option<Secret>,
}

impl<'a> Recorded<'a> {
    fn of_request(case: &'a Value) -> Result<Recorded<'a>, String> {
        let mut headers = pairs(case, "/expected/http_request/headers")?;
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host.clone());
        let target = wanted_text(case, "/expected/http_request/target")?;
        let url = format!("https://{}{target}", host.ok_or("no host was sent")?);
        let method = wanted_text(case, "/expected/http_request/method")?;
        Ok(Recorded { method, headers, ..Recorded::new(case, &url)? })
    }

    fn of_address(case: &'a Value, url: &str) -> Result<Recorded<'a>, String> {
        let input = |name: &str| text(case, &format!("/inputs/{name}"));
        let method = input("method").or_else(|| text(case, "/expected/method")).ok_or("the case has no method")?;
        let own = case.pointer("/inputs/headers").or_else(|| case.pointer("/expected/signed_headers"));
        let own = own.and_then(Value::as_object).into_iter().flatten();
        let headers = own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
        let mut recorded = Recorded { method, headers, ..Recorded::new(case, url)? };
        recorded.query.retain(|(name, _)| !ADDED.contains(&name.as_str()));
        Ok(recorded)
    }

    fn new(case: &'a Value, url: &str) -> Result<Recorded<'a>, String> {
        let input = |name: &str| text(case, &format!("/inputs/{name}"));
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (host, path) = base.split_once("://").map_or(base, |(_, rest)| rest).split_once('/').unwrap_or((base, ""));
        // In a path, a `+` is itself.
        let path = from_form(&path.replace('+', "%2B"))?.into_iter().next().map(|(path, _)| path).unwrap_or_default();
        let flag =
            |name: &str| case.pointer(&format!("/inputs/client_options/{name}")).and_then(Value::as_bool) == Some(true);
        let (bucket, key) = if flag("use_path_style") {
            let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
            (Some(bucket.to_owned()), key.to_owned())
        } else {
            (input("bucket").map(str::to_owned).or_else(|| bucket_of(case, host, flag("use_cname"))), path)
        };
        Ok(Recorded {
            case,
            now: input("time").and_then(utc::parse_iso).ok_or("the case has no time")?,
            method: "GET",
            base: base.to_owned(),
            bucket,
            key: input("key").map_or(key, str::to_owned),
            query: from_form(query)?,
            headers: Pairs::new(),
            secret: Secret::from_text(input("access_key_secret").unwrap_or_default()),
            token: input("security_token").map(Secret::from_text),
        })
    }

    fn add_token(&mut self) {
        if let Some(token) = &self.token {
            self.headers.push(("x-oss-security-token".to_owned(), token.expose().to_owned()));
        }
    }

    fn id(&self) -> &'a str {
        text(self.case, "/inputs/access_key_id").unwrap_or_default()
    }

    fn life(&self) -> Result<u32, String> {
        let life = self.case.pointer("/inputs/expires_in_seconds").and_then(Value::as_u64);
        life.and_then(|life| life.try_into().ok()).ok_or_else(|| "the case has no life".to_owned())
    }

    fn v1<T>(&self, date: &str, act: impl FnOnce(&oss_v1::Input<'_>) -> T) -> T {
        act(&oss_v1::Input {
            method: self.method,
            date,
            headers: &borrowed(&self.headers),
            bucket: self.bucket.as_deref(),
            key: &self.key,
            query: &borrowed(&self.query),
        })
    }

    fn v4<T>(&self, act: impl FnOnce(&oss_v4::Input<'_>) -> T) -> T {
        let additional = ["/inputs/additional_headers", "/inputs/client_options/additional_headers"];
        let additional = additional.iter().find_map(|pointer| self.case.pointer(pointer)?.as_array());
        let additional: Vec<&str> = additional.into_iter().flatten().filter_map(Value::as_str).collect();
        act(&oss_v4::Input {
            access_key_id: self.id(),
            access_key_secret: &self.secret,
            region: text(self.case, "/inputs/region").unwrap_or_default(),
            product: "oss",
            timestamp: self.now,
            method: self.method,
            bucket: self.bucket.as_deref(),
            key: &self.key,
            query: &borrowed(&self.query),
            headers: &borrowed(&self.headers),
            additional_headers: &additional,
        })
    }

    fn expected(&self, name: &str) -> Option<&'a str> {
        let pointer = format!("/{name}");
        let correct = self.case.get("expected_correct").and_then(|correct| text(correct, &pointer));
        correct.or_else(|| text(self.case.get("expected")?, &pointer))
    }

    fn header_v1(&self) -> Check {
        let date = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("date"));
        let date = date.map(|(_, date)| date.as_str()).ok_or("no date was sent")?;
        let to_sign = self.v1(date, oss_v1::string_to_sign);
        same("string to sign", Some(to_sign.as_str()), self.expected("string_to_sign"))?;
        let signature = oss_v1::sign(&to_sign, &self.secret);
        same("signature", Some(signature.as_str()), self.expected("signature"))?;
        match self.expected("authorization") {
            Some(wanted) => same("authorization", oss_v1::authorization(self.id(), &signature).as_str(), wanted),
            None => Ok(()),
        }
    }

    fn presign_v1(&self) -> Check {
        let expires = self.now + i64::from(self.life()?);
        let signed = self.v1("", |input| oss_v1::presign(input, self.id(), &self.secret, self.token.as_ref(), expires));
        same("string to sign", Some(signed.string_to_sign.as_str()), self.expected("string_to_sign"))?;
        same("signature", Some(signed.signature.as_str()), self.expected("signature"))?;
        self.same_address(signed.query.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
    }

    fn header_v4(&self) -> Check {
        let signed = self.v4(oss_v4::sign);
        self.same_v4(&signed)?;
        // The order and the spaces of this header differ between the SDKs, its parts do not.
        let parts = |text: &str| {
            let list = text.trim_start_matches(oss_v4::ALGORITHM).split(',');
            let mut list: Vec<String> = list.map(|part| part.trim().to_owned()).collect();
            list.sort();
            list
        };
        match self.expected("authorization") {
            Some(wanted) => same("authorization", parts(&signed.authorization), parts(wanted)),
            None => Ok(()),
        }
    }

    fn presign_v4(&self) -> Check {
        let life = self.life()?;
        let (signed, query) = self.v4(|input| oss_v4::presign(input, self.token.as_ref(), life));
        self.same_v4(&signed)?;
        self.same_address(query.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
    }

    fn same_v4(&self, signed: &oss_v4::Signed) -> Check {
        same("canonical request", Some(signed.canonical_request.as_str()), self.expected("canonical_request"))?;
        same("string to sign", Some(signed.string_to_sign.as_str()), self.expected("string_to_sign"))?;
        same("signature", Some(signed.signature.as_str()), self.expected("signature"))
    }

    fn same_address(&self, mut ours: Pairs) -> Check {
        let url = self.expected("url").ok_or("no address is expected")?;
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        same("address", self.base.as_str(), base)?;
        let keeps_slashes = self.case.pointer("/inputs/slash_safe").and_then(Value::as_bool) != Some(false);
        let key = oss_v4::encode_key(&self.key);
        let key = if keeps_slashes { key } else { key.replace('/', "%2F") };
        same("the address ends with the key", base.ends_with(&format!("/{key}")), true)?;
        let mut wanted = from_form(query)?;
        ours.sort();
        wanted.sort();
        same("query", ours, wanted)
    }
}

/// What a signature adds to an address's query.
const ADDED: &[&str] = &[
    "OSSAccessKeyId",
    "Expires",
    "Signature",
    "security-token",
    "x-oss-signature-version",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-credential",
    "x-oss-security-token",
    "x-oss-additional-headers",
    "x-oss-signature",
];

/// The bucket is the first label of the service's host; with a custom domain, only the recorded operation has it.
fn bucket_of(case: &Value, host: &str, own_domain: bool) -> Option<String> {
    if own_domain {
        let words = text(case, "/inputs/operation")?.split_whitespace().nth(1)?;
        return words.split('/').next().map(str::to_owned);
    }
    let (bucket, rest) = host.split_once('.')?;
    rest.starts_with("oss-").then(|| bucket.to_owned())
}

fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
