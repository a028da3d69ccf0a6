//! Regions, each of which can have its own trouble.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::disruption::Disruption;
use crate::refusal::Refusal;

/// What is the matter with a region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) address: Option<SocketAddr>,
    pub(crate) down: bool,
    pub(crate) silent: bool,
    pub(crate) unavailable: bool,
    pub(crate) delay: Duration,
    /// How many requests are still to be throttled, and with which code.
    pub(crate) throttles: u64,
    pub(crate) throttle_code: Option<String>,
    pub(crate) requests: u64,
}

/// All regions that were ever spoken of.
#[derive(Debug, Default)]
pub(crate) struct Regions(BTreeMap<String, Conditions>);

impl Regions {
    pub(crate) fn get(&self, name: &str) -> Option<&Conditions> {
        self.0.get(name)
    }

    pub(crate) fn of(&mut self, name: &str) -> &mut Conditions {
        self.0.entry(name.to_owned()).or_default()
    }

    /// All of them, for people.
    pub(crate) fn describe(&self) -> Vec<Value> {
        let told = self.0.iter().map(|(name, region)| {
            json!({"region": name, "host_port": region.address.map(|address| address.to_string()),
                   "down": region.down, "silent": region.silent, "unavailable": region.unavailable,
                   "delay_ms": region.delay.as_millis(), "throttle": region.throttles, "requests": region.requests})
        });
        told.collect()
    }

    /// Counts a request in a region and tells how it fares there, and after what pause.
    pub(crate) fn disruption(&mut self, name: &str, service_code: &str) -> (Disruption, Duration) {
        let Some(region) = self.0.get_mut(name) else { return (Disruption::None, Duration::ZERO) };
        region.requests += 1;
        let disruption = if region.down {
            Disruption::Down
        } else if region.silent {
            Disruption::Silent
        } else if region.unavailable {
            let message = "The request has failed due to a temporary failure of the server.";
            Disruption::Refused(Refusal::new(503, "ServiceUnavailableTemporary", message))
        } else if region.throttles > 0 {
            region.throttles = if region.throttles == u64::MAX { u64::MAX } else { region.throttles - 1 };
            let code = region.throttle_code.as_deref().unwrap_or(service_code);
            Disruption::Refused(throttled(code))
        } else {
            Disruption::None
        };
        (disruption, region.delay)
    }
}

/// Throttling as KMS (429), OSS (503) or the gateway (400) says it.
fn throttled(code: &str) -> Refusal {
    match code {
        "Rejected.Throttling" => Refusal::new(429, code, "QPS Limit Exceeded"),
        "QpsLimitExceeded" => Refusal::new(503, code, "Please reduce your request rate."),
        _ => Refusal::new(400, code, "Request was denied due to user flow control."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weathers() {
        let mut regions = Regions::default();
        let fine = (Disruption::None, Duration::ZERO);
        assert_eq!(regions.disruption("a", "x"), fine);
        regions.of("a").throttles = 1;
        let (Disruption::Refused(refusal), _) = regions.disruption("a", "Rejected.Throttling") else { unreachable!() };
        assert_eq!((refusal.status, refusal.code.as_str()), (429, "Rejected.Throttling"));
        assert_eq!(regions.disruption("a", "x"), fine);
        *regions.of("a") = Conditions { throttles: u64::MAX, delay: Duration::from_secs(1), ..Conditions::default() };
        for _ in 0..3 {
            let (Disruption::Refused(refusal), pause) = regions.disruption("a", "Throttling.User") else {
                unreachable!()
            };
            assert_eq!((refusal.status, pause), (400, Duration::from_secs(1)));
        }
        regions.of("a").down = true;
        assert_eq!(regions.disruption("a", "x").0, Disruption::Down);
        assert_eq!(regions.disruption("b", "x"), fine);
        assert_eq!(regions.get("a").unwrap().requests, 4);
    }
}
