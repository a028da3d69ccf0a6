//! Managed RAM credentials: fetching, renewal, outages and errors.

use std::sync::Arc;
use std::time::Duration;

use crate::support::aliyun_managed::*;
use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_core::providers::{Kind, Origin};
use evercred_emulator::{Fault, FaultKind, SecretKind};

#[test]
fn a_secret_is_fetched_by_either_signature() {
    for signature in ["acs3", "rpc"] {
        let world = managed_world();
        let (_client, source) = open(&world, &[("aliyun_signature", signature)]);
        let credential = get(&source);
        assert_eq!(key_of(&credential), current(&world));
        let material = credential.material();
        assert_eq!((material.kind, material.origin), (Kind::AccessKey, Origin::Cloud));
        assert_eq!(Some(material.version_id.expose().to_owned()), world.emulator.secret_version_id(NAME));
        assert!(world.emulator.is_access_key_live(key_of(&credential)));
        // The end is not known; the renewal is.
        assert!(credential.expires_at_ms() == 0 && credential.renew_at_ms() > world.emulator.now_ms());
        assert!(credential.is_current());
        get(&source);
        assert_eq!(world.emulator.requests(ACTION), 1);
    }
}

#[test]
fn a_session_token_signs_too() {
    let world = managed_world();
    world.emulator.add_sts_key("STS.asker", "session-secret", "session-token", Some(HOUR));
    world.remember("session-token");
    let (_client, source) = open(
        &world,
        &[
            ("aliyun_access_key_id", "STS.asker"),
            ("aliyun_access_key_secret", "session-secret"),
            ("aliyun_security_token", "session-token"),
        ],
    );
    assert_eq!(key_of(&get(&source)), current(&world));
}

#[test]
fn a_revoked_key_that_is_reported_is_replaced_once() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    current(&world);
    assert!(world.emulator.rotate_secret(NAME, Duration::ZERO));
    assert!(!world.emulator.is_access_key_live(key_of(&before)));
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| source.report_rejected(&before).unwrap());
        }
    });
    let after = get(&source);
    assert_eq!(key_of(&after), current(&world));
    assert!(world.emulator.is_access_key_live(key_of(&after)) && !before.is_current());
    assert_eq!(world.emulator.requests(ACTION), 2);
}

#[test]
fn a_rotation_with_an_overlap_never_leaves_a_dead_key_in_hand() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    current(&world);
    assert!(world.emulator.rotate_secret(NAME, 10 * MINUTE));
    // Ten minutes until the old key dies; the poll comes every five.
    for _ in 0..7 {
        world.advance(MINUTE);
        world.landed(&source);
        assert!(world.emulator.is_access_key_live(key_of(&get(&source))));
    }
    assert_ne!(key_of(&get(&source)), key_of(&before));
    world.advance(5 * MINUTE);
    assert!(!world.emulator.is_access_key_live(key_of(&before)));
    assert!(world.emulator.is_access_key_live(key_of(&get(&source))));
    current(&world);
}

#[test]
fn an_outage_of_kms_is_bridged_for_a_day() {
    let world = managed_world();
    let (_client, source) = open(&world, &[]);
    let before = get(&source);
    current(&world);
    let kind = FaultKind::Answer { status: 503, code: None, message: None, content_type: None, retry_after: None };
    world.emulator.inject(Fault { action: Some(ACTION.into()), times: u64::MAX, kind });
    // Past the renewal with its largest random part.
    world.advance(12 * HOUR);
    world.landed(&source);
    let stale = source.get(Some(Duration::ZERO)).unwrap();
    assert_eq!((stale.state(), key_of(&stale)), (State::Stale, key_of(&before)));
    world.advance(36 * HOUR);
    assert!(source.get(Some(Duration::ZERO)).is_err());
    world.emulator.clear_faults();
    world.advance(HOUR);
    status_where(&source, "it recovers by itself", |status| status.state == State::Fresh);
}

