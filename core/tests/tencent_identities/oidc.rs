//! Roles that are assumed with a web identity token, as in a TKE pod.

use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_core::providers::Origin;

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
fn a_token_file_that_is_away_is_no_refusal() {
    for fallback in [true, false] {
        let folder = Folder::new(&format!("token-away-{fallback}"));
        let (file, password) = (folder.write("token", "a-web-identity-token"), folder.write("password", "left-behind"));
        let world = World::new();
        for secret in ["a-web-identity-token", "left-behind"] {
            world.remember(secret);
        }
        world.emulator.set_role_arn(ARN, None, 2 * HOUR);
        world.emulator.set_oidc_token("provider-1", "a-web-identity-token");
        let mut options = vec![
            ("tencent_identity", "oidc"),
            ("tencent_oidc_provider_id", "provider-1"),
            ("tencent_oidc_token_file", &file),
            ("tencent_role_arn", ARN),
            ("tencent_role_duration_s", "3600"),
            ("tencent_sts_region", "ap-shanghai"),
            ("max_attempts", "1"),
        ];
        if fallback {
            options.push(("fallback_file", &password));
        }
        let (client, source) = open(&world, &options);
        let life = get(&source).expires_at_ms() - world.platform.wall_ms();
        std::fs::remove_file(&file).unwrap();
        // The identity ends first, then the password.
        let life = Duration::from_millis(u64::try_from(life).unwrap());
        world.advance(life - SECOND);
        let error = status_where(&source, "the poll fails", |status| status.failures > 0).last_error.unwrap();
        assert!(error.code() == Code::File && error.is_retryable(), "{error:?}");
        assert!(error.message().contains(&file), "{error}");
        world.advance(2 * SECOND);
        // A fetch waits for the back-off of the identity.
        eventually("it fails again", || {
            world.platform.advance(Duration::from_millis(10));
            source.status().failures > 1
        });
        let credential = get(&source);
        let (state, origin) = (credential.state(), credential.material().origin);
        if fallback {
            assert_eq!(origin, Origin::FallbackFile);
        } else {
            assert_eq!((state, origin), (State::Stale, Origin::Cloud));
        }
        assert_no_secret(&world, &client, &[error]);
    }
}

/// A world with the environment of a TKE pod whose token is in this file.
fn tke_pod(home: &Folder, token_file: &str) -> World {
    let world = World::new();
    world.set_home(home.path());
    world.set_variables(&[
        ("TKE_REGION", "ap-beijing"),
        ("TKE_PROVIDER_ID", "tke-provider"),
        ("TKE_WEB_IDENTITY_TOKEN_FILE", token_file),
        ("TKE_ROLE_ARN", ARN),
    ]);
    world
}

#[test]
fn a_tke_pod_finds_its_role_in_the_environment() {
    let folder = Folder::new("tke");
    let file = folder.write("token", "tke-web-identity-token");
    let world = tke_pod(&folder, &file);
    world.remember("tke-web-identity-token");
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.emulator.set_oidc_token("tke-provider", "tke-web-identity-token");
    let (client, source) = open(&world, &[]);
    get(&source);
    let request = world.emulator.last_request(WEB_IDENTITY).unwrap();
    assert_eq!(request.header("X-TC-Region"), Some("ap-beijing"));
    // The last of the chain, with the reason for each one before it.
    let said = explanation(&source);
    let positions: Vec<_> = ["environment: skipped, ", "profile: skipped, ", "cvm_role: skipped, ", "oidc: used"]
        .iter()
        .map(|part| said.find(part).unwrap_or_else(|| panic!("{part} is not in: {said}")))
        .collect();
    assert!(positions.is_sorted(), "{said}");

    // A renewal asks those before the one that worked once more, and still reports why they were skipped.
    let metadata = world.emulator.requests(METADATA);
    world.advance(97 * MINUTE);
    eventually("the identity is renewed", || world.emulator.requests(WEB_IDENTITY) == 2);
    world.landed(&source);
    source.refresh(Some(LONG)).unwrap();
    assert_eq!((world.emulator.requests(METADATA), explanation(&source)), (metadata + 1, said));
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn an_outage_of_sts_is_not_a_missing_identity() {
    let folder = Folder::new("tke-away");
    let file = folder.write("token", "tke-web-identity-token");
    let world = tke_pod(&folder, &file);
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
    // The identity that worked is kept.
    assert!(explanation(&source).ends_with("oidc: used"));
}
