//! The health of backends, and the order in which they are asked. Pure functions of measurements.
//!
//! The configured order is kept, with two exceptions: a backend that failed is paused, and a backend that is much
//! slower than the fastest one comes later. Both expire, so that a backend that has recovered is used again: the next
//! refresh asks it first and alone, and asks the others at once if it still fails.

use std::time::Duration;

use crate::platform::Moment;

/// The pause after a backend's first failure. It doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause, also if the backend demands a longer one: a wrong header must not exclude it for days.
pub const MAX_PAUSE: Duration = Duration::from_secs(15 * 60);
/// A measurement expires after this time.
pub const MAX_MEASUREMENT_AGE: Duration = Duration::from_secs(30 * 60);
/// The weight of the latest measurement in the moving average.
const WEIGHT: f64 = 0.3;
/// A backend is slow if its latency is more than twice that of the fastest one plus this margin, in milliseconds. The
/// margin keeps small differences from changing the order all the time.
const MARGIN_MS: f64 = 20.0;

/// The measurements of one backend. The default is a backend without measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BackendHealth {
    /// The moving average of the latency, in milliseconds, and the time of the last answer.
    latency: Option<(f64, Moment)>,
    failures: u32,
    paused_until: Option<Moment>,
}

impl BackendHealth {
    /// The health after an answer with this latency.
    #[must_use]
    pub fn after_answer(self, now: Moment, latency: Duration) -> BackendHealth {
        let latency = latency.as_secs_f64() * 1000.0;
        let average = match self.recent_latency(now) {
            Some(before) => before + WEIGHT * (latency - before),
            None => latency,
        };
        BackendHealth { latency: Some((average, now)), failures: 0, paused_until: None }
    }

    /// The health after another backend answered first, while this one had not answered for the time `waited`.
    #[must_use]
    pub fn after_hedge(self, now: Moment, waited: Duration) -> BackendHealth {
        let waited = waited.as_secs_f64() * 1000.0;
        BackendHealth { latency: Some((self.recent_latency(now).unwrap_or(0.0).max(waited), now)), ..self }
    }

    /// The health after a failure. `retry_after` is the pause that the backend demanded. `random` is from 0 to 1.
    #[must_use]
    pub fn after_failure(self, now: Moment, retry_after: Option<Duration>, random: f64) -> BackendHealth {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(MAX_PAUSE);
        let pause = pause.mul_f64(0.5 + random / 2.0).max(retry_after.unwrap_or_default().min(MAX_PAUSE));
        BackendHealth { failures: self.failures.saturating_add(1), paused_until: Some(now.after(pause)), ..self }
    }

    fn recent_latency(&self, now: Moment) -> Option<f64> {
        self.latency.filter(|(_, at)| now.since(*at) < MAX_MEASUREMENT_AGE).map(|(average, _)| average)
    }

    fn is_paused(&self, now: Moment) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

/// The indexes of the backends in the order in which they are asked: first those with normal latency, then the slow
/// ones, then the paused ones.
pub fn order(backends: &[BackendHealth], now: Moment) -> Vec<usize> {
    let active = backends.iter().filter(|health| !health.is_paused(now));
    let fastest = active.filter_map(|health| health.recent_latency(now)).min_by(f64::total_cmp);
    let limit = fastest.map_or(f64::INFINITY, |fastest| 2.0 * fastest + MARGIN_MS);
    let mut ranked: Vec<(u8, f64, usize)> = backends
        .iter()
        .enumerate()
        .map(|(index, health)| match health.recent_latency(now) {
            _ if health.is_paused(now) => (2, 0.0, index),
            Some(latency) if latency > limit => (1, latency, index),
            _ => (0, 0.0, index),
        })
        .collect();
    ranked.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.cmp(&right.2)));
    ranked.into_iter().map(|(_, _, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const UNKNOWN: BackendHealth = BackendHealth { latency: None, failures: 0, paused_until: None };

    fn now() -> Moment {
        Moment::from_ms(1_000_000)
    }

    #[test]
    fn without_measurements_the_configured_order_is_kept() {
        assert_eq!(order(&[UNKNOWN; 3], now()), [0, 1, 2]);
        assert!(order(&[], now()).is_empty());
        // A backend with a measurement has no advantage.
        assert_eq!(order(&[UNKNOWN, UNKNOWN.after_answer(now(), MS)], now()), [0, 1]);
    }

    #[test]
    fn a_much_slower_backend_comes_later_until_the_measurement_expires() {
        let near = UNKNOWN.after_answer(now(), 30 * MS);
        let far = UNKNOWN.after_answer(now(), 300 * MS);
        assert_eq!(order(&[far, near], now()), [1, 0]);
        assert_eq!(
            order(&[near.after_answer(now(), 40 * MS), near], now()),
            [0, 1],
            "a small difference does not change the order"
        );
        assert_eq!(order(&[far, UNKNOWN.after_answer(now(), 500 * MS), near], now()), [2, 0, 1]);
        let later = now().after(MAX_MEASUREMENT_AGE);
        assert_eq!(order(&[far, near.after_answer(later, 30 * MS)], later), [0, 1]);
        // The backend has become fast.
        let recovered = (0..20).fold(far, |health, _| health.after_answer(now(), 30 * MS));
        assert_eq!(order(&[recovered, near], now()), [0, 1]);
        assert_eq!(order(&[near.after_hedge(now(), 2000 * MS), near], now()), [1, 0]);
        assert_eq!(far.after_hedge(now(), MS), far);
    }

    #[test]
    fn the_pause_of_a_failing_backend_grows() {
        let mut failing = UNKNOWN;
        let mut before = Duration::ZERO;
        for _ in 0..40 {
            failing = failing.after_failure(now(), None, 1.0);
            let pause = failing.paused_until.unwrap().since(now());
            assert!(pause >= before && pause <= MAX_PAUSE);
            assert_eq!(order(&[failing, UNKNOWN], now()), [1, 0]);
            assert_eq!(order(&[failing, UNKNOWN], now().after(pause)), [0, 1]);
            before = pause;
        }
        assert_eq!(before, MAX_PAUSE);
        assert_eq!(order(&[failing, failing], now()), [0, 1]);
        assert_eq!(order(&[failing.after_answer(now(), MS), UNKNOWN], now()), [0, 1]);
        let paused = UNKNOWN.after_failure(now(), Some(Duration::from_secs(600)), 0.0);
        assert_eq!(order(&[paused, UNKNOWN], now().after(Duration::from_secs(599))), [1, 0]);
        let bounded = UNKNOWN.after_failure(now(), Some(Duration::from_secs(86_400)), 0.0);
        assert_eq!(order(&[bounded, UNKNOWN], now().after(MAX_PAUSE - MS)), [1, 0]);
        assert_eq!(order(&[bounded, UNKNOWN], now().after(MAX_PAUSE)), [0, 1]);
    }
}
