//! The role of an ECS instance, from its metadata service, and the default chain that ends there.

use std::time::{Duration, Instant};

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::error::{Class, Code, Error};
use evercred_core::platform::Platform as _;
use evercred_core::providers::Fetched;
use evercred_core::providers::aliyun::identity::{EcsRamRole, Metadata};
use evercred_emulator::{Fault, FaultKind, Proxy};

const TOKEN: &str = "ecs-metadata-token";
const DATA: &str = "ecs-metadata";
const ECS: (&str, &str) = ("aliyun_identity", "ecs_ram_role");

/// An emulator of an instance with a role.
fn instance() -> World {
    let world = world();
    world.emulator.set_ecs_role("node-role", 6 * HOUR);
    world
}

/// Requests to the metadata service: those for a token, those for the rest.
fn asked(world: &World) -> (u64, u64) {
    (world.emulator.requests(TOKEN), world.emulator.requests(DATA))
}

fn raw(status: u16, body: &str) -> FaultKind {
    FaultKind::Raw { status, headers: Vec::new(), body: body.into() }
}

fn break_down(world: &World, action: &str, times: u64, kind: FaultKind) {
    world.emulator.inject(Fault { action: Some(action.into()), times, kind });
}

/// One fetch, with version 1 allowed or not.
fn fetch_role(world: &World, role: Option<&str>, v1: bool) -> Result<Fetched, Error> {
    let metadata = Metadata { endpoint: world.emulator.host_port(), v1: Some(v1), timeout: Duration::from_secs(1) };
    fetch(world, &EcsRamRole { metadata, role: role.map(String::from), may_be_disabled: false })
}

fn how(fetched: Result<Fetched, Error>) -> String {
    fetched.unwrap().notes.explanation.unwrap()
}

#[test]
fn the_role_is_found_out_and_its_keys_are_fetched_with_a_token() {
    let world = instance();
    let (client, source) = open(&world, &[ECS]);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ecs_ram_role: node-role used, by metadata v2");
    // The official SDK fetches a token for each of the two (case ecs-role-name-discovered); one does.
    assert_eq!(asked(&world), (1, 2));
    let paths: Vec<_> = world.emulator.recent_requests(DATA).iter().map(|request| request.target.clone()).collect();
    assert!(paths.iter().any(|path| path.ends_with("/ram/security-credentials/")), "{paths:?}");
    let token = world.emulator.last_request(TOKEN).unwrap();
    assert_eq!(token.header("X-aliyun-ecs-metadata-token-ttl-seconds"), Some("21600"));

    // A configured role is not discovered. Six hours of life: due at four fifths of it.
    let (other, source) = open(&world, &[ECS, ("aliyun_ecs_role_name", "node-role")]);
    assert_live(&world, &source);
    assert_eq!(asked(&world), (2, 3));
    drop(other);
    let status = identity_status(&client, "ecs_ram_role");
    let due = status.next_refresh_at_ms - world.platform.wall_ms();
    assert!((4 * 3_600_000..=4 * 3_600_000 + 3_000_000).contains(&due), "{due}");
    world.advance(5 * HOUR);
    eventually("it is renewed", || asked(&world).0 >= 3);
    status_where(&source, "it lands", |_| identity_status(&client, "ecs_ram_role").state == State::Fresh);
}

