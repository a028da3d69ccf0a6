//! A database token's life against the emulator, on a clock that the test turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::error::Code;
use evercred_core::platform::{Platform, StdPlatform};
use evercred_core::providers::Origin;
use evercred_emulator::{FaultKind, Options, Proxy};
use crate::support::*;

const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_cold_start_brings_the_password_and_its_end() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    assert!(source.peek().is_none());
    let credential = get(&source);
    assert_eq!(password_of(&credential), world.password());
    assert_eq!(credential.material().username.expose(), USER);
    assert_eq!(credential.state(), State::Fresh);
    assert!(credential.is_current());
    let left = credential.expires_at_ms() - world.emulator.now_ms();
    assert!((left - 24 * 3600 * 1000).abs() < 20_000, "{left}");
    assert_eq!(source.status().origin, Origin::Cloud);
    get(&source);
    assert_eq!(world.requests(), 1);
    world.assert_no_secret(&client, &[format!("{credential:?} {source:?}")]);
}

#[test]
fn sixty_four_threads_on_a_cold_source_make_one_request() {
    assert_eq!(simulation::requests_of_64_cold_threads(), 1);
}

#[test]
fn two_opens_of_one_account_share_a_source_and_a_thousand_make_one_request() {
    let world = World::new();
    let client = world.client(&[]);
    let sources: Vec<_> = (0..1000).map(|_| world.source(&client)).collect();
    for source in &sources {
        get(source);
        assert!(Arc::ptr_eq(source, &sources[0]));
    }
    assert_eq!(world.requests(), 1);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("max_stale_ms", "1").unwrap();
    let other = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert!(!Arc::ptr_eq(&other, &sources[0]));
}

#[test]
fn a_rotation_on_time_is_followed_at_once() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.password();
    world.advance(DAY + Duration::from_millis(10));
    // Whoever asks now does not wait for the background's jitter.
    let after = get(&source);
    assert_ne!(password_of(&before), password_of(&after));
    assert_eq!(password_of(&after), world.password());
    assert!(!before.is_current() && after.is_current() && after.generation() > before.generation());
}

#[test]
fn the_background_follows_a_rotation_that_nobody_asks_about() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.advance(DAY + Duration::from_secs(5));
    eventually("the background takes the new password", || {
        source.peek().is_some_and(|credential| password_of(&credential) != password_of(&before))
    });
}

#[test]
fn an_early_rotation_is_found_by_the_safety_poll() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.rotate();
    assert!(before.is_current());
    world.advance(6 * MINUTE);
    eventually("the poll finds the rotation", || !before.is_current());
    assert_eq!(password_of(&get(&source)), world.password());
    assert_eq!(world.requests(), 2);
}

#[test]
fn an_early_rotation_is_found_by_a_reported_refusal() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.rotate();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| source.report_rejected(&before).unwrap());
        }
    });
    assert!(!before.is_current());
    let after = get(&source);
    assert_eq!(password_of(&after), world.password());
    assert_eq!(world.requests(), 2);
    assert_eq!(source.status().rejections, 1);
    // An old one is nothing any more.
    source.report_rejected(&before).unwrap();
    assert!(after.is_current());
    world.assert_no_secret(&client, &[]);
}

#[test]
fn a_refusal_waits_for_a_rotation_that_has_not_settled() {
    let world = World::new();
    let client = world.real_client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            world.rotate();
        });
        let after = get(&source);
        assert_ne!(password_of(&after), password_of(&before));
    });
    assert!(world.requests() > 2, "one look was not enough");
}

