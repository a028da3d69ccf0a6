//! Everything the emulator knows.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::aliyun::state::{Aliyun, Live};
use crate::database::Database;
use crate::fault::Faults;
use crate::record::Records;
use crate::util::{random_password, random_text, system_ms};

/// A key pair that requests may be signed with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) secret_id: String,
    pub(crate) secret_key: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) expired: bool,
    /// Handed out by this emulator, so it may be forgotten some time after its end.
    pub(crate) issued: bool,
}

/// A role of the metadata service, with the keys it hands out at present.
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

/// What CAM says about the last rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) cost_ms: Option<u64>,
}

/// The part that outlives the process in a state file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Saved {
    pub(crate) keys: Vec<Key>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) roles: Vec<Role>,
    pub(crate) role_arns: Vec<RoleArn>,
    pub(crate) web_identities: Vec<WebIdentity>,
    pub(crate) signed_hosts: Vec<String>,
    pub(crate) report: Report,
    pub(crate) rotation_period_ms: i64,
    pub(crate) hold_rotation: bool,
    pub(crate) clock_offset_ms: i64,
    pub(crate) aliyun: Aliyun,
}

impl Default for Saved {
    fn default() -> Self {
        let success = Some("success".to_owned());
        Saved {
            keys: Vec::new(),
            accounts: Vec::new(),
            roles: Vec::new(),
            role_arns: Vec::new(),
            web_identities: Vec::new(),
            signed_hosts: Vec::new(),
            report: Report { status: success.clone(), message: success, cost_ms: Some(1200) },
            rotation_period_ms: 24 * 3600 * 1000,
            hold_rotation: false,
            clock_offset_ms: 0,
            aliyun: Aliyun::default(),
        }
    }
}

/// The whole of it, behind one lock.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) saved: Saved,
    pub(crate) database: Option<Database>,
    /// The last thing that went wrong outside a request (database, state file).
    pub(crate) last_error: Option<String>,
    pub(crate) faults: Faults,
    pub(crate) records: Records,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) written: String,
    pub(crate) retry_at_ms: i64,
    pub(crate) live: Live,
}

pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

impl State {
    pub(crate) fn now_ms(&self) -> i64 {
        system_ms().saturating_add(self.saved.clock_offset_ms)
    }

    /// Does the rotations that are due.
    pub(crate) fn tick(&mut self) {
        if !self.saved.hold_rotation {
            let now = self.now_ms();
            self.saved.aliyun.tick(now);
        }
        // A database that is down is asked again in a second, not at every request.
        if self.saved.hold_rotation || system_ms() < self.retry_at_ms {
            return;
        }
        let (now, period) = (self.now_ms(), self.saved.rotation_period_ms);
        for account in &mut self.saved.accounts {
            if let Some(at) = account.due(now, period)
                && let Err(error) = account.rotate(self.database.as_mut(), random_password(), at, period)
            {
                self.last_error = Some(format!("rotation of {}: {error}", account.user));
                self.retry_at_ms = system_ms() + 1000;
            }
        }
    }

    pub(crate) fn account(&self, region: &str, instance: &str, user: &str) -> Option<&Account> {
        self.saved.accounts.iter().find(|account| account.is(region, instance, user))
    }

    pub(crate) fn account_mut(&mut self, region: &str, instance: &str, user: &str) -> Option<&mut Account> {
        self.saved.accounts.iter_mut().find(|account| account.is(region, instance, user))
    }

    /// Adds an account; one that exists keeps its password.
    pub(crate) fn add_account(&mut self, region: &str, instance: &str, user: &str) -> Result<(), String> {
        if self.account(region, instance, user).is_some() {
            return Ok(());
        }
        let account = Account::new(region, instance, user, self.now_ms(), self.saved.rotation_period_ms);
        let made = match self.database.as_mut() {
            Some(database) => database.create_account(user, &account.password),
            None => Ok(()),
        };
        self.saved.accounts.push(account);
        self.noted(made)
    }

    /// A new password now, chosen or random.
    pub(crate) fn rotate(
        &mut self,
        region: &str,
        instance: &str,
        user: &str,
        to: Option<String>,
    ) -> Result<(), String> {
        let (now, period) = (self.now_ms(), self.saved.rotation_period_ms);
        let found = self.saved.accounts.iter_mut().find(|account| account.is(region, instance, user));
        let Some(account) = found else { return Err("no such account".to_owned()) };
        let done = account.rotate(self.database.as_mut(), to.unwrap_or_else(random_password), now, period);
        self.noted(done)
    }

