//! The Rust API of the emulated Alibaba Cloud.

use std::path::PathBuf;
use std::time::Duration;

use super::client_key::ClientKey;
use super::region_handle::Region;
use super::secret::{CURRENT, PREVIOUS, Secret, SecretKind, Version};
use crate::handle::Emulator;
use crate::util::encode;
use crate::util::ms;

/// Ports and AccessKeys.
impl Emulator {
    /// The region of this id, on a port of its own that is opened at the first call.
    pub fn region(&self, region: &str) -> Region {
        let address = self.shared.region_address(region);
        Region { shared: self.shared.clone(), name: region.to_owned(), address }
    }

    /// Accepts a permanent AccessKey of a RAM user whose name is the id.
    pub fn add_access_key(&self, id: &str, secret: &str) {
        self.shared.with(|state| state.add_access_key(id, secret, None, None));
    }

    /// Accepts an AccessKey that needs a session token.
    pub fn add_sts_key(&self, id: &str, secret: &str, token: &str, expires_in: Option<Duration>) {
        self.shared.with(|state| state.add_access_key(id, secret, Some(token), expires_in));
    }

    /// Deletes an AccessKey: `InvalidAccessKeyId.NotFound` from now on. False without such a key.
    pub fn revoke_access_key(&self, id: &str) -> bool {
        self.shared.with(|state| state.revoke_access_key(id))
    }

    /// Expires a session: `InvalidSecurityToken.Expired` from now on. False without such a session.
    pub fn expire_access_key(&self, id: &str) -> bool {
        self.shared.with(|state| state.expire_access_key(id))
    }

    /// Disables or enables an AccessKey; a disabled one gets `InvalidAccessKeyId.Inactive`. False without such a key.
    pub fn set_access_key_active(&self, id: &str, active: bool) -> bool {
        self.shared.with(|state| state.set_access_key_active(id, active))
    }

    /// Whether an AccessKey is valid now, with its token if it has one.
    pub fn is_access_key_live(&self, id: &str) -> bool {
        self.shared.with(|state| state.is_access_key_live(id))
    }
}

/// Secrets.
impl Emulator {
    /// Adds a secret with a first value; an existing one is replaced and its keys are deleted.
    pub fn add_secret(&self, name: &str, kind: SecretKind) {
        self.shared.with(|state| state.add_secret(name, kind));
    }

    /// Adds a RAM user's AccessKey as a secret that rotates every 7 days, as the service does by default.
    pub fn add_ram_secret(&self, name: &str) {
        self.add_secret(name, SecretKind::RamUser { user: name.rsplit('/').next().unwrap_or(name).to_owned() });
        self.set_secret_rotation(name, Some(Duration::from_secs(7 * 24 * 3600)));
    }

    /// Deletes a secret and the keys in it.
    pub fn remove_secret(&self, name: &str) {
        self.shared.with(|state| state.remove_secret(name));
    }

    /// Rotates a secret on schedule from now on, or only on demand.
    pub fn set_secret_rotation(&self, name: &str, interval: Option<Duration>) {
        self.with_secret(name, |secret, now| secret.set_interval(interval, now));
    }

    /// The time until the next rotation. Only a secret with a schedule is rotated then.
    pub fn set_next_secret_rotation_in(&self, name: &str, after: Duration) {
        self.with_secret(name, |secret, now| secret.next_rotation_ms = Some(now.saturating_add(ms(after))));
    }

    /// How long the previous AccessKey stays valid after a scheduled rotation. Default: two days.
    pub fn set_secret_overlap(&self, name: &str, overlap: Duration) {
        self.with_secret(name, |secret, _| secret.overlap_ms = ms(overlap));
    }

    /// Rotates now; the previous AccessKey stays valid for `overlap`. False without such a secret.
    pub fn rotate_secret(&self, name: &str, overlap: Duration) -> bool {
        self.shared.with(|state| state.rotate_secret(name, overlap))
    }

    /// Makes this text the current value, as `PutSecretValue` does.
    pub fn set_secret_data(&self, name: &str, data: &str) {
        self.with_secret(name, |secret, now| secret.push_version(data.to_owned(), None, now));
    }

    /// Whether values created from now on hold `GenerateTimestamp` and `ExpireTimestamp`.
    pub fn set_secret_timestamps(&self, name: &str, timestamps: bool) {
        self.with_secret(name, |secret, _| secret.timestamps = timestamps);
    }

    /// Replaces a field of the answers about a secret; `None` leaves it out.
    pub fn replace_secret_field(&self, name: &str, field: &str, value: Option<&str>) {
        self.with_secret(name, |secret, _| drop(secret.replaced.insert(field.to_owned(), value.map(str::to_owned))));
    }

    /// Forbids a key (`*`: every key) to read a secret, or allows it again: `Forbidden.NoPermission`.
    pub fn set_secret_denied(&self, name: &str, key_id: &str, denied: bool) {
        self.with_secret(name, |secret, _| secret.deny(key_id, denied));
    }

