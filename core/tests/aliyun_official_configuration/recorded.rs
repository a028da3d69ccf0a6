//! The configuration of the official clients, as it is: files and variables come to the same settings, as options of ours.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::child::{Folder, in_child};
use evercred_core::client::{Client, Config};
use evercred_core::error::{Code, Error};
use evercred_core::log::{Level, Sink};
use evercred_core::platform::StdPlatform;
use evercred_core::providers::aliyun::endpoint::Endpoint;
use serde_json::{Value, json};

const V1: &str = "managed_credentials_providers.properties";
const V2: &str = "secretsmanager.properties";

fn recorded() -> Value {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/config_properties.json");
    serde_json::from_slice(&std::fs::read(vectors).unwrap()).unwrap()
}

/// A folder with the files that the recorded cases name.
fn folder(test: &str) -> Folder {
    let folder = Folder::new(test);
    for (name, text) in recorded()["other_files"].as_object().unwrap() {
        folder.write(name, text.as_str().unwrap());
    }
    folder
}

fn set(config: &mut Config, options: &[(&str, &str)]) {
    options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
}

fn config(options: &[(&str, &str)]) -> Config {
    let mut config = Config::new();
    set(&mut config, options);
    config
}

fn no_variable(_: &str) -> Option<OsString> {
    None
}

fn variables<'a>(list: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    |name| list.iter().find(|(other, _)| *other == name).map(|(_, value)| OsString::from(value))
}

/// All that is set, for comparing.
fn options_of(config: &Config) -> BTreeMap<&'static str, String> {
    let names = evercred_core::client::options::every().map(|spec| spec.name).filter(|name| config.is_set(name));
    names.map(|name| (name, config.text(name).to_owned())).collect()
}