#[test]
fn a_mistaken_report_does_not_take_the_password_away() {
    let world = World::new();
    let client = world.real_client(&[("rejected_settle_ms", "600")]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    // Nothing else is to be had: the caller gets what there is when its time is over, marked.
    let held = source.get(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(held.state(), State::Rejected);
    assert_eq!(password_of(&held), password_of(&before));
    let status = status_where(&source, "the cloud stands by it", |status| status.state == State::Fresh);
    assert!(status.generation > before.generation());
    // The cloud has stood by it: another report costs one look, not another wait.
    let start = Instant::now();
    source.report_rejected(&get(&source)).unwrap();
    assert_eq!(password_of(&get(&source)), password_of(&before));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn refusals_are_rate_limited_and_say_so() {
    let world = World::new();
    let client = world.client(&[("rejected_settle_ms", "0")]);
    let source = world.source(&client);
    for _ in 0..5 {
        world.rotate();
        source.report_rejected(&get(&source)).unwrap();
        let credential = get(&source);
        assert_eq!(password_of(&credential), world.password());
    }
    let requests = world.requests();
    let error = source.report_rejected(&get(&source)).unwrap_err();
    assert_eq!(error.code(), Code::RateLimited);
    assert!(error.is_retryable() && error.retry_after().unwrap() <= 2 * MINUTE, "{error}");
    assert_eq!(source.refresh(Some(LONG)).unwrap_err().code(), Code::RateLimited);
    assert_eq!(world.requests(), requests);
    assert_eq!(get(&source).state(), State::Fresh);
    world.platform.advance(2 * MINUTE);
    source.refresh(Some(LONG)).unwrap();
}

#[test]
fn a_rotation_that_settles_late_is_asked_about_soon_and_rarely() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    world.emulator.hold_rotation(true);
    world.advance(DAY);
    let unsettled = get(&source);
    assert_eq!(password_of(&unsettled), password_of(&before));
    let mut passed = 0;
    let start = world.requests();
    while passed < 60_000 {
        world.advance(Duration::from_millis(250));
        passed += 250;
        world.landed(&source);
        get(&source);
    }
    let asked = world.requests() - start;
    assert!((2..=20).contains(&asked), "{asked} requests in a minute");
    world.password();
    world.emulator.hold_rotation(false);
    world.advance(2 * MINUTE);
    eventually("the new password comes", || password_of(&get(&source)) != password_of(&before));
}

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
fn a_refusal_does_not_take_a_good_password_away_and_is_not_papered_over_after_its_end() {
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
fn a_passing_failure_at_the_start_is_tried_again_within_the_call() {
    let world = World::new();
    world.fail_times(2, 200, Some("InternalError"));
    let client = world.client(&[]);
    get(&world.source(&client));
    assert_eq!(world.requests(), 3);
}

#[test]
fn a_slow_answer_leaves_the_caller_its_own_time() {
    let world = World::new();
    world.inject(1, FaultKind::Delay(Duration::from_secs(3)));
    let client = world.client(&[]);
    let source = world.source(&client);
    let start = Instant::now();
    let error = source.get(Some(Duration::from_millis(200))).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(start.elapsed() < Duration::from_secs(2));
    // The flight goes on for those who have time, and a slow answer lengthens no life.
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
fn a_wrong_clock_is_corrected_and_reported() {
    for off in [-24 * 3600 * 1000, 24 * 3600 * 1000] {
        let world = World::new();
        world.platform.shift_wall(off);
        let client = world.client(&[]);
        let source = world.source(&client);
        assert_eq!(password_of(&get(&source)), world.password());
        let skew = source.status().clock_skew_ms;
        assert!((skew + off).abs() < 20_000, "{skew} for {off}");
        assert_eq!(world.requests(), 2);
        world.advance(6 * MINUTE);
        eventually("the next one is signed right at once", || world.requests() == 3);
        status_where(&source, "and accepted", |status| status.failures == 0);
        assert!(world.logged("clock"));
    }
}

#[test]
fn a_foreign_ca_is_refused() {
    let world = World::with(Options { tls: true, ..Options::default() });
    let other = World::with(Options { tls: true, ..Options::default() });
    let client = world.client(&[]);
    assert_eq!(password_of(&get(&world.source(&client))), world.password());

    let ca = other.emulator.ca_path().unwrap();
    let client = world.client(&[("ca_file", ca.to_str().unwrap())]);
    let error = get_error(&world.source(&client));
    assert_eq!(error.code(), Code::Tls, "{error:?}");
    assert!(error.message().contains("ca_file"));
    // The system's roots do not know it either.
    let client = world.client(&[("ca_file", "")]);
    assert_eq!(code_of(&world.source(&client)), Code::Tls);
    // The loud way out.
    let client = world.client(&[("tls_verify", "false"), ("ca_file", "")]);
    get(&world.source(&client));
    assert!(!world.source(&client).status().tls_verified && world.logged("tls_verify is false"));
}

#[test]
fn a_proxy_is_used_with_its_password_and_never_shown() {
    let world = World::with(Options { tls: true, ..Options::default() });
    let proxy = Proxy::start(Some(("someone", "proxy-password"))).unwrap();
    let address = proxy.url().replace("http://", "");
    world.remember("proxy-password");
    let with = |user: &str| {
        let url = format!("http://{user}{address}");
        let client = world.client(&[("proxy", &url), ("max_attempts", "1")]);
        let source = world.source(&client);
        let result = source.get(Some(LONG));
        world.assert_no_secret(&client, &[format!("{:?}", result.as_ref().err())]);
        result
    };
    with("someone:proxy-password@").unwrap();
    assert_eq!(proxy.connects(), 1);
    assert!(with("someone:wrong@").is_err());
    let url = format!("http://someone:proxy-password@{address}");
    let client = world.client(&[("proxy", &url), ("no_proxy", "127.0.0.1")]);
    get(&world.source(&client));
    assert_eq!(proxy.connects(), 1, "no_proxy");
}

#[test]
fn closing_wakes_whoever_waits() {
    for lazy in ["background", "lazy"] {
        let world = World::new();
        world.inject(1, FaultKind::Delay(Duration::from_secs(30)));
        let client = world.client(&[("refresh", lazy)]);
        let source = world.source(&client);
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..8).map(|_| scope.spawn(|| code_of(&source))).collect();
            eventually("the request is under way", || world.requests() == 1);
            let start = Instant::now();
            client.close();
            client.close();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Code::Closed);
            }
            assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        });
        assert_eq!(code_of(&source), Code::Closed);
        assert!(client.open_database(None, REGION, INSTANCE, USER).is_err());
    }
}

