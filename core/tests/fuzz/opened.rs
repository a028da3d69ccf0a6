//! Targets that are reached by opening a source: what reads the files is no public function.

use std::sync::Arc;
use std::time::Duration;

use evercred_core::client::{Client, Config};
use evercred_core::log::{Level, Sink};
use evercred_core::platform::StdPlatform;

use crate::folder::Folder;
use crate::seeds::{choice, of_texts};
use crate::shown::{MARKER, check_text, checked, planted};

/// Opens a source with these options, whose endpoints answer nothing, and gets its value.
fn get(list: &[(&str, &str)]) {
    let mut config = Config::new();
    let dead = "127.0.0.1:1";
    for (name, value) in [
        ("refresh", "lazy"),
        ("proxy", "none"),
        ("max_attempts", "1"),
        ("total_timeout_ms", "2000"),
        ("tencent_endpoint", dead),
        ("tencent_sts_endpoint", dead),
        ("tencent_metadata_endpoint", dead),
        ("aliyun_kms_endpoint", dead),
        ("aliyun_sts_endpoint", dead),
        ("aliyun_metadata_endpoint", dead),
    ] {
        config.set(name, value).unwrap();
    }
    list.iter().for_each(|(name, value)| config.set(name, value).unwrap());
    config.log = Sink::new(Level::Debug, |_, text| check_text(text));
    let Some(client) = checked(Client::new(config, Arc::new(StdPlatform))) else { return };
    let is_tencent = list.iter().any(|(name, _)| name.starts_with("tencent_"));
    let source = match is_tencent {
        true => client.open_database(None, "ap-guangzhou", "cdb-example1", "user"),
        false => client.open_managed(None, "secret"),
    };
    if let Some(source) = checked(source) {
        drop(checked(source.get(Some(Duration::from_secs(5)))));
        check_text(&format!("{:?}", source.status()));
    }
    client.close();
}

pub fn cache_file(input: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("fuzz-cache");
    let path = folder.write("cache", input);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secret = format!("{MARKER}, a long text");
    get(&[
        ("cache_file", &path),
        ("cache_secret", &secret),
        ("tencent_secret_id", "id"),
        ("tencent_secret_key", MARKER),
    ]);
}

pub fn cache_file_seeds() -> Vec<Vec<u8>> {
    let entry =
        r#"{"label":"l","key":"k","nonce":"AAAAAAAAAAAAAAAA","sealed":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","written_ms":1}"#;
    let file = |salt: &str, entries: &str| {
        format!(r#"{{"format":"evercred cache","version":1,"salt":"{salt}","entries":[{entries}]}}"#).into_bytes()
    };
    let salt = "AAAAAAAAAAAAAAAAAAAAAA==";
    vec![
        file(salt, ""),
        file(salt, entry),
        file("", entry),
        file("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", entry),
    ]
}

/// The profile files of both clouds. Profiles that run a program or ask a host are left out.
pub fn profiles(input: &[u8]) {
    let (choice, rest) = choice(input);
    let folder = Folder::new("fuzz-profiles");
    let mut text = String::from_utf8_lossy(rest).replace(MARKER, "hunter1");
    for key in ["secret_key", "access_key_secret", "security_token", "token"] {
        text = text.replace(&format!("{key} = "), &format!("{key} = {MARKER}"));
    }
    match choice % 3 {
        0 => {
            let path = folder.write("credentials", text);
            get(&[("tencent_identity", "profile"), ("tencent_credentials_file", &path)]);
        }
        1 => {
            let path = folder.write("credentials", text);
            get(&[("aliyun_identity", "profile"), ("aliyun_credentials_file", &path)]);
        }
        _ => {
            let planted = planted(rest, &["access_key_secret", "sts_token"]);
            let text = String::from_utf8_lossy(&planted).to_ascii_lowercase();
            if ["\\", "process", "external", "uri"].iter().any(|word| text.contains(word)) {
                return;
            }
            let path = folder.write("config.json", planted);
            get(&[("aliyun_identity", "profile"), ("aliyun_config_file", &path)]);
        }
    }
}

pub fn profile_seeds() -> Vec<Vec<u8>> {
    let ini = [
        "[default]\nsecret_id = AKIDexample\nsecret_key = x\ntoken = t\n",
        "# c\n[default]\nenable = true\ntype = access_key\naccess_key_id = LTAI\naccess_key_secret = x\n",
        "[default]\ntype = ram_role_arn\naccess_key_id = LTAI\naccess_key_secret = x\nrole_arn = acs:ram::1:role/r\nrole_session_name = s\npolicy = {}\n",
        "[default]\ntype: sts\naccess_key_id: LTAI\naccess_key_secret = x\nsecurity_token = y ; z\n",
    ];
    let json = [
        r#"{"current":"default","profiles":[{"name":"default","mode":"AK","access_key_id":"LTAI","access_key_secret":"x"}]}"#,
        r#"{"current":"a","profiles":[{"name":"a","mode":"ChainableRamRoleArn","source_profile":"b","ram_role_arn":"r"},{"name":"b","mode":"StsToken","access_key_id":"LTAI","access_key_secret":"x","sts_token":"t"}]}"#,
    ];
    [of_texts(&ini, &[0, 1]), of_texts(&json, &[2])].concat()
}
