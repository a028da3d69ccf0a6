//! The login identities of Alibaba Cloud against the emulator: each of them asks for a live secret.

use std::time::Duration;

use crate::setup::*;
use crate::child::{Folder, in_child};
use evercred_core::cache::Status;
use evercred_core::cache::policy::State;
use evercred_core::client::{Client, Config};
use evercred_core::error::{Class, Code};
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::providers::aliyun::identity::{ClientKeyFile, CredentialsUri, KeyPassword};
use evercred_core::providers::{Kind, Origin};
use evercred_core::secret::Secret;
use evercred_emulator::{Fault, FaultKind};
use crate::support::*;

#[test]
fn the_environment_is_an_identity() {
    let environment = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", ASKER),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ASKER_SECRET),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", "session-token-of-a-test"),
    ];
    let folder = Folder::new("aliyun-environment");
    if !in_child("roles::the_environment_is_an_identity", &environment, folder.path()) {
        return;
    }
    let world = world();
    world.emulator.add_sts_key(ASKER, ASKER_SECRET, "session-token-of-a-test", None);
    world.remember("session-token-of-a-test");
    let (_client, source) = open(&world, &[("aliyun_identity", "environment")]);
    assert_live(&world, &source);
    assert_eq!((signer(&world), explanation(&source)), (ASKER.into(), "environment: used".into()));
}

#[test]
fn a_role_is_assumed_and_assumed_again_before_it_ends() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, 2 * HOUR);
    let (client, source) =
        open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE), ("aliyun_role_session_name", "a-test")]);
    assert_live(&world, &source);
    assert!(signer(&world).starts_with("STS."), "{}", signer(&world));
    assert_eq!(explanation(&source), "ram_role: app used, by static: used");
    let sent = sent(&world, ASSUME);
    assert_eq!((sent["RoleSessionName"].as_str(), sent["DurationSeconds"].as_str()), ("a-test", "3600"));
    assert!(!sent.contains_key("Policy") && !sent.contains_key("ExternalId"));

    // An hour of life: due a quarter of an hour before its end, and a little before that at random.
    let status = identity_status(&client, "ram_role");
    let end = status.expires_at_ms - world.emulator.now_ms();
    assert!((3_590_000..=3_601_000).contains(&end), "{end}");
    world.advance(40 * MINUTE);
    assert_eq!(world.emulator.requests(ASSUME), 1);
    world.advance(6 * MINUTE);
    eventually("it is renewed", || world.emulator.requests(ASSUME) == 2);
    assert_live(&world, &source);
}

#[test]
fn roles_are_assumed_one_by_the_other_and_each_is_a_source() {
    let world = world();
    world.emulator.set_ram_role(STEP, None, HOUR);
    world.emulator.set_ram_role(ROLE, None, HOUR);
    let both = format!("{STEP}, {ROLE}");
    let policy = r#"{"Version":"1","Statement":[]}"#;
    let options = [
        KEY[0],
        KEY[1],
        ("aliyun_role_arn", both.as_str()),
        ("aliyun_role_policy", policy),
        ("aliyun_role_duration_s", "900"),
        ("aliyun_role_external_id", "an-external-id"),
    ];
    let (client, source) = open(&world, &options);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ram_role: app used, by ram_role: step used, by static: used");
    let sent: Vec<_> = world.emulator.recent_requests(ASSUME).iter().map(parameters).collect();
    assert_eq!(sent.len(), 2);
    let (first, second) = if sent[0]["RoleArn"] == STEP { (&sent[0], &sent[1]) } else { (&sent[1], &sent[0]) };
    assert_eq!((first["RoleArn"].as_str(), first["AccessKeyId"].as_str()), (STEP, ASKER));
    assert_eq!((second["RoleArn"].as_str(), second["Policy"].as_str()), (ROLE, policy));
    assert!(second["AccessKeyId"].starts_with("STS.") && second.contains_key("SecurityToken"));
    // The policy and the duration are the last one's, the external id everybody's.
    assert!(!first.contains_key("Policy") && first["ExternalId"] == "an-external-id");
    assert_eq!((first["DurationSeconds"].as_str(), second["DurationSeconds"].as_str()), ("3600", "900"));
    let names: Vec<_> = client.statuses().into_iter().map(|status| status.name).collect();
    let wanted = ["identity/aliyun/ram_role", "identity/aliyun/ram_role/step", "identity/aliyun/static"];
    assert_eq!(
        names.iter().filter(|name| name.starts_with("identity")).collect::<Vec<_>>(),
        wanted.iter().collect::<Vec<_>>()
    );

    // Another secret with the same options shares all of them.
    world.emulator.add_ram_secret("other");
    get(&client.open_managed(None, "other").unwrap());
    // So does one that is asked for in another way: that does not touch who asks.
    let mut overrides = Config::new();
    overrides.set("aliyun_signature", "rpc").unwrap();
    get(&client.open_managed(Some(&overrides), "other").unwrap());
    assert_eq!(world.emulator.requests(ASSUME), 2);
    overrides.set("aliyun_role_session_name", "another").unwrap();
    get(&client.open_managed(Some(&overrides), "other").unwrap());
    assert_eq!(world.emulator.requests(ASSUME), 4);
}

