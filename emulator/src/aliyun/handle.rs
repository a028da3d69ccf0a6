//! The Alibaba Cloud side of the emulator as a Rust value.

use std::net::TcpListener;
use std::time::Duration;

use super::client_key::{self, ClientKey};
use super::key::AccessKey;
use super::metadata::InstanceRole;
use super::oss::Bucket;
use super::region::Region;
use super::secret::{CURRENT, PREVIOUS, SecretKind};
use super::state::{OidcToken, Role, user_arn};
use crate::handle::Emulator;
use crate::shared::Opened;
use crate::state::ms;
use crate::util::encode;

impl Emulator {
    /// The region of this id, on a port of its own that is opened when it is first asked for.
    pub fn region(&self, region: &str) -> Region {
        let known = self.shared.with(|state| state.live.regions.of(region).address);
        let address = known.or_else(|| self.open(Some(region), self.is_tls())).unwrap_or_else(|| self.address());
        self.shared.with(|state| state.live.regions.of(region).address = Some(address));
        Region { shared: self.shared.clone(), name: region.to_owned(), address, tls: self.is_tls() }
    }

    /// `127.0.0.1:PORT` of a port without TLS, opened when it is first asked for; without TLS the main one.
    /// The metadata services are asked there.
    pub fn plain_host_port(&self) -> String {
        if !self.is_tls() {
            return self.host_port();
        }
        let known = self.shared.with(|state| state.live.plain);
        let address = known.or_else(|| self.open(None, false)).unwrap_or_else(|| self.address());
        self.shared.with(|state| state.live.plain = Some(address));
        address.to_string()
    }