fn shows_no_secret(shown: &str) {
    for secret in ["example-secret", "example-p12", "EXAMPLE-AK", "hunter2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

fn refusal(config: &mut Config, path: &str) -> Error {
    let before = options_of(config);
    let error = config.load_file_with(Path::new(path), no_variable).unwrap_err();
    assert_eq!(options_of(config), before, "something was set all the same");
    assert!(error.message().contains(path), "{error}");
    shows_no_secret(&format!("{error} {error:?} {config:?}"));
    error
}

fn places(config: &Config) -> Vec<Value> {
    config.filled("aliyun_regions").map(|list| serde_json::from_str(list).unwrap()).unwrap_or_default()
}

/// Null, empty and absent all say that there is none.
fn said(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

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
                let place = (config.filled("aliyun_sts_endpoint"), config.filled("aliyun_sts_region"));
                json!(Endpoint::sts(place.0, place.1, false).unwrap().host_and_port)
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
    let mine = places(config);
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
    let instances = mine.iter().filter(|place| place.get("clientKeyFile").is_some());
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
fn the_recorded_cases_come_to_the_same_settings() {
    let folder = folder("official-cases");
    if !in_child("recorded::the_recorded_cases_come_to_the_same_settings", &[], folder.path()) {
        return;
    }
    let mut seen = [0; 3];
    for case in recorded()["cases"].as_array().unwrap() {
        let variable = |name: &str| case["inputs"]["environment"][name].as_str().map(OsString::from);
        let loaded = case.pointer("/expected_correct/loaded").or(case.pointer("/expected_official/loaded"));
        let (place, own_generation, file) = match case["kind"].as_str().unwrap() {
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
        seen[place] += 1;
        for (name, generation) in [(V1, own_generation), (V2, own_generation), (V1, "auto"), ("any.conf", "auto")] {
            let mut config = config(&[("config_generation", generation)]);
            std::fs::remove_file(name).unwrap_or_default();
            text.iter().for_each(|text| std::fs::write(name, text).unwrap());
            let result = match &text {
                None if place == 2 => Ok(()),
                _ => config.load_file_with(Path::new(name), variable),
            };
            if place == 2 {
                result.unwrap();
                config.load_environment(variable).unwrap_or_else(|error| {
                    assert!(case["either"] == json!(true), "{}: {error}", case["name"]);
                });
                match case["expected_official"]["error"].as_str() {
                    // Without a place or an identity, nothing can be opened.
                    Some(_) => {
                        let error = Client::new(config, Arc::new(StdPlatform)).unwrap().open_managed(None, "name");
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
                // A file that is named and not there is refused.
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
                // A mark of the byte order is passed over; officially it becomes part of the first key.
                (Ok(()), None) if case["inputs"]["file_hex"].as_str().is_some_and(|hex| hex.starts_with("efbbbf")) => {
                    assert_eq!(config.text("aliyun_identity"), "static");
                }
                (Ok(()), None) => same_settings(&config, loaded.unwrap()),
            }
        }
    }
    assert!(seen[0] > 40 && seen[1] > 5 && seen[2] > 5, "{seen:?}");
}

#[test]
fn every_sample_of_the_plugins_readme_loads() {
    let folder = folder("official-samples");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, password) = (path("client_key.json"), path("client_key_password.txt"));
    let instance = |password: &str| {
        format!(
            r#"[{{"ignoreSslCerts":false,{password},"clientKeyFile":"{key}","regionId":"cn-hangzhou","endpoint":"kst-example.cryptoservice.kms.aliyuncs.com"}}]"#
        )
    };
    let by_file = instance(r#""passwordFromFilePathName":"client_key_password_from_file_path""#);
    let by_variable = instance(r#""passwordFromEnvVariable":"client_key_password_from_env_variable""#);
    let region = ("cache_client_region_id", r#"[{"regionId":"cn-hangzhou"}]"#);
    let id = ("credentials_access_key_id", "EXAMPLE-AK-1");
    let secret = ("credentials_access_secret", "example-secret-key-1");
    let samples: [(&str, &[(&str, &str)]); 7] = [
        ("", &[("cache_client_dkms_config_info", &by_file), ("client_key_password_from_file_path", &password)]),
        (
            "",
            &[
                ("cache_client_dkms_config_info", &by_variable),
                ("client_key_password_from_env_variable", "my_env_variable"),
                ("my_env_variable", "example-p12-password-1"),
            ],
        ),
        ("static", &[("credentials_type", "ak"), id, secret, region]),
        ("ecs_ram_role", &[("credentials_type", "ecs_ram_role"), ("credentials_role_name", "role"), region]),
        (
            "client_key",
            &[
                ("credentials_type", "client_key"),
                ("client_key_password_from_env_variable", "my_env_variable"),
                ("my_env_variable", "example-p12-password-1"),
                ("client_key_private_key_path", &key),
                region,
            ],
        ),
        (
            "client_key",
            &[
                ("credentials_type", "client_key"),
                ("client_key_password_from_file_path", &password),
                ("client_key_private_key_path", &key),
                region,
            ],
        ),
        (
            "ram_role",
            &[
                ("credentials_type", "sts"),
                id,
                secret,
                ("credentials_role_session_name", "session"),
                ("credentials_role_arn", "acs:ram::1:role/r"),
                ("credentials_policy", "{}"),
                region,
            ],
        ),
    ];
    for (kind, sample) in samples {
        let mut of_environment = Config::new();
        of_environment.load_environment(variables(sample)).unwrap();
        let lines: Vec<String> = sample.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let file = folder.write(V1, lines.join("\r\n"));
        let mut of_file = Config::new();
        of_file.load_file_with(Path::new(&file), variables(sample)).unwrap();
        assert_eq!(options_of(&of_file), options_of(&of_environment));
        let identity = Some(kind).filter(|kind| !kind.is_empty());
        assert_eq!(of_file.is_set("aliyun_identity").then(|| of_file.text("aliyun_identity")), identity);
        let place = &places(&of_file)[0];
        assert_eq!(place["regionId"], "cn-hangzhou");
        if identity.is_none() {
            assert_eq!(place["password"], "example-p12-password-1");
            assert_eq!(place["clientKeyFile"], json!(key));
        }
        if identity.is_none() {
            // As the text has it: the list in the file, and what it names in the environment.
            let file = folder.write(V1, &lines[0]);
            let mut of_both = Config::new();
            of_both.load_file_with(Path::new(&file), variables(&sample[1..])).unwrap();
            assert_eq!(options_of(&of_both), options_of(&of_environment));
        }
        shows_no_secret(&format!("{of_file:?} {of_environment:?}"));
    }
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_key() {
    let folder = folder("official-errors");
    let ak = "credentials_type=ak\ncredentials_access_key_id=EXAMPLE-AK-1\n";
    for (text, named) in [
        ("\n# x\ncredentials_type=AK\n".to_owned(), "credentials_type (line 3): no such type"),
        (ak.to_owned(), "credentials_access_secret: it is missing or empty, but credentials_type (line 1)"),
        ("secret_names=a\n\ncache_client_region_id=hunter2\n".to_owned(), "cache_client_region_id (line 3)"),
        ("cache_client_dkms_config_info=[{}]".to_owned(), "cache_client_dkms_config_info (line 1): entry 1"),
        (format!("{ak}credentials_access_secret=example-secret\nproxy=hunter2\n"), "line 4: proxy"),
        (format!("{ak}credentials_access_secret=x\nconfig_generation=3\n"), "line 4: config_generation"),
        (
            "credentials_type=client_key\nclient_key_private_key_path=gone.json\n\
             client_key_password_from_file_path=also-gone\n"
                .to_owned(),
            "client_key_password_from_file_path (line 3): the file cannot be read: entity not found",
        ),
        (
            "credentials_type=oidc_role_arn\ncredentials_role_arn=r\ncredentials_oidc_provider_arn=p\n\
             credentials_oidc_token_file_path=t\ncredentials_sts_endpoint=http://hunter2\n"
                .to_owned(),
            "credentials_sts_endpoint (line 5)",
        ),
        (
            "credentials_type=oidc_role_arn\ncredentials_role_arn=r\ncredentials_oidc_provider_arn=p\n\
             credentials_oidc_token_file_path=t\ncredentials_duration_seconds=50000\n"
                .to_owned(),
            "credentials_duration_seconds (line 5): aliyun_role_duration_s",
        ),
    ] {
        let path = folder.write("of_the_official_client.conf", text);
        let mut config = config(&[("aliyun_access_key_id", "before"), ("aliyun_regions", "[]")]);
        let error = refusal(&mut config, &path);
        assert!(error.message().contains(named), "{error}");
    }
    let mut empty = Config::new();
    assert_eq!(refusal(&mut empty, folder.path().join(V1).to_str().unwrap()).code(), Code::File);
    let broken = folder.write(V1, b"credentials_type=ak\ncredentials_access_key_id=\xff\n");
    assert_eq!(refusal(&mut empty, &broken).code(), Code::File);
    let large = folder.write(V1, format!("credentials_type=ak\n#{}", "x".repeat(1024 * 1024)));
    assert_eq!(refusal(&mut empty, &large).code(), Code::File);
    // Nothing can be added to a list of places that is none.
    let regions = folder.write(V1, "cache_client_region_id=[{\"regionId\":\"cn-a\"}]");
    assert!(refusal(&mut config(&[("aliyun_regions", "hunter2")]), &regions).message().contains("aliyun_regions"));
}

#[test]
fn the_environment_is_read_whole_or_not_at_all() {
    let mut config = config(&[("refresh", "lazy")]);
    let error = config.load_environment(variables(&[("credentials_type", "ak"), ("EVERCRED_REFRESH", "background")]));
    let error = error.unwrap_err();
    assert!(error.message().contains("credentials_access_key_id") && error.message().contains("in the environment"));
    assert_eq!(config.text("refresh"), "lazy");

    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = |name: &str| match name {
            "credentials_type" => Some(OsString::from("ak")),
            "credentials_access_key_id" => Some(OsString::from_vec(vec![0xff])),
            _ => None,
        };
        let error = config.load_environment(odd).unwrap_err();
        assert_eq!(error.message(), "credentials_access_key_id: it is not UTF-8");
    }
}

#[test]
fn generations_differ_in_what_they_know() {
    let folder = folder("official-generations");
    let role = folder.write(
        V2,
        "credentials_type=ram_role\ncredentials_access_key_id=a\ncredentials_access_secret=b\n\
         credentials_role_session_name=s\ncredentials_role_arn=r\n",
    );
    let error = refusal(&mut config(&[("config_generation", "v2")]), &role);
    assert!(error.message().contains("credentials_type (line 1)"), "{error}");
    for generation in ["v1", "auto"] {
        let mut config = config(&[("config_generation", generation)]);
        config.load_file(Path::new(&role)).unwrap();
        assert_eq!(config.text("aliyun_identity"), "ram_role");
    }
    // It counts where the file itself, or a variable, has it.
    let oidc = "credentials_type=oidc_role_arn\ncredentials_role_arn=r\ncredentials_oidc_provider_arn=p\n\
                credentials_oidc_token_file_path=relative/token\nconfig_generation=";
    let mut config = Config::new();
    assert!(refusal(&mut config, &folder.write(V1, format!("{oidc}v1"))).message().contains("no such type"));
    config.load_file_with(Path::new(&folder.write(V1, format!("{oidc}v2"))), no_variable).unwrap();
    assert_eq!((config.text("aliyun_identity"), config.text("config_generation")), ("oidc", "v2"));
    assert!(Path::new(config.text("aliyun_oidc_token_file")).is_absolute());
    let role = [("credentials_type", "sts"), ("EVERCRED_CONFIG_GENERATION", "v2")];
    let error = Config::new().load_environment(variables(&role)).unwrap_err();
    assert!(error.message().starts_with("credentials_type (in the environment): no such type"), "{error}");
}

#[test]
fn a_later_identity_replaces_places_and_names_add_up() {
    let folder = folder("official-order");
    let file = folder.write(
        "app.conf",
        "credentials_type=ram_role\ncredentials_access_key_id=a\ncredentials_access_secret=#b#c # said\n\
         credentials_role_session_name=s\ncredentials_role_arn=r\nsecret_names=one,two\n\
         cache_client_region_id=[{\"regionId\":\"cn-a\"},{\"regionId\":\"cn-b\",\"vpc\":true}]\n\
         poll_interval_ms=60000\naliyun_role_external_id=mine\n",
    );
    let environment = [
        ("credentials_type", "ecs_ram_role"),
        ("credentials_role_name", "machine"),
        ("cache_client_region_id", r#"[{"regionId":"cn-b","vpc":true},{"regionId":"cn-c"}]"#),
        ("secret_names", "two, three"),
        ("EVERCRED_POLL_INTERVAL_MS", "70000"),
    ];
    let mut config = Config::new();
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(config.text("aliyun_access_key_secret"), "#b#c");
    assert_eq!((config.number("poll_interval_ms"), config.text("aliyun_role_external_id")), (60_000, "mine"));
    let again = options_of(&config);
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(options_of(&config), again, "loading twice is loading once");

    config.load_environment(variables(&environment)).unwrap();
    let regions = |config: &Config| -> Vec<String> {
        places(config).iter().map(|place| said(place, "regionId").unwrap()).collect()
    };
    assert_eq!(regions(&config), ["cn-a", "cn-b", "cn-c"]);
    assert_eq!(config.text("secret_names").replace(' ', ""), "one,two,three");
    assert_eq!((config.text("aliyun_identity"), config.number("poll_interval_ms")), ("ecs_ram_role", 70_000));
    for gone in ["aliyun_access_key_id", "aliyun_access_key_secret", "aliyun_role_arn", "aliyun_role_external_id"] {
        assert!(!config.is_set(gone), "{gone}");
    }

    // The other way round, the file's identity stands.
    let mut config = Config::new();
    config.load_environment(variables(&environment)).unwrap();
    config.load_file_with(Path::new(&file), no_variable).unwrap();
    assert_eq!(regions(&config), ["cn-b", "cn-c", "cn-a"]);
    assert_eq!(config.text("aliyun_identity"), "ram_role");
    assert!(!config.is_set("aliyun_ecs_role_name"));
}

#[test]
fn a_sources_own_identity_replaces_the_clients() {
    let client = config(&[
        ("aliyun_access_key_id", "clients"),
        ("aliyun_access_key_secret", "clients"),
        ("aliyun_security_token", "clients"),
        ("aliyun_role_external_id", "clients"),
        ("aliyun_sts_endpoint", "clients"),
        ("tencent_session_token", "clients"),
        ("poll_interval_ms", "60000"),
    ]);
    let folder = folder("official-override");
    let file = folder.write(
        "app.conf",
        "credentials_type=ram_role\ncredentials_access_key_id=a\ncredentials_access_secret=b\n\
         credentials_role_session_name=s\ncredentials_role_arn=r\n",
    );
    let mut own = Config::new();
    own.load_file_with(Path::new(&file), no_variable).unwrap();
    let merged = client.overlaid(&own).unwrap();
    assert_eq!((merged.text("aliyun_access_key_id"), merged.number("poll_interval_ms")), ("a", 60_000));
    for gone in ["aliyun_security_token", "aliyun_role_external_id", "aliyun_sts_endpoint"] {
        assert!(!merged.is_set(gone), "{gone}");
    }

    // Without official settings each option counts by itself, but that a token belongs to its key.
    let merged = client.overlaid(&config(&[("aliyun_access_key_id", "a"), ("aliyun_access_key_secret", "b")])).unwrap();
    assert!(!merged.is_set("aliyun_security_token") && merged.is_set("tencent_session_token"));
    assert!(merged.is_set("aliyun_role_external_id"));
    let merged = client.overlaid(&config(&[("aliyun_access_key_id", "a"), ("aliyun_security_token", "c")])).unwrap();
    assert_eq!(merged.text("aliyun_security_token"), "c");
}

#[test]
fn what_means_nothing_is_logged_by_name() {
    let folder = folder("official-log");
    let lines = Arc::new(Mutex::new(Vec::new()));
    let mut config = config(&[("aliyun_client_key_file", "k")]);
    let sink = Arc::clone(&lines);
    config.log = Sink::new(Level::Info, move |level, text| sink.lock().unwrap().push(format!("{level:?} {text}")));
    let instance =
        r#"[{"regionId":"r","endpoint":"e","clientKeyFile":"client_key.json","passwordFromEnvVariable":"my.own"}]"#;
    let text = format!(
        "credentials_type=ak\ncredentials_access_key_id=EXAMPLE-AK-1\ncredentials_access_secret=example-secret\n\
         monitor_period_milliseconds=1\nrotation_interval=hunter2\nEXAMPLE-AK-7==\nno equals sign\nmy.own=PW\n\
         cache_client_dkms_config_info={instance}\nsecret_names=a\nproxy=none\n"
    );
    let path = folder.write("app.properties", text);
    config.load_file_with(Path::new(&path), variables(&[("PW", "example-p12-password-1")])).unwrap();
    assert_eq!(config.text("proxy"), "none");
    config.set("config_generation", "v2").unwrap();
    config.load_file_with(Path::new(&path), variables(&[("PW", "example-p12-password-1")])).unwrap();
    let said = lines.lock().unwrap().join("\n");
    shows_no_secret(&said);
    let first = "monitor_period_milliseconds (line 4), rotation_interval (line 5), line 6";
    assert!(said.contains(&format!("Info {path}: without a meaning here, and passed over: {first}\n")), "{said}");
    assert!(said.contains(&format!("{first}, cache_client_dkms_config_info (line 9)")), "{said}");
    assert!(said.contains("replaces the login identity that was set (aliyun_client_key_file)"), "{said}");

    lines.lock().unwrap().clear();
    config.load_file(Path::new(&folder.write("b.conf", "credentials_access_key_id=x\n"))).unwrap();
    assert!(lines.lock().unwrap()[0].contains("credentials_type is missing"));
}

#[test]
fn a_file_of_our_own_stays_strict() {
    let folder = folder("official-own");
    let mut config = Config::new();
    let error = refusal(&mut config, &folder.write("evercred.conf", "secret_names = a, b\nmax_stale = 5\n"));
    assert_eq!(error.code(), Code::UnknownOption);
    config.load_file(Path::new(&folder.write("evercred.conf", "\u{feff}secret_names = a, b\r\n"))).unwrap();
    assert_eq!(config.text("secret_names"), "a, b");
    // By its name alone, it is an official file.
    config.load_file(Path::new(&folder.write(V2, "secret_names = c\nunheard_of = 5\n"))).unwrap();
    assert_eq!(config.text("secret_names"), "a, b,c");
}
