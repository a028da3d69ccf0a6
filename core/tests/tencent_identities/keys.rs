//! The login identities of Tencent Cloud against the emulator: where they come from, how they are renewed, what is said
//! when there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::child::{Folder, in_child};
use evercred_core::cache::policy::State;
use evercred_core::cache::{Source, Status};
use evercred_core::client::{Client, Config};
use evercred_core::error::{Code, Error};
use evercred_core::platform::Platform;
use evercred_emulator::{Fault, FaultKind, Options, Proxy, RecordedRequest};
use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const METADATA: &str = "metadata";
const ASSUME: &str = "AssumeRole";
const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
const ARN: &str = "qcs::cam::uin/100000000001:roleName/evercred-test";

/// A configuration that reaches the emulator, with these options and no identity but what they say.
fn bare(world: &World, options: &[(&str, &str)]) -> Config {
    let mut config = world.bare_config();
    for (name, value) in options {
        config.set(name, value).unwrap();
    }
    config
}

fn open(world: &World, options: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    let client = world.client_of(bare(world, options));
    let source = world.source(&client);
    (client, source)
}

fn explanation(source: &Source) -> String {
    source.status().identity_explanation.unwrap_or_default()
}

/// Whose key signed the last request for a token, and the session token that came with it.
fn signer(world: &World) -> (String, Option<String>) {
    signer_of(&world.emulator.last_request(CAM).unwrap())
}

fn signer_of(request: &RecordedRequest) -> (String, Option<String>) {
    let authorization = request.header("Authorization").unwrap();
    let id = authorization.split("Credential=").nth(1).unwrap().split('/').next().unwrap();
    (id.to_owned(), request.header("X-TC-Token").map(String::from))
}

/// The parameters of the last request of an action.
fn sent(world: &World, action: &str) -> serde_json::Value {
    serde_json::from_slice(&world.emulator.last_request(action).unwrap().body).unwrap()
}

/// The status of the identity of this kind that the client keeps.
fn identity_status(client: &Client, kind: &str) -> Status {
    let name = format!("identity/tencent/{kind}");
    client.statuses().into_iter().find(|status| status.name.starts_with(&name)).unwrap()
}

/// Makes one service fail, as the metadata service or STS would.
fn break_down(world: &World, action: &str, kind: FaultKind) {
    world.emulator.inject(Fault { action: Some(action.into()), times: u64::MAX, kind });
}

fn answer(status: u16, code: Option<&str>) -> FaultKind {
    FaultKind::Answer { status, code: code.map(Into::into), message: None, content_type: None, retry_after: None }
}

/// What the emulator handed out as secrets must be shown nowhere either.
fn assert_no_secret(world: &World, client: &Client, errors: &[Error]) {
    for request in world.emulator.recent_requests("") {
        if let Some(token) = request.header("X-TC-Token") {
            world.remember(token);
        }
    }
    let shown: Vec<String> = errors.iter().map(|error| format!("{error} {error:?}")).collect();
    world.assert_no_secret(client, &shown);
}

#[test]
fn a_static_key_signs_with_its_session_token() {
    let world = World::new();
    world.emulator.add_session_key("AKIDsession", "session-secret-key", "session-token-of-a-test", None);
    world.remember("session-secret-key");
    let options = [("tencent_secret_id", "AKIDsession"), ("tencent_secret_key", "session-secret-key")];
    let (client, source) =
        open(&world, &[options[0], options[1], ("tencent_session_token", "session-token-of-a-test")]);
    get(&source);
    assert_eq!(signer(&world), ("AKIDsession".into(), Some("session-token-of-a-test".into())));
    assert_eq!(explanation(&source), "static: used");
    assert_no_secret(&world, &client, &[]);

    // Nothing can fetch a configured key anew: that its token is refused is final, and one request tells.
    let (client, source) = open(&world, &options);
    let requests = world.requests();
    let error = get_error(&source);
    assert_eq!(error.provider_code(), Some("AuthFailure.TokenFailure"), "{error:?}");
    assert!(error.user_notification_required());
    assert!(world.requests() - requests <= 2, "{} requests", world.requests() - requests);
    assert_no_secret(&world, &client, &[error]);
}

