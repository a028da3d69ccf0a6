//! Every login identity of Alibaba Cloud at every kind of endpoint, once: the hosts are those that a program would ask,
//! over TLS; a proxy takes them to the emulator.

use crate::support::aliyun_managed::{ASKER, ASKER_SECRET, HOUR, NAME, with_secret};
use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_emulator::{ClientKey, Fault, FaultKind, Proxy};
use serde_json::json;

const ROLE: &str = "acs:ram::1234:role/reader";
const PROVIDER: &str = "acs:ram::1234:oidc-provider/ack";

type Options<'a> = &'a [(&'a str, &'a str)];

/// Kinds of endpoints: the options that select one, and its host.
const ENDPOINTS: [(&str, Options<'_>, &str); 4] = [
    ("public", &[("aliyun_region", "cn-hangzhou")], "kms.cn-hangzhou.aliyuncs.com"),
    ("vpc", &[("aliyun_region", "cn-hangzhou"), ("aliyun_network", "vpc")], "kms-vpc.cn-hangzhou.aliyuncs.com"),
    (
        "gateway",
        &[("aliyun_kms_endpoint", "kst-example.cryptoservice.kms.aliyuncs.com")],
        "kst-example.cryptoservice.kms.aliyuncs.com",
    ),
    ("rpc", &[("aliyun_region", "cn-hangzhou"), ("aliyun_signature", "rpc")], "kms.cn-hangzhou.aliyuncs.com"),
];
/// An instance of dedicated KMS, which is asked with a client key of its own.
const DEDICATED: &str = "kst-dedicated.cryptoservice.kms.aliyuncs.com";
const DEDICATED_PASSWORD: &str = "the-dedicated-instances-password";

struct Cloud {
    world: World,
    proxy: Proxy,
    folder: Folder,
    /// The key of the dedicated instance; its file is removed on drop.
    key: ClientKey,
}

impl Cloud {
    fn new(test: &str) -> Cloud {
        let world = with_secret(World::with(evercred_emulator::Options { tls: true, ..Default::default() }));
        world.emulator.add_sts_key("STS.asker", "session-secret", "session-token", Some(HOUR));
        world.emulator.set_ram_role(ROLE, Some("external"), HOUR);
        world.emulator.set_ram_oidc_token(PROVIDER, "oidc-token", None);
        world.emulator.set_ecs_role("machine", HOUR);
        for secret in ["session-secret", "session-token", "oidc-token", DEDICATED_PASSWORD] {
            world.remember(secret);
        }
        let address = world.emulator.host_port().parse().unwrap();
        let proxy = Proxy::start_routing(None, &[(".aliyuncs.com", address)]).unwrap();
        let key = world.emulator.make_client_key(DEDICATED_PASSWORD).unwrap();
        Cloud { world, proxy, folder: Folder::new(test), key }
    }

    /// Fetches the secret and uses it.
    fn works(&self, what: &str, options: &[(&str, &str)]) {
        let mut all = vec![("proxy", self.proxy.url())];
        all.extend(options.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut config = self.world.bare_config();
        for (name, value) in &all {
            config.set(name, value).unwrap();
        }
        let client = self.world.client_of(config);
        let source: std::sync::Arc<Source> = client.open_managed(None, NAME).unwrap();
        let credential = source.get(Some(LONG)).unwrap_or_else(|error| panic!("{what}: {error}"));
        let id = credential.material().access_key_id.expose();
        assert!(self.world.emulator.is_access_key_live(id), "{what}");
        assert_eq!(Some(id.to_owned()), self.world.emulator.secret_access_key_id(NAME), "{what}");
        assert_eq!(credential.state(), State::Fresh, "{what}");
        assert!(source.status().tls_verified, "{what}");
        client.close();
    }

    /// At each kind of endpoint.
    fn works_everywhere(&self, identity: &str, options: &[(&str, &str)]) {
        for (endpoint, at, host) in ENDPOINTS {
            let what = format!("{identity} at {endpoint}");
            self.works(&what, &[options, at].concat());
            assert_eq!(self.host_asked("GetSecretValue"), host, "{what}");
        }
        let instance = json!({"regionId": "cn-hangzhou", "endpoint": DEDICATED, "clientKeyFile": self.key.json_path,
            "password": DEDICATED_PASSWORD});
        let what = format!("{identity} with a dedicated instance");
        let asked = self.world.emulator.requests("dkms");
        self.works(&what, &[options, &[("aliyun_regions", json!([instance]).to_string().as_str())]].concat());
        assert_eq!(self.world.emulator.requests("dkms") - asked, 1, "{what}");
        assert_eq!(self.host_asked("dkms"), DEDICATED, "{what}");
        // In an outage of the instance, KMS is asked with the identity.
        let list = json!([instance, {"regionId": "cn-hangzhou"}]).to_string();
        self.world.emulator.inject(Fault { action: Some(String::from("dkms")), times: 1, kind: FaultKind::Drop });
        let what = format!("{identity} instead of a dedicated instance");
        self.works(&what, &[options, &[("aliyun_regions", list.as_str())]].concat());
        assert_eq!(self.host_asked("GetSecretValue"), ENDPOINTS[0].2, "{what}");
    }

    /// The host that the last such request was meant for.
    fn host_asked(&self, action: &str) -> String {
        let request = self.world.emulator.last_request(action).unwrap();
        let host = request.headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        host.map(|(_, host)| host).unwrap_or_default()
    }

    /// The TLS endpoint of the emulator.
    fn sts(&self) -> String {
        self.world.emulator.host_port()
    }
}

const KEY: [(&str, &str); 2] = [("aliyun_access_key_id", ASKER), ("aliyun_access_key_secret", ASKER_SECRET)];

#[test]
fn keys_of_the_configuration() {
    let cloud = Cloud::new("matrix-keys");
    cloud.works_everywhere("static", &KEY);
    cloud.works_everywhere(
        "session token",
        &[
            ("aliyun_access_key_id", "STS.asker"),
            ("aliyun_access_key_secret", "session-secret"),
            ("aliyun_security_token", "session-token"),
        ],
    );
    let key = cloud.world.emulator.make_client_key("key-password").unwrap();
    let file = key.json_path.to_str().unwrap();
    cloud.world.remember("key-password");
    cloud.works_everywhere(
        "client key",
        &[("aliyun_client_key_file", file), ("aliyun_client_key_password", "key-password")],
    );
}

#[test]
fn roles() {
    let cloud = Cloud::new("matrix-roles");
    let sts = cloud.sts();
    let role =
        [("aliyun_role_arn", ROLE), ("aliyun_role_external_id", "external"), ("aliyun_sts_endpoint", sts.as_str())];
    cloud.works_everywhere("ram_role", &[&KEY[..], &role[..]].concat());
    let token = cloud.folder.write("token", "oidc-token\n");
    cloud.works_everywhere(
        "oidc",
        &[
            ("aliyun_oidc_provider_arn", PROVIDER),
            ("aliyun_oidc_token_file", &token),
            ("aliyun_role_arn", ROLE),
            ("aliyun_sts_endpoint", &sts),
        ],
    );
    // The regional endpoint of STS.
    cloud.works(
        "sts of a region",
        &[&KEY[..], &role[..2], ENDPOINTS[0].1, &[("aliyun_sts_region", "cn-hangzhou")]].concat(),
    );
    cloud.works("sts of no region", &[&KEY[..], &role[..2], ENDPOINTS[0].1].concat());
}

#[test]
fn what_the_machine_offers() {
    let cloud = Cloud::new("matrix-machine");
    let metadata = cloud.world.emulator.plain_host_port();
    cloud.works_everywhere(
        "ecs_ram_role",
        &[("aliyun_identity", "ecs_ram_role"), ("aliyun_metadata_endpoint", &metadata)],
    );
    let uri = cloud.world.emulator.credentials_uri(Some("machine"));
    cloud.works_everywhere(
        "credentials_uri",
        &[("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", &uri)],
    );
    // Over TLS, and with a query, which is sent unchanged.
    let uri = format!("https://{}/aliyun/credentials/machine?for=b%20c", cloud.sts());
    cloud.works(
        "credentials_uri over TLS",
        &[ENDPOINTS[0].1, &[("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", &uri)]].concat(),
    );
    let asked = cloud.world.emulator.last_request("credentials-uri").unwrap();
    assert_eq!(asked.target, "/aliyun/credentials/machine?for=b%20c");
    let script = format!(r#"{{"mode":"AK","access_key_id":"{ASKER}","access_key_secret":"{ASKER_SECRET}"}}"#);
    let file = cloud.folder.write("key.json", script);
    let command = format!("/bin/cat {file}");
    cloud.works_everywhere("process", &[("aliyun_identity", "process"), ("aliyun_process_command", &command)]);
}

#[test]
fn profiles() {
    let cloud = Cloud::new("matrix-profiles");
    let ini = cloud.folder.write(
        "credentials",
        format!("[default]\ntype = access_key\naccess_key_id = {ASKER}\naccess_key_secret = {ASKER_SECRET}\n"),
    );
    cloud.works_everywhere("profile", &[("aliyun_identity", "profile"), ("aliyun_credentials_file", &ini)]);
    let json = cloud.folder.write(
        "config.json",
        format!(
            r#"{{"current":"p","profiles":[{{"name":"p","mode":"AK","access_key_id":"{ASKER}","access_key_secret":"{ASKER_SECRET}"}}]}}"#
        ),
    );
    cloud.works_everywhere("command line's profile", &[("aliyun_identity", "profile"), ("aliyun_config_file", &json)]);
}

#[test]
fn the_environment() {
    let cloud = Cloud::new("matrix-environment");
    cloud.world.set_home(cloud.folder.path());
    cloud
        .world
        .set_variables(&[("ALIBABA_CLOUD_ACCESS_KEY_ID", ASKER), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ASKER_SECRET)]);
    cloud.works_everywhere("environment", &[("aliyun_identity", "environment")]);
    cloud.works_everywhere("chain", &[]);
}
