//! The flows recorded from the official secrets manager client (kinds `cache-flow` and `token-bucket` of
//! `tests/vectors/aliyun_secret_values.json`), replayed: the same answers, at the same times, and what the design requires.
//! Each difference has its reason.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evercred_core::cache::Source;
use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::error::{Code, Error};
use evercred_core::platform::Platform;
use evercred_emulator::FaultKind;
use serde_json::Value;
use support::aliyun_managed::*;
use support::*;

const INTERVAL_MS: i64 = 6 * 3_600_000;
const MOST_DISTURBANCE_MS: i64 = 600_000;
/// No flow that ends in an error goes on within this time; the tries of one flight are made in less.
const SHORT: Duration = Duration::from_secs(10);

fn cases(kind: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/aliyun_secret_values.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().filter(|case| case["kind"] == kind).cloned().collect()
}

fn case(kind: &str, name: &str) -> Value {
    cases(kind).into_iter().find(|case| case["name"] == name).unwrap()
}

/// A flow, with a source that meets it.
struct Flow {
    world: World,
    client: Arc<Client>,
    source: Arc<Source>,
    case: Value,
}

impl Flow {
    fn new(name: &str) -> Flow {
        Flow::with(name, &[])
    }

    /// The safety poll, which the official client lacks, stays out of the way.
    fn with(name: &str, more: &[(&str, &str)]) -> Flow {
        let case = case("cache-flow", name);
        let world = managed_world();
        world.remember("example-secret-key-1");
        set_clock(&world, case["steps"][0]["now_ms"].as_i64().unwrap());
        let mut options = vec![NO_POLL];
        options.extend_from_slice(more);
        let (client, source) = open(&world, &options);
        Flow { world, client, source, case }
    }

    fn official(&self, step: usize) -> &Value {
        &self.case["steps"][step]["expected_official"]
    }

    /// From now on KMS answers with this one of the recorded results, however often it is asked.
    fn answer(&self, result: usize) {
        self.world.emulator.clear_faults();
        let result = &self.case["inputs"]["kms_results"][result];
        if let Some(body) = result["body_utf8"].as_str() {
            let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
            return fail(
                &self.world,
                u64::MAX,
                FaultKind::Raw { status: 200, headers, body: body.as_bytes().to_vec() },
            );
        }
        match result["code"].as_str().unwrap() {
            "SDK.HttpError" => fail(&self.world, u64::MAX, FaultKind::Drop),
            code => {
                let statuses = [("Rejected.Throttling", 429), ("ServiceUnavailableTemporary", 503)];
                let status = statuses.iter().find(|(known, _)| *known == code).map_or(403, |(_, status)| *status);
                refuse(&self.world, u64::MAX, status, code);
            }
        }
    }

    fn requests(&self) -> u64 {
        self.world.emulator.requests(ACTION)
    }

    /// Goes to a step's time; what falls due on the way is fetched.
    fn go(&self, step: usize) {
        let to_ms = self.case["steps"][step]["now_ms"].as_i64().unwrap();
        self.world.advance(Duration::from_millis(u64::try_from(to_ms - self.world.platform.wall_ms()).unwrap()));
    }

    /// The version of the secret that is handed out.
    fn version(&self) -> Result<String, Error> {
        let result = self.source.get(Some(SHORT));
        let shown: Vec<String> = result.as_ref().err().map(|error| format!("{error} {error:?}")).into_iter().collect();
        self.world.assert_no_secret(&self.client, &shown);
        result.map(|credential| {
            assert_eq!(key_of(&credential), "EXAMPLE-AK-1");
            credential.material().version_id.expose().to_owned()
        })
    }

    /// The step's `get` gives the official version after as many requests.
    fn agrees(&self, step: usize) {
        let before = self.requests();
        self.go(step);
        let official = self.official(step);
        assert_eq!(self.version().ok().as_deref(), official["returned"]["version_id"].as_str(), "step {step}");
        assert_eq!(Some(self.requests() - before), official["kms_requests"].as_u64(), "step {step}");
    }

