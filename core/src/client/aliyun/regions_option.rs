//! The option `aliyun_regions`: a JSON list of backends.
//!
//! The fields have the names of the official settings. Unlike there, an unknown field is an error: a misspelt
//! `caFilePath` would be detected much later. Errors name the entry and the field, never a value.

use serde_json::{Map, Value};

use crate::client::options::nearest::nearest_of;
use crate::error::{Error, Result};
use crate::http::{Endpoint, is_region};
use crate::providers::json::Document;
use crate::secret::Secret;

const OPTION: &str = "aliyun_regions";
/// The longest list. A longer one is a mistake.
pub(in crate::client::aliyun) const MAX_BACKENDS: usize = 32;
/// What an endpoint must be.
pub(super) const ENDPOINT_RULE: &str = "it takes a host or host:port, with or without https://";
/// The longest allowed timeout, in milliseconds.
const LONGEST_TIMEOUT_MS: u64 = 600_000;
/// The fields of an entry.
const FIELDS: [&str; 12] = [
    "regionId",
    "endpoint",
    "vpc",
    "caFilePath",
    "protocol",
    "connectTimeout",
    "readTimeout",
    "clientKeyFile",
    "password",
    "passwordFile",
    "passwordVariable",
    "ignoreSslCerts",
];
/// The fields that only an instance of dedicated KMS has.
const DEDICATED: [&str; 4] = ["password", "passwordFile", "passwordVariable", "ignoreSslCerts"];

/// A result with a problem, to follow the option's name in an error.
type Problem<T> = std::result::Result<T, String>;

/// The settings of one backend.
#[derive(Debug)]
pub struct BackendSettings {
    /// The number of the entry, from 1, for errors.
    pub number: usize,
    /// The region.
    pub region_id: Option<String>,
    /// Its endpoint, instead of one made of the region.
    pub endpoint: Option<String>,
    /// Whether to use the region's VPC endpoint.
    pub vpc: bool,
    /// The path of a CA file.
    pub ca_file: Option<String>,
    /// `https` or `http`.
    pub protocol: Option<String>,
    /// The connect timeout, in milliseconds.
    pub connect_timeout_ms: Option<u64>,
    /// The timeout of an answer after that, in milliseconds.
    pub read_timeout_ms: Option<u64>,
    /// Further settings of an instance of dedicated KMS; `None` for KMS.
    pub dedicated: Option<DedicatedSettings>,
}

/// An instance of dedicated KMS.
#[derive(Debug)]
pub struct DedicatedSettings {
    /// The path of the client key's file.
    pub client_key_file: String,
    /// Its password.
    pub password: Option<Secret>,
    /// A file with its password.
    pub password_file: Option<String>,
    /// An environment variable with its password.
    pub password_variable: Option<String>,
    /// Whether the server's certificate is not checked: for tests only.
    pub ignore_ssl_certs: bool,
}

impl BackendSettings {
    /// An error about a field of this entry.
    pub fn refused(&self, field: &str, problem: &str) -> Error {
        Error::option(OPTION, &self::problem(self.number, field, problem))
    }
}

/// Parses the list.
///
/// # Errors
/// [`crate::error::Code::InvalidOption`] that names the entry and its field.
pub fn parse(text: &Secret) -> Result<Vec<BackendSettings>> {
    let list = entries(text.expose_bytes()).map_err(|problem| Error::option(OPTION, &problem))?;
    if list.is_empty() {
        return Err(Error::option(OPTION, "it lists no backend"));
    }
    Ok(list)
}

/// Checks a value of the option. An empty list is one that an official configuration may add backends to.
pub(super) fn check(value: &str) -> std::result::Result<(), String> {
    entries(value.as_bytes()).map(|_| ())
}

fn entries(text: &[u8]) -> Problem<Vec<BackendSettings>> {
    let document = Document::parse(text).map_err(|broken| format!("it is not JSON: {broken}"))?;
    let list = document.list().ok_or("it must be a JSON list of objects")?;
    if list.len() > MAX_BACKENDS {
        return Err(format!("it lists {} backends, which is more than {MAX_BACKENDS}", list.len()));
    }
    list.iter().zip(1..).map(|(item, number)| entry(item, number)).collect()
}

fn entry(item: &Value, number: usize) -> Problem<BackendSettings> {
    let fields = item.as_object().ok_or_else(|| format!("entry {number}: it must be a JSON object"))?;
    // The name can be a piece of a password, so only a known one is shown.
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let nearest = nearest_of(name, FIELDS.into_iter());
        let hint = nearest.map(|field| format!("did you mean `{field}`? ")).unwrap_or_default();
        return Err(format!("entry {number}: unknown field; {hint}the fields are {}", FIELDS.join(", ")));
    }
    let reader = Reader { fields, number };
    let dedicated = match reader.text("clientKeyFile")? {
        Some(client_key_file) => Some(DedicatedSettings {
            client_key_file,
            password: reader.text("password")?.map(Secret::new),
            password_file: reader.text("passwordFile")?,
            password_variable: reader.text("passwordVariable")?,
            ignore_ssl_certs: reader.flag("ignoreSslCerts")?,
        }),
        None => {
            if let Some(field) = DEDICATED.iter().find(|field| reader.has(field)) {
                return Err(problem(number, field, "only an entry with clientKeyFile can have it"));
            }
            None
        }
    };
    let settings = BackendSettings {
        number,
        region_id: reader.text("regionId")?,
        endpoint: reader.text("endpoint")?,
        vpc: reader.flag("vpc")?,
        ca_file: reader.text("caFilePath")?,
        protocol: reader.text("protocol")?.map(|protocol| protocol.to_ascii_lowercase()),
        connect_timeout_ms: reader.milliseconds("connectTimeout")?,
        read_timeout_ms: reader.milliseconds("readTimeout")?,
        dedicated,
    };
    let wrong = |field: &str, text: &str| Err(problem(number, field, text));
    if settings.protocol.as_deref().is_some_and(|protocol| !matches!(protocol, "https" | "http")) {
        return wrong("protocol", "it takes `https` or `http`");
    }
    let region = settings.region_id.as_deref().unwrap_or_default();
    if !is_region(region) {
        return wrong("regionId", "it takes letters, digits and hyphens only");
    }
    match (&settings.endpoint, &settings.dedicated) {
        (Some(endpoint), _) if Endpoint::parse(endpoint, "https").is_err() => wrong("endpoint", ENDPOINT_RULE),
        (None, Some(_)) => wrong("endpoint", "an instance of dedicated KMS needs this field"),
        (None, None) if region.is_empty() => wrong("regionId", "set it, or endpoint"),
        _ => Ok(settings),
    }
}

