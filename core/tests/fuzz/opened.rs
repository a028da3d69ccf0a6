//! Targets that are reached by opening a source: what reads the files is no public function.

use std::any::Any;
use std::ffi::OsString;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use evercred_core::client::{Client, Config};
use evercred_core::log::{Level, Sink};
use evercred_core::platform::{BoxFuture, GenerationCell, Moment, Platform, StdPlatform};
use evercred_core::providers::Origin;

use crate::folder::Folder;
use crate::seal;
use crate::seeds::{choice, of_texts};
use crate::shown::{MARKER, check_text, checked, planted};

/// An endpoint that answers nothing.
const DEAD: &str = "127.0.0.1:1";

/// The real platform with another home folder, and without the variables that this process was started with.
struct WithHome(String);

impl Platform for WithHome {
    fn now(&self) -> Moment {
        StdPlatform.now()
    }

    fn wall_ms(&self) -> i64 {
        StdPlatform.wall_ms()
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        StdPlatform.sleep(until)
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        (name == "HOME").then(|| OsString::from(&self.0))
    }

    fn random(&self) -> f64 {
        StdPlatform.random()
    }

    fn fork_epoch(&self) -> u64 {
        StdPlatform.fork_epoch()
    }

    fn generation_cell(&self) -> GenerationCell {
        StdPlatform.generation_cell()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        StdPlatform.block_signals()
    }
}

/// Opens a source with these options, whose endpoints answer nothing, and gets its value. Returns its origin.
fn get(list: &[(&str, &str)]) -> Option<Origin> {
    get_with_home(list, "/no/such/folder")
}

fn get_with_home(list: &[(&str, &str)], home: &str) -> Option<Origin> {
    let mut config = Config::new();
    for (name, value) in [
        ("refresh", "lazy"),
        ("proxy", "none"),
        ("max_attempts", "1"),
        ("total_timeout_ms", "2000"),
        ("tencent_endpoint", DEAD),
        ("tencent_sts_endpoint", DEAD),
        ("tencent_metadata_endpoint", DEAD),
        ("aliyun_kms_endpoint", DEAD),
        ("aliyun_sts_endpoint", DEAD),
        ("aliyun_metadata_endpoint", DEAD),
    ] {
        config.set(name, value).unwrap();
    }
    list.iter().for_each(|(name, value)| config.set(name, value).unwrap());
    config.log = Sink::new(Level::Debug, |_, text| check_text(text));
    let client = checked(Client::new(config, Arc::new(WithHome(home.to_owned()))))?;
    let is_tencent = list.iter().any(|(name, _)| name.starts_with("tencent_"));
    let source = match is_tencent {
        true => client.open_database(None, "ap-guangzhou", "cdb-example1", "user"),
        false => client.open_managed(None, "secret"),
    };
    let origin = checked(source).map(|source| {
        drop(checked(source.get(Some(Duration::from_secs(5)))));
        check_text(&format!("{:?}", source.status()));
        source.status().origin
    });
    client.close();
    origin
}

/// The library's own cache file: as a whole, or behind the byte 1 a record that the target seals.
pub fn cache_file(input: &[u8]) {
    let Some((1, sealed)) = input.split_first().map(|(choice, rest)| (*choice, rest)) else {
        get_with_cache(input);
        return;
    };
    let origin = get_with_cache(&seal::cache_file(sealed, &name_in_cache()));
    if sealed == record() {
        assert_eq!(origin, Some(Origin::FileCache), "a whole record is read");
    }
}

fn get_with_cache(file: &[u8]) -> Option<Origin> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("fuzz-cache");
    let path = folder.write("cache", file);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    get(&[
        ("cache_file", &path),
        ("cache_secret", seal::CACHE_SECRET),
        ("tencent_secret_id", "id"),
        ("tencent_secret_key", MARKER),
    ])
}

/// The name of the value in the cache file: its source, and a hash of the options that decide it.
fn name_in_cache() -> String {
    let mut options = Vec::new();
    for part in ["tencent_endpoint", DEAD] {
        options.extend_from_slice(&u64::try_from(part.len()).unwrap().to_le_bytes());
        options.extend_from_slice(part.as_bytes());
    }
    options.extend_from_slice(&0_u64.to_le_bytes());
    format!("database/ap-guangzhou/cdb-example1/user?{}", seal::sha256_hex(&options))
}

/// The record of a token that was fetched when this process started.
fn record() -> &'static [u8] {
    static RECORD: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let now = StdPlatform.wall_ms().to_string();
        let none = i64::MIN.to_string();
        // The kind, the secrets (user name and password first), the boot, texts of the answer, and times.
        let secrets = ["0", "user", "password", "", "", "", "", ""];
        let texts = ["", "1", "", "", ""];
        let numbers = [&now as &str, &now, &none, &none, &none, "5", &none, &none, &none];
        let fields = [&secrets[..], &texts, &numbers].concat();
        let with_length =
            |field: &&str| [&u32::try_from(field.len()).unwrap().to_le_bytes(), field.as_bytes()].concat();
        fields.iter().flat_map(with_length).collect()
    });
    &RECORD
}

pub fn cache_file_seeds() -> Vec<Vec<u8>> {
    let entry =
        r#"{"label":"l","key":"k","nonce":"AAAAAAAAAAAAAAAA","sealed":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","written_ms":1}"#;
    let file = |salt: &str, entries: &str| {
        format!(r#"{{"format":"evercred cache","version":1,"salt":"{salt}","entries":[{entries}]}}"#).into_bytes()
    };
    let salt = "AAAAAAAAAAAAAAAAAAAAAA==";
    let files = [
        file(salt, ""),
        file(salt, entry),
        file("", entry),
        file("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", entry),
    ];
    let records = [record(), &record()[..record().len() / 2]].map(|record| [b"\x01", record].concat());
    [&files[..], &records].concat()
}

/// The profile files of both clouds, of the SDKs and of the command lines. Profiles that run a program or ask a host are left out.
pub fn profiles(input: &[u8]) {
    let (choice, rest) = choice(input);
    let folder = Folder::new("fuzz-profiles");
    let mut text = String::from_utf8_lossy(rest).replace(MARKER, "hunter1");
    for key in ["secret_key", "access_key_secret", "security_token", "token"] {
        text = text.replace(&format!("{key} = "), &format!("{key} = {MARKER}"));
    }
    match choice % 4 {
        0 => {
            let path = folder.write("credentials", text);
            get(&[("tencent_identity", "profile"), ("tencent_credentials_file", &path)]);
        }
        1 => {
            let path = folder.write("credentials", text);
            get(&[("aliyun_identity", "profile"), ("aliyun_credentials_file", &path)]);
        }
        3 => {
            folder.write(".tccli/default.credential", planted(rest, &["secretKey", "token"]));
            let home = folder.path().to_str().unwrap();
            get_with_home(&[("tencent_identity", "chain"), ("tencent_profile", "default")], home);
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
    let command_line = [
        r#"{"secretId":"AKIDexample","secretKey":"x","token":"t"}"#,
        r#"{"secretId":"AKIDexample","secretKey":"x","token":null,"role-arn":"qcs::cam::uin/1:roleName/r","role-session-name":"s"}"#,
        r#"{"type":"oauth","secretId":"AKIDexample","secretKey":"x"}"#,
    ];
    [of_texts(&ini, &[0, 1]), of_texts(&json, &[2]), of_texts(&command_line, &[3])].concat()
}
