//! Regions, each of which can have its own trouble.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::error::Refusal;
use crate::shared::Shared;

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

/// What becomes of a request before anyone looks at it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Weather {
    Fine,
    Down,
    Silent,
    Refused(Refusal),
}

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
    pub(crate) fn weather(&mut self, name: &str, service_code: &str) -> (Weather, Duration) {
        let Some(region) = self.0.get_mut(name) else { return (Weather::Fine, Duration::ZERO) };
        region.requests += 1;
        let weather = if region.down {
            Weather::Down
        } else if region.silent {
            Weather::Silent
        } else if region.unavailable {
            let message = "The request has failed due to a temporary failure of the server.";
            Weather::Refused(Refusal::new(503, "ServiceUnavailableTemporary", message))
        } else if region.throttles > 0 {
            region.throttles = if region.throttles == u64::MAX { u64::MAX } else { region.throttles - 1 };
            let code = region.throttle_code.as_deref().unwrap_or(service_code);
            Weather::Refused(throttled(code))
        } else {
            Weather::Fine
        };
        (weather, region.delay)
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

/// A region of the emulator's Alibaba Cloud: the same services and data behind a port of its own, with trouble of its own.
///
/// What is set here holds too for requests to the main port that name the region in `RegionId` or in `Host`
/// (`kms.<region>.aliyuncs.com`).
#[derive(Clone)]
pub struct Region {
    pub(crate) shared: Arc<Shared>,
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
}

impl Region {
    /// The region's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`, as the emulator itself.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.shared.tls { "https" } else { "http" }, self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host_port(&self) -> String {
        self.address.to_string()
    }

    /// Takes the region down, or up again: connections are reset.
    pub fn set_down(&self, down: bool) {
        self.change(|region| region.down = down);
    }

    /// Lets requests wait for ever for an answer.
    pub fn set_silent(&self, silent: bool) {
        self.change(|region| region.silent = silent);
    }

    /// Answers 503 `ServiceUnavailableTemporary`.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.change(|region| region.unavailable = unavailable);
    }

    /// A pause before each answer.
    pub fn set_delay(&self, delay: Duration) {
        self.change(|region| region.delay = delay);
    }

    /// Throttles the next `n` requests (`u64::MAX`: all until set again): KMS says `Rejected.Throttling` with 429,
    /// STS `Throttling.User` with 400, OSS `QpsLimitExceeded` with 503.
    pub fn throttle(&self, n: u64) {
        self.change(|region| (region.throttles, region.throttle_code) = (n, None));
    }

    /// Throttles the next `n` requests with this code.
    pub fn throttle_with(&self, n: u64, code: &str) {
        self.change(|region| (region.throttles, region.throttle_code) = (n, Some(code.to_owned())));
    }

    /// How many requests came for this region.
    pub fn requests(&self) -> u64 {
        self.shared.with(|state| state.live.regions.of(&self.name).requests)
    }

    fn change(&self, work: impl FnOnce(&mut Conditions)) {
        self.shared.with(|state| work(state.live.regions.of(&self.name)));
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Region").field("name", &self.name).field("url", &self.url()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weathers() {
        let mut regions = Regions::default();
        let fine = (Weather::Fine, Duration::ZERO);
        assert_eq!(regions.weather("a", "x"), fine);
        regions.of("a").throttles = 1;
        let (Weather::Refused(refusal), _) = regions.weather("a", "Rejected.Throttling") else { unreachable!() };
        assert_eq!((refusal.status, refusal.code.as_str()), (429, "Rejected.Throttling"));
        assert_eq!(regions.weather("a", "x"), fine);
        *regions.of("a") = Conditions { throttles: u64::MAX, delay: Duration::from_secs(1), ..Conditions::default() };
        for _ in 0..3 {
            let (Weather::Refused(refusal), pause) = regions.weather("a", "Throttling.User") else { unreachable!() };
            assert_eq!((refusal.status, pause), (400, Duration::from_secs(1)));
        }
        regions.of("a").down = true;
        assert_eq!(regions.weather("a", "x").0, Weather::Down);
        assert_eq!(regions.weather("b", "x"), fine);
        assert_eq!(regions.get("a").unwrap().requests, 4);
    }
}