#[test]
fn a_role_that_is_refused_says_why() {
    let world = world();
    world.emulator.set_ram_role(ROLE, Some("the-right-one"), HOUR);
    for (id, code) in
        [(None, Some("NoPermission")), (Some("a-wrong-one"), Some("NoPermission")), (Some("the-right-one"), None)]
    {
        let mut options = vec![KEY[0], KEY[1], ("aliyun_role_arn", ROLE)];
        options.extend(id.map(|id| ("aliyun_role_external_id", id)));
        let (_client, source) = open(&world, &options);
        match code {
            None => assert_live(&world, &source),
            Some(code) => {
                let error = get_error(&source);
                assert_eq!((error.provider_code(), error.class()), (Some(code), Class::Refused), "{error}");
                assert!(error.message().contains("assuming the role app") && error.message().contains("external id"));
                assert!(error.request_id().is_some() && !error.message().contains("wrong-one"), "{error}");
            }
        }
    }
    let (_client, source) = open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", "acs:ram::1:role/nobody")]);
    let error = get_error(&source);
    assert_eq!(error.provider_code(), Some("EntityNotExist.Role"), "{error}");
}

#[test]
fn a_session_that_is_refused_is_fetched_again_once() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, HOUR);
    let (_client, source) = open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    get(&source);
    world.emulator.revoke_access_key(&signer(&world));
    source.refresh(Some(LONG)).unwrap();
    assert_live(&world, &source);
    assert_eq!(world.emulator.requests(ASSUME), 2);
    assert!(world.logged("the login identity is fetched again"));

    // What is refused however often it is fetched ends with the service's answer.
    fail(&world, GET_SECRET, 403, "InvalidSecurityToken.Expired");
    let error = source.refresh(Some(LONG)).unwrap_err();
    assert_eq!(error.provider_code(), Some("InvalidSecurityToken.Expired"), "{error}");
    assert_eq!(world.emulator.requests(ASSUME), 3);
}

#[test]
fn an_identity_outlives_an_outage_of_sts_to_its_end() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, HOUR);
    let (client, source) = open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    get(&source);
    fail(&world, ASSUME, 503, "ServiceUnavailable");
    // The official SDK gives up a quarter of an hour before the end (timing-strict-failure), or never (timing-allow-failure).
    world.advance(50 * MINUTE);
    eventually("it tries", || world.emulator.requests(ASSUME) > 1);
    source.refresh(Some(LONG)).unwrap();
    assert_live(&world, &source);
    world.advance(11 * MINUTE);
    let status = identity_status(&client, "ram_role");
    assert_ne!(status.state, State::Fresh);
    assert_eq!(status.last_error.unwrap().provider_code(), Some("ServiceUnavailable"));
    world.emulator.clear_faults();
    world.advance(20 * MINUTE);
    status_where(&source, "it recovers", |status| status.state == State::Fresh && status.last_error.is_none());
}