#[test]
fn a_key_that_is_half_configured_is_refused_with_its_name() {
    let world = World::new();
    for (option, value, named) in [
        ("tencent_secret_id", "AKIDonly", "tencent_secret_key"),
        ("tencent_secret_key", "only-a-key", "tencent_secret_id"),
    ] {
        let client = world.client_of(bare(&world, &[(option, value)]));
        let error = client.open_database(None, REGION, INSTANCE, USER).unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
        assert!(error.message().contains(named) && !error.message().contains(value), "{error}");
    }
}

#[test]
fn the_environment_is_an_identity() {
    let environment = [
        ("TENCENTCLOUD_SECRET_ID", "AKIDenvironment"),
        ("TENCENTCLOUD_SECRET_KEY", "environment-secret-key"),
        ("TENCENTCLOUD_TOKEN", "environment-session-token"),
    ];
    let folder = Folder::new("environment");
    if !in_child("keys::the_environment_is_an_identity", &environment, folder.path()) {
        return;
    }
    let world = World::new();
    world.emulator.add_session_key(environment[0].1, environment[1].1, environment[2].1, None);
    world.remember(environment[1].1);
    for kind in ["environment", "auto", "chain"] {
        let (client, source) = open(&world, &[("tencent_identity", kind)]);
        get(&source);
        assert_eq!(signer(&world), (environment[0].1.into(), Some(environment[2].1.into())), "{kind}");
        assert_eq!(explanation(&source), "environment: used");
        assert_no_secret(&world, &client, &[]);
    }
    // What is configured goes before what lies around.
    get(&world.source(&world.client(&[])));
    assert_eq!(signer(&world), (SECRET_ID.into(), None));
}

#[test]
fn an_empty_or_half_environment_is_none() {
    let environment = [("TENCENTCLOUD_SECRET_ID", "AKIDenvironment"), ("TENCENTCLOUD_SECRET_KEY", "")];
    let folder = Folder::new("half-environment");
    if !in_child("keys::an_empty_or_half_environment_is_none", &environment, folder.path()) {
        return;
    }
    let world = World::new();
    let (_client, source) = open(&world, &[("tencent_identity", "environment")]);
    let error = get_error(&source);
    assert_eq!(error.code(), Code::NoIdentity);
    assert!(error.message().contains("TENCENTCLOUD_SECRET_KEY") && !error.is_retryable(), "{error}");
    assert_eq!(world.requests(), 0);
}

#[test]
fn a_profile_file_has_sections() {
    let world = World::new();
    let folder = Folder::new("profiles");
    world.emulator.add_key("AKIDdefault", "default-profile-key");
    world.emulator.add_session_key("AKIDwork", "work-profile-key", "work-profile-token", None);
    for secret in ["default-profile-key", "work-profile-key", "lonely-profile-key"] {
        world.remember(secret);
    }
    let file = folder.write(
        "profile",
        "; a comment\n[default]\nsecret_id = AKIDdefault\nsecret_key = default-profile-key\n\n\
         [work]\nsecret_id: AKIDwork\nSecret_Key=work-profile-key\ntoken = work-profile-token\n\n\
         [lonely]\nsecret_key = lonely-profile-key\nsecret_id =\n",
    );
    let with = |section: &str| {
        open(
            &world,
            &[("tencent_identity", "profile"), ("tencent_credentials_file", &file), ("tencent_profile", section)],
        )
    };
    let (_client, source) = with("");
    get(&source);
    assert_eq!(signer(&world), ("AKIDdefault".into(), None));
    let (client, source) = with("work");
    get(&source);
    assert_eq!(signer(&world), ("AKIDwork".into(), Some("work-profile-token".into())));
    assert_eq!(explanation(&source), format!("profile: [work] of {file} used"));
    assert_no_secret(&world, &client, &[]);

    for (section, said) in [("absent", "no section [absent]"), ("lonely", "section [lonely] has no secret_id")] {
        let (client, source) = with(section);
        let error = get_error(&source);
        assert_eq!(error.code(), Code::NoIdentity);
        assert!(error.message().contains(said) && error.message().contains(&file), "{error}");
        assert_no_secret(&world, &client, &[error]);
    }
}