#[test]
fn refusals_carry_the_services_code() {
    let world = managed_world();
    let (client, _source) = open(&world, &[]);
    let error = get_error(&client.open_managed(None, "no/such/secret").unwrap());
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("Forbidden.ResourceNotFound")));
    assert!(error.request_id().is_some() && !error.is_retryable());
    world.emulator.revoke_access_key(ASKER);
    let mut overrides = Config::new();
    overrides.set("aliyun_version_stage", "ACSPrevious").unwrap();
    let error = get_error(&client.open_managed(Some(&overrides), NAME).unwrap());
    assert_eq!(error.provider_code(), Some("InvalidAccessKeyId.NotFound"));
    assert!(!format!("{error:?}").contains(ASKER_SECRET));
}

#[test]
fn a_wrong_clock_is_corrected() {
    let world = managed_world();
    world.platform.shift_wall(24 * 3600 * 1000);
    let (_client, source) = open(&world, &[]);
    assert_eq!(key_of(&get(&source)), current(&world));
    assert!(source.status().clock_skew_ms < -23 * 3600 * 1000);
}

#[test]
fn bad_secret_names_and_missing_options_are_named() {
    let world = managed_world();
    let (client, _source) = open(&world, &[]);
    for name in ["", " x", "a\nb"] {
        let error = client.open_managed(None, name).unwrap_err();
        assert!(error.code() == Code::InvalidArgument && error.message().starts_with("secret_name"), "{error}");
    }
    let client = world.client(&[]);
    assert!(client.open_managed(None, NAME).unwrap_err().message().starts_with("aliyun_region"));
    let client = world.client(&[("aliyun_region", "cn-hangzhou"), ("aliyun_access_key_id", "x")]);
    assert!(client.open_managed(None, NAME).unwrap_err().message().starts_with("aliyun_access_key_secret"));
}

#[test]
fn an_expiry_schedules_the_renewal_and_one_in_the_past_is_ignored() {
    let world = managed_world();
    world.emulator.set_secret_timestamps(NAME, true);
    world.emulator.rotate_secret(NAME, HOUR);
    let (_client, source) = open(&world, &[]);
    let credential = get(&source);
    let end = credential.expires_at_ms();
    assert!(end > world.emulator.now_ms() && credential.renew_at_ms() <= end, "{credential:?}");

    // The rotation is late: the key still works, and is handed out.
    world.emulator.hold_rotation(true);
    world.advance(Duration::from_millis(u64::try_from(end - world.emulator.now_ms()).unwrap()) + HOUR);
    world.landed(&source);
    let late = get(&source);
    assert_eq!((late.state(), late.expires_at_ms(), key_of(&late)), (State::Fresh, 0, key_of(&credential)));
    current(&world);
}

#[test]
fn a_time_to_live_in_the_secret_is_honoured() {
    let world = managed_world();
    let minutes = |source: &Arc<Source>| {
        let credential = get(source);
        (credential.renew_at_ms() - world.emulator.now_ms()) / 60_000
    };
    // The rotation's interval, and up to ten minutes at random.
    world.emulator.replace_secret_field(NAME, "RotationInterval", Some("3600s"));
    let (client, source) = open(&world, &[]);
    assert!((59..71).contains(&minutes(&source)));
    for (number, (data, most)) in [
        (r#""refreshInterval":"600s""#, 20),
        (r#""ttl":300000"#, 5),
        (r#""refreshInterval":"odd""#, 6 * 60 + 10),
        (r#""other":1"#, 60),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("db-{number}");
        world.emulator.add_secret(&name, SecretKind::Rds { user: "app".into() });
        let data = format!(r#"{{"AccountName":"app","AccountPassword":"p-{number}-hidden",{data}}}"#);
        world.emulator.set_secret_data(&name, &data);
        let minutes = minutes(&client.open_managed(None, &name).unwrap());
        assert!((most / 2 - 1..=most).contains(&minutes), "{data}: {minutes}");
    }
    current(&world);
}

#[test]
fn invalid_options_are_named() {
    for (option, value) in [
        ("aliyun_region", "x:80"),
        ("aliyun_region", "https://kms"),
        ("aliyun_sts_region", "x.y"),
        ("rejected_codes", " ,"),
        ("aliyun_access_key_id", " LTAI"),
        ("aliyun_access_key_secret", "secret\n"),
        ("aliyun_security_token", "token "),
    ] {
        let error = Config::new().set(option, value).unwrap_err();
        assert!(error.code() == Code::InvalidOption && error.message().starts_with(option), "{error}");
    }
}
