//! The flows recorded from the official Python SDK (kinds `flow` and `timer` of `tests/vectors/tencent_cam_responses.json`),
//! replayed: the same answers, at the same times, and what the design requires. Each difference has its reason.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

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
use evercred_core::providers::Origin;
use evercred_emulator::FaultKind;
use serde_json::Value;
use support::*;

/// The official timer asks at the latest every 5 seconds; ours does so for these tests, to replay what it saw.
const POLL_MS: u64 = 5000;
/// Past the poll's jitter of 10 %.
const POLL: Duration = Duration::from_millis(POLL_MS + POLL_MS / 10 + 1);
/// No flow that ends in an error goes on within this time; the tries of one flight are made in less.
const SHORT: Duration = Duration::from_secs(10);

fn cases(kind: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/tencent_cam_responses.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().filter(|case| case["kind"] == kind).cloned().collect()
}

/// A recorded flow, and a source that gets its answers.
struct Flow {
    world: World,
    client: Arc<Client>,
    source: Arc<Source>,
    steps: Vec<Value>,
    clock_ms: u64,
    _folder: Folder,
}

/// What a step led to.
struct Outcome {
    result: Result<String, Error>,
    requests: u64,
}

impl Flow {
    fn new(name: &str) -> Flow {
        let case = cases("flow").into_iter().find(|case| case["name"] == name).unwrap();
        let inputs = &case["inputs"];
        assert_eq!(
            [&inputs["region"], &inputs["instance_id"], &inputs["user_name"]],
            [REGION, INSTANCE, USER],
            "the account of these tests is that of the recording"
        );
        let folder = Folder::new(name);
        let mut options = vec![("poll_interval_ms".to_owned(), POLL_MS.to_string())];
        if let Some(hex) = inputs["fallback_file_hex"].as_str() {
            // The recorded path lies below the working directory; `tencent_database/fallback_file.rs` tests those paths.
            let bytes: Vec<u8> =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            options.push(("fallback_file".to_owned(), folder.write("file", bytes)));
        }
        let world = World::new();
        let options: Vec<_> = options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let client = world.client(&options);
        let source = world.source(&client);
        let steps = case["steps"].as_array().unwrap().clone();
        let clock_ms = steps[0]["step"]["clock_ms"].as_u64().unwrap();
        Flow { world, client, source, steps, clock_ms, _folder: folder }
    }

    fn official(&self, step: usize) -> &Value {
        &self.steps[step]["expected_official"]
    }

    /// The cloud answers as in this step. Where we try more often than the recording, the last answer is given again.
    fn script(&self, step: usize) {
        self.world.emulator.clear_faults();
        let responses = self.steps[step]["step"]["responses"].as_array().unwrap();
        for (index, response) in responses.iter().enumerate() {
            let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
            let body = response["body_utf8"].as_str().unwrap().as_bytes().to_vec();
            let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
            let times = if index + 1 == responses.len() { u64::MAX } else { 1 };
            self.world.inject(times, FaultKind::Raw { status, headers, body });
        }
        if responses.is_empty() {
            // No request is expected; one would get this error.
            self.world.fail("InternalError.NobodyShouldAsk");
        }
    }

    /// Goes to the step's time and does what the official caller did: ask for the token.
    fn generate(&mut self, step: usize) -> Outcome {
        self.script(step);
        let before = self.world.requests();
        let clock_ms = self.steps[step]["step"]["clock_ms"].as_u64().unwrap();
        self.world.advance(Duration::from_millis(clock_ms - self.clock_ms));
        self.clock_ms = clock_ms;
        self.ask(before)
    }

    fn ask(&self, before: u64) -> Outcome {
        let result = self.source.get(Some(SHORT)).map(|credential| password_of(&credential));
        if let Ok(password) = &result {
            self.world.remember(password);
        }
        let shown: Vec<String> = result.as_ref().err().map(|error| format!("{error} {error:?}")).into_iter().collect();
        self.world.assert_no_secret(&self.client, &shown);
        Outcome { result, requests: self.world.requests() - before }
    }

    /// As the official timer after 5 seconds: our poll.
    fn timer(&self, step: usize) -> u64 {
        assert_eq!(self.steps[step]["step"]["call"], "timer");
        self.script(step);
        let before = self.world.requests();
        self.world.advance(POLL);
        eventually("the poll asks", || self.world.requests() > before);
        status_where(&self.source, "and is answered", |status| status.failures > 0);
        self.world.requests() - before
    }

