//! The targets. The first byte of an input often selects what is done with the rest.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use evercred_core::client::{Client, Config, options};
use evercred_core::http::certificate_ends;
use evercred_core::log::{Level, Sink};
use evercred_core::platform::StdPlatform;
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::providers::aliyun::identity::split_command;
use evercred_core::secret::Secret;

use crate::answers::{
    aliyun_answers, dedicated_messages, dedicated_seeds, official_cache, secret_values, tencent_answers, tencent_token,
};
use crate::folder::Folder;
use crate::opened::{cache_file, cache_file_seeds, profile_seeds, profiles};
use crate::seal;
use crate::seeds::{choice, of_pkcs12, of_texts, of_vectors};
use crate::shown::{MARKER, check_text, checked, planted};

/// A target: its name, what it does with an input, its first inputs, and how many times slower it is than a usual one.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
    pub cost: usize,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>, cost: usize) -> Target {
    Target { name, run, seeds, cost }
}

pub const TARGETS: [Target; 13] = [
    target("client_key", client_key, client_key_seeds, 1),
    target("cache_file", cache_file, cache_file_seeds, 10),
    target("properties", properties, properties_seeds, 2),
    target("options", every_option, option_seeds, 1),
    target("regions", regions, region_seeds, 1),
    target("tencent_answers", tencent_answers, || of_vectors("tencent_cam_responses.json", &[0, 1]), 1),
    target("tencent_token", tencent_token, || of_vectors("tencent_auth_token.json", &[0, 1, 2, 3]), 1),
    target("aliyun_answers", aliyun_answers, || of_vectors("aliyun_sts.json", &[0, 1, 2]), 1),
    target("secret_values", secret_values, || of_vectors("aliyun_secret_values.json", &[0, 1, 2]), 1),
    target("official_cache", official_cache, || of_vectors("aliyun_file_cache.json", &[0, 1]), 10),
    target("profiles", profiles, profile_seeds, 10),
    target("dedicated", dedicated_messages, dedicated_seeds, 1),
    target("certificates", certificates, certificate_seeds, 2),
];

fn client_key(input: &[u8]) {
    let (choice, rest) = choice(input);
    let password = Secret::from_text("p");
    let file = match choice % 3 {
        0 => planted(rest, &["PrivateKeyData"]),
        sealed => {
            let pkcs12 = seal::pkcs12(rest);
            let pkcs12 = if sealed == 1 { pkcs12 } else { rest.to_vec() };
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pkcs12);
            format!(r#"{{"KeyId":"KAAP","PrivateKeyData":"{text}"}}"#).into_bytes()
        }
    };
    if let Some(key) = checked(ClientKey::open(&file, &password)) {
        check_text(&format!("{key:?}"));
    }
}

fn client_key_seeds() -> Vec<Vec<u8>> {
    [of_vectors("aliyun_dkms.json", &[0]), of_pkcs12()].concat()
}

/// Loads a file of the official client, a file of evercred, or variables. Any text of them may be a secret.
fn properties(input: &[u8]) {
    let (choice, rest) = choice(input);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let mut config = Config::new();
    config.log = Sink::new(Level::Debug, move |_, text| sink.lock().unwrap().push(text.to_owned()));
    let text = String::from_utf8_lossy(rest).into_owned();
    let variable = |name: &str| {
        let value =
            |line: &str| line.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        text.lines().find_map(value)
    };
    if choice % 3 == 2 {
        checked(config.load_environment(variable));
    } else {
        let folder = Folder::new("fuzz-properties");
        let name = if choice.is_multiple_of(3) { "secretsmanager.properties" } else { "evercred.conf" };
        checked(config.load_file_with(Path::new(&folder.write(name, rest)), variable));
    }
    check_text(&format!("{config:?}"));
    lines.lock().unwrap().iter().for_each(|line| check_text(line));
}

fn properties_seeds() -> Vec<Vec<u8>> {
    let own = [
        "tencent_secret_id = id\ntencent_secret_key = hunter2\nhunter2==\n",
        "secret_names=a,b\nproxy=http://u:hunter2@h:1\ncache_secret=hunter2hunter2hunter2\nhunter2 = x\n",
        "credentials_type=ak\ncredentials_access_key_id=i\ncredentials_access_secret=hunter2\nhunter2.lower=1\n",
        "cache_client_dkms_config_info=[{\"regionId\":\"r\",\"endpoint\":\"e\",\"clientKeyFile\":\"k\",\"passwordFromEnvVariable\":\"v\"}]\nv=n\nn=hunter2\n",
    ];
    [of_vectors("config_properties.json", &[0, 1, 2]), of_texts(&own, &[0, 1, 2])].concat()
}

fn every_option(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut config = Config::new();
    for spec in options::every() {
        checked(config.set(spec.name, &format!("{text}{MARKER}")));
        checked(config.set(spec.name, &text));
    }
    checked(config.set(&format!("{text}{MARKER}"), "x"));
    check_text(&format!("{config:?}"));
    if let Err(problem) = split_command(&text) {
        check_text(problem);
    }
}

fn option_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "http://user:hunter2@host:80/",
        "host:80",
        "[::1]:8",
        "a 'b c' \"d\"",
        "P=hunter2 program",
        "tencent_secret_kee",
        "1000",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

fn regions(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let planted = String::from_utf8_lossy(&planted(input, &["password", "hunter1"])).into_owned();
    for text in [&text as &str, &planted] {
        checked(Config::new().set("aliyun_regions", text));
    }
}

fn region_seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"[{"regionId":"cn-a","vpc":true},{"endpoint":"k:1","protocol":"http","connectTimeout":5,"readTimeout":7}]"#,
        r#"[{"regionId":"r","endpoint":"e","clientKeyFile":"f","password":"hunter2","ignoreSslCerts":"true","caFilePath":"c"}]"#,
        r#"[{"clientKeyFile":"f","passwordFile":"p","passwordVariable":"v","hunter2":1}]"#,
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

fn certificates(input: &[u8]) {
    let _ends = certificate_ends(input);
    let pem = |der: &[u8]| {
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    let _ends = certificate_ends(pem(input).as_bytes());
    let folder = Folder::new("fuzz-certificates");
    for text in [input.to_vec(), pem(input).into_bytes()] {
        let mut config = Config::new();
        config.set("ca_file", &folder.write("ca.pem", text)).unwrap();
        config.set("refresh", "lazy").unwrap();
        drop(checked(Client::new(config, Arc::new(StdPlatform))));
    }
}

fn certificate_seeds() -> Vec<Vec<u8>> {
    let time = |tag: u8, text: &str| seal::der(tag, &[text.as_bytes()]);
    let validity = seal::der(0x30, &[&time(0x17, "240101000000Z"), &time(0x18, "20500101000000Z")]);
    let empty = seal::der(0x30, &[]);
    let inner =
        seal::der(0x30, &[&seal::der(0xa0, &[&[2, 1, 2]]), &[2, 1, 1], &empty, &empty, &validity, &empty, &empty]);
    let whole = seal::der(0x30, &[&inner, &empty, &seal::der(0x03, &[&[0, 1]])]);
    vec![whole.clone(), inner, b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".to_vec()]
}