/// The problem of a field of an entry.
fn problem(number: usize, field: &str, text: &str) -> String {
    format!("entry {number}: {field}: {text}")
}

struct Reader<'a> {
    fields: &'a Map<String, Value>,
    number: usize,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text; an empty one is treated as absent, as in the official settings.
    fn text(&self, name: &str) -> Problem<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(problem(self.number, name, "it must be a text")),
        }
    }

    /// A boolean, also as a text.
    fn flag(&self, name: &str) -> Problem<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(Value::String(text)) if text.is_empty() || text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(problem(self.number, name, "it takes `true` or `false`")),
        }
    }

    fn milliseconds(&self, name: &str) -> Problem<Option<u64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64() {
            Some(number) if (1..=LONGEST_TIMEOUT_MS).contains(&number) => Ok(Some(number)),
            _ => {
                let text = format!("it takes whole milliseconds from 1 to {LONGEST_TIMEOUT_MS}");
                Err(problem(self.number, name, &text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::error::Code;
    use crate::secret::Secret;

    #[test]
    fn a_list() {
        let text = r#"[{"regionId":"cn-a","vpc":"True"},{"endpoint":"k:1","clientKeyFile":"f","password":"p",
            "passwordFile":null,"ignoreSslCerts":"true","connectTimeout":5,"readTimeout":7,"protocol":"HTTPS"}]"#;
        let list = parse(&Secret::from_text(text)).unwrap();
        assert!(list[0].vpc && list[0].dedicated.is_none() && list[0].region_id.as_deref() == Some("cn-a"));
        assert_eq!((list[1].connect_timeout_ms, list[1].read_timeout_ms), (Some(5), Some(7)));
        assert_eq!(list[1].protocol.as_deref(), Some("https"));
        let dedicated = list[1].dedicated.as_ref().unwrap();
        assert!(dedicated.ignore_ssl_certs && dedicated.password == Some(Secret::from_text("p")));
        assert!(!format!("{list:?}").contains("\"p\""));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_quoted() {
        for (text, says) in [
            ("hunter2", "aliyun_regions: it is not JSON"),
            ("{}", "aliyun_regions: it must be a JSON list"),
            (r#"[{"regionId":"a"},{"regionId":"hunter2"#, "aliyun_regions: it is not JSON: line 1, column 38, entry 2"),
            ("[]", "aliyun_regions: it lists no backend"),
            (r#"["hunter2"]"#, "aliyun_regions: entry 1: it must be a JSON object"),
            (r#"[{"regionId":"a"},{"hunter2":1}]"#, "aliyun_regions: entry 2: unknown field; the fields are regionId"),
            (r#"[{"caFilePaht":1}]"#, "aliyun_regions: entry 1: unknown field; did you mean `caFilePath`?"),
            (r#"[{"endpoint":"hunter2:0"}]"#, "aliyun_regions: entry 1: endpoint: it takes a host"),
            (r#"[{"regionId":7}]"#, "aliyun_regions: entry 1: regionId: "),
            (r#"[{"regionId":"hunter2/"}]"#, "aliyun_regions: entry 1: regionId: "),
            ("[{}]", "aliyun_regions: entry 1: regionId: "),
            (r#"[{"regionId":"a","vpc":"hunter2"}]"#, "aliyun_regions: entry 1: vpc: "),
            (r#"[{"regionId":"a","password":"hunter2"}]"#, "aliyun_regions: entry 1: password: only"),
            (r#"[{"regionId":"a","clientKeyFile":"hunter2"}]"#, "aliyun_regions: entry 1: endpoint: "),
            (r#"[{"regionId":"a","protocol":"hunter2"}]"#, "aliyun_regions: entry 1: protocol: "),
            (r#"[{"regionId":"a","readTimeout":0}]"#, "aliyun_regions: entry 1: readTimeout: "),
            (r#"[{"regionId":"a","connectTimeout":"hunter2"}]"#, "aliyun_regions: entry 1: connectTimeout: "),
            (r#"[{"clientKeyFile":"f","ignoreSslCerts":2}]"#, "aliyun_regions: entry 1: ignoreSslCerts: "),
        ] {
            let error = parse(&Secret::from_text(text)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidOption);
            assert!(error.message().starts_with(says) && !error.message().contains("hunter2"), "{error}");
        }
    }
}
