//! Recently used nonces. It uses nothing of the crate.

use std::collections::HashMap;

/// Nonces of signed requests, each with the time in milliseconds at which its key used it.
#[derive(Debug, Default)]
pub(crate) struct Nonces(HashMap<(String, String), i64>);

impl Nonces {
    /// Uses a nonce; false if this key has used it while a request of that time is still accepted: `skew_s` seconds before
    /// the service's clock or after it.
    pub(crate) fn take(&mut self, key_id: &str, nonce: &str, now: i64, skew_s: i64) -> bool {
        let oldest = now.saturating_sub(2 * skew_s * 1000);
        if self.0.len() > 10_000 {
            self.0.retain(|_, at| *at >= oldest);
        }
        let before = self.0.insert((key_id.to_owned(), nonce.to_owned()), now);
        before.is_none_or(|at| at < oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_valid_once() {
        let mut nonces = Nonces::default();
        let mut take = |key, nonce, now| nonces.take(key, nonce, now, 900);
        assert!(take("a", "n", 0) && take("b", "n", 0) && !take("a", "n", 1000));
        assert!(take("a", "n", 2 * 900 * 1000 + 1001));
    }
}
