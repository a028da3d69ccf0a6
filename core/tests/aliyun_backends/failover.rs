//! Several backends that hold a secret: which is asked when, and whose answer counts. The steps and answers of the recorded
//! kinds `regions`, `error-classification` and `backoff` (`tests/vectors/aliyun_secret_values.json`) are here, with the
//! assertions of the design where the official client differs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::setup::*;
use crate::support::aliyun_managed::{ASKER, ASKER_SECRET, MINUTE, NAME};
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::{Client, Config, Format};
use evercred_core::error::{Class, Code};
use evercred_core::platform::Platform as _;
use evercred_core::providers::{IdentityCallback, SuppliedKey};
use evercred_emulator::Region;

#[test]
fn a_first_backend_that_answers_is_asked_alone() {
    let regions = Regions::two();
    let client = regions.client(&[]);
    let source = client.open_managed(None, NAME).unwrap();
    assert_eq!(key_of(&get(&source)), regions.key());
    assert_eq!(regions.asked(), [1, 0]);
    assert_eq!(backend(&source), Some(regions.list[0].host_port()));
    assert!(client.report(Format::Json).text().contains(&format!("\"endpoint\":\"{}\"", regions.list[0].host_port())));
    // The test's backends use plain HTTP: the report of the client shows it.
    assert!(client.tls_verified() && client.report(Format::Prometheus).text().contains("\nevercred_tls_verified 0\n"));
    regions.next_poll(&source);
    assert_eq!(regions.asked(), [2, 0]);
}

#[test]
fn a_failing_first_backend_is_skipped() {
    type Trouble = fn(&Region);
    let troubles: [(&str, Trouble); 5] = [
        ("down", |region| region.set_down(true)),
        ("503", |region| region.set_unavailable(true)),
        ("throttled", |region| region.throttle(u64::MAX)),
        ("throttled otherwise", |region| region.throttle_with(u64::MAX, "Throttling.User")),
        ("broken", |region| region.throttle_with(u64::MAX, "InternalFailure")),
    ];
    for (name, trouble) in troubles {
        let regions = Regions::two();
        trouble(&regions.list[0]);
        let source = regions.open(&[]);
        assert_eq!(key_of(&get(&source)), regions.key(), "{name}");
        assert_eq!(regions.list[1].requests(), 1, "{name}");
        assert_eq!(backend(&source), Some(regions.list[1].host_port()), "{name}");
        assert_eq!(source.status().failures, 0);
        assert!(regions.world.logged("did not answer"));
    }
}

#[test]
fn a_silent_first_backend_delays_by_the_hedge_only() {
    let regions = Regions::new(&["cn-a", "cn-b", "cn-c"]);
    regions.list[0].set_silent(true);
    regions.list[1].set_silent(true);
    let start = Instant::now();
    let source = regions.open(&[("aliyun_hedge_after_ms", "50")]);
    assert_eq!(key_of(&get(&source)), regions.key());
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert_eq!(regions.asked(), [1, 1, 1]);
    assert_eq!(backend(&source), Some(regions.list[2].host_port()));
}

#[test]
fn one_of_two_simultaneous_answers_is_used() {
    let regions = Regions::two();
    regions.list.iter().for_each(|region| region.set_delay(Duration::from_secs(1)));
    let source = regions.open(&[("aliyun_hedge_after_ms", "1")]);
    let credential = get(&source);
    assert_eq!(key_of(&credential), regions.key());
    assert_eq!(regions.asked(), [1, 1]);
    let status = source.status();
    assert_eq!((status.fetches, status.generation, status.failures), (1, credential.generation(), 0));
}

#[test]
fn a_refusal_of_the_first_is_final() {
    for refusal in ["Forbidden.NoPermission", "Forbidden.ResourceNotFound", "Forbidden.InDebtOverdue"] {
        let regions = Regions::two();
        code(&regions, u64::MAX, 403, refusal);
        let error = get_error(&regions.open(&[]));
        assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some(refusal)));
        assert_eq!(regions.asked(), [1, 0]);
    }
}

