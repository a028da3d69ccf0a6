//! Dedicated KMS with its client keys, and the TLS settings, timeouts and endpoints of each backend.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::aliyun_managed::{KEY, NAME, current, key_of, with_secret};
use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::client::{Client, Config};
use evercred_core::error::Code;
use evercred_core::providers::{Kind, Origin};
use evercred_emulator::{ClientKey, Emulator, Fault, FaultKind, Options};
use serde_json::{Value, json};

const PASSWORD: &str = "a-passw0rd-of-a-client-key";
/// Dedicated KMS's requests, as the emulator counts them.
const DKMS: &str = "dkms";

fn world(tls: bool) -> World {
    let world = with_secret(World::with(Options { tls, ..Options::default() }));
    world.remember(PASSWORD);
    world
}

/// A client whose `ca_file` belongs to another server: a connection succeeds only with the CA file of the backend.
struct Elsewhere {
    world: World,
    other: Emulator,
    /// Their files are removed on drop.
    keys: Mutex<Vec<ClientKey>>,
}

impl Elsewhere {
    fn new() -> Elsewhere {
        Elsewhere { world: world(true), other: Emulator::https().unwrap(), keys: Mutex::default() }
    }

    fn ca(&self) -> String {
        self.world.emulator.ca_path().unwrap().to_str().unwrap().to_owned()
    }

    fn wrong_ca(&self) -> String {
        self.other.ca_path().unwrap().to_str().unwrap().to_owned()
    }

    fn client(&self, more: &[(&str, &str)]) -> Arc<Client> {
        let wrong = self.wrong_ca();
        self.world.client(&[&[("ca_file", wrong.as_str()), ("max_attempts", "1")], more].concat())
    }

    /// A source with this list of backends.
    fn listed(&self, list: Value, more: &[(&str, &str)]) -> evercred_core::error::Result<Arc<Source>> {
        let list = list.to_string();
        self.client(&[&[("aliyun_regions", list.as_str())], more].concat()).open_managed(None, NAME)
    }

    /// The entry of a dedicated instance, with more over it.
    fn dedicated(&self, more: Value) -> Value {
        let key = self.world.emulator.make_client_key(PASSWORD).unwrap();
        let mut entry = json!({
            "regionId": "cn-a",
            "endpoint": self.world.emulator.host_port(),
            "clientKeyFile": key.json_path,
            "password": PASSWORD,
            "caFilePath": self.ca(),
        });
        self.keys.lock().unwrap().push(key);
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([entry])
    }
}

#[test]
fn a_gateway_with_a_private_ca_is_reached_by_either_signature() {
    let there = Elsewhere::new();
    let (host, ca) = (there.world.emulator.host_port(), there.ca());
    for signature in ["acs3", "rpc"] {
        let options =
            [("aliyun_kms_endpoint", host.as_str()), ("aliyun_ca_file", &ca), ("aliyun_signature", signature)];
        let source = there.client(&[&KEY[..], &options].concat()).open_managed(None, NAME).unwrap();
        assert_eq!(key_of(&get(&source)), current(&there.world));
        assert!(source.status().tls_verified);
        let list = json!([{"endpoint": host, "caFilePath": ca}]);
        let source = there.listed(list, &[&KEY[..], &[("aliyun_signature", signature)]].concat()).unwrap();
        assert_eq!(key_of(&get(&source)), current(&there.world));
        assert_eq!(source.status().endpoint, Some(host.clone()));
    }
}

