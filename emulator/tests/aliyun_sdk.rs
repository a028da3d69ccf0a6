//! The vendor's own clients have to work against the emulator, and to be refused where the services refuse them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::process::Command;
use std::time::Duration;

use evercred_emulator::{Emulator, SecretKind};
use wire::python;

/// The clients, and what they only work with.
const PACKAGES: [&str; 10] = [
    "aliyun-secret-manager-client==0.1.5",
    "alibabacloud-dkms-gcs==1.0.2",
    "alibabacloud-dkms-transfer-python==0.1.2",
    "alibabacloud-kms20160120==3.3.1",
    "alibabacloud-credentials==1.0.12",
    "oss2==2.19.1",
    "aliyun-python-sdk-core==2.16.1",
    "aliyun-python-sdk-kms==2.16.5",
    "pyOpenSSL==23.2.0",
    "cryptography==38.0.3",
];

const SECRET: &str = "example/ram-credential-1";
const ROLE: &str = "acs:ram::100000000000:role/app";

#[test]
fn the_official_clients_work_and_are_refused_as_by_the_services() {
    let python = python::with("aliyun-sdk", &PACKAGES);
    let cloud = Emulator::https().unwrap();
    cloud.add_access_key("LTAIadmin", "admin-secret");
    cloud.add_sts_key("STS.one", "sts-secret", "sts-token/+==", Some(Duration::from_secs(600)));
    cloud.add_sts_key("STS.ended", "sts-secret", "ended-token", Some(Duration::ZERO));
    cloud.add_secret(SECRET, SecretKind::RamUser { user: "app".into() });
    cloud.set_secret_rotation(SECRET, Some(Duration::from_secs(604_800)));
    cloud.set_ram_role(ROLE, Some("outside"), Duration::from_secs(3600));
    let oidc_file =
        cloud.issue_oidc_token_file("acs:ram::1:oidc-provider/idp", Some(Duration::from_secs(600))).unwrap();
    cloud.set_ecs_role("vm role", Duration::from_secs(3600));
    cloud.add_bucket("bucket", &[]);
    let (key, deleted) = (cloud.make_client_key("pässword").unwrap(), cloud.make_client_key("pässword").unwrap());
    cloud.remove_client_key(&deleted.key_id);
    let regions = ["cn-hangzhou", "cn-beijing"].map(|name| (name, cloud.region(name).host_port()));
    let regions: std::collections::BTreeMap<_, _> = regions.into_iter().collect();
    let world = serde_json::json!({
        "main": cloud.host_port(), "plain": cloud.plain_host_port(), "ca": cloud.ca_path(), "secret": SECRET,
        "regions": regions, "role": ROLE, "uri": cloud.credentials_uri(None), "oidc_file": oidc_file,
        "client_key": key.json_path, "client_key_password": key.password, "deleted_key": deleted.json_path,
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aliyun_sdk.py");
    let mut command = Command::new(python);
    // A proxy of the surroundings must not come between, nor settings of the person who runs this.
    command.env("NO_PROXY", "127.0.0.1,localhost").env("HOME", key.json_path.parent().unwrap());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ALIBABA_CLOUD_")) {
        command.env_remove(name);
    }
    let text = python::run(command.arg("-B").arg(script).arg(world.to_string()));
    assert!(text.trim_end().ends_with("done"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("ok ")).count(), 65, "{text}");
    assert_eq!(cloud.secret_rotations(SECRET), 1);
    assert_eq!(cloud.object("bucket", "by-session").as_deref(), Some(b"x".as_slice()));
    // Each of the clients signs in its own way.
    let kms = cloud.recent_requests("GetSecretValue");
    assert!(kms.iter().any(|request| request.header("authorization").is_some()));
    assert!(kms.iter().any(|request| request.target.contains("SHA256withRSA")));
    assert_eq!(cloud.last_error(), None);
}