#[test]
fn a_fallback_file_stands_in_while_the_cloud_is_away() {
    let world = World::new();
    let folder = std::env::temp_dir().join(format!("evercred-fallback-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{REGION}_{INSTANCE}_{USER}.pwd"));
    std::fs::write(&file, "password-left-by-an-operator").unwrap();
    world.remember("password-left-by-an-operator");
    let client = world.client(&[("fallback_dir", folder.to_str().unwrap())]);
    let source = world.source(&client);

    world.fail_times(u64::MAX, 503, None);
    let credential = get(&source);
    assert_eq!(password_of(&credential), "password-left-by-an-operator");
    assert_eq!(credential.material().origin, Origin::FallbackFile);
    assert!((credential.expires_at_ms() - world.emulator.now_ms() - 24 * 3600 * 1000).abs() < 20_000);
    assert!(source.status().last_error.is_some());

    world.emulator.clear_faults();
    world.advance(2 * MINUTE);
    eventually("the cloud's own password comes back", || password_of(&get(&source)) == world.password());
    assert_eq!(source.status().origin, Origin::Cloud);

    // Never in place of a good password, and never for a refusal.
    world.fail_times(u64::MAX, 503, None);
    world.advance(6 * MINUTE);
    status_where(&source, "the poll fails", |status| status.failures > 0);
    assert_eq!(get(&source).material().origin, Origin::Cloud);
    world.emulator.clear_faults();
    world.fail("ResourceNotFound.DataFlowAuthClose");
    let fresh = world.client(&[("fallback_dir", folder.to_str().unwrap())]);
    assert_eq!(code_of(&world.source(&fresh)), Code::Refused);
    world.assert_no_secret(&client, &[]);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn names_that_leave_the_folder_and_empty_ones_are_refused() {
    let world = World::new();
    let client = world.client(&[]);
    for (region, instance, user, named) in [
        ("", INSTANCE, USER, "region"),
        (REGION, "", USER, "instance"),
        (REGION, INSTANCE, "", "user"),
        (REGION, INSTANCE, "../../etc/passwd", "user"),
        ("..", INSTANCE, USER, "region"),
    ] {
        let error = client.open_database(None, region, instance, user).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with(named), "{error}");
    }
}