    /// The renewal is as the recording has it (`jobs_added_at`, made with its own random part), give or take ours.
    fn renews_as_recorded(&self) {
        let due = self.source.status().renew_at_ms - self.world.platform.wall_ms();
        assert!((INTERVAL_MS - 1000..=INTERVAL_MS + MOST_DISTURBANCE_MS + 1000).contains(&due), "{due}");
        self.world.landed(&self.source);
    }

    /// Nothing is held, and the error is the service's.
    fn fails(&self, code: Code, provider_code: Option<&str>) {
        let error = self.version().unwrap_err();
        assert_eq!((error.code(), error.provider_code()), (code, provider_code));
        assert!(error.is_retryable());
        assert_eq!(self.source.status().state, State::Empty);
    }

    /// By itself, once KMS answers.
    fn recovers(&self, version: &str) {
        self.world.emulator.clear_faults();
        let body = self.case["inputs"]["recovery_body_utf8"].as_str().map(str::to_owned);
        let body = body.unwrap_or_else(|| {
            let good = case("cache-flow", "flow-init-ok");
            good["inputs"]["kms_results"][0]["body_utf8"].as_str().unwrap().to_owned()
        });
        fail(&self.world, u64::MAX, FaultKind::Raw { status: 200, headers: vec![], body: body.into_bytes() });
        // Past any back-off.
        self.world.advance(2 * MINUTE);
        status_where(&self.source, "it recovers", |status| status.state == State::Fresh);
        assert_eq!(self.version().unwrap(), version);
    }
}