    /// The step's password and the number of requests are the official ones.
    fn agrees(&mut self, step: usize) {
        let outcome = self.generate(step);
        let official = self.official(step);
        assert_eq!(outcome.result.as_deref().ok(), official["returned"].as_str(), "step {step}");
        assert_eq!(Some(outcome.requests), official["requests_sent"].as_u64(), "step {step}");
        let cached = official["cache"]["expires_at_ms"].as_u64().unwrap();
        let left = cached - self.clock_ms;
        let ours = self.source.status().expires_at_ms - self.world.platform.wall_ms();
        assert_eq!(u64::try_from(ours), Ok(left), "step {step}: the end");
    }

    /// The step ends in the official error after as many requests.
    fn fails_alike(&mut self, step: usize) {
        let outcome = self.generate(step);
        let raised = &self.official(step)["raised"];
        let error = outcome.result.unwrap_err();
        assert_eq!(error.provider_code(), raised["code"].as_str());
        assert_eq!(error.request_id(), raised["request_id"].as_str());
        assert_eq!(Some(error.user_notification_required()), raised["user_notification_required"].as_bool());
        assert_eq!(Some(outcome.requests), self.official(step)["requests_sent"].as_u64());
        assert_eq!(self.source.status().state, State::Empty);
    }
}

#[test]
fn every_recorded_flow_has_a_test() {
    let source = include_str!("tencent_official_flows.rs");
    let names: BTreeSet<String> = cases("flow").iter().map(|case| case["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 14);
    for name in names {
        assert!(source.contains(&format!("Flow::new(\"{name}\")")), "{name}");
    }
}

#[test]
fn first_success() {
    let mut flow = Flow::new("flow-first-success");
    flow.agrees(0);
    flow.agrees(1);
}

#[test]
fn short_lived() {
    let mut flow = Flow::new("flow-short-lived");
    flow.agrees(0);
    flow.agrees(1);
    // At the very moment of its end it is no longer handed out.
    flow.agrees(2);
}

#[test]
fn two_errors_then_success() {
    // The official SDK tries again at once; we after a short random pause.
    Flow::new("flow-two-errors-then-success").agrees(0);
}

#[test]
fn three_errors() {
    let mut flow = Flow::new("flow-three-errors");
    flow.fails_alike(0);
    // The official SDK makes three more requests in every further call; we back off.
    let requests = flow.world.requests();
    for _ in 0..20 {
        assert!(flow.source.get(Some(Duration::ZERO)).is_err());
    }
    assert_eq!(flow.world.requests(), requests);
}

#[test]
fn an_auth_failure_stops() {
    Flow::new("flow-auth-failure-stops").fails_alike(0);
}

#[test]
fn an_auth_failure_with_another_status_is_one_too() {
    let mut flow = Flow::new("flow-http-403-is-retried");
    let outcome = flow.generate(0);
    // The official SDK reads no body that comes with another status than 200: it takes this for a transient failure of the
    // network, tries three times and quotes the whole body. We read the code.
    assert_eq!(flow.official(0)["raised"]["code"], "ServerNetworkError");
    let error = outcome.result.unwrap_err();
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("AuthFailure.SignatureFailure")));
    assert!(error.user_notification_required() && error.request_id().is_some());
    assert_eq!(outcome.requests, 1);
}

#[test]
fn an_expired_token_is_stale_for_a_limited_time() {
    let mut flow = Flow::new("flow-stale-token-after-expiry");
    flow.agrees(0);
    let outcome = flow.generate(1);
    // The official SDK hands out the ended token as if it were good, without limit. Ours says STALE, and for at most
    // `max_stale_ms` (one hour) after the end.
    assert_eq!(outcome.result.as_deref().ok(), flow.official(1)["returned"].as_str());
    let status = flow.source.status();
    assert_eq!(status.state, State::Stale);
    assert!(status.failures > 0 && status.expires_at_ms < flow.world.platform.wall_ms());
    // The end was at 10 s, the step at an hour.
    flow.world.advance(Duration::from_secs(11));
    assert_eq!(flow.source.status().state, State::Ended);
    let error = flow.source.get(Some(Duration::ZERO)).unwrap_err();
    assert!(matches!(error.code(), Code::Service | Code::Timeout), "{error:?}");
}

#[test]
fn a_refusal_does_not_discard_a_valid_token() {
    let mut flow = Flow::new("flow-timer-auth-failure-removes");
    flow.agrees(0);
    assert_eq!(flow.timer(1), 1);
    // The official timer throws the token away, although it is good for ten minutes, and ends for ever. We say what the
    // cloud said, keep the token while it is good, and ask again.
    assert_eq!(flow.official(1)["cache"], Value::Null);
    let status = flow.source.status();
    let error = status.last_error.unwrap();
    assert_eq!(error.provider_code(), Some("ResourceNotFound.DataFlowAuthClose"));
    assert!(error.user_notification_required());
    assert_eq!((status.state, password_of(&get(&flow.source)).as_str()), (State::Fresh, "example-auth-token-1"));
    assert!(status.next_refresh_at_ms > flow.world.platform.wall_ms());
    flow.world.advance(Duration::from_secs(600));
    assert_eq!(get_error(&flow.source).provider_code(), Some("ResourceNotFound.DataFlowAuthClose"));
}

