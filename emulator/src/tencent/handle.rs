//! The Tencent Cloud side of the emulator as a Rust value.

use std::time::Duration;

use super::state::Report;
use crate::handle::Emulator;
use crate::util::ms;

impl Emulator {
    /// Accepts a key pair.
    pub fn add_key(&self, secret_id: &str, secret_key: &str) {
        self.shared.with(|state| state.add_key(secret_id, secret_key, None, None));
    }

    /// Accepts a key pair with a session token.
    pub fn add_session_key(&self, secret_id: &str, secret_key: &str, token: &str, expires_in: Option<Duration>) {
        self.shared.with(|state| state.add_key(secret_id, secret_key, Some(token), expires_in));
    }

    /// Forgets a key pair: `AuthFailure.SecretIdNotFound` from now on.
    pub fn remove_key(&self, secret_id: &str) {
        self.shared.with(|state| state.remove_key(secret_id));
    }

    /// Ends a key pair: `AuthFailure.TokenFailure` from now on.
    pub fn expire_key(&self, secret_id: &str) {
        self.shared.with(|state| state.expire_key(secret_id));
    }

    /// Adds a database account with a random password; one that exists is left alone.
    pub fn add_account(&self, region: &str, instance: &str, user: &str) {
        // A database that refuses is noted for `last_error`.
        self.shared.with(|state| state.add_account(region, instance, user)).ok();
    }

    /// The password that works now.
    pub fn password(&self, region: &str, instance: &str, user: &str) -> Option<String> {
        self.shared.with(|state| state.account(region, instance, user).map(|account| account.password.clone()))
    }

    /// The password before the last rotation.
    pub fn previous_password(&self, region: &str, instance: &str, user: &str) -> Option<String> {
        self.shared.with(|state| state.account(region, instance, user).and_then(|account| account.previous.clone()))
    }

    /// Rotates now, held back or not; false without such an account or if the database refuses.
    pub fn rotate(&self, region: &str, instance: &str, user: &str) -> bool {
        self.shared.with(|state| state.rotate(region, instance, user, None)).is_ok()
    }

    /// Rotates now to this password.
    pub fn rotate_to(&self, region: &str, instance: &str, user: &str, password: &str) -> bool {
        self.shared.with(|state| state.rotate(region, instance, user, Some(password.to_owned()))).is_ok()
    }

    /// How often the account was rotated.
    pub fn rotations(&self, region: &str, instance: &str, user: &str) -> u64 {
        self.shared.with(|state| state.account(region, instance, user).map_or(0, |account| account.rotations))
    }

    /// When the account is to be rotated next, in ms of the emulator's clock.
    pub fn next_rotation_ms(&self, region: &str, instance: &str, user: &str) -> Option<i64> {
        self.shared.with(|state| state.account(region, instance, user).map(|account| account.next_rotation_ms))
    }

    /// The time between rotations; existing accounts rotate so long after their last one.
    pub fn set_rotation_period(&self, period: Duration) {
        self.shared.with(|state| state.set_rotation_period(period));
    }

    /// When the account is to be rotated next, from now.
    pub fn set_next_rotation_in(&self, region: &str, instance: &str, user: &str, after: Duration) {
        self.shared.with(|state| {
            let next = state.now_ms().saturating_add(ms(after));
            if let Some(account) = state.account_mut(region, instance, user) {
                account.next_rotation_ms = next;
            }
        });
    }

    /// Switches an account on or off: `ResourceNotFound.DataFlowAuthClose`.
    pub fn set_account_enabled(&self, region: &str, instance: &str, user: &str, enabled: bool) {
        self.shared.with(|state| {
            if let Some(account) = state.account_mut(region, instance, user) {
                account.enabled = enabled;
            }
        });
    }

    /// What answers say about the last rotation; `None` is `null`.
    pub fn set_rotation_report(&self, status: Option<&str>, message: Option<&str>, cost_ms: Option<u64>) {
        let report = Report { status: status.map(str::to_owned), message: message.map(str::to_owned), cost_ms };
        self.shared.with(|state| state.saved.tencent.report = report);
    }

    /// Serves a role in the metadata service, whose keys live this long (up to the next full second).
    pub fn set_role(&self, name: &str, life: Duration) {
        self.shared.with(|state| state.set_role(name, life));
    }

    /// Accepts a role in STS; its keys live `DurationSeconds`, at most `life`.
    pub fn set_role_arn(&self, arn: &str, external_id: Option<&str>, life: Duration) {
        self.shared.with(|state| state.set_role_arn(arn, external_id, life));
    }

    /// Accepts a web identity in STS.
    pub fn set_oidc_token(&self, provider_id: &str, token: &str) {
        self.shared.with(|state| state.set_oidc_token(provider_id, token));
    }
}