#[test]
fn every_recorded_flow_has_a_test() {
    let source = include_str!("aliyun_official_flows.rs");
    let names: BTreeSet<String> =
        cases("cache-flow").iter().map(|case| case["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 13);
    for name in names {
        assert!(["new", "with"].iter().any(|by| source.contains(&format!("Flow::{by}(\"{name}\""))), "{name}");
    }
    let buckets: Vec<_> = cases("token-bucket").iter().map(|case| case["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(buckets, ["bucket-burst", "bucket-refill"]);
}

#[test]
fn get_caches() {
    let flow = Flow::new("flow-get-caches");
    flow.answer(0);
    flow.agrees(0);
    flow.renews_as_recorded();
    flow.agrees(1);
    flow.agrees(2);
}

#[test]
fn refresh_now() {
    let flow = Flow::new("flow-refresh-now");
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    flow.go(1);
    assert_eq!(flow.source.refresh(Some(SHORT)).unwrap().material().version_id.expose(), "v2");
    assert_eq!(flow.requests(), 2);
    flow.renews_as_recorded();
    flow.agrees(2);
}

#[test]
fn a_value_does_not_wait_for_the_end_of_its_ttl() {
    let flow = Flow::new("flow-cache-expires");
    flow.answer(0);
    flow.agrees(0);
    // The official cache asks again when the ttl of 7 days is over; its scheduled task, which the recording leaves out,
    // asks every 6 hours. Our background is that task.
    flow.answer(1);
    flow.world.advance(Duration::from_millis(INTERVAL_MS as u64 - 2000));
    assert_eq!((flow.version().unwrap().as_str(), flow.requests()), ("v1", 1));
    flow.world.advance(Duration::from_millis(MOST_DISTURBANCE_MS as u64 + 5000));
    eventually("the renewal", || flow.version().unwrap() == "v2");
    assert_eq!(flow.requests(), 2);
}

#[test]
fn without_a_background_the_value_is_renewed_within_get() {
    // As the official cache does without its task, but when the renewal is due and not only at the end of the ttl.
    let flow = Flow::with("flow-cache-expires", &[("refresh", "lazy")]);
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    flow.go(2);
    assert_eq!((flow.version().unwrap().as_str(), flow.requests()), ("v2", 2));
}

#[test]
fn an_outage_past_the_ttl_leaves_the_cached_value_in_use() {
    let flow = Flow::with("flow-cache-expired-and-kms-down", &[("refresh", "lazy")]);
    flow.answer(0);
    flow.agrees(0);
    // The official cache raises although it holds a value. We hand it out, marked, for up to 24 hours after its renewal.
    flow.answer(1);
    flow.world.advance(Duration::from_millis((INTERVAL_MS + MOST_DISTURBANCE_MS) as u64 + 2000));
    assert_eq!(flow.version().unwrap(), "v1");
    assert_eq!(flow.version().unwrap(), "v1");
    let status = flow.source.status();
    assert_eq!((status.state, status.last_error.unwrap().code()), (State::Stale, Code::Network));
    flow.world.advance(23 * HOUR);
    assert_eq!(flow.version().unwrap(), "v1");
    // The step is a week later, past the limit for a stale value.
    flow.go(1);
    assert_eq!(flow.version().unwrap_err().code(), Code::Network);
}

#[test]
fn a_throttled_renewal_is_planned_again() {
    let flow = Flow::new("flow-refresh-task-server-exception");
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    // Past our random part as well.
    flow.world.advance(Duration::from_millis((INTERVAL_MS + MOST_DISTURBANCE_MS) as u64 + 5000));
    let status = status_where(&flow.source, "the renewal is throttled", |status| status.failures > 0);
    // The official task ends with that error and never runs again.
    assert_eq!(flow.official(1)["refresh_still_scheduled"], false);
    let error = status.last_error.unwrap();
    assert_eq!((error.code(), error.provider_code()), (Code::Throttled, Some("Rejected.Throttling")));
    let next = status.next_refresh_at_ms - flow.world.platform.wall_ms();
    assert!((1..=60_000).contains(&next), "{next}");
    assert_eq!(flow.version().unwrap(), "v1");
}

#[test]
fn a_renewal_that_fails_is_tried_again_soon() {
    let flow = Flow::new("flow-refresh-task-client-exception");
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    flow.world.advance(Duration::from_millis((INTERVAL_MS + MOST_DISTURBANCE_MS) as u64 + 5000));
    status_where(&flow.source, "the renewal fails", |status| status.failures > 0);
    assert_eq!(flow.version().unwrap(), "v1");
    // The official task comes back after another 6 hours; we after a back-off of a minute at the most.
    flow.answer(2);
    flow.world.advance(MINUTE + Duration::from_secs(1));
    eventually("the next try", || flow.version().unwrap() == "v2");
    flow.renews_as_recorded();
}

#[test]
fn an_unreadable_rotation_date_keeps_value_and_schedule() {
    let flow = Flow::new("flow-refresh-task-bad-rotation");
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    flow.go(1);
    // The official client stores the value, then its task ends with an error.
    assert_eq!(flow.official(1)["refresh_still_scheduled"], false);
    flow.source.refresh(Some(SHORT)).unwrap();
    assert_eq!(flow.version().unwrap(), "v2");
    flow.renews_as_recorded();
}

#[test]
fn a_refused_refresh_keeps_the_value_and_returns_the_error() {
    let flow = Flow::new("flow-refresh-now-server-exception");
    flow.answer(0);
    flow.agrees(0);
    flow.answer(1);
    flow.go(1);
    // The official client returns false.
    let error = flow.source.refresh(Some(SHORT)).unwrap_err();
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("Forbidden.NoPermission")));
    assert_eq!(flow.requests(), 2);
    flow.agrees(2);
    assert!(flow.source.status().next_refresh_at_ms > flow.world.platform.wall_ms());
}

#[test]
fn a_cold_start_without_a_network_fails_until_it_is_back() {
    // The official client has a hook that a program may fill with a value of its own; ours for that are the other regions
    // and the file cache. Without them an outage at the start is an error, and the background goes on trying.
    let flow = Flow::new("flow-recovery");
    flow.answer(0);
    flow.fails(Code::Network, None);
    flow.recovers("recovered");
}

#[test]
fn a_cold_start_in_an_outage_of_the_service_recovers_too() {
    // The official client does not call its hook for errors that were answered.
    let flow = Flow::new("flow-recovery-not-for-server-exception");
    flow.answer(0);
    flow.fails(Code::Service, Some("ServiceUnavailableTemporary"));
    assert!((1..=3).contains(&flow.requests()), "{} requests", flow.requests());
    flow.recovers("recovered");
}

#[test]
fn a_prefetch_fetches() {
    let flow = Flow::with("flow-init-ok", &[("prefetch", "on")]);
    flow.answer(0);
    flow.source.prefetch().unwrap();
    eventually("the prefetch lands", || flow.source.peek().is_some());
    assert_eq!(flow.version().unwrap(), "v1");
    flow.renews_as_recorded();
}

#[test]
fn a_throttled_prefetch_is_repeated() {
    let flow = Flow::new("flow-init-throttled");
    flow.answer(0);
    flow.source.prefetch().unwrap();
    // The official client tries to tolerate this, and raises an UnboundLocalError.
    let status = status_where(&flow.source, "the prefetch is throttled", |status| status.failures > 0);
    assert_eq!(status.last_error.unwrap().provider_code(), Some("Rejected.Throttling"));
    flow.recovers("v1");
}

#[test]
fn a_prefetch_without_a_network_does_not_end_the_program() {
    let flow = Flow::new("flow-init-http-error");
    flow.answer(0);
    flow.source.prefetch().unwrap();
    // The official client raises at its start.
    let status = status_where(&flow.source, "the prefetch fails", |status| status.failures > 0);
    assert_eq!((status.state, status.last_error.unwrap().code()), (State::Empty, Code::Network));
    flow.recovers("v1");
}

/// Which of the forced refreshes at these times are acted upon.
fn allowed(case: &Value, options: &[(&str, &str)]) -> Vec<bool> {
    let world = managed_world();
    let mut all = vec![NO_POLL];
    all.extend_from_slice(options);
    let (_client, source) = open(&world, &all);
    get(&source);
    current(&world);
    let start = world.platform.wall_ms();
    let times = case["inputs"]["at_ms"].as_array().unwrap();
    let act = |at_ms: &Value| {
        let wait = start + at_ms.as_i64().unwrap() - world.platform.wall_ms();
        world.advance(Duration::from_millis(u64::try_from(wait).unwrap()));
        let requests = world.emulator.requests(ACTION);
        match source.refresh(Some(LONG)) {
            Ok(_) => assert_eq!(world.emulator.requests(ACTION), requests + 1),
            Err(error) => {
                // Never a false success.
                assert_eq!((error.code(), world.emulator.requests(ACTION)), (Code::RateLimited, requests));
                assert!(error.retry_after().is_some());
                return false;
            }
        }
        true
    };
    times.iter().map(act).collect()
}

fn official(case: &Value) -> Vec<bool> {
    case["expected_official"]["allowed"].as_array().unwrap().iter().map(|one| one.as_bool().unwrap()).collect()
}

#[test]
fn a_burst_of_forced_refreshes_is_cut_at_five() {
    let case = case("token-bucket", "bucket-burst");
    assert_eq!([&case["inputs"]["max_tokens"], &case["inputs"]["rate_ms"]], [5, 600_000], "as our defaults");
    assert_eq!(allowed(&case, &[]), official(&case));
}

#[test]
fn the_bucket_fills_steadily() {
    let case = case("token-bucket", "bucket-refill");
    // Five in 10 minutes are five in 10 minutes: one flows back every 2 minutes. The official bucket gives one each 10
    // minutes, and loses what is left of a period whenever it looks.
    let (yes, no) = (true, false);
    let ours = [yes, yes, yes, yes, yes, no, yes, yes, yes, yes, yes, yes, yes];
    assert_eq!(allowed(&case, &[]), ours);
    // With the official rate, one in 10 minutes, the answers are the official ones once the burst is over.
    let slow = [("forced_refresh_burst", "1"), ("forced_refresh_period_ms", "600000")];
    assert_eq!(allowed(&case, &slow)[5..], official(&case)[5..]);
}