#[test]
fn a_failed_poll_keeps_the_token() {
    let mut flow = Flow::new("flow-timer-internal-error-keeps");
    flow.agrees(0);
    // One request, not three: no caller waits.
    assert_eq!(flow.timer(1), 1);
    let status = flow.source.status();
    assert_eq!((status.state, password_of(&get(&flow.source)).as_str()), (State::Fresh, "example-auth-token-1"));
    let next = status.next_refresh_at_ms - flow.world.platform.wall_ms();
    assert!((1..=5000).contains(&next), "{next}");
}

#[test]
fn a_fallback_file_is_used_in_an_outage() {
    let mut flow = Flow::new("flow-fallback-file");
    flow.agrees(0);
    let status = flow.source.status();
    assert_eq!((status.origin, status.failures), (Origin::FallbackFile, 1));
    // As the official timer, we ask soon again, but after a random time that grows.
    let next = status.next_refresh_at_ms - flow.world.platform.wall_ms();
    assert!((1..=5000).contains(&next), "{next}");
}

#[test]
fn a_fallback_file_is_not_used_after_a_refusal() {
    Flow::new("flow-fallback-not-for-auth-failure").fails_alike(0);
}

#[test]
fn null_credentials_are_an_error() {
    let mut flow = Flow::new("flow-null-credentials");
    let outcome = flow.generate(0);
    // The official SDK raises an AttributeError. We treat a broken answer as transient and try as often.
    let error = outcome.result.unwrap_err();
    assert_eq!((error.code(), error.request_id()), (Code::Malformed, Some("EXAMPLE-REQUEST-ID-0001")));
    assert_eq!(outcome.requests, 3);
}

#[test]
fn a_token_that_cannot_be_read_is_asked_for_again() {
    let mut flow = Flow::new("flow-undecryptable-token");
    let outcome = flow.generate(0);
    // The official SDK raises InternalError at the first, although the next answer is good.
    assert_eq!(flow.official(0)["responses_left"], 1);
    assert_eq!(outcome.result.as_deref().ok(), Some("example-auth-token-1"));
    assert_eq!(outcome.requests, 2);
}

#[test]
fn an_end_that_is_now_is_asked_about_soon() {
    let mut flow = Flow::new("flow-expiry-zero");
    let outcome = flow.generate(0);
    assert_eq!(outcome.result.as_deref().ok(), flow.official(0)["returned"].as_str());
    assert_eq!(outcome.requests, 1);
    // The official SDK asks anew in every call of that moment, and starts no timer. We take the rotation for one that has
    // not settled: the token is handed out until the next poll, which is a second away.
    let outcome = flow.generate(1);
    assert_eq!((outcome.result.as_deref().ok(), outcome.requests), (Some("example-auth-token-1"), 0));
    flow.world.advance(Duration::from_millis(1001));
    let returned = flow.official(1)["returned"].as_str().unwrap();
    eventually("the next poll brings the new one", || password_of(&get(&flow.source)) == returned);
    assert_eq!(flow.world.requests(), 2);
}

/// The next refresh is planned for any remaining time. The official timer does not start for a time of 0 or less,
/// and that token is never renewed in the background again.
#[test]
fn a_timer_is_set_for_any_delay() {
    let good = &cases("flow").iter().find(|case| case["name"] == "flow-first-success").unwrap().clone();
    let body = good["steps"][0]["step"]["responses"][0]["body_utf8"].as_str().unwrap().to_owned();
    let timers = cases("timer");
    assert_eq!(timers.len(), 4);
    for case in timers {
        let delay = case["inputs"]["delay_ms"].as_i64().unwrap();
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        let credentials = &mut answer["Response"]["Credentials"];
        credentials["NextRotationTime"] = (credentials["CurrentTime"].as_i64().unwrap() + delay).into();

        let world = World::new();
        let raw = FaultKind::Raw { status: 200, headers: vec![], body: answer.to_string().into_bytes() };
        world.inject(u64::MAX, raw);
        let client = world.client(&[]);
        let source = world.source(&client);
        get(&source);
        let planned = source.status().next_refresh_at_ms - world.platform.wall_ms();
        // At the rotation, give or take the jitter of 2 s; soon where it is overdue; at the poll where it is far.
        let most = delay.clamp(1000, 5 * 60_000 * 11 / 10) + 2000;
        assert!((0..=most).contains(&planned), "{delay}: planned in {planned} ms");
        world.advance(Duration::from_millis(u64::try_from(planned).unwrap() + 1));
        eventually("and asks then", || world.requests() == 2);
    }
}
