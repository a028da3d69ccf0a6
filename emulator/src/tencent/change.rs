//! The changes that tests make, on the state, for the Rust value and the control endpoints alike.

use std::time::Duration;

use super::account::Account;
use super::database::Database;
use super::state::{Key, Role, RoleArn, WebIdentity};
use crate::state::State;
use crate::util::{ms, random_password, random_text};

impl State {
    /// Connects to the server whose accounts follow the rotations, and gives it the accounts that the state holds.
    pub(crate) fn connect_database(&mut self, url: &str) -> Result<(), String> {
        let mut database = Database::connect(url)?;
        for account in &self.saved.tencent.accounts {
            database.create_account(&account.user, &account.password)?;
        }
        self.tencent.database = Some(database);
        Ok(())
    }

    pub(crate) fn account(&self, region: &str, instance: &str, user: &str) -> Option<&Account> {
        self.saved.tencent.accounts.iter().find(|account| account.is(region, instance, user))
    }

    pub(crate) fn account_mut(&mut self, region: &str, instance: &str, user: &str) -> Option<&mut Account> {
        self.saved.tencent.accounts.iter_mut().find(|account| account.is(region, instance, user))
    }

    /// Adds an account; one that exists keeps its password.
    pub(crate) fn add_account(&mut self, region: &str, instance: &str, user: &str) -> Result<(), String> {
        if self.account(region, instance, user).is_some() {
            return Ok(());
        }
        let account = Account::new(region, instance, user, self.now_ms(), self.saved.tencent.rotation_period_ms);
        let made = match self.tencent.database.as_mut() {
            Some(database) => database.create_account(user, &account.password),
            None => Ok(()),
        };
        self.saved.tencent.accounts.push(account);
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
        let (now, period) = (self.now_ms(), self.saved.tencent.rotation_period_ms);
        let found = self.saved.tencent.accounts.iter_mut().find(|account| account.is(region, instance, user));
        let Some(account) = found else { return Err("no such account".to_owned()) };
        let done = account.rotate(self.tencent.database.as_mut(), to.unwrap_or_else(random_password), now, period);
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
        self.saved.tencent.rotation_period_ms = period;
        for account in &mut self.saved.tencent.accounts {
            account.next_rotation_ms = account.last_rotation_ms.saturating_add(period);
        }
    }

    /// Adds a key or replaces the one of that id.
    pub(crate) fn put_key(&mut self, key: Key) {
        self.remove_key(&key.secret_id);
        self.saved.tencent.keys.push(key);
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
        self.saved.tencent.keys.retain(|key| key.secret_id != secret_id);
    }

    pub(crate) fn expire_key(&mut self, secret_id: &str) -> bool {
        let found = self.saved.tencent.keys.iter_mut().find(|key| key.secret_id == secret_id);
        let known = found.map(|key| key.expired = true).is_some();
        // The metadata service does not go on handing out a key that has ended.
        for role in &mut self.saved.tencent.roles {
            role.current.take_if(|key| key.secret_id == secret_id);
        }
        known
    }

    pub(crate) fn key(&self, secret_id: &str) -> Option<&Key> {
        self.saved.tencent.keys.iter().find(|key| key.secret_id == secret_id)
    }

    /// Makes temporary keys. They end at a full second, since answers state their end in seconds.
    pub(crate) fn issue_key(&mut self, life_ms: i64) -> Key {
        let now = self.now_ms();
        let end = now.saturating_add(life_ms.max(0)).saturating_add(999).div_euclid(1000).saturating_mul(1000);
        // An hour is long enough for a test to see the right refusal of a key that has ended.
        self.saved.tencent.keys.retain(|key| !key.issued || key.expires_at_ms.is_none_or(|end| end + 3_600_000 > now));
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
        self.saved.tencent.roles.retain(|role| role.name != name);
        self.saved.tencent.roles.push(Role { name: name.to_owned(), life_ms: ms(life), current: None });
    }

    pub(crate) fn set_role_arn(&mut self, arn: &str, external_id: Option<&str>, life: Duration) {
        self.saved.tencent.role_arns.retain(|role| role.arn != arn);
        let external_id = external_id.map(str::to_owned);
        self.saved.tencent.role_arns.push(RoleArn { arn: arn.to_owned(), external_id, life_ms: ms(life) });
    }

    pub(crate) fn set_oidc_token(&mut self, provider_id: &str, token: &str) {
        self.saved.tencent.web_identities.retain(|known| known.provider_id != provider_id);
        self.saved
            .tencent
            .web_identities
            .push(WebIdentity { provider_id: provider_id.to_owned(), token: token.to_owned() });
    }
}
