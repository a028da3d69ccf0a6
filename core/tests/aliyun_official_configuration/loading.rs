//! Files and variables that load, and the errors and log lines of those that do not.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::setup::*;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_core::log::{Level, Sink};
use serde_json::json;

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
        let backend = &backends(&of_file)[0];
        assert_eq!(backend["regionId"], "cn-hangzhou");
        if identity.is_none() {
            assert_eq!(backend["password"], "example-p12-password-1");
            assert_eq!(backend["clientKeyFile"], json!(key));
        }
        if identity.is_none() {
            // As in the README: the list in the file, and the variables that it names in the environment.
            let file = folder.write(V1, &lines[0]);
            let mut of_both = Config::new();
            of_both.load_file_with(Path::new(&file), variables(&sample[1..])).unwrap();
            assert_eq!(options_of(&of_both), options_of(&of_environment));
        }
        shows_no_secret(&format!("{of_file:?} {of_environment:?}"));
    }
}

#[test]
fn errors_name_file_line_and_key() {
    let folder = folder("official-errors");
    let ak = "credentials_type=ak\ncredentials_access_key_id=EXAMPLE-AK-1\n";
    for (text, named) in [
        ("\n# x\ncredentials_type=AK\n".to_owned(), "credentials_type (line 3): unknown type"),
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
    // A backend that can never work.
    let regions = folder.write(V1, "\ncache_client_region_id=[{\"regionId\":\"cn-a\",\"endpoint\":\"hunter2:0\"}]");
    let error = refusal(&mut empty, &regions);
    assert!(error.message().contains("cache_client_region_id (line 2): aliyun_regions: entry 1: endpoint"), "{error}");
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
    // The file itself or a variable can set it.
    let oidc = "credentials_type=oidc_role_arn\ncredentials_role_arn=r\ncredentials_oidc_provider_arn=p\n\
                credentials_oidc_token_file_path=relative/token\nconfig_generation=";
    let mut config = Config::new();
    assert!(refusal(&mut config, &folder.write(V1, format!("{oidc}v1"))).message().contains("unknown type"));
    config.load_file_with(Path::new(&folder.write(V1, format!("{oidc}v2"))), no_variable).unwrap();
    assert_eq!((config.text("aliyun_identity"), config.text("config_generation")), ("oidc", "v2"));
    assert!(Path::new(config.text("aliyun_oidc_token_file")).is_absolute());
    let role = [("credentials_type", "sts"), ("EVERCRED_CONFIG_GENERATION", "v2")];
    let error = Config::new().load_environment(variables(&role)).unwrap_err();
    assert!(error.message().starts_with("credentials_type (in the environment): unknown type"), "{error}");
}

#[test]
fn ignored_keys_are_logged_by_line() {
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
    // A lower-case piece of a secret looks like a key, so no unknown key is shown.
    assert!(!said.contains("monitor_period"), "{said}");
    assert!(said.contains(&format!("Info {path}: lines with unknown keys are ignored: 4")), "{said}");
    assert!(said.contains("5 (rotation_interval), 6") && said.contains("9 (cache_client_dkms_config_info"), "{said}");
    assert!(said.contains("replaces the login identity that is set (aliyun_client_key_file)"), "{said}");

    lines.lock().unwrap().clear();
    config.load_file(Path::new(&folder.write("b.conf", "credentials_access_key_id=x\n"))).unwrap();
    assert!(lines.lock().unwrap()[0].contains("credentials_type is missing"));
}

#[test]
fn unknown_options_in_our_own_files_are_refused() {
    let folder = folder("official-own");
    let mut config = Config::new();
    let error = refusal(&mut config, &folder.write("evercred.conf", "secret_names = a, b\nmax_stale = 5\n"));
    assert_eq!(error.code(), Code::UnknownOption);
    config.load_file(Path::new(&folder.write("evercred.conf", "\u{feff}secret_names = a, b\r\n"))).unwrap();
    assert_eq!(config.text("secret_names"), "a, b");
    // The name alone makes it an official file.
    config.load_file(Path::new(&folder.write(V2, "secret_names = c\nunheard_of = 5\n"))).unwrap();
    assert_eq!(config.text("secret_names"), "a, b,c");
}