#[test]
fn endpoints_are_made_of_region_and_network() {
    let world = world(false);
    // These names do not resolve here: the error names the host.
    for (options, host) in [
        (vec![("aliyun_region", "cn-x")], "kms.cn-x.aliyuncs.com"),
        (vec![("aliyun_region", "cn-x"), ("aliyun_network", "vpc")], "kms-vpc.cn-x.aliyuncs.com"),
        (vec![("aliyun_regions", r#"[{"regionId":"cn-x","vpc":true}]"#)], "kms-vpc.cn-x.aliyuncs.com"),
        (vec![("aliyun_regions", r#"[{"regionId":"cn-x"}]"#)], "kms.cn-x.aliyuncs.com"),
    ] {
        // Through a proxy that does not exist, so that nothing leaves this machine.
        let proxy = [("proxy", "http://127.0.0.1:1"), ("max_attempts", "1")];
        let client = world.client(&[&KEY[..], &options, &proxy].concat());
        let error = get_error(&client.open_managed(None, NAME).unwrap());
        assert!(error.code() == Code::Network && error.message().starts_with(host), "{error}");
    }
}

#[test]
fn a_wrong_ca_is_refused_and_the_option_named() {
    let there = Elsewhere::new();
    let host = there.world.emulator.host_port();
    let wrong = there.wrong_ca();
    let options = [("aliyun_kms_endpoint", host.as_str()), ("aliyun_ca_file", &wrong)];
    let error = get_error(&there.client(&[&KEY[..], &options].concat()).open_managed(None, NAME).unwrap());
    assert!(error.code() == Code::Tls && error.message().contains("the option aliyun_ca_file"), "{error}");
    let error = get_error(&there.client(&[&KEY[..], &options[..1]].concat()).open_managed(None, NAME).unwrap());
    assert!(error.code() == Code::Tls && error.message().contains("the option ca_file"), "{error}");
    let list = there.dedicated(json!({"caFilePath": wrong}));
    let error = get_error(&there.listed(list, &[]).unwrap());
    assert!(
        error.code() == Code::Tls && error.message().contains("the option aliyun_regions: entry 1: caFilePath"),
        "{error}"
    );
    assert_eq!(there.world.emulator.requests(DKMS), 0);

    let folder = Folder::new("no-certificate");
    let empty = folder.write("empty.pem", "nothing");
    let options = [("aliyun_kms_endpoint", host.as_str()), ("aliyun_ca_file", &empty)];
    let error = there.client(&[&KEY[..], &options].concat()).open_managed(None, NAME).unwrap_err();
    assert!(error.message().starts_with("aliyun_ca_file: it contains no certificate"), "{error}");
    let error = there.listed(there.dedicated(json!({"caFilePath": empty})), &[]).unwrap_err();
    assert!(error.message().starts_with("aliyun_regions: entry 1: caFilePath: it contains no certificate"), "{error}");
}

#[test]
fn a_dedicated_instance_is_asked_with_its_client_key() {
    let there = Elsewhere::new();
    let folder = Folder::new("dedicated");
    let file = folder.write("password.txt", format!("{PASSWORD}\n"));
    let wrong = folder.write("wrong.txt", "wrong");
    for password in [
        json!({}),
        json!({"password": null, "passwordFile": file}),
        json!({"password": PASSWORD, "passwordFile": wrong}),
        // A variable that is not set does not count.
        json!({"password": null, "passwordFile": file, "passwordVariable": "NO_SUCH_VARIABLE_OF_EVERCRED"}),
    ] {
        let source = there.listed(there.dedicated(password), &[]).unwrap();
        let credential = get(&source);
        assert_eq!(key_of(&credential), current(&there.world));
        assert_eq!((credential.material().kind, credential.material().origin), (Kind::AccessKey, Origin::Cloud));
        assert!(source.status().tls_verified && credential.renew_at_ms() > 0);
    }
    let bare = there.dedicated(json!({"password": null}));
    let source = there.listed(bare, &[("aliyun_client_key_password", PASSWORD)]).unwrap();
    assert_eq!(key_of(&get(&source)), current(&there.world));
    // A key that cannot be decrypted is an error of the open.
    for (password, says) in [
        (json!({"password": "wrong"}), "entry 1: clientKeyFile: "),
        (json!({"password": null, "passwordFile": wrong}), "entry 1: clientKeyFile: "),
        (json!({"password": null, "passwordFile": "/no/such/file"}), "the client key's password"),
    ] {
        let error = there.listed(there.dedicated(password), &[]).unwrap_err();
        assert!(error.code() == Code::InvalidOption && error.message().contains(says), "{error}");
        assert!(!error.message().contains("wrong\"") && !error.message().contains(PASSWORD));
    }
}

#[test]
fn the_password_comes_from_the_environment() {
    for (variables, entry) in [
        (vec![("MY_KEYS_PASSWORD", PASSWORD), ("client_key_password", "wrong")], "MY_KEYS_PASSWORD"),
        (vec![("client_key_password", PASSWORD)], "MY_KEYS_PASSWORD"),
    ] {
        let there = Elsewhere::new();
        there.world.set_variables(&variables);
        let list = there.dedicated(json!({"password": null, "passwordVariable": entry}));
        assert_eq!(key_of(&get(&there.listed(list, &[]).unwrap())), current(&there.world));
    }
}

#[test]
fn every_spelling_of_ignored_certificates_is_logged() {
    let there = Elsewhere::new();
    let wrong = there.wrong_ca();
    for ignore in [json!(true), json!("true"), json!("True")] {
        let source =
            there.listed(there.dedicated(json!({"ignoreSslCerts": ignore, "caFilePath": wrong})), &[]).unwrap();
        assert!(there.world.logged("Warn aliyun_regions: entry 1: ignoreSslCerts is true"));
        assert_eq!(key_of(&get(&source)), current(&there.world));
        assert!(!source.status().tls_verified);
    }
    for ignore in [json!(false), json!("false"), json!(""), json!(null)] {
        let source =
            there.listed(there.dedicated(json!({"ignoreSslCerts": ignore, "caFilePath": wrong})), &[]).unwrap();
        assert_eq!(code_of(&source), Code::Tls);
        assert!(source.status().tls_verified);
    }
    let source = there.listed(there.dedicated(json!({"protocol": "http"})), &[]).unwrap();
    assert!(!source.status().tls_verified && there.world.logged("entry 1: the scheme is http: requests and keys"));
}

#[test]
fn a_backend_has_timeouts_of_its_own() {
    let there = Elsewhere::new();
    let silent = there.world.emulator.region("cn-silent");
    silent.set_silent(true);
    let entry = json!({"endpoint": silent.host_port(), "connectTimeout": 300, "readTimeout": 200});
    let start = Instant::now();
    let error = get_error(&there.listed(there.dedicated(entry), &[]).unwrap());
    assert!(error.code() == Code::Network && error.message().contains("in time"), "{error}");
    // Far from the 30 s that a whole fetch may take.
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn a_client_key_asks_kms_as_well() {
    let there = Elsewhere::new();
    let key = there.world.emulator.make_client_key(PASSWORD).unwrap();
    let (host, ca) = (there.world.emulator.host_port(), there.ca());
    // A client key always signs RPC; the option is ignored.
    for signature in ["acs3", "rpc"] {
        let options = [
            ("aliyun_kms_endpoint", host.as_str()),
            ("aliyun_ca_file", &ca),
            ("aliyun_signature", signature),
            ("aliyun_client_key_file", key.json_path.to_str().unwrap()),
            ("aliyun_client_key_password", PASSWORD),
        ];
        assert_eq!(key_of(&get(&there.client(&options).open_managed(None, NAME).unwrap())), current(&there.world));
    }
    assert_eq!(there.world.emulator.requests("dkms"), 0);
}

#[test]
fn a_key_that_is_refused_is_read_anew_once() {
    let there = Elsewhere::new();
    let folder = Folder::new("replaced-key");
    let before = there.world.emulator.make_client_key(PASSWORD).unwrap();
    let path = folder.write("key.json", &before.json);
    let source = there.listed(there.dedicated(json!({"clientKeyFile": path})), &[]).unwrap();
    let held = get(&source);
    there.world.emulator.remove_client_key(&before.key_id);
    let after = there.world.emulator.make_client_key(PASSWORD).unwrap();
    folder.write("key.json", &after.json);
    current(&there.world);
    assert!(there.world.emulator.rotate_secret(NAME, Duration::ZERO));
    source.report_rejected(&held).unwrap();
    assert_eq!(key_of(&get(&source)), current(&there.world));

    // Without a replacement the refusal has the code of public KMS.
    there.world.emulator.remove_client_key(&after.key_id);
    let mut overrides = Config::new();
    overrides.set("aliyun_version_stage", "ACSPrevious").unwrap();
    let list = there.dedicated(json!({"clientKeyFile": path})).to_string();
    let client = there.client(&[("aliyun_regions", &list)]);
    let error = get_error(&client.open_managed(Some(&overrides), NAME).unwrap());
    assert_eq!((error.code(), error.provider_code()), (Code::Identity, Some("InvalidAccessKeyId.NotFound")));
}

#[test]
fn a_wrong_clock_is_corrected_for_a_dedicated_instance() {
    let there = Elsewhere::new();
    there.world.platform.shift_wall(-24 * 3600 * 1000);
    let source = there.listed(there.dedicated(json!({})), &[]).unwrap();
    assert_eq!(key_of(&get(&source)), current(&there.world));
    assert!(source.status().clock_skew_ms > 23 * 3600 * 1000);
}

#[test]
fn kms_is_the_fallback_of_a_dedicated_instance() {
    let there = Elsewhere::new();
    let dedicated = there.world.emulator.region("cn-dedicated");
    let mut list = there.dedicated(json!({"endpoint": dedicated.host_port()}));
    let public = json!({"regionId": "cn-a", "endpoint": there.world.emulator.host_port(), "caFilePath": there.ca()});
    list.as_array_mut().unwrap().push(public);
    let source = there.listed(list.clone(), &KEY).unwrap();
    get(&source);
    assert_eq!(source.status().endpoint, Some(dedicated.host_port()));
    for trouble in [true, false] {
        dedicated.set_down(trouble);
        dedicated.set_unavailable(!trouble);
        let source = there.listed(list.clone(), &KEY).unwrap();
        assert_eq!(key_of(&get(&source)), current(&there.world));
        assert_eq!(source.status().endpoint, Some(there.world.emulator.host_port()));
    }
    // Only public KMS needs a login identity.
    assert!(there.listed(list.clone(), &[("aliyun_identity", "static")]).is_err());
    list.as_array_mut().unwrap().pop();
    assert!(there.listed(list, &[("aliyun_identity", "static")]).is_ok());
}

#[test]
fn refusals_and_throttling_of_a_dedicated_instance() {
    let there = Elsewhere::new();
    let client = there.client(&[("aliyun_regions", &there.dedicated(json!({})).to_string())]);
    let error = get_error(&client.open_managed(None, "no/such/secret").unwrap());
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("Forbidden.ResourceNotFound")));
    let kind = FaultKind::Answer { status: 502, code: None, message: None, content_type: None, retry_after: None };
    there.world.emulator.inject(Fault { action: None, times: 1, kind });
    let source = client.open_managed(None, NAME).unwrap();
    assert_eq!(code_of(&source), Code::Service);
    current(&there.world);
}
