//! The role of a CVM instance, from its metadata service.

use std::time::{Duration, Instant};

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_emulator::{FaultKind, Proxy};

#[test]
fn the_role_of_a_machine_is_discovered_or_configured() {
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
fn a_machine_without_a_role_is_an_error_at_once() {
    let world = World::new();
    for role in ["", "unknown"] {
        let start = Instant::now();
        let options = [("tencent_identity", "cvm_role"), ("tencent_cvm_role_name", role)];
        let error = get_error(&open(&world, &options).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error:?}");
        assert!(start.elapsed() < 5 * SECOND, "{:?}", start.elapsed());
    }
    assert_eq!((world.requests(), world.emulator.requests(METADATA)), (0, 2), "a refusal is not tried again");
    // A role that is bound later is found.
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role")]);
    assert_eq!(code_of(&source), Code::NoIdentity);
    world.emulator.set_role("late", 2 * HOUR);
    world.advance(20 * SECOND);
    get(&source);
    assert_eq!(explanation(&source), "cvm_role: late used");
}

#[test]
fn a_dead_metadata_service_fails_soon_and_is_asked_again() {
    // A closed port, and a server that never answers.
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
fn malformed_metadata_answers_are_errors() {
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
    // A role's name becomes part of a path, and must not change it.
    let world = World::new();
    break_down(&world, METADATA, FaultKind::Raw { status: 200, headers: vec![], body: b"../../user-data".into() });
    let (_client, source) = open(&world, &[("tencent_identity", "cvm_role")]);
    assert_eq!(code_of(&source), Code::NoIdentity);
    assert_eq!(world.emulator.requests(METADATA), 1);
}

#[test]
fn no_wrong_date_and_no_wrong_end_make_a_life_that_no_service_grants() {
    for (date, left_s, most) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 3600, HOUR),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3600, HOUR),
        // Ten years.
        ("no date", 315_360_000, 36 * HOUR),
    ] {
        let world = World::new();
        let end = world.emulator.now_ms() / 1000 + left_s;
        let body = format!(
            r#"{{"TmpSecretId":"{SECRET_ID}","TmpSecretKey":"{SECRET_KEY}","Token":"a-token","ExpiredTime":{end},"Code":"Success"}}"#
        );
        let headers = vec![("Date".into(), date.into())];
        break_down(&world, METADATA, FaultKind::Raw { status: 200, headers, body: body.into_bytes() });
        let (client, source) = open(&world, &[("tencent_identity", "cvm_role"), ("tencent_cvm_role_name", "reader")]);
        source.prefetch().unwrap();
        eventually("the identity comes", || identity_status(&client, "cvm_role").expires_at_ms != 0);
        let life = identity_status(&client, "cvm_role").expires_at_ms - world.platform.wall_ms();
        let most = i64::try_from(most.as_millis()).unwrap();
        assert!((1..=most + 1000).contains(&life), "{date}: {life}");
    }
}

#[test]
fn a_hasty_neighbour_does_not_hurry_a_shared_identity() {
    let world = World::new();
    world.emulator.set_role("reader", 2 * HOUR);
    let client = world.client_of(bare(&world, &[("tencent_identity", "cvm_role"), ("max_attempts", "1")]));
    let mut hasty = Config::new();
    hasty.set("total_timeout_ms", "20").unwrap();
    let _hasty = client.open_database(Some(&hasty), REGION, INSTANCE, "another_user").unwrap();
    let source = world.source(&client);
    break_down(&world, METADATA, FaultKind::Delay(Duration::from_millis(200)));
    get(&source);
    assert_eq!(client.statuses().iter().filter(|status| status.name.starts_with("identity/")).count(), 1);
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

    // The same with a proxy that cannot be reached.
    let dead = [("tencent_identity", "cvm_role"), ("proxy", "http://127.0.0.1:1"), ("max_attempts", "1")];
    let (client, source) = open(&world, &dead);
    assert_eq!(code_of(&source), Code::Network);
    assert_eq!(identity_status(&client, "cvm_role").state, State::Fresh, "the identity came all the same");
}