#[test]
fn a_refusal_of_another_does_not_hide_that_the_first_is_out_of_reach() {
    let regions = Regions::two();
    regions.list[0].set_unavailable(true);
    let source = regions.open(&[]);
    regions.world.emulator.set_secret_denied(NAME, "*", true);
    let error = get_error(&source);
    assert_eq!((error.code(), error.class()), (Code::Service, Class::Transient));
    assert_eq!(error.provider_code(), Some("ServiceUnavailableTemporary"));
    let hosts: Vec<String> = regions.list.iter().map(Region::host_port).collect();
    let text = error.message();
    assert!(text.contains(&hosts[0]) && text.contains(&hosts[1]) && text.contains("Forbidden.NoPermission"), "{text}");
    assert!(error.is_retryable());

    // The backend that refused does not become the first: the error is still the outage.
    regions.world.advance(2 * MINUTE);
    let error = source.get(Some(Duration::from_millis(200))).unwrap_err();
    assert_eq!(error.provider_code(), Some("ServiceUnavailableTemporary"));
    regions.list[0].set_unavailable(false);
    regions.world.emulator.set_secret_denied(NAME, "*", false);
    regions.world.advance(20 * MINUTE);
    assert_eq!(key_of(&get(&source)), regions.key());
}

#[test]
fn a_recovered_backend_is_used_again() {
    let regions = Regions::two();
    let source = regions.open(&[]);
    get(&source);
    regions.list[0].set_unavailable(true);
    // Each refresh still succeeds.
    for _ in 0..4 {
        regions.next_poll(&source);
        assert_eq!((source.status().failures, backend(&source)), (0, Some(regions.list[1].host_port())));
    }
    let asked = regions.asked();
    assert!(asked[0] <= 5 && asked[1] == 4, "{asked:?}");
    regions.list[0].set_unavailable(false);
    let before = regions.asked();
    for _ in 0..4 {
        regions.next_poll(&source);
    }
    assert_eq!(backend(&source), Some(regions.list[0].host_port()));
    // During its back-off only the other one is asked, and afterwards only the first.
    let asked = regions.asked();
    assert_eq!(asked[0] - before[0] + asked[1] - before[1], 4, "{before:?} {asked:?}");
    regions.next_poll(&source);
    assert_eq!(regions.asked()[0], asked[0] + 1);
    regions.key();
}

#[test]
fn the_deadline_of_the_caller_is_kept() {
    let regions = Regions::two();
    regions.list.iter().for_each(|region| region.set_silent(true));
    let source = regions.open(&[("aliyun_hedge_after_ms", "20")]);
    let start = Instant::now();
    let error = source.get(Some(Duration::from_millis(300))).unwrap_err();
    assert_eq!(error.code(), Code::Timeout, "{error}");
    assert!(start.elapsed() < LONG / 2);
}

#[test]
fn the_total_timeout_bounds_all_backends_and_each_is_named() {
    let regions = Regions::two();
    regions.list.iter().for_each(|region| region.set_silent(true));
    let source = regions.open(&[("total_timeout_ms", "2000"), ("aliyun_hedge_after_ms", "20")]);
    let error = get_error(&source);
    assert_eq!(error.code(), Code::Network, "{error}");
    assert!(regions.list.iter().all(|region| error.message().contains(&region.host_port())), "{error}");
    // A hedge delay that is longer than the time left is shortened.
    regions.list[1].set_silent(false);
    let source = regions.open(&[("total_timeout_ms", "6000"), ("aliyun_hedge_after_ms", "60000")]);
    assert_eq!(key_of(&get(&source)), regions.key());
}

#[test]
fn a_common_cause_is_reported_once() {
    let regions = Regions::two();
    let error = get_error(&regions.open(&[("aliyun_identity", "environment")]));
    assert_eq!(error.code(), Code::NoIdentity, "{error}");
    let hosts: Vec<String> = regions.list.iter().map(Region::host_port).collect();
    assert!(error.message().starts_with(&format!("none of 2 backends answered: {}: ", hosts.join(", "))), "{error}");
    assert_eq!(error.message().matches("ALIBABA_CLOUD_ACCESS_KEY_ID is not set").count(), 1, "{error}");
}

