//! Managed secrets of every kind: the value, its version, and the status.

use std::sync::Arc;
use std::time::Duration;

use crate::support::aliyun_managed::{NAME as RAM, add_asker, managed_options};
use crate::support::*;
use evercred_core::cache::{Credential, Source};
use evercred_core::client::{Client, Config, Format};
use evercred_core::error::Code;
use evercred_core::providers::{Kind, Origin};
use evercred_emulator::SecretKind;

fn world() -> World {
    let world = World::new();
    add_asker(&world);
    world
}

fn client(world: &World) -> Arc<Client> {
    let host = world.emulator.host_port();
    world.client(&managed_options(&host, &[("aliyun_scheme", "http")]))
}

fn previous(client: &Client, name: &str) -> Arc<Source> {
    let mut overrides = Config::new();
    overrides.set("aliyun_version_stage", "ACSPrevious").unwrap();
    client.open_managed(Some(&overrides), name).unwrap()
}

/// Kind, value and version of what is handed out; the other texts are empty.
fn whole(credential: &Credential) -> (Kind, Vec<u8>, String) {
    let material = credential.material();
    let others = [
        &material.username,
        &material.password,
        &material.access_key_id,
        &material.access_key_secret,
        &material.security_token,
    ];
    assert!(others.iter().all(|other| other.is_empty()) && material.origin == Origin::Cloud);
    (material.kind, material.value.expose_bytes().to_vec(), material.version_id.expose().to_owned())
}

#[test]
fn texts_and_bytes_are_handed_out_whole() {
    let world = world();
    let text = "{\"host\": \"db\", \"password\": \"correct-horse\"}\n";
    world.emulator.add_secret("text", SecretKind::Text(text.into()));
    world.emulator.add_secret("nul", SecretKind::Text("before\0after-the-nul".into()));
    world.emulator.add_secret("binary", SecretKind::Binary("AP8AYmF0dGVyeS1zdGFwbGU=".into()));
    for secret in ["correct-horse", "after-the-nul", "battery-staple", "YmF0dGVyeS1zdGFwbGU"] {
        world.remember(secret);
    }
    let client = client(&world);
    for (name, kind, value) in [
        ("text", Kind::Text, text.as_bytes()),
        ("nul", Kind::Text, b"before\0after-the-nul"),
        ("binary", Kind::Binary, b"\0\xff\0battery-staple"),
    ] {
        let source = client.open_managed(None, name).unwrap();
        let version = world.emulator.secret_version_id(name).unwrap();
        assert_eq!(whole(&get(&source)), (kind, value.to_vec(), version), "{name}");
        let status = source.status().secret;
        assert_eq!((status.secret_type.as_deref(), status.sub_type), (Some("Generic"), None));
        assert_eq!(status.automatic_rotation.as_deref(), Some("Disabled"));
    }
}

#[test]
fn a_new_version_of_a_text_is_another_value() {
    let world = world();
    world.emulator.add_secret("text", SecretKind::Text("first-text".into()));
    for secret in ["first-text", "second-text"] {
        world.remember(secret);
    }
    let client = client(&world);
    let source = client.open_managed(None, "text").unwrap();
    let first = get(&source);
    world.emulator.set_secret_data("text", "second-text");
    world.advance(Duration::from_secs(6 * 60));
    world.landed(&source);
    let second = get(&source);
    assert_eq!(whole(&second).1, b"second-text");
    assert!(!first.is_current() && second.is_current() && whole(&first).1 == b"first-text");
    assert_ne!(whole(&first).2, whole(&second).2);

    let before = get(&previous(&client, "text"));
    assert_eq!(whole(&before), whole(&first));
}