#[test]
fn an_oidc_token_is_exchanged_and_read_anew() {
    let world = world();
    let folder = Folder::new("aliyun-oidc");
    world.emulator.set_ram_role(ROLE, None, HOUR);
    world.emulator.set_ram_role(STEP, None, HOUR);
    world.emulator.set_ram_oidc_token(PROVIDER, "the.first.token", None);
    let file = folder.write("token", "the.first.token\n");
    world.remember("the.first.token");
    world.remember("the.second.token");
    let options =
        [("aliyun_oidc_provider_arn", PROVIDER), ("aliyun_oidc_token_file", &file), ("aliyun_role_arn", ROLE)];
    let (client, source) = open(&world, &options);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "oidc: app used");
    let asked = sent(&world, EXCHANGE);
    assert_eq!((asked["OIDCToken"].as_str(), asked.contains_key("Signature")), ("the.first.token", false));

    world.emulator.set_ram_oidc_token(PROVIDER, "the.second.token", None);
    folder.write("token", "the.second.token");
    world.advance(50 * MINUTE);
    eventually("it is exchanged again", || world.emulator.requests(EXCHANGE) == 2);
    assert_eq!(sent(&world, EXCHANGE)["OIDCToken"], "the.second.token");
    status_where(&source, "it lands", |_| identity_status(&client, "oidc").last_error.is_none());

    // A second role is assumed by the first.
    let both = format!("{STEP},{ROLE}");
    let (_client, source) = open(&world, &[options[0], options[1], ("aliyun_role_arn", &both)]);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ram_role: app used, by oidc: step used");

    folder.write("token", "a.wrong.token");
    let (_client, source) = open(&world, &options);
    let error = get_error(&source);
    assert_eq!(error.provider_code(), Some("AuthenticationFail.OIDCToken.Invalid"), "{error}");
    assert!(error.is_retryable() && !error.message().contains("a.wrong.token"));
    folder.write("token", " \n");
    let (_client, source) = open(&world, &options);
    assert_eq!(code_of(&source), Code::NoIdentity);
}

#[test]
fn roles_come_from_the_environment_of_a_pod() {
    let folder = Folder::new("aliyun-rrsa");
    let file = folder.write("token", "a.pods.token");
    let environment = [
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file),
        ("ALIBABA_CLOUD_ROLE_SESSION_NAME", "a-pod"),
    ];
    if !in_child("roles::roles_come_from_the_environment_of_a_pod", &environment, folder.path()) {
        return;
    }
    let world = world();
    world.emulator.set_ram_role(ROLE, None, HOUR);
    world.emulator.set_ram_role(STEP, None, HOUR);
    world.emulator.set_ram_oidc_token(PROVIDER, "a.pods.token", None);
    for options in [[("aliyun_identity", "oidc")], [("aliyun_identity", "chain")]] {
        let (_client, source) = open(&world, &options);
        assert_live(&world, &source);
        assert!(explanation(&source).ends_with("oidc: app used"), "{}", explanation(&source));
        assert_eq!(sent(&world, EXCHANGE)["RoleSessionName"], "a-pod");
    }
    // As with the official SDK, an access key can assume the role of that variable too.
    let (_client, source) = open(&world, &[("aliyun_identity", "ram_role"), KEY[0], KEY[1]]);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ram_role: app used, by static: used");
    assert_eq!(sent(&world, ASSUME)["RoleSessionName"], "a-pod");
    // The pod's own role is the base of the role that the options name.
    let (_client, source) = open(&world, &[("aliyun_role_arn", STEP), ("aliyun_role_base_identity", "oidc")]);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), "ram_role: step used, by oidc: app used");
}