#[test]
fn a_profile_file_that_cannot_be_read_is_named() {
    let world = World::new();
    let folder = Folder::new("bad-profiles");
    let too_long = folder.write("long", vec![b'#'; 64 * 1024 + 1]);
    let not_text = folder.write("binary", [0xff, 0xfe, 0x00]);
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    let directory = folder.path().to_str().unwrap().to_owned();
    for path in [too_long, not_text, missing, directory] {
        let options = [("tencent_identity", "profile"), ("tencent_credentials_file", path.as_str())];
        let error = get_error(&open(&world, &options).1);
        assert_eq!(error.code(), Code::NoIdentity);
        assert!(error.message().contains(&path), "{error}");
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn the_profile_file_lies_where_the_official_sdks_look() {
    let test = "keys::the_profile_file_lies_where_the_official_sdks_look";
    let folder = Folder::new("home");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    if !in_child(test, &[], folder.path()) {
        return;
    }
    let world = World::new();
    world.emulator.add_key("AKIDhome", "home-profile-key");
    let (client, source) = open(&world, &[]);
    get(&source);
    assert_eq!(signer(&world).0, "AKIDhome");
    assert!(explanation(&source).starts_with("environment: skipped, "), "{}", explanation(&source));
    world.remember("home-profile-key");
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn a_variable_names_another_profile_file() {
    let folder = Folder::new("named-profile");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    let other = folder.write("elsewhere", "[default]\nsecret_id=AKIDelsewhere\nsecret_key=other-profile-key\n");
    let environment = [("TENCENTCLOUD_CREDENTIALS_FILE", other.as_str())];
    if !in_child("keys::a_variable_names_another_profile_file", &environment, folder.path()) {
        return;
    }
    let world = World::new();
    world.emulator.add_key("AKIDelsewhere", "other-profile-key");
    get(&open(&world, &[]).1);
    assert_eq!(signer(&world).0, "AKIDelsewhere");
}

#[test]
fn a_machines_role_is_found_by_itself_or_named() {
    let world = World::new();
    world.emulator.set_role("first", 2 * HOUR);
    world.emulator.set_role("second", 2 * HOUR);
    let (client, source) = open(&world, &[("tencent_identity", "cvm_role")]);
    get(&source);
    assert_eq!((explanation(&source).as_str(), world.emulator.requests(METADATA)), ("cvm_role: first used", 2));
    assert!(signer(&world).1.is_some(), "temporary keys come with a session token");
    assert_no_secret(&world, &client, &[]);

    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role"), ("tencent_cvm_role_name", "second")]);
    get(&source);
    assert_eq!((explanation(&source).as_str(), world.emulator.requests(METADATA)), ("cvm_role: second used", 3));
}

#[test]
fn a_machine_without_a_role_says_so_at_once() {
    let world = World::new();
    for role in ["", "unknown"] {
        let start = Instant::now();
        let options = [("tencent_identity", "cvm_role"), ("tencent_cvm_role_name", role)];
        let error = get_error(&open(&world, &options).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error:?}");
        assert!(start.elapsed() < 5 * SECOND, "{:?}", start.elapsed());
    }
    assert_eq!((world.requests(), world.emulator.requests(METADATA)), (0, 2), "a refusal is not tried again");
    // A role that is bound later is found: what failed once is no reason to stop asking.
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role")]);
    assert_eq!(code_of(&source), Code::NoIdentity);
    world.emulator.set_role("late", 2 * HOUR);
    world.advance(20 * SECOND);
    get(&source);
    assert_eq!(explanation(&source), "cvm_role: late used");
}

#[test]
fn a_dead_metadata_service_costs_little_and_is_asked_again() {
    // Nobody listens, and somebody who never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let world = World::new();
    for endpoint in ["127.0.0.1:1", &silent] {
        let start = Instant::now();
        let options =
            [("tencent_identity", "cvm_role"), ("tencent_metadata_endpoint", endpoint), ("max_attempts", "1")];
        let error = get_error(&open(&world, &options).1);
        assert_eq!(error.code(), Code::Network, "{error:?}");
        assert!(error.is_retryable() && error.message().contains(endpoint), "{error}");
        assert!(start.elapsed() < 10 * SECOND, "{:?}", start.elapsed());
    }

    world.emulator.set_role("reader", 2 * HOUR);
    break_down(&world, METADATA, FaultKind::CloseEarly);
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role"), ("max_attempts", "1")]);
    assert_eq!(source.get(Some(SECOND)).unwrap_err().code(), Code::Network);
    world.emulator.clear_faults();
    // Past every back-off after one failure.
    world.advance(2 * SECOND);
    assert_eq!(get(&source).state(), State::Fresh);
}

#[test]
fn a_metadata_service_that_answers_nonsense_is_an_error() {
    for (body, code) in [
        ("<html>", Code::Malformed),
        ("{}", Code::Malformed),
        (r#"{"Code":"Success","TmpSecretId":"a","TmpSecretKey":null,"Token":"t"}"#, Code::Malformed),
        (r#"{"Code":"Failed","Message":"m"}"#, Code::NoIdentity),
        (r#"{"Code":"Success","TmpSecretId":"a","TmpSecretKey":"b","Token":"t","ExpiredTime":1000}"#, Code::Malformed),
    ] {
        let world = World::new();
        break_down(&world, METADATA, FaultKind::Raw { status: 200, headers: vec![], body: body.into() });
        let options = [("tencent_identity", "cvm_role"), ("tencent_cvm_role_name", "reader"), ("max_attempts", "1")];
        let error = open(&world, &options).1.get(Some(SECOND)).unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error:?}");
        assert_eq!(world.requests(), 0);
    }
    // A role's name goes into a path: it must not lead elsewhere.
    let world = World::new();
    break_down(&world, METADATA, FaultKind::Raw { status: 200, headers: vec![], body: b"../../user-data".into() });
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role")]);
    assert_eq!(code_of(&source), Code::NoIdentity);
    assert_eq!(world.emulator.requests(METADATA), 1);
}

#[test]
fn the_metadata_service_is_never_asked_through_a_proxy() {
    let world = World::new();
    world.emulator.set_role("reader", 2 * HOUR);
    let proxy = Proxy::start(None).unwrap();
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role"), ("proxy", &proxy.url())]);
    get(&source);
    assert_eq!((world.emulator.requests(METADATA), world.requests()), (2, 1));
    assert_eq!(proxy.forwards() + proxy.connects(), 1, "only the request to CAM went by the proxy");

    // The same with TLS to CAM, and with a proxy that cannot even be reached.
    let dead = [("tencent_identity", "cvm_role"), ("proxy", "http://127.0.0.1:1"), ("max_attempts", "1")];
    let (client, source) = open(&world, &dead);
    assert_eq!(code_of(&source), Code::Network);
    assert_eq!(identity_status(&client, "cvm_role").state, State::Fresh, "the identity came all the same");
}

#[test]
fn a_web_identity_token_is_read_anew_each_time() {
    let folder = Folder::new("oidc");
    let file = folder.write("token", "first-web-identity-token\n");
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.emulator.set_oidc_token("provider-1", "first-web-identity-token");
    for token in ["first-web-identity-token", "second-web-identity-token"] {
        world.remember(token);
    }
    let options = [
        ("tencent_identity", "oidc"),
        ("tencent_oidc_provider_id", "provider-1"),
        ("tencent_oidc_token_file", &file),
        ("tencent_role_arn", ARN),
        ("tencent_role_session_name", "a-pod"),
        ("tencent_role_duration_s", "3600"),
        ("tencent_sts_region", "ap-shanghai"),
    ];
    let (client, source) = open(&world, &options);
    get(&source);
    let request = world.emulator.last_request(WEB_IDENTITY).unwrap();
    assert_eq!((request.header("Authorization"), request.header("X-TC-Region")), (Some("SKIP"), Some("ap-shanghai")));
    let parameters = sent(&world, WEB_IDENTITY);
    for (name, value) in [("ProviderId", "provider-1"), ("RoleArn", ARN), ("RoleSessionName", "a-pod")] {
        assert_eq!(parameters[name], value);
    }
    assert_eq!(parameters["DurationSeconds"], 3600);
    assert_eq!(parameters["WebIdentityToken"], "first-web-identity-token");
    assert_eq!(explanation(&source), "oidc: used");

    // The platform replaces the token, the old one is accepted no more.
    let first = signer(&world).0;
    folder.write("token", "second-web-identity-token");
    world.emulator.set_oidc_token("provider-1", "second-web-identity-token");
    world.emulator.expire_key(&first);
    world.advance(6 * MINUTE);
    eventually("the poll gets through with a new identity", || world.emulator.requests(WEB_IDENTITY) == 2);
    eventually("and signs with it", || signer(&world).0 != first);
    status_where(&source, "and is answered", |status| status.failures == 0);

    // A token that is not accepted is a refusal.
    folder.write("token", "a-forged-web-identity-token");
    world.remember("a-forged-web-identity-token");
    let (_other, refused) = open(&world, &options);
    let error = get_error(&refused);
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("UnauthorizedOperation")));
    assert_no_secret(&world, &client, &[error]);

    for (content, said) in [("", "empty"), ("\n", "empty")] {
        folder.write("token", content);
        let error = get_error(&open(&world, &options).1);
        assert!(error.code() == Code::NoIdentity && error.message().contains(said), "{error:?}");
    }
}

#[test]
fn a_tke_pod_finds_its_role_in_the_environment() {
    let folder = Folder::new("tke");
    let file = folder.write("token", "tke-web-identity-token");
    let environment = [
        ("TKE_REGION", "ap-beijing"),
        ("TKE_PROVIDER_ID", "tke-provider"),
        ("TKE_WEB_IDENTITY_TOKEN_FILE", file.as_str()),
        ("TKE_ROLE_ARN", ARN),
    ];
    if !in_child("keys::a_tke_pod_finds_its_role_in_the_environment", &environment, folder.path()) {
        return;
    }
    let world = World::new();
    world.remember("tke-web-identity-token");
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.emulator.set_oidc_token("tke-provider", "tke-web-identity-token");
    let (client, source) = open(&world, &[]);
    get(&source);
    let request = world.emulator.last_request(WEB_IDENTITY).unwrap();
    assert_eq!(request.header("X-TC-Region"), Some("ap-beijing"));
    // The last of the chain, with the reason for each one before it.
    let said = explanation(&source);
    let places: Vec<_> = ["environment: skipped, ", "profile: skipped, ", "cvm_role: skipped, ", "oidc: used"]
        .iter()
        .map(|part| said.find(part).unwrap_or_else(|| panic!("{part} is not in: {said}")))
        .collect();
    assert!(places.is_sorted(), "{said}");

    // It keeps to what worked: a renewal asks nobody else, and still knows why the others were skipped.
    let metadata = world.emulator.requests(METADATA);
    world.advance(97 * MINUTE);
    eventually("the identity is renewed", || world.emulator.requests(WEB_IDENTITY) == 2);
    world.landed(&source);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!((world.emulator.requests(METADATA), explanation(&source)), (metadata, said));
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn sts_that_is_away_is_no_missing_identity() {
    let folder = Folder::new("tke-away");
    let file = folder.write("token", "tke-web-identity-token");
    let environment = [
        ("TKE_REGION", "ap-beijing"),
        ("TKE_PROVIDER_ID", "tke-provider"),
        ("TKE_WEB_IDENTITY_TOKEN_FILE", file.as_str()),
        ("TKE_ROLE_ARN", ARN),
    ];
    if !in_child("keys::sts_that_is_away_is_no_missing_identity", &environment, folder.path()) {
        return;
    }
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.emulator.set_oidc_token("tke-provider", "tke-web-identity-token");
    break_down(&world, WEB_IDENTITY, answer(503, None));
    let (_client, source) = open(&world, &[("max_attempts", "1")]);
    let error = source.get(Some(SECOND)).unwrap_err();
    assert!(error.is_retryable() && error.code() != Code::NoIdentity, "{error:?}");
    assert!(error.message().contains("oidc: skipped") && error.message().contains("503"), "{error}");
    world.emulator.clear_faults();
    world.advance(2 * SECOND);
    get(&source);
    // What worked stays, also where it fails for a while.
    assert!(explanation(&source).ends_with("oidc: used"));
}

#[test]
fn a_role_is_assumed_as_configured() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, Some("the-external-id"), 2 * HOUR);
    world.remember("the-external-id");
    let options = [
        ("tencent_role_arn", ARN),
        ("tencent_role_external_id", "the-external-id"),
        ("tencent_role_session_name", "a-session"),
        ("tencent_role_duration_s", "1800"),
        ("tencent_role_policy", r#"{"version":"2.0"}"#),
    ];
    let client = world.client(&options);
    let source = world.source(&client);
    get(&source);
    assert_eq!(explanation(&source), "assume_role: used, by static: used");
    assert_eq!(signer_of(&world.emulator.last_request(ASSUME).unwrap()), (SECRET_ID.into(), None));
    let parameters = sent(&world, ASSUME);
    for (name, value) in [
        ("RoleArn", ARN),
        ("RoleSessionName", "a-session"),
        ("ExternalId", "the-external-id"),
        ("Policy", "%7B%22version%22%3A%222.0%22%7D"),
    ] {
        assert_eq!(parameters[name], value);
    }
    assert_eq!(parameters["DurationSeconds"], 1800);
    let (id, token) = signer(&world);
    assert!(id != SECRET_ID && token.is_some());
    assert_no_secret(&world, &client, &[]);

    // Without a name of its own a session gets one.
    let other = world.client(&[("tencent_role_arn", ARN), ("tencent_role_external_id", "the-external-id")]);
    get(&world.source(&other));
    assert!(sent(&world, ASSUME)["RoleSessionName"].as_str().unwrap().starts_with("evercred-"));
}

#[test]
fn a_role_that_is_not_granted_is_refused() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, Some("the-external-id"), 2 * HOUR);
    for (arn, id, code) in [
        (ARN, "another-external-id", "UnauthorizedOperation"),
        (ARN, "", "UnauthorizedOperation"),
        ("qcs::cam::uin/1:roleName/unknown", "", "ResourceNotFound.RoleNotFound"),
    ] {
        let requests = world.emulator.requests(ASSUME);
        let client = world.client(&[("tencent_role_arn", arn), ("tencent_role_external_id", id)]);
        let error = get_error(&world.source(&client));
        assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some(code)), "{error:?}");
        assert!(error.request_id().is_some() && error.message().contains("identity"), "{error}");
        assert_eq!(world.emulator.requests(ASSUME) - requests, 1, "a refusal is not tried again");
        assert_no_secret(&world, &client, &[error]);
    }
    assert_eq!(world.requests(), 0);
    // The role's own key is refused like any other.
    let client = world.client(&[("tencent_role_arn", ARN), ("tencent_secret_key", "a-wrong-secret-key")]);
    assert_eq!(get_error(&world.source(&client)).provider_code(), Some("AuthFailure.SignatureFailure"));
}

