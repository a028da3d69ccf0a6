//! Failures of the cloud: outages, refusals, throttling, slow and broken answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::*;
use crate::{DAY, MINUTE};
use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::error::Code;
use evercred_emulator::FaultKind;

#[test]
fn an_outage_is_bridged_flagged_and_recovered_from() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY + MINUTE);
    let stale = get(&source);
    assert_eq!(stale.state(), State::Stale);
    assert_eq!(password_of(&stale), password_of(&before));
    let status = source.status();
    assert_eq!(status.state, State::Stale);
    assert!(status.failures >= 1 && status.last_error.as_ref().unwrap().code() == Code::Service, "{status:?}");
    assert!(stale.expires_at_ms() < world.emulator.now_ms());

    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    let status = status_where(&source, "it recovers by itself", |status| status.state == State::Fresh);
    assert_eq!((status.failures, status.last_error.is_none()), (0, true));
    assert_eq!(password_of(&get(&source)), world.password());
    world.assert_no_secret(&client, &[]);
}

#[test]
fn nothing_is_served_past_max_stale() {
    let world = World::new();
    let client = world.client(&[("max_stale_ms", "600000")]);
    let source = world.source(&client);
    get(&source);
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY + 9 * MINUTE);
    assert_eq!(get(&source).state(), State::Stale);
    world.advance(2 * MINUTE);
    // Less time than any back-off leaves: the last error comes at once.
    let error = source.get(Some(Duration::ZERO)).unwrap_err();
    assert!(matches!(error.code(), Code::Service | Code::Timeout), "{error:?}");
    assert_eq!(source.status().state, State::Ended);
}

#[test]
fn a_refusal_keeps_a_valid_password_and_is_returned_after_its_expiry() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    world.emulator.set_account_enabled(REGION, INSTANCE, USER, false);
    world.advance(6 * MINUTE);
    let status = status_where(&source, "the poll is refused", |status| status.failures > 0);
    let error = status.last_error.unwrap();
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("ResourceNotFound.DataFlowAuthClose")));
    assert!(error.user_notification_required() && error.request_id().is_some() && !error.is_retryable());
    assert_eq!(status.state, State::Fresh);
    assert_eq!(get(&source).state(), State::Fresh);

    world.advance(DAY);
    assert_eq!(get_error(&source).provider_code(), Some("ResourceNotFound.DataFlowAuthClose"));
    // Remembered for a while: a tight loop asks nothing.
    let requests = world.requests();
    for _ in 0..100 {
        assert_eq!(code_of(&source), Code::Refused);
    }
    assert!(world.requests() - requests <= 1);
    world.emulator.set_account_enabled(REGION, INSTANCE, USER, true);
    world.advance(Duration::from_secs(20));
    assert_eq!(get(&source).state(), State::Fresh);
}

#[test]
fn an_expired_session_token_is_fetched_again() {
    let world = World::new();
    world.emulator.set_role("reader", Duration::from_secs(7200));
    let mut config = world.bare_config();
    config.set("tencent_identity", "cvm_role").unwrap();
    let client = world.client_of(config);
    let source = world.source(&client);
    get(&source);
    let id = {
        let request = world.emulator.last_request(CAM).unwrap();
        let authorization =
            request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).unwrap().1.clone();
        authorization.split("Credential=").nth(1).unwrap().split('/').next().unwrap().to_owned()
    };
    world.emulator.expire_key(&id);
    world.rotate();
    world.advance(6 * MINUTE);
    eventually("the poll gets through with a new identity", || {
        source.peek().is_some_and(|credential| password_of(&credential) == world.password())
    });
    assert_eq!(source.status().failures, 0);
    assert!(source.status().identity_explanation.unwrap().contains("cvm_role: reader used"));
}

#[test]
fn throttling_is_obeyed() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    get(&source);
    world.inject(
        1,
        FaultKind::Answer {
            status: 429,
            code: Some("RequestLimitExceeded".into()),
            message: None,
            content_type: None,
            retry_after: Some("120".into()),
        },
    );
    world.advance(6 * MINUTE);
    let status = status_where(&source, "the poll is throttled", |status| status.failures == 1);
    let error = status.last_error.unwrap();
    assert_eq!((error.code(), error.retry_after()), (Code::Throttled, Some(2 * MINUTE)));
    assert!(status.next_refresh_at_ms - world.emulator.now_ms() > 110_000);
    let requests = world.requests();
    world.advance(MINUTE);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(world.requests(), requests);
    world.advance(MINUTE + Duration::from_secs(1));
    status_where(&source, "it is asked again", |status| status.failures == 0);
}

#[test]
fn a_transient_failure_at_the_start_is_retried_within_the_call() {
    let world = World::new();
    world.fail_times(2, 200, Some("InternalError"));
    let client = world.client(&[]);
    get(&world.source(&client));
    assert_eq!(world.requests(), 3);
}

#[test]
fn a_slow_answer_does_not_extend_the_timeout_of_the_caller() {
    let world = World::new();
    world.inject(1, FaultKind::Delay(Duration::from_secs(3)));
    let client = world.client(&[]);
    let source = world.source(&client);
    let start = Instant::now();
    let error = source.get(Some(Duration::from_millis(200))).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(start.elapsed() < Duration::from_secs(2));
    // The flight goes on for callers with more time, and a slow answer does not lengthen the life of the value.
    let credential = get(&source);
    assert_eq!(world.requests(), 1);
    assert!(credential.expires_at_ms() - world.emulator.now_ms() <= 24 * 3600 * 1000);
}

#[test]
fn broken_and_enormous_answers_are_errors() {
    for kind in [
        FaultKind::Truncate { bytes: 40 },
        FaultKind::Oversize { bytes: 10 * 1024 * 1024 },
        FaultKind::Drop,
        FaultKind::CloseEarly,
        FaultKind::Redirect { location: "http://127.0.0.1:1/".into() },
        FaultKind::Raw { status: 200, headers: vec![], body: b"<html>".to_vec() },
    ] {
        let world = World::new();
        let client = world.client(&[("max_attempts", "1")]);
        let source = world.source(&client);
        let shown = format!("{kind:?}");
        world.inject(1, kind);
        let error = get_error(&source);
        assert!(error.is_retryable(), "{shown}: {error:?}");
        assert!(!error.message().contains("http://"), "{shown}: {error:?}");
        world.assert_no_secret(&client, &[format!("{error:?}")]);
    }
}

#[test]
fn an_unreachable_endpoint_is_named() {
    let world = World::new();
    let mut config = world.config(&[]);
    config.set("tencent_endpoint", "127.0.0.1:1").unwrap();
    let client = Client::new(config, Arc::new(RealTime::default())).unwrap();
    let source = world.source(&client);
    let error = get_error(&source);
    assert_eq!(error.code(), Code::Network);
    assert!(error.message().contains("127.0.0.1:1"), "{error}");
    assert!(error.is_retryable());
}

#[test]
fn an_answer_that_is_not_http_is_a_transient_failure() {
    for body in
        [b"garbage\r\n\r\n".as_slice(), b"HTTP/1.1 9999 What\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
    {
        let world = World::new();
        let client = world.client(&[("max_attempts", "1")]);
        let server = answering_once(body);
        let mut overrides = evercred_core::client::Config::new();
        overrides.set("tencent_endpoint", &server.1).unwrap();
        let source = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
        let error = get_error(&source);
        assert!(error.is_retryable(), "{error:?}");
        server.0.join().unwrap();
    }
}