#[test]
fn every_signature_method_is_accepted() {
    for method in ["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"] {
        let world = World::new();
        let client = world.client(&[("tencent_sign_method", method)]);
        assert_eq!(password_of(&get(&world.source(&client))), world.password());
    }
}

#[test]
fn a_wrong_key_is_refused_with_the_clouds_code() {
    let world = World::new();
    let client = world.client(&[("tencent_secret_key", "not-the-key-at-all")]);
    let error = get_error(&world.source(&client));
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("AuthFailure.SignatureFailure")));
    assert_eq!(world.requests(), 1);
    let client = world.client(&[("tencent_secret_id", "AKIDunknown")]);
    let error = get_error(&world.source(&client));
    assert_eq!(error.provider_code(), Some("AuthFailure.SecretIdNotFound"));
    assert_eq!(world.requests(), 2);
}

#[test]
fn a_simulated_day_makes_at_most_three_hundred_requests() {
    let requests = simulation::requests_in_a_day();
    assert!((270..=300).contains(&requests), "{requests} requests");
}

#[test]
fn lazy_mode_refreshes_within_get_only() {
    let world = World::new();
    let client = world.client(&[("refresh", "lazy")]);
    let source = world.source(&client);
    let first = get(&source);
    assert!(!first.is_current(), "nobody watches");
    assert_eq!(source.generation_cell().load(std::sync::atomic::Ordering::Acquire), 0);
    world.rotate();
    get(&source);
    assert_eq!(world.requests(), 1);
    world.advance(DAY + MINUTE);
    assert_eq!(password_of(&get(&source)), world.password());
    assert_eq!(world.requests(), 2);
    source.report_rejected(&get(&source)).unwrap();
    world.rotate();
    assert_eq!(password_of(&get(&source)), world.password());
}

#[test]
fn what_a_forked_child_inherits_is_readable_and_renewable() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let inherited = get(&source);
    world.platform.fork();
    assert_eq!(password_of(&get(&source)), password_of(&inherited));
    world.rotate();
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(password_of(&get(&source)), world.password());
    // The pretended parent's thread is not ours to end.
    std::mem::forget(client);
}

#[test]
fn prefetch_starts_the_first_fetch() {
    let world = World::new();
    let client = world.client(&[("prefetch", "on")]);
    let source = world.source(&client);
    eventually("the value is there before anybody asked", || source.peek().is_some());
}

#[test]
fn an_unreachable_endpoint_is_named_and_not_hammered() {
    let world = World::new();
    let mut config = world.config(&[]);
    config.set("tencent_endpoint", "127.0.0.1:1").unwrap();
    let client = Client::new(config, Arc::new(StdPlatform)).unwrap();
    let source = world.source(&client);
    let error = get_error(&source);
    assert_eq!(error.code(), Code::Network);
    assert!(error.message().contains("127.0.0.1:1"), "{error}");
    assert!(error.is_retryable());
}

#[test]
fn reports_without_end_follow_the_schedule() {
    let world = World::new();
    let client = world.real_client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        source.report_rejected(&before).unwrap();
    }
    // The cloud insists: it is asked again soon, and more and more rarely.
    assert!(world.requests() <= 10, "{} requests", world.requests());
    world.inject(u64::MAX, FaultKind::Drop);
    let requests = world.requests();
    while start.elapsed() < Duration::from_secs(4) {
        source.report_rejected(&before).unwrap();
    }
    assert!(world.requests() - requests <= 20, "{} requests", world.requests() - requests);
}