#[test]
fn two_endpoints_of_one_region_are_two_backends() {
    let regions = Regions::two();
    let hosts: Vec<String> = regions.list.iter().map(Region::host_port).collect();
    let list =
        format!(r#"[{{"regionId":"cn-a","endpoint":"{}"}},{{"regionId":"cn-a","endpoint":"{}"}}]"#, hosts[0], hosts[1]);
    let client = regions.world.client(&plain(&list));
    let source = client.open_managed(None, NAME).unwrap();
    get(&source);
    assert_eq!(backend(&source).as_ref(), Some(&hosts[0]));
    regions.list[0].set_down(true);
    regions.next_poll(&source);
    assert_eq!(backend(&source).as_ref(), Some(&hosts[1]));
    // Another source with one endpoint of that region uses it.
    let mut overrides = evercred_core::client::Config::new();
    overrides.set("aliyun_regions", &format!(r#"[{{"regionId":"cn-a","endpoint":"{}"}}]"#, hosts[1])).unwrap();
    let other = client.open_managed(Some(&overrides), NAME).unwrap();
    get(&other);
    assert_eq!(backend(&other).as_ref(), Some(&hosts[1]));
    regions.key();
}

#[test]
fn a_forked_child_fails_over_too() {
    let regions = Regions::two();
    let source = regions.open(&[]);
    get(&source);
    regions.list[0].set_unavailable(true);
    regions.world.platform.fork();
    assert_eq!(key_of(&source.refresh(Some(LONG)).unwrap()), regions.key());
    assert_eq!((regions.asked(), backend(&source)), (vec![2, 1], Some(regions.list[1].host_port())));
}

#[test]
fn a_much_slower_backend_is_asked_later() {
    let regions = Regions::two();
    let list = regions.options();
    let more = [("aliyun_hedge_after_ms", "1000"), ("forced_refresh_burst", "100")];
    let client = regions.world.real_client(&[&plain(&list)[..], &more].concat());
    let source = client.open_managed(None, NAME).unwrap();
    regions.list[0].set_delay(LONG);
    get(&source);
    let asked = regions.asked();
    assert_eq!(asked, [1, 1]);
    regions.list[0].set_delay(Duration::ZERO);
    for _ in 0..5 {
        source.refresh(Some(LONG)).unwrap();
    }
    assert_eq!((regions.list[1].requests(), backend(&source)), (6, Some(regions.list[1].host_port())));
    regions.key();
}

#[test]
fn a_slow_login_identity_makes_no_backend_slow() {
    let regions = Regions::two();
    let list = regions.options();
    let more = [("aliyun_hedge_after_ms", "1000"), ("aliyun_identity", "callback")];
    let mut config = regions.world.config(&[&plain(&list)[..], &more].concat());
    config.identity_callback = Some(IdentityCallback::new(|| {
        std::thread::sleep(Duration::from_millis(1300));
        SuppliedKey::new(ASKER, ASKER_SECRET, None, 0)
    }));
    let client = regions.world.kept(Client::new(config, Arc::new(RealTime::default())).unwrap());
    let source = client.open_managed(None, NAME).unwrap();
    // Both are asked as soon as there is a key, and the second one answers first, after the request has reached the first one.
    regions.list[0].set_delay(Duration::from_secs(2));
    regions.list[1].set_delay(Duration::from_millis(300));
    get(&source);
    assert_eq!((regions.asked(), backend(&source)), (vec![1, 1], Some(regions.list[1].host_port())));
    regions.list.iter().for_each(|region| region.set_delay(Duration::ZERO));
    source.refresh(Some(LONG)).unwrap();
    assert_eq!((regions.asked(), backend(&source)), (vec![2, 1], Some(regions.list[0].host_port())));
    regions.key();
}

#[test]
fn a_wrong_clock_is_corrected_for_each_backend() {
    let regions = Regions::two();
    regions.world.platform.shift_wall(24 * 3600 * 1000);
    regions.list[0].set_down(true);
    let source = regions.open(&[]);
    assert_eq!(key_of(&get(&source)), regions.key());
    assert!(source.status().clock_skew_ms < -23 * 3600 * 1000);
    // One request to learn the time, one with the right time.
    assert_eq!(regions.list[1].requests(), 2);
}

#[test]
fn a_held_value_is_served_after_any_error_code() {
    // Recorded codes; the official client classifies by the exception type, we by the code alone.
    let codes = [
        ("Rejected.Throttling", 429, true),
        ("ServiceUnavailableTemporary", 503, true),
        ("InternalFailure", 500, true),
        ("Throttling", 400, true),
        ("Throttling.User", 400, true),
        ("SDK.HttpError", 400, true),
        ("SDK.ReadTimeout", 400, true),
        ("SDK.UnknownServerError", 400, true),
        ("Forbidden.InDebtOverdue", 403, false),
        ("Forbidden.InDebt", 403, false),
        ("Forbidden.KeyNotFound", 404, false),
        ("Forbidden.NoPermission", 403, false),
        ("InvalidAccessKeyId.Inactive", 400, false),
        ("InvalidAccessKeyId", 403, false),
        ("InvalidSecurityToken.Expired", 400, false),
    ];
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/aliyun_secret_values.json");
    let recorded: serde_json::Value = serde_json::from_slice(&std::fs::read(recorded).unwrap()).unwrap();
    let recorded = recorded["cases"].as_array().unwrap().iter().filter(|case| case["kind"] == "error-classification");
    for code in recorded.map(|case| case["inputs"]["code"].as_str().unwrap()) {
        assert!(codes.iter().any(|(said, _, _)| *said == code), "{code}");
    }
    for (said, status, moves_on) in codes {
        let regions = Regions::two();
        let source = regions.open(&[]);
        let before = get(&source);
        code(&regions, u64::MAX, status, said);
        regions.world.advance(6 * MINUTE);
        let failed = status_where(&source, "the poll fails", |status| status.failures > 0);
        assert_eq!(failed.last_error.unwrap().provider_code(), Some(said));
        let asked = regions.asked();
        assert_eq!(asked[1] > 0, moves_on, "{said}: {asked:?}");
        // Also for a debt: the held value stays in use.
        let held = source.get(Some(Duration::ZERO)).unwrap();
        assert_eq!((held.state(), key_of(&held)), (State::Fresh, key_of(&before)), "{said}");
        regions.key();
    }
}

#[test]
fn waits_between_failures_grow_and_are_bounded() {
    // The official waits: 2 s, 4 s, 8 s, 10 s, 10 s. Ours have these as their upper bounds, and jitter below.
    let regions = Regions::two();
    let source = regions.open(&[("backoff_initial_ms", "2000"), ("backoff_max_ms", "10000")]);
    get(&source);
    regions.list.iter().for_each(|region| region.set_unavailable(true));
    regions.world.advance(6 * MINUTE);
    for (failures, most) in [(1, 2_000), (2, 4_000), (3, 8_000), (4, 10_000), (5, 10_000), (6, 10_000)] {
        let status = status_where(&source, "it fails", |status| status.failures >= failures);
        assert_eq!(status.failures, failures);
        let wait = status.next_refresh_at_ms - regions.world.platform.wall_ms();
        assert!((0..=most).contains(&wait), "{failures}: {wait}");
        regions.world.advance(Duration::from_millis(u64::try_from(wait).unwrap()));
    }
    regions.key();
}

#[test]
fn an_unusable_list_is_named() {
    let regions = Regions::two();
    for (list, says) in [
        ("[", "aliyun_regions: it is not JSON"),
        (r#"[{"regionId":"cn-a"},{"vpc":true}]"#, "aliyun_regions: entry 2: regionId: "),
        (r#"[{"endpoint":"a/b"}]"#, "aliyun_regions: entry 1: endpoint: "),
        (r#"[{"endpoint":"a:70000"}]"#, "aliyun_regions: entry 1: endpoint: "),
    ] {
        let error = Config::new().set("aliyun_regions", list).unwrap_err();
        assert!(error.code() == Code::InvalidOption && error.message().starts_with(says), "{error}");
    }
    // What only the client can know: an official configuration may add to an empty list, and a file may come later.
    for (list, says) in [
        ("[]", "aliyun_regions: it lists no backend"),
        (r#"[{"regionId":"cn-a","caFilePath":"/no/such/file"}]"#, "aliyun_regions: entry 1: caFilePath: "),
        (
            r#"[{"endpoint":"a","clientKeyFile":"/no/such/file","password":"x"}]"#,
            "aliyun_regions: entry 1: clientKeyFile: ",
        ),
    ] {
        let error = regions.world.client(&plain(list)).open_managed(None, NAME).unwrap_err();
        assert!(matches!(error.code(), Code::InvalidOption | Code::File), "{error:?}");
        assert!(error.message().starts_with(says), "{error}");
    }
}