    fn noted(&mut self, result: Result<(), String>) -> Result<(), String> {
        if let Err(error) = &result {
            self.last_error = Some(error.clone());
        }
        result
    }

    pub(crate) fn set_rotation_period(&mut self, period: Duration) {
        let period = ms(period).max(1);
        self.saved.rotation_period_ms = period;
        for account in &mut self.saved.accounts {
            account.next_rotation_ms = account.last_rotation_ms.saturating_add(period);
        }
    }

    /// Holds the rotations back, or does at once, and dated now, those that were held back.
    pub(crate) fn hold_rotation(&mut self, hold: bool) {
        let held = std::mem::replace(&mut self.saved.hold_rotation, hold);
        if held && !hold {
            let now = self.now_ms();
            for account in &mut self.saved.accounts {
                if account.next_rotation_ms <= now {
                    account.next_rotation_ms = now;
                }
            }
        }
    }

    /// Adds a key or replaces the one of that id.
    pub(crate) fn put_key(&mut self, key: Key) {
        self.remove_key(&key.secret_id);
        self.saved.keys.push(key);
    }

    pub(crate) fn add_key(&mut self, secret_id: &str, secret_key: &str, token: Option<&str>, life: Option<Duration>) {
        let expires_at_ms = life.map(|life| self.now_ms().saturating_add(ms(life)));
        self.put_key(Key {
            secret_id: secret_id.to_owned(),
            secret_key: secret_key.to_owned(),
            token: token.map(str::to_owned),
            expires_at_ms,
            expired: false,
            issued: false,
        });
    }

    pub(crate) fn remove_key(&mut self, secret_id: &str) {
        self.saved.keys.retain(|key| key.secret_id != secret_id);
    }

    pub(crate) fn expire_key(&mut self, secret_id: &str) -> bool {
        let found = self.saved.keys.iter_mut().find(|key| key.secret_id == secret_id);
        let known = found.map(|key| key.expired = true).is_some();
        // The metadata service does not go on handing out a key that has ended.
        for role in &mut self.saved.roles {
            role.current.take_if(|key| key.secret_id == secret_id);
        }
        known
    }

    pub(crate) fn key(&self, secret_id: &str) -> Option<&Key> {
        self.saved.keys.iter().find(|key| key.secret_id == secret_id)
    }

    /// Makes temporary keys. They end at a full second, since answers state their end in seconds.
    pub(crate) fn issue_key(&mut self, life_ms: i64) -> Key {
        let now = self.now_ms();
        let end = now.saturating_add(life_ms.max(0)).saturating_add(999).div_euclid(1000).saturating_mul(1000);
        // An hour is long enough for a test to see the right refusal of a key that has ended.
        self.saved.keys.retain(|key| !key.issued || key.expires_at_ms.is_none_or(|end| end + 3_600_000 > now));
        let key = Key {
            secret_id: format!("AKID{}", random_text(60)),
            secret_key: random_text(44),
            token: Some(random_text(160)),
            expires_at_ms: Some(end),
            expired: false,
            issued: true,
        };
        self.put_key(key.clone());
        key
    }

    pub(crate) fn set_role(&mut self, name: &str, life: Duration) {
        self.saved.roles.retain(|role| role.name != name);
        self.saved.roles.push(Role { name: name.to_owned(), life_ms: ms(life), current: None });
    }

    pub(crate) fn set_role_arn(&mut self, arn: &str, external_id: Option<&str>, life: Duration) {
        self.saved.role_arns.retain(|role| role.arn != arn);
        let external_id = external_id.map(str::to_owned);
        self.saved.role_arns.push(RoleArn { arn: arn.to_owned(), external_id, life_ms: ms(life) });
    }

    pub(crate) fn set_oidc_token(&mut self, provider_id: &str, token: &str) {
        self.saved.web_identities.retain(|known| known.provider_id != provider_id);
        self.saved.web_identities.push(WebIdentity { provider_id: provider_id.to_owned(), token: token.to_owned() });
    }
}
