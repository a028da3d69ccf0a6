//! Helpers for reading configurations and comparing them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::folder::Folder;
use evercred_core::client::Config;
use evercred_core::error::Error;
use serde_json::Value;

pub const V1: &str = "managed_credentials_providers.properties";
pub const V2: &str = "secretsmanager.properties";

pub fn recorded() -> Value {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/config_properties.json");
    serde_json::from_slice(&std::fs::read(vectors).unwrap()).unwrap()
}

/// A folder with the files that the recorded cases name.
pub fn folder(test: &str) -> Folder {
    let folder = Folder::new(test);
    for (name, text) in recorded()["other_files"].as_object().unwrap() {
        folder.write(name, text.as_str().unwrap());
    }
    folder
}

pub fn set(config: &mut Config, options: &[(&str, &str)]) {
    options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
}

pub fn config(options: &[(&str, &str)]) -> Config {
    let mut config = Config::new();
    set(&mut config, options);
    config
}

pub fn no_variable(_: &str) -> Option<OsString> {
    None
}

pub fn variables<'a>(list: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    |name| list.iter().find(|(other, _)| *other == name).map(|(_, value)| OsString::from(value))
}

/// All that is set, for comparing.
pub fn options_of(config: &Config) -> BTreeMap<&'static str, String> {
    let names = evercred_core::client::options::every().map(|spec| spec.name).filter(|name| config.is_set(name));
    names.map(|name| (name, config.text(name).to_owned())).collect()
}

pub fn shows_no_secret(shown: &str) {
    for secret in ["example-secret", "example-p12", "EXAMPLE-AK", "hunter2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

pub fn refusal(config: &mut Config, path: &str) -> Error {
    let before = options_of(config);
    let error = config.load_file_with(Path::new(path), no_variable).unwrap_err();
    assert_eq!(options_of(config), before, "something was set all the same");
    assert!(error.message().contains(path), "{error}");
    shows_no_secret(&format!("{error} {error:?} {config:?}"));
    error
}

pub fn backends(config: &Config) -> Vec<Value> {
    config.filled("aliyun_regions").map(|list| serde_json::from_str(list).unwrap()).unwrap_or_default()
}

/// Null, empty and absent all mean none.
pub fn said(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