    /// Opens one more port; what fails is noted for `last_error`.
    fn open(&self, region: Option<&str>, tls: bool) -> Option<std::net::SocketAddr> {
        let opened = TcpListener::bind((self.address().ip(), 0)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        match opened {
            Ok((address, listener)) => {
                let opened = Opened { listener, region: region.map(str::to_owned), tls };
                self.shared.open.send(opened).ok().map(|()| address)
            }
            Err(error) => {
                self.shared.with(|state| state.last_error = Some(format!("opening a port: {error}")));
                None
            }
        }
    }

    /// Accepts a lasting AccessKey of a RAM user whose name is the id.
    pub fn add_access_key(&self, id: &str, secret: &str) {
        self.put(AccessKey { id: id.to_owned(), secret: secret.to_owned(), ..AccessKey::default() });
    }

    /// Accepts an AccessKey that needs a session token.
    pub fn add_sts_key(&self, id: &str, secret: &str, token: &str, expires_in: Option<Duration>) {
        let now = self.now_ms();
        self.put(AccessKey {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: Some(token.to_owned()),
            expires_at_ms: expires_in.map(|life| now.saturating_add(ms(life))),
            ..AccessKey::default()
        });
    }

    fn put(&self, mut key: AccessKey) {
        key.owner = user_arn(&key.id);
        self.shared.with(|state| state.saved.aliyun.put_key(key));
    }

    /// Deletes an AccessKey: `InvalidAccessKeyId.NotFound` from now on. False without such a key.
    pub fn revoke_access_key(&self, id: &str) -> bool {
        self.shared.with(|state| {
            let now = state.now_ms();
            state.saved.aliyun.revoke(id, now)
        })
    }

    /// Ends a session: `InvalidSecurityToken.Expired` from now on. False without such a session.
    pub fn expire_access_key(&self, id: &str) -> bool {
        self.shared.with(|state| {
            let now = state.now_ms();
            let key = state.saved.aliyun.key_mut(id).filter(|key| key.token.is_some());
            key.map(|key| key.expires_at_ms = Some(now)).is_some()
        })
    }

    /// Switches an AccessKey off or on: `InvalidAccessKeyId.Inactive`. False without such a key.
    pub fn set_access_key_active(&self, id: &str, active: bool) -> bool {
        self.shared.with(|state| state.saved.aliyun.key_mut(id).map(|key| key.inactive = !active).is_some())
    }

    /// Whether a lasting AccessKey would be let in now.
    pub fn is_access_key_live(&self, id: &str) -> bool {
        self.shared.with(|state| {
            let now = state.now_ms();
            let key = state.saved.aliyun.keys.iter().find(|key| key.id == id);
            key.is_some_and(|key| key.standing(key.token.as_deref(), now).is_ok())
        })
    }

    /// Adds a secret with a first value; one of this name is replaced.
    pub fn add_secret(&self, name: &str, kind: SecretKind) {
        self.shared.with(|state| {
            let now = state.now_ms();
            state.saved.aliyun.put_secret(name, kind, now);
        });
    }

    /// Adds a RAM user's AccessKey as a secret that rotates every 7 days, as the service does by default.
    pub fn add_ram_secret(&self, name: &str) {
        self.add_secret(name, SecretKind::RamUser { user: name.rsplit('/').next().unwrap_or(name).to_owned() });
        self.set_secret_rotation(name, Some(Duration::from_secs(7 * 24 * 3600)));
    }

    /// Deletes a secret and the keys in it.
    pub fn remove_secret(&self, name: &str) {
        self.shared.with(|state| {
            let now = state.now_ms();
            state.saved.aliyun.remove_secret(name, now);
        });
    }

    /// Rotates a secret on schedule from now on, or never by itself.
    pub fn set_secret_rotation(&self, name: &str, interval: Option<Duration>) {
        self.with_secret(name, |secret, now| {
            let base = secret.last_rotation_ms.unwrap_or(now);
            secret.interval_ms = interval.map(|interval| ms(interval).max(1000));
            secret.next_rotation_ms = secret.interval_ms.map(|interval| base.saturating_add(interval));
        });
    }

    /// When a secret is to be rotated next, from now.
    pub fn set_next_secret_rotation_in(&self, name: &str, after: Duration) {
        self.with_secret(name, |secret, now| secret.next_rotation_ms = Some(now.saturating_add(ms(after))));
    }

    /// How long the AccessKey of before lives on after a rotation on schedule (two days if never set).
    pub fn set_secret_overlap(&self, name: &str, overlap: Duration) {
        self.with_secret(name, |secret, _| secret.overlap_ms = ms(overlap));
    }

    /// Rotates now; the AccessKey of before lives on for `overlap`. False without such a secret.
    pub fn rotate_secret(&self, name: &str, overlap: Duration) -> bool {
        self.shared.with(|state| {
            let now = state.now_ms();
            state.saved.aliyun.rotate_secret(name, ms(overlap), now)
        })
    }

    /// Makes a chosen text the current value, as `PutSecretValue` would.
    pub fn set_secret_data(&self, name: &str, data: &str) {
        self.with_secret(name, |secret, now| secret.push_version(data.to_owned(), None, now));
    }

    /// Whether values made from now on hold `GenerateTimestamp` and `ExpireTimestamp`.
    pub fn set_secret_timestamps(&self, name: &str, timestamps: bool) {
        self.with_secret(name, |secret, _| secret.timestamps = timestamps);
    }

    /// Replaces a field of the answers about a secret, or leaves it out, to see what a client makes of it.
    pub fn replace_secret_field(&self, name: &str, field: &str, value: Option<&str>) {
        self.with_secret(name, |secret, _| drop(secret.replaced.insert(field.to_owned(), value.map(str::to_owned))));
    }

    /// Forbids a key (`*`: every key) to read a secret, or allows it again: `Forbidden.NoPermission`.
    pub fn set_secret_denied(&self, name: &str, key_id: &str, denied: bool) {
        self.with_secret(name, |secret, _| {
            secret.denied.retain(|known| known != key_id);
            secret.denied.extend(denied.then(|| key_id.to_owned()));
        });
    }

    /// The current value.
    pub fn secret_data(&self, name: &str) -> Option<String> {
        self.staged(name, CURRENT, |version| Some(version.data.clone()))
    }

    /// The AccessKeyId in the current value.
    pub fn secret_access_key_id(&self, name: &str) -> Option<String> {
        self.staged(name, CURRENT, |version| version.key_id.clone())
    }

    /// The AccessKeyId in the value of before.
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

    fn staged<R>(&self, name: &str, stage: &str, look: impl FnOnce(&super::secret::Version) -> Option<R>) -> Option<R> {
        self.shared.with(|state| look(state.saved.aliyun.secret(name)?.staged(stage)?))
    }

    fn with_secret(&self, name: &str, work: impl FnOnce(&mut super::secret::Secret, i64)) {
        self.shared.with(|state| {
            let now = state.now_ms();
            if let Some(secret) = state.saved.aliyun.secret_mut(name) {
                work(secret, now);
            }
        });
    }

    /// Accepts a RAM role in STS; its sessions live `DurationSeconds`, at most `life`.
    pub fn set_ram_role(&self, arn: &str, external_id: Option<&str>, life: Duration) {
        let role = Role { arn: arn.to_owned(), external_id: external_id.map(str::to_owned), life_ms: ms(life) };
        self.shared.with(|state| {
            state.saved.aliyun.roles.retain(|known| known.arn != role.arn);
            state.saved.aliyun.roles.push(role);
        });
    }

    /// Accepts this OIDC token of a provider, and no other of that provider.
    pub fn set_ram_oidc_token(&self, provider_arn: &str, token: &str, expires_in: Option<Duration>) {
        self.shared.with(|state| {
            let expires_at_ms = expires_in.map(|life| state.now_ms().saturating_add(ms(life)));
            let known = &mut state.saved.aliyun.oidc_tokens;
            known.retain(|known| known.provider_arn != provider_arn);
            known.push(OidcToken { provider_arn: provider_arn.to_owned(), token: token.to_owned(), expires_at_ms });
        });
    }
}

/// The ECS metadata service and the credentials URI.
impl Emulator {
    /// Serves a role in the ECS metadata service, whose keys live this long (up to the next full second).
    /// The first role that was set is the one of the instance.
    pub fn set_ecs_role(&self, name: &str, life: Duration) {
        let role = InstanceRole { name: name.to_owned(), life_ms: ms(life), current: None };
        self.shared.with(|state| {
            let roles = &mut state.saved.aliyun.metadata.roles;
            roles.retain(|known| known.name != role.name);
            roles.push(role);
        });
    }