#[test]
fn without_tokens_version_1_is_used() {
    // The cases ecs-v1-fallback-token-404, ecs-v1-fallback-data-refused and ecs-v1-disabled-token-404.
    let world = instance();
    world.emulator.set_ecs_metadata(true, false);
    assert_eq!(how(fetch_role(&world, Some("node-role"), true)), "ecs_ram_role: node-role used, by metadata v1");
    assert_eq!(asked(&world), (1, 1));
    let error = fetch_role(&world, Some("node-role"), false).unwrap_err();
    assert!(error.message().contains("404") && error.message().contains("version 1 is disabled"), "{error}");
    assert_eq!((asked(&world), error.is_retryable()), ((2, 1), true));

    world.emulator.set_ecs_metadata(true, true);
    break_down(&world, DATA, 1, raw(403, "no"));
    assert_eq!(how(fetch_role(&world, Some("node-role"), true)), "ecs_ram_role: node-role used, by metadata v1");
    break_down(&world, DATA, 1, raw(403, "no"));
    let error = fetch_role(&world, Some("node-role"), false).unwrap_err();
    assert!(error.message().contains("403"), "{error}");

    // Version 1 is disabled at the service: no effect with a token.
    world.emulator.set_ecs_metadata(false, true);
    let (_client, source) = open(&world, &[ECS, ("aliyun_metadata_v1", "off")]);
    assert_live(&world, &source);
}

