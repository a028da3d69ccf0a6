//! Roles that are assumed with another identity: parameters, refusals, renewal.

use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::Config;
use evercred_core::error::Class;

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
fn chained_roles_are_sources_of_their_own() {
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
    // Policy and duration apply to the last role, the external id to all.
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
    // So does one with another signature: that does not change the identity.
    let mut overrides = Config::new();
    overrides.set("aliyun_signature", "rpc").unwrap();
    get(&client.open_managed(Some(&overrides), "other").unwrap());
    assert_eq!(world.emulator.requests(ASSUME), 2);
    // An option of the identity makes other ones.
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

    // An identity that stays refused ends with the error of the service.
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

#[test]
fn sources_with_different_version_stages_share_the_identity() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, HOUR);
    let (client, current) = open(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    assert_live(&world, &current);
    rotate(&world, HOUR);
    let mut overrides = Config::new();
    overrides.set("aliyun_version_stage", "ACSPrevious").unwrap();
    let previous = client.open_managed(Some(&overrides), NAME).unwrap();
    assert!(get(&previous).material().same_as(get(&current).material()));
    assert_eq!((world.emulator.requests(GET_SECRET), world.emulator.requests(ASSUME)), (2, 1));
    let statuses = client.statuses();
    let identities = statuses.iter().filter(|status| status.name.starts_with("identity/aliyun/ram_role"));
    assert_eq!(identities.count(), 1);
}