#[test]
fn sources_of_one_client_share_the_identity() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.emulator.add_account(REGION, "cdb-example2", "other_user");
    let client = world.client(&[("tencent_role_arn", ARN)]);
    let first = world.source(&client);
    let second = client.open_database(None, REGION, "cdb-example2", "other_user").unwrap();
    std::thread::scope(|scope| {
        for source in [&first, &second] {
            for _ in 0..8 {
                scope.spawn(|| get(source));
            }
        }
    });
    assert_eq!((world.emulator.requests(ASSUME), world.requests()), (1, 2));
    // The role and its base are sources of their own, each once.
    assert_eq!(client.statuses().len(), 4);
}

#[test]
fn a_default_chain_that_finds_nothing_says_what_it_tried() {
    let folder = Folder::new("nothing");
    if !in_child("keys::a_default_chain_that_finds_nothing_says_what_it_tried", &[], folder.path()) {
        return;
    }
    let world = World::new();
    // The metadata service knows no role, or there is no such service: the usual machine.
    // Where there is no such service nobody can tell whether there will be: that alone is worth another try.
    for (endpoint, retryable) in [(world.emulator.host_port().as_str(), false), ("127.0.0.1:1", true)] {
        let start = Instant::now();
        let error = get_error(&open(&world, &[("tencent_metadata_endpoint", endpoint)]).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error:?}");
        assert!(error.is_retryable() == retryable && start.elapsed() < 10 * SECOND);
        for part in [
            "tencent_secret_id",
            "environment: skipped, the environment variable TENCENTCLOUD_SECRET_ID is not set",
            "profile: skipped, there is no profile file",
            ".tencentcloud/credentials",
            "cvm_role: skipped, ",
            "oidc: skipped, neither the environment variable TKE_WEB_IDENTITY_TOKEN_FILE",
        ] {
            assert!(error.message().contains(part), "{part} is not in: {error}");
        }
    }
    assert_eq!(world.requests(), 0);
    // A metadata service that is there and fails is another matter: it may work again.
    break_down(&world, METADATA, answer(500, None));
    let error = open(&world, &[("max_attempts", "1")]).1.get(Some(SECOND)).unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_chain_goes_in_order_and_keeps_to_what_worked() {
    let folder = Folder::new("chain");
    if !in_child("keys::a_chain_goes_in_order_and_keeps_to_what_worked", &[], folder.path()) {
        return;
    }
    let world = World::new();
    world.emulator.set_role("reader", 2 * HOUR);
    let (client, source) = open(&world, &[]);
    get(&source);
    let said = explanation(&source);
    assert!(said.starts_with("environment: skipped, ") && said.ends_with("cvm_role: reader used"), "{said}");

    // A profile appears that goes before it; and the service fails for a while: neither makes it somebody else.
    std::fs::create_dir(".tencentcloud").unwrap();
    let profile = "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n";
    std::fs::write(".tencentcloud/credentials", profile).unwrap();
    world.emulator.add_key("AKIDhome", "home-profile-key");
    for kind in [FaultKind::CloseEarly, answer(500, None)] {
        break_down(&world, METADATA, kind);
        world.emulator.expire_key(&signer(&world).0);
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll fails", |status| status.failures > 0);
        assert!(status.last_error.unwrap().is_retryable());
        world.emulator.clear_faults();
        // The poll's own waits after failures are a minute at the most.
        world.advance(2 * MINUTE);
        status_where(&source, "it recovers", |status| status.failures == 0);
        assert_ne!(signer(&world).0, "AKIDhome");
        assert_eq!(explanation(&source), said);
    }

    // Once it is gone for good, the chain is walked again.
    break_down(&world, METADATA, answer(404, None));
    world.emulator.expire_key(&signer(&world).0);
    world.advance(6 * MINUTE);
    eventually("the next in order is used", || signer(&world).0 == "AKIDhome");
    eventually("and said to be", || explanation(&source).contains("profile: [default] of "));
    world.remember("home-profile-key");
    assert_no_secret(&world, &client, &[]);
}

/// When the identity is due, from when it was fetched: at the sooner of 80 % of its life and 15 minutes before its end, and
/// up to 5 % of that earlier.
#[test]
fn a_role_is_renewed_before_its_end() {
    for (life, due) in [(2 * HOUR, 96 * MINUTE), (HOUR, 45 * MINUTE), (20 * MINUTE, 16 * MINUTE)] {
        let world = World::new();
        world.emulator.set_role_arn(ARN, None, 4 * HOUR);
        let seconds = life.as_secs().to_string();
        let client = world.client(&[("tencent_role_arn", ARN), ("tencent_role_duration_s", &seconds)]);
        let source = world.source(&client);
        get(&source);
        let status = identity_status(&client, "assume_role");
        let end = status.expires_at_ms - world.platform.wall_ms();
        let allowed = i64::try_from(life.as_millis()).unwrap();
        assert!((allowed - 2000..=allowed + 2000).contains(&end), "{end}");
        world.advance(due.mul_f64(0.94));
        world.landed(&source);
        assert_eq!(world.emulator.requests(ASSUME), 1, "{life:?}: too early");
        // Nobody asks: the background does it. The timer strays by at most 2 s more, the answer's Date by 1 s.
        world.advance(due.mul_f64(0.06) + 5 * SECOND);
        eventually("the role is assumed again", || world.emulator.requests(ASSUME) == 2);
        status_where(&source, "the token stays", |status| status.state == State::Fresh && status.failures == 0);
    }
}

#[test]
fn an_identity_about_to_end_is_replaced_before_it_signs() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let client = world.client(&[("tencent_role_arn", ARN), ("refresh", "lazy"), ("total_timeout_ms", "5000")]);
    let source = world.source(&client);
    get(&source);
    let first = signer(&world).0;
    // Lazy: nobody renews it in the background. In its last minute nothing is signed with it.
    world.advance(2 * HOUR - 30 * SECOND);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(world.emulator.requests(ASSUME), 2);
    assert_ne!(signer(&world).0, first);

    // Where the next one does not come, the old one signs as long as it lives, and the fetch still has time.
    let second = signer(&world).0;
    break_down(&world, ASSUME, FaultKind::Delay(LONG * 2));
    world.advance(2 * HOUR - 30 * SECOND);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(signer(&world).0, second);
}