#[test]
fn who_stands_in_during_an_outage_is_not_kept_to() {
    let folder = Folder::new("aliyun-stand-in");
    let file = folder.write("token", "a.pods.token");
    let environment = [
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file),
    ];
    if !in_child("roles::who_stands_in_during_an_outage_is_not_kept_to", &environment, folder.path()) {
        return;
    }
    let world = world();
    world.emulator.set_ram_role(ROLE, None, HOUR);
    world.emulator.set_ram_oidc_token(PROVIDER, "a.pods.token", None);
    world.emulator.set_ecs_role("node-role", HOUR);
    fail(&world, EXCHANGE, 503, "ServiceUnavailable");
    let (client, source) = open(&world, &[("aliyun_identity", "chain")]);
    assert_live(&world, &source);
    assert!(explanation(&source).contains("node-role used"), "{}", explanation(&source));
    let status = identity_status(&client, "chain");
    assert_eq!(status.last_error.unwrap().provider_code(), Some("ServiceUnavailable"));

    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    let status = status_of(&client, "chain", "it is itself again", |status| status.failures == 0);
    assert_eq!(status.origin, Origin::Sts);
    // It was told in the clear, since the test's options say so.
    assert!(!status.tls_verified);
    // From then on it is kept to.
    let asked = world.emulator.requests(EXCHANGE);
    world.advance(10 * MINUTE);
    assert_eq!(world.emulator.requests(EXCHANGE), asked);
}

fn status_of(client: &Client, kind: &str, what: &str, is: impl Fn(&Status) -> bool) -> Status {
    eventually(what, || is(&identity_status(client, kind)));
    identity_status(client, kind)
}

