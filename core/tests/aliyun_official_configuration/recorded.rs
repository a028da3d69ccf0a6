//! The recorded cases of `tests/vectors/config_properties.json`: the same settings as the official clients read.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use crate::child::in_child;
use crate::setup::*;
use evercred_core::client::{Client, Config};
use evercred_core::error::{Code, Error};
use evercred_core::platform::ManualPlatform;
use evercred_core::providers::aliyun::api::endpoint;
use serde_json::{Value, json};

/// A path of the recorded cases is relative to the working directory; ours does not depend on it any more.
fn anchored(path: Option<String>) -> Option<String> {
    path.map(|path| std::env::current_dir().unwrap().join(path).to_str().unwrap().to_owned())
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        other => *other == json!(true),
    }
}

fn same_identity(config: &Config, wanted: &Value, expected: &Value) {
    let option = |name: &str| config.filled(name).map_or(Value::Null, |text| json!(text));
    let kind = match wanted["class"].as_str() {
        None | Some("AccessKeyCredential" | "StaticAKCredentialsProvider") => "static",
        Some("RamRoleArnCredential") => "ram_role",
        Some("EcsRamRoleCredential" | "EcsRamRoleCredentialsProvider") => "ecs_ram_role",
        Some("ClientKeyCredential" | "RsaKeyPairCredential") => "client_key",
        Some(_) => "oidc",
    };
    assert_eq!(config.text("aliyun_identity"), kind);
    for (name, value) in wanted.as_object().unwrap() {
        let mine = match name.as_str() {
            "access_key_id" | "sts_access_key_id" => option("aliyun_access_key_id"),
            "access_key_secret" | "sts_access_key_secret" => option("aliyun_access_key_secret"),
            "role_arn" => option("aliyun_role_arn"),
            "session_role_name" => option("aliyun_role_session_name"),
            "role_session_name" if config.is_set("aliyun_role_session_name") => option("aliyun_role_session_name"),
            "role_session_name" => json!("credentials-python-<unix seconds>"),
            "role_name" => option("aliyun_ecs_role_name"),
            "oidc_provider_arn" => option("aliyun_oidc_provider_arn"),
            "oidc_token_file_path" => option("aliyun_oidc_token_file"),
            "policy" => option("aliyun_role_policy"),
            "duration_seconds" => json!(config.number("aliyun_role_duration_s")),
            "sts_endpoint" => {
                let region = (config.filled("aliyun_sts_endpoint"), config.filled("aliyun_sts_region"));
                json!(endpoint::sts(region.0, region.1, false).unwrap().host_and_port)
            }
            // The class, and what is inside a client key.
            _ => continue,
        };
        assert_eq!(mine, *value, "{name}");
    }
    if kind == "client_key" {
        let path = said(expected, "private_key_path").unwrap_or_else(|| "client_key.json".to_owned());
        assert_eq!(config.text("aliyun_client_key_file"), anchored(Some(path)).unwrap());
        assert_eq!(config.text("aliyun_client_key_password"), "example-p12-password-1");
    }
}

fn same_settings(config: &Config, expected: &Value) {
    if expected.is_null() {
        assert!(!config.is_set("aliyun_identity") && !config.is_set("aliyun_regions"));
    }
    match ["credential", "credentials_provider"].iter().find_map(|name| expected.get(name)) {
        None => {}
        Some(Value::Null) => assert!(!config.is_set("aliyun_identity")),
        Some(wanted) => same_identity(config, wanted, expected),
    }
    if let Some(wanted) = expected.get("secret_names") {
        assert_eq!(json!(config.text("secret_names").split_terminator(',').collect::<Vec<_>>()), *wanted);
    }
    let mine = backends(config);
    if let Some(wanted) = expected["regions"].as_array() {
        assert_eq!(mine.len(), wanted.len());
        for (mine, wanted) in mine.iter().zip(wanted) {
            assert_eq!(said(mine, "regionId"), said(wanted, "region_id"));
            assert_eq!(said(mine, "endpoint"), said(wanted, "endpoint"));
            assert_eq!(mine["vpc"] == json!(true), truthy(&wanted["vpc"]));
            assert_eq!(mine.get("clientKeyFile").is_some(), wanted["kms_type"] == json!(1));
            if mine.get("clientKeyFile").is_none() {
                assert_eq!(said(mine, "caFilePath"), anchored(said(wanted, "ca_file_path")));
            }
        }
    }
    let instances = mine.iter().filter(|backend| backend.get("clientKeyFile").is_some());
    for (mine, wanted) in instances.zip(expected["dkms"].as_array().unwrap_or(&Vec::new())) {
        assert_eq!(said(mine, "regionId"), said(wanted, "region_id"));
        assert_eq!(said(mine, "clientKeyFile"), anchored(said(wanted, "client_key_file")));
        assert_eq!(said(mine, "password"), said(wanted, "password"));
        let ignored = wanted["ignore_ssl_certs"] == json!(true) || wanted["ignore_ssl_certs"] == json!("true");
        assert_eq!(mine["ignoreSslCerts"] == json!(true), ignored);
        assert_eq!(said(mine, "protocol"), said(wanted, "protocol"));
        assert_eq!(said(mine, "caFilePath"), anchored(said(wanted, "ca_file_path")));
        assert_eq!(mine.get("connectTimeout"), wanted.get("connect_timeout"));
        assert_eq!(mine.get("readTimeout"), wanted.get("read_timeout"));
    }
}

