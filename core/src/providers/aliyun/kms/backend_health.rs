//! How backends have fared, and in which order they are asked: pure functions of what was measured.
//!
//! The configured order is the order, but for two reasons to leave it: a backend that failed is left alone for a while, and
//! one that is much slower than the fastest comes after those that are not. Both are forgotten after a while, so that a
//! backend which recovers is used again: the next refresh asks it first, alone, and moves on at once where it still fails.

use std::time::Duration;

use crate::platform::Moment;

/// How long a backend is left alone after its first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest that one is left alone, unless it asks for more itself.
pub const MAX_PAUSE: Duration = Duration::from_secs(15 * 60);
/// After this time a measurement says nothing any more.
pub const MEMORY: Duration = Duration::from_secs(30 * 60);
/// How much the latest measurement counts.
const WEIGHT: f64 = 0.3;
/// A backend is slow when it takes more than twice the time of the fastest and this much more, in milliseconds: what is less
/// would only make the order flutter.
const MARGIN_MS: f64 = 20.0;

/// What is known of a backend; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BackendHealth {
    /// The moving average of its answers, in milliseconds, and when the last one came.
    latency: Option<(f64, Moment)>,
    failures: u32,
    paused_until: Option<Moment>,
}

impl BackendHealth {
    /// It answered, after so long.
    #[must_use]
    pub fn answered(self, now: Moment, took: Duration) -> BackendHealth {
        let took = took.as_secs_f64() * 1000.0;
        let average = match self.fresh(now) {
            Some(before) => before + WEIGHT * (took - before),
            None => took,
        };
        BackendHealth { latency: Some((average, now)), failures: 0, paused_until: None }
    }

    /// Another one answered first, when it had been waited for so long.
    #[must_use]
    pub fn was_slow(self, now: Moment, at_least: Duration) -> BackendHealth {
        let at_least = at_least.as_secs_f64() * 1000.0;
        BackendHealth { latency: Some((self.fresh(now).unwrap_or(0.0).max(at_least), now)), ..self }
    }

    /// It failed, and perhaps wants to be left alone for so long. `random` is from 0 to 1.
    #[must_use]
    pub fn failed(self, now: Moment, asked: Option<Duration>, random: f64) -> BackendHealth {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(MAX_PAUSE);
        let pause = pause.mul_f64(0.5 + random / 2.0).max(asked.unwrap_or_default());
        BackendHealth { failures: self.failures.saturating_add(1), paused_until: Some(now.after(pause)), ..self }
    }

    fn fresh(&self, now: Moment) -> Option<f64> {
        self.latency.filter(|(_, at)| now.since(*at) < MEMORY).map(|(average, _)| average)
    }

    fn is_paused(&self, now: Moment) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

/// The backends by their numbers, the one to ask first in front.
pub fn order(healths: &[BackendHealth], now: Moment) -> Vec<usize> {
    let running = healths.iter().filter(|health| !health.is_paused(now));
    let fastest = running.filter_map(|health| health.fresh(now)).min_by(f64::total_cmp);
    let bound = fastest.map_or(f64::INFINITY, |fastest| 2.0 * fastest + MARGIN_MS);
    let mut ranked: Vec<(u8, f64, usize)> = healths
        .iter()
        .enumerate()
        .map(|(number, health)| match health.fresh(now) {
            _ if health.is_paused(now) => (2, 0.0, number),
            Some(latency) if latency > bound => (1, latency, number),
            _ => (0, 0.0, number),
        })
        .collect();
    ranked.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.cmp(&right.2)));
    ranked.into_iter().map(|(_, _, number)| number).collect()
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
    fn nothing_known_is_the_configured_order() {
        assert_eq!(order(&[UNKNOWN; 3], now()), [0, 1, 2]);
        assert!(order(&[], now()).is_empty());
        // One that was measured is no better than one that was not.
        assert_eq!(order(&[UNKNOWN, UNKNOWN.answered(now(), MS)], now()), [0, 1]);
    }

    #[test]
    fn a_much_slower_place_comes_later_until_that_is_forgotten() {
        let near = UNKNOWN.answered(now(), 30 * MS);
        let far = UNKNOWN.answered(now(), 300 * MS);
        assert_eq!(order(&[far, near], now()), [1, 0]);
        assert_eq!(order(&[near.answered(now(), 40 * MS), near], now()), [0, 1], "no flutter");
        assert_eq!(order(&[far, UNKNOWN.answered(now(), 500 * MS), near], now()), [2, 0, 1]);
        let later = now().after(MEMORY);
        assert_eq!(order(&[far, near.answered(later, 30 * MS)], later), [0, 1]);
        // It has become fast.
        let mended = (0..20).fold(far, |health, _| health.answered(now(), 30 * MS));
        assert_eq!(order(&[mended, near], now()), [0, 1]);
        assert_eq!(order(&[near.was_slow(now(), 2000 * MS), near], now()), [1, 0]);
        assert_eq!(far.was_slow(now(), MS), far);
    }

    #[test]
    fn a_failing_place_is_left_alone_for_longer_and_longer() {
        let mut failing = UNKNOWN;
        let mut before = Duration::ZERO;
        for _ in 0..40 {
            failing = failing.failed(now(), None, 1.0);
            let pause = failing.paused_until.unwrap().since(now());
            assert!(pause >= before && pause <= MAX_PAUSE);
            assert_eq!(order(&[failing, UNKNOWN], now()), [1, 0]);
            assert_eq!(order(&[failing, UNKNOWN], now().after(pause)), [0, 1]);
            before = pause;
        }
        assert_eq!(before, MAX_PAUSE);
        assert_eq!(order(&[failing, failing], now()), [0, 1]);
        assert_eq!(order(&[failing.answered(now(), MS), UNKNOWN], now()), [0, 1]);
        let asked = UNKNOWN.failed(now(), Some(Duration::from_secs(3600)), 0.0);
        assert_eq!(order(&[asked, UNKNOWN], now().after(Duration::from_secs(3599))), [1, 0]);
    }
}