#[test]
fn a_credentials_uri_is_asked_and_only_its_host_is_shown() {
    let world = world();
    world.emulator.set_ecs_role("node", HOUR);
    let uri = world.emulator.credentials_uri(Some("node"));
    world.remember("credentials/node");
    let options = [("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", uri.as_str())];
    let (_client, source) = open(&world, &options);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), format!("credentials_uri: {} used", world.emulator.host_port()));

    // The answers of the kind `credentials-uri` in vectors/aliyun_sts.json.
    let keys = r#""AccessKeyId":"STS.x","AccessKeySecret":"never-to-be-shown","Expiration":"2099-01-02T09:04:05Z""#;
    world.remember("never-to-be-shown");
    for (status, body, code) in [
        (200, format!(r#"{{"Code":"Fail",{keys},"SecurityToken":"t"}}"#), Code::Service),
        (200, format!(r#"{{{keys},"SecurityToken":"t"}}"#), Code::Malformed),
        (200, format!(r#"{{"Code":"Success",{keys}}}"#), Code::Malformed),
        (200, String::from("never-to-be-shown"), Code::Malformed),
        (404, String::from("no"), Code::Service),
        (500, String::new(), Code::Service),
    ] {
        world.emulator.clear_faults();
        let kind = FaultKind::Raw { status, headers: Vec::new(), body: body.clone().into_bytes() };
        world.emulator.inject(Fault { action: Some("credentials-uri".into()), times: u64::MAX, kind });
        let error = fetch(&world, &CredentialsUri { uri: Some(Secret::from_text(&uri)) }).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), (code, true), "{body}: {error:?}");
        assert!(error.message().contains(&world.emulator.host_port()), "{error}");
        assert!(!error.to_string().contains("never-to-be-shown") && !error.to_string().contains("/aliyun"), "{error}");
    }
    for wrong in ["helper/path", "ftp://helper/", "http://", "http://a b/"] {
        let error = refusal(&world, &[("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", wrong)]);
        assert!(error.message().starts_with("aliyun_credentials_uri") && !error.message().contains("helper"));
    }
}

#[test]
fn a_credentials_uri_elsewhere_that_is_overheard_is_warned_of() {
    let world = world();
    let uri = "http://0.0.0.0:1/a-path-that-is-a-secret";
    world.remember("a-path-that-is-a-secret");
    let (client, source) =
        open(&world, &[("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", uri), ("max_attempts", "1")]);
    assert_eq!(get_error(&source).code(), Code::Network);
    assert!(world.logged("Warn the credentials URI of 0.0.0.0:1 is http"));
    assert!(!identity_status(&client, "credentials_uri").tls_verified);
}

#[test]
fn a_client_key_is_read_and_a_replaced_one_adopted() {
    let world = world();
    let folder = Folder::new("aliyun-client-key");
    let first = world.emulator.make_client_key("pass-word-1").unwrap();
    let second = world.emulator.make_client_key("pass-word-2").unwrap();
    let file = folder.write("key.json", &first.json);
    let password = folder.write("password", "pass-word-1\n");
    world.remember("pass-word-1");
    let mut key = ClientKeyFile {
        path: file.clone().into(),
        password: KeyPassword { file: Some(password.into()), ..KeyPassword::default() },
    };
    let fetched = fetch(&world, &key).unwrap();
    assert_eq!((fetched.material.kind, fetched.material.origin), (Kind::PrivateKey, Origin::ClientKeyFile));
    assert_eq!(fetched.material.access_key_id.expose(), first.key_id);
    assert_eq!(fetched.notes.explanation.unwrap(), format!("client_key: {file} used"));
    assert_eq!(ClientKey::from_material(&fetched.material).unwrap().key_id(), first.key_id);

    folder.write("key.json", &second.json);
    let error = fetch(&world, &key).unwrap_err();
    assert!(error.message().contains(&file) && !error.message().contains("pass-word"), "{error}");
    key.password.text = Some(Secret::from_text("pass-word-2"));
    assert_eq!(fetch(&world, &key).unwrap().material.access_key_id.expose(), second.key_id);
    let error = fetch(&world, &ClientKeyFile { password: KeyPassword::default(), ..key }).unwrap_err();
    assert!(error.code() == Code::NoIdentity && error.message().contains("aliyun_client_key_password"), "{error}");

    let (client, _source) =
        open(&world, &[("aliyun_client_key_file", &file), ("aliyun_client_key_password", "pass-word-2")]);
    identity_status(&client, "client_key");
}

#[test]
fn an_identity_that_lacks_something_is_refused_with_the_options_name() {
    let folder = Folder::new("aliyun-lacking");
    if !in_child("roles::an_identity_that_lacks_something_is_refused_with_the_options_name", &[], folder.path()) {
        return;
    }
    let world = world();
    for (identity, more, named) in [
        ("static", None, "aliyun_access_key_id"),
        ("static", Some(("aliyun_access_key_id", "LTAI")), "aliyun_access_key_secret"),
        ("static", Some(("aliyun_access_key_secret", ASKER_SECRET)), "aliyun_access_key_id"),
        ("ram_role", None, "aliyun_role_arn"),
        ("ram_role", Some(("aliyun_role_arn", "a,,b")), "aliyun_role_arn"),
        ("ram_role", Some(("aliyun_role_arn", "a b")), "aliyun_role_arn"),
        ("oidc", None, "aliyun_oidc_token_file"),
        ("oidc", Some(("aliyun_oidc_token_file", "/token")), "aliyun_oidc_provider_arn"),
        ("auto", Some(("aliyun_oidc_provider_arn", PROVIDER)), "aliyun_oidc_token_file"),
        ("credentials_uri", None, "aliyun_credentials_uri"),
        ("process", None, "aliyun_process_command"),
        ("process", Some(("aliyun_process_command", "a 'b")), "aliyun_process_command"),
        ("client_key", None, "aliyun_client_key_file"),
        ("callback", None, "aliyun_identity"),
    ] {
        let mut options = vec![("aliyun_identity", identity)];
        options.extend(more);
        let error = refusal(&world, &options);
        assert_eq!(error.code(), Code::InvalidOption, "{identity}: {error}");
        assert!(error.message().starts_with(&format!("{named}: ")), "{identity}: {error}");
    }
    let mut config = Config::new();
    assert!(config.set("aliyun_role_duration_s", "899").unwrap_err().message().starts_with("aliyun_role_duration_s"));
}

#[test]
fn a_short_session_is_used_and_renewed() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, 2 * MINUTE);
    let (client, source) = open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    get(&source);
    world.advance(Duration::from_secs(85));
    assert_eq!(world.emulator.requests(ASSUME), 1);
    world.advance(Duration::from_secs(15));
    eventually("it is renewed", || world.emulator.requests(ASSUME) == 2);
    status_where(&source, "it lands", |_| identity_status(&client, "ram_role").state == State::Fresh);
}