#[test]
fn answers_without_keys_are_errors() {
    let world = instance();
    let keys = r#""AccessKeyId":"STS.x","AccessKeySecret":"never-to-be-shown","SecurityToken":"t""#;
    // ecs-code-not-success, ecs-missing-fields (where the official SDK hands out nulls), ecs-role-404, an ended key.
    for (status, body, code, class) in [
        (
            200,
            format!(r#"{{"Code":"Failed",{keys},"Expiration":"2099-01-02T09:04:05Z"}}"#),
            Code::Service,
            Class::Unknown,
        ),
        (
            200,
            String::from(r#"{"Code":"Success","Expiration":"2099-01-02T09:04:05Z"}"#),
            Code::Malformed,
            Class::Transient,
        ),
        (
            200,
            format!(r#"{{"Code":"Success",{keys},"Expiration":"2001-01-02T09:04:05Z"}}"#),
            Code::Malformed,
            Class::Transient,
        ),
        (200, String::from("<html>never-to-be-shown"), Code::Malformed, Class::Transient),
        (404, String::from("x"), Code::NoIdentity, Class::Refused),
        (500, String::from("x"), Code::Service, Class::Transient),
    ] {
        world.emulator.clear_faults();
        break_down(&world, DATA, u64::MAX, raw(status, &body));
        let error = fetch_role(&world, Some("node-role"), true).unwrap_err();
        assert_eq!((error.code(), error.class()), (code, class), "{body}: {error:?}");
        assert!(error.message().contains("metadata service") || code == Code::Malformed, "{error}");
        assert!(!error.to_string().contains("never-to-be-shown"), "{error}");
    }
    // ecs-all-dropped
    world.emulator.clear_faults();
    for action in [TOKEN, DATA] {
        break_down(&world, action, u64::MAX, FaultKind::Drop);
    }
    assert_eq!(fetch_role(&world, Some("node-role"), true).unwrap_err().code(), Code::Network);
    // ecs-special-role, and an answer that is not a role name.
    world.emulator.clear_faults();
    world.emulator.set_ecs_role("role with space/\u{e9}", HOUR);
    fetch_role(&world, Some("role with space/\u{e9}"), false).unwrap();
    assert!(world.emulator.last_request(DATA).unwrap().target.ends_with("/role%20with%20space/%C3%A9"));
    break_down(&world, DATA, u64::MAX, raw(200, "../../user-data\n"));
    assert_eq!(fetch_role(&world, None, true).unwrap_err().code(), Code::Malformed);
    world.emulator.clear_faults();
    break_down(&world, DATA, u64::MAX, raw(200, " \n"));
    assert_eq!(fetch_role(&world, None, true).unwrap_err().code(), Code::NoIdentity);
}

#[test]
fn an_exceeded_hop_limit_is_explained_in_the_error() {
    let world = instance();
    world.emulator.set_ecs_hop_limited(true);
    world.emulator.set_ecs_metadata(false, true);
    for v1 in [true, false] {
        let start = Instant::now();
        let error = fetch_role(&world, Some("node-role"), v1).unwrap_err();
        assert!(error.message().contains("hop limit") && error.is_retryable(), "{error}");
        assert!(start.elapsed() < LONG / 2);
    }
    // Version 1 is the fallback.
    world.emulator.set_ecs_metadata(true, true);
    assert_eq!(how(fetch_role(&world, Some("node-role"), true)), "ecs_ram_role: node-role used, by metadata v1");
}

#[test]
fn the_metadata_service_is_never_asked_through_a_proxy() {
    let world = instance();
    let proxy = Proxy::start(None).unwrap();
    let (_client, source) = open(&world, &[ECS, ("proxy", &proxy.url())]);
    assert_live(&world, &source);
    assert!(proxy.forwards() > 0, "the secret is asked for by the proxy");
    let by_proxy = proxy.forwards();
    world.advance(5 * HOUR);
    eventually("the role is renewed", || asked(&world).0 == 2);
    assert!(proxy.forwards() >= by_proxy);
    for request in world.emulator.recent_requests(DATA) {
        assert!(request.target.starts_with('/'), "{}", request.target);
    }
}

#[test]
fn a_missing_metadata_service_is_detected_soon() {
    let folder = Folder::new("aliyun-no-metadata");
    let world = world();
    world.set_home(folder.path());
    // A closed port, and an address without a host (TEST-NET-1).
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for endpoint in [closed.as_str(), "192.0.2.1"] {
        let start = Instant::now();
        let (_client, source) = open(&world, &[("aliyun_metadata_endpoint", endpoint)]);
        let error = get_error(&source);
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        assert_eq!(error.code(), Code::NoIdentity, "{error}");
        let text = error.message();
        for part in [
            "aliyun_access_key_id",
            "environment: skipped, the environment variable ALIBABA_CLOUD_ACCESS_KEY_ID is not set",
            "oidc: skipped, neither",
            "cli_profile: skipped, ",
            ".aliyun/config.json",
            "; profile: skipped, ",
            ".alibabacloud/credentials",
            "ecs_ram_role: skipped, the metadata service: ",
            "credentials_uri: skipped, neither the environment variable ALIBABA_CLOUD_CREDENTIALS_URI",
        ] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }
}

#[test]
fn the_chain_ends_with_the_instance_and_explains_itself() {
    let folder = Folder::new("aliyun-chain-ecs");
    let world = instance();
    world.set_home(folder.path());
    world.set_variables(&[
        ("ALIBABA_CLOUD_ECS_METADATA", "second-role"),
        ("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/"),
    ]);
    world.emulator.set_ecs_role("second-role", HOUR);
    let (_client, source) = open(&world, &[]);
    assert_live(&world, &source);
    let text = explanation(&source);
    assert!(text.starts_with("environment: skipped") && text.contains("; cli_profile: skipped"), "{text}");
    assert!(
        text.ends_with("ecs_ram_role: second-role used, by metadata v2") && !text.contains("credentials_uri"),
        "{text}"
    );
    assert_eq!(asked(&world), (1, 1));
}

#[test]
fn the_environment_switches_the_metadata_service_off() {
    let folder = Folder::new("aliyun-metadata-off");
    let world = instance();
    world.set_home(folder.path());
    world.set_variables(&[("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "True"), ("ALIBABA_CLOUD_IMDSV1_DISABLED", "true")]);
    let uri = world.emulator.credentials_uri(None);
    let (_client, source) = open(&world, &[("aliyun_identity", "chain"), ("aliyun_credentials_uri", &uri)]);
    assert_live(&world, &source);
    assert!(
        explanation(&source)
            .contains("ecs_ram_role: skipped, the environment variable ALIBABA_CLOUD_ECS_METADATA_DISABLED")
    );
    assert_eq!(asked(&world), (0, 0));
    // An explicit `ecs_ram_role` still works, but not without a token.
    world.emulator.set_ecs_metadata(true, false);
    let (_client, source) = open(&world, &[ECS]);
    let error = fetch(
        &world,
        &EcsRamRole {
            metadata: Metadata { endpoint: world.emulator.host_port(), v1: None, timeout: LONG },
            role: None,
            may_be_disabled: false,
        },
    );
    assert!(error.unwrap_err().message().contains("version 1 is disabled"));
    drop(source);
    world.emulator.set_ecs_metadata(true, true);
    let (_client, source) = open(&world, &[ECS]);
    assert_live(&world, &source);
}

/// An answer with keys that live so long.
fn keys(world: &World, number: u32, life_s: i64) -> FaultKind {
    let end = evercred_core::sign::utc::iso(world.emulator.now_ms() / 1000 + life_s);
    let id = format!("STS.timed{number}");
    world.emulator.add_sts_key(&id, "timed-secret", "timed-token", None);
    raw(
        200,
        &format!(
            r#"{{"Code":"Success","AccessKeyId":"{id}","AccessKeySecret":"timed-secret","SecurityToken":"timed-token","Expiration":"{end}"}}"#
        ),
    )
}

/// The steps of the kind `refresh-timing` in vectors/aliyun_sts.json, with our windows.
#[test]
fn keys_of_an_hour_are_renewed_in_time_and_survive_bad_answers() {
    let world = instance();
    world.remember("timed-secret");
    world.remember("timed-token");
    let options = [ECS, ("aliyun_ecs_role_name", "node-role")];
    // timing-first-failure: an error, and the next one asks again as soon as the back-off allows.
    break_down(&world, DATA, u64::MAX, raw(404, "no"));
    let (client, source) = open(&world, &options);
    assert_eq!(code_of(&source), Code::NoIdentity);
    world.emulator.clear_faults();
    break_down(&world, DATA, u64::MAX, keys(&world, 0, 3600));
    world.advance(MINUTE);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(signer(&world), "STS.timed0");
    let identity = || identity_status(&client, "ecs_ram_role");
    // timing-normal: the official SDK asks at 2700 s; we do, or a little before.
    let due = identity().renew_at_ms - world.platform.wall_ms();
    assert!((2_500_000..=2_701_000).contains(&due), "{due}");
    // timing-expired-answer: an expired key does not replace the held one.
    world.emulator.clear_faults();
    break_down(&world, DATA, u64::MAX, keys(&world, 1, -10));
    world.advance(Duration::from_secs(2850));
    eventually("an ended key is turned down", || identity().last_error.is_some());
    assert_eq!(identity().last_error.unwrap().code(), Code::Malformed);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(signer(&world), "STS.timed0");
    world.emulator.clear_faults();
    break_down(&world, DATA, u64::MAX, keys(&world, 2, 3600));
    world.advance(2 * MINUTE);
    eventually("the next one is taken", || identity().last_error.is_none());
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(signer(&world), "STS.timed2");
}

#[test]
fn roles_are_asked_for_over_tls_and_the_metadata_service_is_not() {
    let world = World::with(evercred_emulator::Options { tls: true, ..Default::default() });
    world.emulator.add_ram_secret(NAME);
    world.emulator.set_ecs_role("node-role", HOUR);
    world.emulator.set_ram_role(ROLE, None, HOUR);
    let (host, plain) = (world.emulator.host_port(), world.emulator.plain_host_port());
    let mut config = world.bare_config();
    for (name, value) in [
        ("aliyun_kms_endpoint", host.as_str()),
        ("aliyun_sts_endpoint", &host),
        ("aliyun_metadata_endpoint", &plain),
        ("aliyun_role_arn", ROLE),
        ("aliyun_role_base_identity", "ecs_ram_role"),
    ] {
        config.set(name, value).unwrap();
    }
    let source = world.client_of(config).open_managed(None, NAME).unwrap();
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ram_role: app used, by ecs_ram_role: node-role used, by metadata v2");
}
