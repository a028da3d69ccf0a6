//! The changes that tests make, on the state, for the Rust value and the control endpoints alike.

use std::time::Duration;

use super::client_key;
use super::key::AccessKey;
use super::metadata_model::InstanceRole;
use super::oss::bucket::Bucket;
use super::secret::{Secret, SecretKind};
use super::state::{OidcToken, Role, user_arn};
use crate::state::State;
use crate::util::ms;

impl State {
    fn later(&self, after: Option<Duration>) -> Option<i64> {
        after.map(|after| self.now_ms().saturating_add(ms(after)))
    }

    pub(crate) fn add_access_key(&mut self, id: &str, secret: &str, token: Option<&str>, life: Option<Duration>) {
        let expires_at_ms = self.later(life);
        self.saved.aliyun.put_key(AccessKey {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: token.map(str::to_owned),
            expires_at_ms,
            owner: user_arn(id),
            ..AccessKey::default()
        });
    }

    pub(crate) fn revoke_access_key(&mut self, id: &str) -> bool {
        let now = self.now_ms();
        self.saved.aliyun.revoke(id, now)
    }

    pub(crate) fn expire_access_key(&mut self, id: &str) -> bool {
        let now = self.now_ms();
        let key = self.saved.aliyun.key_mut(id).filter(|key| key.token.is_some());
        key.map(|key| key.expires_at_ms = Some(now)).is_some()
    }

    pub(crate) fn set_access_key_active(&mut self, id: &str, active: bool) -> bool {
        self.saved.aliyun.key_mut(id).map(|key| key.inactive = !active).is_some()
    }

    pub(crate) fn is_access_key_live(&self, id: &str) -> bool {
        let key = self.saved.aliyun.keys.iter().find(|key| key.id == id);
        key.is_some_and(|key| key.standing(key.token.as_deref(), self.now_ms()).is_ok())
    }

    pub(crate) fn add_secret(&mut self, name: &str, kind: SecretKind) {
        let now = self.now_ms();
        self.saved.aliyun.put_secret(name, kind, now);
    }

    pub(crate) fn remove_secret(&mut self, name: &str) {
        let now = self.now_ms();
        self.saved.aliyun.remove_secret(name, now);
    }

    pub(crate) fn rotate_secret(&mut self, name: &str, overlap: Duration) -> bool {
        let now = self.now_ms();
        self.saved.aliyun.rotate_secret(name, ms(overlap), now)
    }

    /// Changes a secret; false without such a secret.
    pub(crate) fn with_secret(&mut self, name: &str, work: impl FnOnce(&mut Secret, i64)) -> bool {
        let now = self.now_ms();
        self.saved.aliyun.secret_mut(name).map(|secret| work(secret, now)).is_some()
    }

    pub(crate) fn set_ram_role(&mut self, arn: &str, external_id: Option<&str>, life: Duration) {
        let roles = &mut self.saved.aliyun.roles;
        roles.retain(|known| known.arn != arn);
        let external_id = external_id.map(str::to_owned);
        roles.push(Role { arn: arn.to_owned(), external_id, life_ms: ms(life) });
    }

    pub(crate) fn set_ram_oidc_token(&mut self, provider_arn: &str, token: &str, life: Option<Duration>) {
        let expires_at_ms = self.later(life);
        let tokens = &mut self.saved.aliyun.oidc_tokens;
        tokens.retain(|known| known.provider_arn != provider_arn);
        tokens.push(OidcToken { provider_arn: provider_arn.to_owned(), token: token.to_owned(), expires_at_ms });
    }

    pub(crate) fn set_ecs_role(&mut self, name: &str, life: Duration) {
        let roles = &mut self.saved.aliyun.metadata.roles;
        roles.retain(|known| known.name != name);
        roles.push(InstanceRole { name: name.to_owned(), life_ms: ms(life), current: None });
    }

    /// A new client key: its id, and the file's text.
    pub(crate) fn make_client_key(&mut self, password: &str) -> Option<(String, String)> {
        let (public, json) = client_key::make(password)?;
        let id = public.id.clone();
        self.saved.aliyun.client_keys.push(public);
        Some((id, json))
    }

    pub(crate) fn remove_client_key(&mut self, id: &str) {
        self.saved.aliyun.client_keys.retain(|key| key.id != id);
    }

    pub(crate) fn add_bucket(&mut self, name: &str, domains: Vec<String>) {
        self.aliyun.buckets.insert(name.to_owned(), Bucket { domains, ..Bucket::default() });
    }
}

impl Secret {
    pub(crate) fn set_interval(&mut self, interval: Option<Duration>, now: i64) {
        let base = self.last_rotation_ms.unwrap_or(now);
        self.interval_ms = interval.map(|interval| ms(interval).max(1000));
        self.next_rotation_ms = self.interval_ms.map(|interval| base.saturating_add(interval));
    }

    pub(crate) fn deny(&mut self, key_id: &str, denied: bool) {
        self.denied.retain(|known| known != key_id);
        self.denied.extend(denied.then(|| key_id.to_owned()));
    }
}
