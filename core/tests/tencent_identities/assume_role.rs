//! Roles that are assumed with another identity: parameters, refusals, renewal.

use std::sync::Arc;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_emulator::{FaultKind, Options};

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

    // A session without a configured name gets one.
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
fn sources_with_different_languages_share_the_identity() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let client = world.client(&[("tencent_role_arn", ARN)]);
    let identities = || {
        let statuses = client.statuses();
        statuses.iter().filter(|status| status.name.starts_with("identity/tencent/assume_role")).count()
    };
    let english = world.source(&client);
    get(&english);
    let mut overrides = Config::new();
    overrides.set("tencent_language", "zh-CN").unwrap();
    let chinese = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    get(&chinese);
    assert!(!Arc::ptr_eq(&english, &chinese));
    assert_eq!((world.requests(), world.emulator.requests(ASSUME), identities()), (2, 1, 1));
    // An option of the identity makes another one.
    overrides.set("tencent_role_session_name", "another").unwrap();
    let other = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    get(&other);
    assert_eq!((world.requests(), world.emulator.requests(ASSUME), identities()), (3, 2, 2));
    assert_no_secret(&world, &client, &[]);
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
        // Without a call: the background does it. The timer strays by at most 2 s more, the answer's Date by 1 s.
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
    // Lazy: no renewal in the background. In its last minute it signs nothing.
    world.advance(2 * HOUR - 30 * SECOND);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(world.emulator.requests(ASSUME), 2);
    assert_ne!(signer(&world).0, first);

    // Without a successor the old one signs until it expires, and the fetch still has time.
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

    // While the next one is refused, an expired one signs nothing, and the error is the refusal.
    break_down(&world, ASSUME, answer(200, Some("UnauthorizedOperation")));
    world.advance(25 * HOUR);
    let requests = world.requests();
    let error = get_error(&source);
    assert_eq!((error.code(), world.requests()), (Code::Refused, requests), "{error:?}");
}

#[test]
fn an_identity_that_stays_refused_is_fetched_again_once() {
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
