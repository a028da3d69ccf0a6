//! The state of the emulated Tencent Cloud. It uses models only, no service.

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::database::Database;
use crate::nonce::Nonces;
use crate::util::{random_password, system_ms};

/// A key pair that requests may be signed with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) secret_id: String,
    pub(crate) secret_key: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) expired: bool,
    /// Issued by this emulator, so it may be removed some time after its end.
    pub(crate) issued: bool,
}

/// A role of the metadata service, with its current keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) life_ms: i64,
    pub(crate) current: Option<Key>,
}

/// A role that STS accepts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RoleArn {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) life_ms: i64,
}

/// A web identity that STS accepts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WebIdentity {
    pub(crate) provider_id: String,
    pub(crate) token: String,
}

/// What CAM reports about the last rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) cost_ms: Option<u64>,
}

/// The part that the state file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tencent {
    pub(crate) keys: Vec<Key>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) roles: Vec<Role>,
    pub(crate) role_arns: Vec<RoleArn>,
    pub(crate) web_identities: Vec<WebIdentity>,
    pub(crate) report: Report,
    pub(crate) rotation_period_ms: i64,
}

impl Default for Tencent {
    fn default() -> Self {
        let success = Some("success".to_owned());
        Tencent {
            keys: Vec::new(),
            accounts: Vec::new(),
            roles: Vec::new(),
            role_arns: Vec::new(),
            web_identities: Vec::new(),
            report: Report { status: success.clone(), message: success, cost_ms: Some(1200) },
            rotation_period_ms: 24 * 3600 * 1000,
        }
    }
}

/// The part that ends with the process.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) database: Option<Database>,
    /// Of the older signatures: TC3 has none.
    pub(crate) nonces: Nonces,
    retry_at_ms: i64,
}

impl Tencent {
    /// Performs the rotations that are due; the last error if the database refuses one.
    pub(crate) fn tick(&mut self, live: &mut Live, now: i64) -> Result<(), String> {
        // A database that is down is tried again after a second, not at every request.
        if system_ms() < live.retry_at_ms {
            return Ok(());
        }
        let period = self.rotation_period_ms;
        let mut result = Ok(());
        for account in &mut self.accounts {
            if let Some(at) = account.due(now, period)
                && let Err(error) = account.rotate(live.database.as_mut(), random_password(), at, period)
            {
                result = Err(format!("rotation of {}: {error}", account.user));
                live.retry_at_ms = system_ms() + 1000;
            }
        }
        result
    }

    /// Makes the overdue rotations due now.
    pub(crate) fn release_rotations(&mut self, now: i64) {
        for account in &mut self.accounts {
            if account.next_rotation_ms <= now {
                account.next_rotation_ms = now;
            }
        }
    }
}
