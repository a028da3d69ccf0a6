//! Adds the backends of the official settings to the option `aliyun_regions`.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::client::aliyun::official::regions::RegionSettings;
use crate::client::aliyun::regions_option::MAX_BACKENDS;
use crate::error::{Error, Result};
use crate::providers::json::{Document, wipe};
use crate::secret::Secret;

/// The usual upper bound of one backend's length, in bytes: the buffer holds passwords and should not be reallocated.
const USUAL_LENGTH: usize = 1024;

/// The list with more backends at its end; a backend that it contains already is not added again. An empty text is an
/// empty list. `anchored` makes the path of a file absolute.
///
/// # Errors
/// [`crate::error::Code::InvalidOption`]: the text is not a JSON list, or the list becomes too long.
pub fn with_more(list: &str, more: &[RegionSettings], anchored: &dyn Fn(&str) -> String) -> Result<Secret> {
    let wrong = |problem: &str| Error::option("aliyun_regions", problem);
    let no_list = || wrong("it is not a JSON list, so no backend can be added to it");
    let list = if list.trim().is_empty() { "[]" } else { list };
    let mut document = Document::read(list.as_bytes()).ok_or_else(no_list)?;
    let backends = document.list_mut().ok_or_else(no_list)?;
    for region in more {
        let mut backend = Value::Object(backend(region, anchored));
        if backends.contains(&backend) {
            wipe(&mut backend);
        } else {
            backends.push(backend);
        }
        if backends.len() > MAX_BACKENDS {
            return Err(wrong(&format!("with the backends that are added it lists more than {MAX_BACKENDS}")));
        }
    }
    let mut text = Zeroizing::new(Vec::with_capacity(list.len() + backends.len() * USUAL_LENGTH));
    serde_json::to_writer(&mut *text, backends).map_err(|_| no_list())?;
    Ok(Secret::from_bytes(&text))
}

fn backend(region: &RegionSettings, anchored: &dyn Fn(&str) -> String) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::from);
    put("regionId", text(&region.region_id));
    put("endpoint", text(&region.endpoint));
    put("vpc", region.vpc.then_some(Value::Bool(true)));
    put("caFilePath", region.ca_file.as_deref().map(|path| anchored(path).into()));
    if let Some(dedicated) = &region.dedicated {
        put("clientKeyFile", Some(anchored(&dedicated.client_key_file).into()));
        put("password", Some(dedicated.password.expose().into()));
        put("ignoreSslCerts", dedicated.ignore_ssl_certs.then_some(Value::Bool(true)));
        put("protocol", text(&dedicated.protocol));
        // 0 ms is no usable limit: it is read as no limit of this backend.
        put("connectTimeout", dedicated.connect_timeout_ms.filter(|time| *time > 0).map(Value::from));
        put("readTimeout", dedicated.read_timeout_ms.filter(|time| *time > 0).map(Value::from));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::with_more;
    use crate::client::aliyun::official::regions::RegionSettings;

    #[test]
    fn backends_are_added() {
        let region = |id: &str, vpc| RegionSettings { region_id: Some(id.to_owned()), vpc, ..Default::default() };
        let more = [region("cn-a", false), region("cn-b", true)];
        let list = with_more("", &more, &|path| path.to_owned()).unwrap();
        assert_eq!(list.expose(), r#"[{"regionId":"cn-a"},{"regionId":"cn-b","vpc":true}]"#);
        let again = with_more(list.expose(), &more, &|path| path.to_owned()).unwrap();
        assert_eq!(again, list);
        let more = with_more(list.expose(), &[region("cn-b", false)], &|path| path.to_owned()).unwrap();
        assert!(more.expose().ends_with(r#"{"regionId":"cn-b","vpc":true},{"regionId":"cn-b"}]"#));
        for bad in ["{}", "cn-a", "["] {
            assert!(with_more(bad, &[], &|path| path.to_owned()).unwrap_err().message().starts_with("aliyun_regions:"));
        }
    }
}