#[test]
fn logins_are_split_into_user_and_password() {
    let world = world();
    world.emulator.add_secret("db", SecretKind::Rds { user: "app".into() });
    world.emulator.add_secret("machine", SecretKind::Text(r#"{"UserName":"root","Password":"of-the-machine"}"#.into()));
    world.emulator.replace_secret_field("machine", "SecretType", Some("ECS"));
    world.emulator.add_secret("ssh", SecretKind::Text(r#"{"UserName":"root","PrivateKey":"of-the-machine"}"#.into()));
    world.emulator.replace_secret_field("ssh", "SecretType", Some("ECS"));
    world.remember("of-the-machine");
    let client = client(&world);
    for (name, user) in [("db", "app"), ("machine", "root")] {
        let credential = get(&client.open_managed(None, name).unwrap());
        let material = credential.material();
        assert_eq!((material.kind, material.username.expose()), (Kind::Database, user));
        assert!(!material.password.is_empty() && material.value.is_empty(), "{name}");
        world.remember(material.password.expose());
    }
    assert_eq!(whole(&get(&client.open_managed(None, "ssh").unwrap())).0, Kind::Text);
}

#[test]
fn the_previous_version_is_handed_out_on_request() {
    let world = world();
    world.emulator.add_ram_secret(RAM);
    let client = client(&world);
    let current = client.open_managed(None, RAM).unwrap();
    let old = get(&current);
    world.remember(old.material().access_key_secret.expose());
    assert_eq!(get_error(&previous(&client, RAM)).code(), Code::Refused, "there is none before the first rotation");

    assert!(world.emulator.rotate_secret(RAM, Duration::from_secs(3600)));
    let stage = previous(&client, RAM);
    world.advance(Duration::from_secs(30));
    let before = get(&stage);
    assert_eq!(before.material(), old.material());
    current.report_rejected(&old).unwrap();
    let new = get(&current);
    world.remember(new.material().access_key_secret.expose());
    assert_ne!(new.material().version_id, before.material().version_id);
    assert!(world.emulator.is_access_key_live(before.material().access_key_id.expose()));
}

#[test]
fn the_metadata_of_a_secret_is_reported() {
    let world = world();
    world.emulator.add_ram_secret(RAM);
    world.emulator.set_secret_timestamps(RAM, true);
    world.emulator.rotate_secret(RAM, Duration::from_secs(3600));
    let client = client(&world);
    let source = client.open_managed(None, RAM).unwrap();
    world.remember(get(&source).material().access_key_secret.expose());
    let facts = source.status().secret;
    let next = world.emulator.next_secret_rotation_ms(RAM).unwrap();
    assert_eq!(facts.next_rotation_at_ms, Some(next / 1000 * 1000));
    assert_eq!(facts.rotation_interval_ms, Some(7 * 24 * 3_600_000));
    assert!(facts.generated_at_ms.is_some_and(|made| made <= world.emulator.now_ms() && made > 0));
    let report: serde_json::Value = serde_json::from_str(client.report(Format::Json).text()).unwrap();
    let sources = report["sources"].as_array().unwrap();
    let reported = sources.iter().find(|source| source["name"] == format!("managed/{RAM}")).unwrap();
    assert_eq!(
        (&reported["secret_type"], &reported["secret_sub_type"]),
        (&"RAMCredentials".into(), &"RamUserAccessKey".into())
    );
    assert_eq!(reported["next_rotation_at_ms"].as_i64(), facts.next_rotation_at_ms);
    assert_eq!(reported["automatic_rotation"], "Enabled");
}

#[test]
fn a_malformed_secret_is_refused_and_malformed_times_are_ignored() {
    let world = world();
    let client = client(&world);
    world.remember("sup3r-secret");
    for (name, data) in [
        ("not-json", "sup3r-secret"),
        ("half", r#"{"AccessKeyId":"LTAI","Secret":"sup3r-secret"}"#),
        ("list", r#"["sup3r-secret"]"#),
    ] {
        world.emulator.add_secret(name, SecretKind::Text(data.into()));
        world.emulator.replace_secret_field(name, "SecretType", Some("RAMCredentials"));
        let error = get_error(&client.open_managed(None, name).unwrap());
        assert_eq!(error.code(), Code::Malformed, "{name}");
        assert!(error.request_id().is_some() && !format!("{error}{error:?}").contains("sup3r-secret"));
    }

    world.emulator.add_ram_secret(RAM);
    let data =
        r#"{"AccessKeyId":"LTAIodd","AccessKeySecret":"sup3r-secret","ExpireTimestamp":7,"GenerateTimestamp":"no"}"#;
    world.emulator.set_secret_data(RAM, data);
    for (field, value) in
        [("NextRotationDate", "soon"), ("RotationInterval", "x"), ("AutomaticRotation", ""), ("ExtendedConfig", "{")]
    {
        world.emulator.replace_secret_field(RAM, field, Some(value));
    }
    let source = client.open_managed(None, RAM).unwrap();
    let credential = get(&source);
    assert_eq!(credential.material().access_key_id.expose(), "LTAIodd");
    assert_eq!(credential.expires_at_ms(), 0);
    let facts = source.status().secret;
    assert_eq!((facts.next_rotation_at_ms, facts.rotation_interval_ms, facts.generated_at_ms), (None, None, None));
}