#[test]
fn what_is_refused_or_stale_is_never_called_current() {
    let world = World::new();
    let client = world.client(&[]);
    let source = world.source(&client);
    let before = get(&source);
    source.report_rejected(&before).unwrap();
    let held = source.get(Some(Duration::ZERO)).unwrap();
    assert!(held.state() == State::Rejected && !held.is_current());
    assert_eq!(source.generation_cell().load(std::sync::atomic::Ordering::Acquire), 0);
    world.rotate();
    world.platform.advance(MINUTE);
    let fresh = get(&source);
    assert!(fresh.state() == State::Fresh && fresh.is_current());
    world.fail_times(u64::MAX, 503, None);
    world.advance(DAY + MINUTE);
    let stale = get(&source);
    assert!(stale.state() == State::Stale && !stale.is_current());
}

#[test]
fn an_answer_that_is_no_http_is_a_passing_failure() {
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

#[test]
fn reports_name_every_source_once() {
    let world = World::new();
    world.emulator.add_account("ap-shanghai", INSTANCE, USER);
    let client = world.client(&[]);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("max_stale_ms", "1").unwrap();
    let sources = [
        world.source(&client),
        client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap(),
        client.open_database(None, "ap-shanghai", INSTANCE, USER).unwrap(),
    ];
    sources.iter().for_each(|source| drop(get(source)));
    let mut names: Vec<_> = client.statuses().into_iter().map(|status| status.name).collect();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
    let report = client.report(evercred_core::client::Format::Prometheus);
    let mut series: Vec<_> = report
        .text()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit_once(' ').unwrap().0)
        .collect();
    let count = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), count);
}

#[test]
fn the_host_program_adds_to_the_user_agent() {
    let world = World::new();
    let client = world.client(&[("user_agent_extra", "myservice/2.1")]);
    get(&world.source(&client));
    let request = world.emulator.last_request(CAM).unwrap();
    let agent = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("user-agent")).unwrap();
    assert_eq!(agent.1, format!("evercred/{} myservice/2.1", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_suspend_is_noticed_within_a_second_of_waking() {
    let world = World::new();
    let platform = Arc::new(Suspending::default());
    let client = world.kept(Client::new(world.config(&[]), Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let source = world.source(&client);
    let before = get(&source);
    assert!(before.is_current());
    world.fail_times(u64::MAX, 503, None);
    platform.sleep_through(DAY + MINUTE);
    let start = Instant::now();
    eventually("the life that ended is noticed", || !before.is_current());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(get(&source).state(), State::Stale);
}

#[test]
fn opens_at_once_get_names_of_their_own() {
    let world = World::new();
    let client = world.client(&[]);
    for round in 0..100 {
        let instance = format!("cdb-{round}");
        let names: Vec<String> = std::thread::scope(|scope| {
            let opened: Vec<_> = (1..5)
                .map(|stale| {
                    let (client, instance) = (&client, &instance);
                    scope.spawn(move || {
                        let mut overrides = evercred_core::client::Config::new();
                        overrides.set("max_stale_ms", &stale.to_string()).unwrap();
                        client.open_database(Some(&overrides), REGION, instance, USER).unwrap()
                    })
                })
                .collect();
            let sources: Vec<_> = opened.into_iter().map(|thread| thread.join().unwrap()).collect();
            sources.iter().map(|source| source.name().to_owned()).collect()
        });
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 4, "{names:?}");
    }
}

#[test]
fn an_option_set_to_its_default_makes_no_other_source() {
    let world = World::new();
    let client = world.client(&[]);
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("poll_interval_ms", "300000").unwrap();
    let same = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert!(Arc::ptr_eq(&same, &world.source(&client)));
    // Another schedule for one source is no other identity.
    overrides.set("poll_interval_ms", "60000").unwrap();
    let other = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert_eq!((other.name(), client.statuses().len()), ("database/ap-guangzhou/cdb-example1/app_user#2", 3));
    assert!(!other.status().tls_verified, "the emulator speaks plain HTTP");
}