    /// Which ways the metadata service answers: v1 without a token, v2 with one. Both by default.
    pub fn set_ecs_metadata(&self, v1: bool, v2: bool) {
        self.shared.with(|state| {
            let metadata = &mut state.saved.aliyun.metadata;
            (metadata.v1_off, metadata.v2_off) = (!v1, !v2);
        });
    }

    /// Loses the answer with the metadata token, as happens in a container behind one hop too many.
    pub fn set_ecs_hop_limited(&self, limited: bool) {
        self.shared.with(|state| state.saved.aliyun.metadata.hop_limited = limited);
    }

    /// A credentials URI: a GET answers with keys of the role, or of the first one.
    pub fn credentials_uri(&self, role: Option<&str>) -> String {
        let base = format!("http://{}/aliyun/credentials", self.plain_host_port());
        role.map_or(base.clone(), |role| format!("{base}/{}", encode(role)))
    }
}

/// Client keys of dedicated KMS, which KMS takes too.
impl Emulator {
    /// A new client key that is accepted from now on, as files for a client. `None` if they cannot be written.
    pub fn make_client_key(&self, password: &str) -> Option<ClientKey> {
        let (public, json) = client_key::make(password)?;
        let id = public.id.clone();
        self.shared.with(|state| state.saved.aliyun.client_keys.push(public));
        ClientKey::write(id, password, json).ok()
    }

    /// Deletes a client key: dedicated KMS says `Unauthorized`, KMS `InvalidAccessKeyId.NotFound`.
    pub fn remove_client_key(&self, key_id: &str) {
        self.shared.with(|state| state.saved.aliyun.client_keys.retain(|key| key.id != key_id));
    }
}

/// OSS.
impl Emulator {
    /// Makes an empty bucket; one of this name is replaced. Custom domains lead to it as its own names do.
    pub fn add_bucket(&self, name: &str, domains: &[&str]) {
        let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        self.shared.with(|state| {
            state.live.buckets.insert(name.to_owned(), Bucket { domains, ..Bucket::default() });
        });
    }

    /// What an object holds.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.shared.with(|state| Some(state.live.buckets.get(bucket)?.objects.get(key)?.body.clone()))
    }
}
