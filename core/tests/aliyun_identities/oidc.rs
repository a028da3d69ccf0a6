//! Roles that are assumed with an OIDC token, as in an ACK pod.

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::Status;
use evercred_core::client::Client;
use evercred_core::error::Code;
use evercred_core::providers::Origin;

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
    let world = world();
    world.set_home(folder.path());
    world.set_variables(&[
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file),
        ("ALIBABA_CLOUD_ROLE_SESSION_NAME", "a-pod"),
    ]);
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
fn an_identity_used_during_an_outage_is_replaced_afterwards() {
    let folder = Folder::new("aliyun-stand-in");
    let file = folder.write("token", "a.pods.token");
    let world = world();
    world.set_home(folder.path());
    world.set_variables(&[
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file),
    ]);
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
    // The test's options select plain HTTP.
    assert!(!status.tls_verified);
    // Afterwards it is kept.
    let asked = world.emulator.requests(EXCHANGE);
    world.advance(10 * MINUTE);
    assert_eq!(world.emulator.requests(EXCHANGE), asked);
}

fn status_of(client: &Client, kind: &str, what: &str, is: impl Fn(&Status) -> bool) -> Status {
    eventually(what, || is(&identity_status(client, kind)));
    identity_status(client, kind)
}