#[test]
fn an_identity_that_has_ended_is_fetched_again() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, HOUR);
    let client = world.client(&[("tencent_role_arn", ARN), ("refresh", "lazy")]);
    let source = world.source(&client);
    get(&source);
    let first = signer(&world).0;
    world.advance(25 * HOUR);
    get(&source);
    assert_eq!((world.emulator.requests(ASSUME), world.requests()), (2, 2), "nothing was signed with the ended one");
    assert_ne!(signer(&world).0, first);

    // While the next one is refused, an ended one signs nothing, and the error is the refusal.
    break_down(&world, ASSUME, answer(200, Some("UnauthorizedOperation")));
    world.advance(25 * HOUR);
    let requests = world.requests();
    let error = get_error(&source);
    assert_eq!((error.code(), world.requests()), (Code::Refused, requests), "{error:?}");
}

#[test]
fn an_identity_that_is_refused_for_ever_is_fetched_again_once() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.fail("AuthFailure.TokenFailure");
    let client = world.client(&[("tencent_role_arn", ARN)]);
    let error = get_error(&world.source(&client));
    assert_eq!((error.code(), error.provider_code()), (Code::Identity, Some("AuthFailure.TokenFailure")));
    assert_eq!((world.requests(), world.emulator.requests(ASSUME)), (2, 2));
}

#[test]
fn identities_come_over_tls_too() {
    let world = World::with(Options { tls: true, ..Options::default() });
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let client = world.client(&[("tencent_role_arn", ARN)]);
    get(&world.source(&client));
    assert_eq!((world.emulator.requests(ASSUME), world.requests()), (1, 1));
    assert_no_secret(&world, &client, &[]);
}