    /// The current value.
    pub fn secret_data(&self, name: &str) -> Option<String> {
        self.staged(name, CURRENT, |version| Some(version.data.clone()))
    }

    /// The AccessKeyId in the current value.
    pub fn secret_access_key_id(&self, name: &str) -> Option<String> {
        self.staged(name, CURRENT, |version| version.key_id.clone())
    }

    /// The AccessKeyId in the previous value.
    pub fn previous_secret_access_key_id(&self, name: &str) -> Option<String> {
        self.staged(name, PREVIOUS, |version| version.key_id.clone())
    }

    /// The id of the current version.
    pub fn secret_version_id(&self, name: &str) -> Option<String> {
        self.staged(name, CURRENT, |version| Some(version.id.clone()))
    }

    /// How often a secret was rotated.
    pub fn secret_rotations(&self, name: &str) -> u64 {
        self.shared.with(|state| state.saved.aliyun.secret(name).map_or(0, |secret| secret.rotations))
    }

    /// When a secret is to be rotated next, in ms of the emulator's clock.
    pub fn next_secret_rotation_ms(&self, name: &str) -> Option<i64> {
        self.shared.with(|state| state.saved.aliyun.secret(name).and_then(|secret| secret.next_rotation_ms))
    }

    fn staged<R>(&self, name: &str, stage: &str, look: impl FnOnce(&Version) -> Option<R>) -> Option<R> {
        self.shared.with(|state| look(state.saved.aliyun.secret(name)?.staged(stage)?))
    }

    fn with_secret(&self, name: &str, work: impl FnOnce(&mut Secret, i64)) {
        self.shared.with(|state| state.with_secret(name, work));
    }
}

/// STS, the metadata service and the credentials URI.
impl Emulator {
    /// Accepts a RAM role in STS; its sessions live `DurationSeconds`, at most `life`.
    pub fn set_ram_role(&self, arn: &str, external_id: Option<&str>, life: Duration) {
        self.shared.with(|state| state.set_ram_role(arn, external_id, life));
    }

    /// Accepts this OIDC token of a provider, and no other of the provider.
    pub fn set_ram_oidc_token(&self, provider_arn: &str, token: &str, expires_in: Option<Duration>) {
        self.shared.with(|state| state.set_ram_oidc_token(provider_arn, token, expires_in));
    }

    /// Writes a new OIDC token of this provider into a file, as a pod with a role has it, and accepts only this token for the
    /// provider. Each call writes to the same file, which is removed with the emulator. `None` if it cannot be written.
    pub fn issue_oidc_token_file(&self, provider_arn: &str, expires_in: Option<Duration>) -> Option<PathBuf> {
        self.shared.with(|state| state.issue_oidc_token(provider_arn, expires_in)).ok()
    }

    /// Serves a role in the ECS metadata service; its keys are valid this long, rounded up to a full second.
    /// The first role is the one of the instance.
    pub fn set_ecs_role(&self, name: &str, life: Duration) {
        self.shared.with(|state| state.set_ecs_role(name, life));
    }

    /// Whether the metadata service answers requests without a token (v1) and with one (v2). Default: both.
    pub fn set_ecs_metadata(&self, v1: bool, v2: bool) {
        self.shared.with(|state| {
            let metadata = &mut state.saved.aliyun.metadata;
            (metadata.v1_off, metadata.v2_off) = (!v1, !v2);
        });
    }

    /// Loses the answer with the metadata token, as in a container with a hop limit that is too low.
    pub fn set_ecs_hop_limited(&self, limited: bool) {
        self.shared.with(|state| state.saved.aliyun.metadata.hop_limited = limited);
    }

    /// A credentials URI for the role, or for the first one.
    pub fn credentials_uri(&self, role: Option<&str>) -> String {
        let base = format!("http://{}/aliyun/credentials", self.plain_host_port());
        role.map_or(base.clone(), |role| format!("{base}/{}", encode(role)))
    }
}

/// Client keys for dedicated KMS and KMS, and OSS.
impl Emulator {
    /// Adds a client key, and writes its files for a client. `None` if they cannot be written.
    pub fn make_client_key(&self, password: &str) -> Option<ClientKey> {
        let (id, json) = self.shared.with(|state| state.make_client_key(password))?;
        ClientKey::write(id, password, json).ok()
    }

    /// Deletes a client key: dedicated KMS answers `Unauthorized`, KMS `InvalidAccessKeyId.NotFound`.
    pub fn remove_client_key(&self, key_id: &str) {
        self.shared.with(|state| state.remove_client_key(key_id));
    }

    /// Adds an empty bucket; an existing one is replaced. Custom domains name it too.
    pub fn add_bucket(&self, name: &str, domains: &[&str]) {
        let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        self.shared.with(|state| state.add_bucket(name, domains));
    }

    /// The content of an object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let body = self.shared.with(|state| Some(state.aliyun.buckets.get(bucket)?.objects.get(key)?.body.clone()))?;
        Some(body.part(0, usize::MAX).ok()?.into_owned())
    }
}