/// The key that the official error names must be in ours, where it names one; else some key.
fn names_the_key(error: &Error, official: &str) {
    let message = error.message();
    let mut keys: Vec<&str> = official.split(['[', ']', '(', ')', ' ']).filter(|word| word.contains('_')).collect();
    keys.retain(|key| key.starts_with("credentials_") || key.starts_with("client_key_") || key.starts_with("cache_"));
    match keys.as_slice() {
        [] => {
            assert!(["credentials_", "client_key", "cache_client_"].iter().any(|key| message.contains(key)), "{error}")
        }
        keys => assert!(keys.iter().all(|key| message.contains(key)), "{error}: names another key than {official}"),
    }
}

#[test]
fn the_recorded_cases_give_the_same_settings() {
    let folder = folder("official-cases");
    if !in_child("recorded::the_recorded_cases_give_the_same_settings", &[], folder.path()) {
        return;
    }
    let mut seen = [0; 3];
    for case in recorded()["cases"].as_array().unwrap() {
        let variable = |name: &str| case["inputs"]["environment"][name].as_str().map(OsString::from);
        let loaded = case.pointer("/expected_correct/loaded").or(case.pointer("/expected_official/loaded"));
        let (kind, own_generation, file) = match case["kind"].as_str().unwrap() {
            "environment" => (2, "v1", "secretsmanager_properties"),
            "properties" => (0, "v1", "file_text"),
            _ => (1, "v2", "file_text"),
        };
        let text = match case["inputs"]["file_hex"].as_str() {
            Some(hex) => {
                let bytes = hex.as_bytes().chunks(2);
                let bytes = bytes.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
                Some(bytes.collect::<Vec<u8>>())
            }
            None => case["inputs"][file].as_str().map(|text| text.as_bytes().to_vec()),
        };
        seen[kind] += 1;
        for (name, generation) in [(V1, own_generation), (V2, own_generation), (V1, "auto"), ("any.conf", "auto")] {
            let mut config = config(&[("config_generation", generation)]);
            std::fs::remove_file(name).unwrap_or_default();
            text.iter().for_each(|text| std::fs::write(name, text).unwrap());
            let result = match &text {
                None if kind == 2 => Ok(()),
                _ => config.load_file_with(Path::new(name), variable),
            };
            if kind == 2 {
                result.unwrap();
                config.load_environment(variable).unwrap_or_else(|error| {
                    assert!(case["either"] == json!(true), "{}: {error}", case["name"]);
                });
                match case["expected_official"]["error"].as_str() {
                    // Without a region or an identity, nothing can be opened.
                    Some(_) => {
                        let error =
                            Client::new(config, Arc::new(ManualPlatform::new(0))).unwrap().open_managed(None, "name");
                        assert_eq!(
                            error.map(|source| source.name().to_owned()).unwrap_err().code(),
                            Code::InvalidOption
                        );
                    }
                    None if case["either"] == json!(true) => {}
                    None => same_settings(&config, &case["expected_official"]),
                }
                continue;
            }
            shows_no_secret(&format!("{config:?} {result:?}"));
            match (result, loaded.unwrap()["error"].as_str()) {
                // A missing file is an error.
                (result, _) if text.is_none() => assert_eq!(result.unwrap_err().code(), Code::File),
                // A defect of theirs that nobody relies on.
                (Ok(()), Some(_)) if case["note"].as_str().is_some_and(|note| note.contains("DEFECT")) => {}
                // What one generation refuses, the other may know.
                (Ok(()), Some(official)) => {
                    assert_eq!(generation, "auto", "{}: accepted, but {official}", case["name"])
                }
                (Err(error), Some(official)) => {
                    assert!(error.message().starts_with(name), "{error}");
                    names_the_key(&error, official);
                }
                (Err(error), None) => assert_eq!(error.to_string(), "", "{}", case["name"]),
                // A byte order mark is skipped; officially it becomes part of the first key.
                (Ok(()), None) if case["inputs"]["file_hex"].as_str().is_some_and(|hex| hex.starts_with("efbbbf")) => {
                    assert_eq!(config.text("aliyun_identity"), "static");
                }
                (Ok(()), None) => same_settings(&config, loaded.unwrap()),
            }
        }
    }
    assert!(seen[0] > 40 && seen[1] > 5 && seen[2] > 5, "{seen:?}");
}
