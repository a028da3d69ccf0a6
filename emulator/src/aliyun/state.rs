//! The state of the emulated Alibaba Cloud. It uses models only, no service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_key::PublicKey;
use super::key::{AccessKey, KeyError};
use super::metadata_model::Metadata;
use super::oss::bucket::Buckets;
use super::region::Regions;
use super::secret::{Secret, SecretKind};
use super::token_file::TokenFile;
use crate::nonce::Nonces;
use crate::util::random_text;

/// The account id of all resources.
pub(crate) const ACCOUNT: &str = "100000000000";

/// A role that STS accepts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) life_ms: i64,
}

/// An OIDC token that STS accepts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OidcToken {
    pub(crate) provider_arn: String,
    pub(crate) token: String,
    pub(crate) expires_at_ms: Option<i64>,
}

/// The part that the state file holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Aliyun {
    pub(crate) keys: Vec<AccessKey>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) roles: Vec<Role>,
    pub(crate) oidc_tokens: Vec<OidcToken>,
    pub(crate) metadata: Metadata,
    pub(crate) client_keys: Vec<PublicKey>,
}

/// The part that ends with the process.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) nonces: Nonces,
    pub(crate) regions: Regions,
    pub(crate) buckets: Buckets,
    /// The files of OIDC tokens, by their provider.
    pub(crate) token_files: BTreeMap<String, TokenFile>,
}

/// The ARN of a RAM user.
pub(crate) fn user_arn(user: &str) -> String {
    format!("acs:ram::{ACCOUNT}:user/{user}")
}

impl Aliyun {
    /// The key of this id, if it may be used now with this token.
    pub(crate) fn valid_key(&self, id: &str, token: Option<&str>, now: i64) -> Result<&AccessKey, KeyError> {
        let key = self.keys.iter().find(|key| key.id == id).ok_or(KeyError::Unknown)?;
        key.check(token, now).map(|()| key)
    }

    /// Adds a key or replaces the one of that id.
    pub(crate) fn put_key(&mut self, key: AccessKey) {
        self.keys.retain(|known| known.id != key.id);
        self.keys.push(key);
    }

    pub(crate) fn key_mut(&mut self, id: &str) -> Option<&mut AccessKey> {
        self.keys.iter_mut().find(|key| key.id == id)
    }

    /// Deletes a key at a time, unless it is deleted earlier.
    pub(crate) fn revoke(&mut self, id: &str, at: i64) -> bool {
        let found = self.key_mut(id);
        found.map(|key| key.revoked_at_ms = Some(key.revoked_at_ms.map_or(at, |end| end.min(at)))).is_some()
    }

    /// Issues the keys of a session. They expire at a full second, since answers state the time in seconds.
    pub(crate) fn issue(&mut self, owner: &str, life_ms: i64, now: i64) -> AccessKey {
        let end = now.saturating_add(life_ms.max(0)).saturating_add(999).div_euclid(1000).saturating_mul(1000);
        // Expired keys are kept for an hour, so that a test sees the error of an expired session and not of an unknown key.
        self.keys.retain(|key| !key.issued || key.expires_at_ms.is_none_or(|end| end + 3_600_000 > now));
        let key = AccessKey {
            id: format!("STS.NT{}", random_text(22)),
            secret: random_text(44),
            token: Some(format!("CAIS{}+/==", random_text(160))),
            expires_at_ms: Some(end),
            owner: owner.to_owned(),
            issued: true,
            ..AccessKey::default()
        };
        self.put_key(key.clone());
        key
    }

    pub(crate) fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.name == name)
    }

    pub(crate) fn secret_mut(&mut self, name: &str) -> Option<&mut Secret> {
        self.secrets.iter_mut().find(|secret| secret.name == name)
    }

    /// Adds a secret with its first value; an existing one is replaced and its keys are deleted.
    pub(crate) fn put_secret(&mut self, name: &str, kind: SecretKind, now: i64) {
        self.remove_secret(name, now);
        let (secret, key) = Secret::new(name, kind.clone(), owner_of(&kind), now);
        self.keys.extend(key);
        self.secrets.push(secret);
    }

    pub(crate) fn remove_secret(&mut self, name: &str, now: i64) {
        let keys = self.secret(name).map(|secret| secret.versions.iter().filter_map(|v| v.key_id.clone()).collect());
        let keys: Vec<String> = keys.unwrap_or_default();
        for id in keys {
            self.revoke(&id, now);
        }
        self.secrets.retain(|secret| secret.name != name);
    }

    /// Rotates now; the previous AccessKey stays valid for `overlap_ms`.
    pub(crate) fn rotate_secret(&mut self, name: &str, overlap_ms: i64, now: i64) -> bool {
        let Some(secret) = self.secret_mut(name) else { return false };
        let owner = owner_of(&secret.kind);
        let (before, made) = secret.rotate(now, owner);
        self.keys.extend(made);
        if let Some(before) = before {
            self.revoke(&before, now.saturating_add(overlap_ms));
        }
        true
    }

    /// Performs the rotations that are due.
    pub(crate) fn tick(&mut self, now: i64) {
        let due: Vec<(String, i64, i64)> = self
            .secrets
            .iter()
            .filter_map(|secret| Some((secret.name.clone(), secret.overlap_ms, secret.due(now)?)))
            .collect();
        for (name, overlap, at) in due {
            self.rotate_secret(&name, overlap, at);
        }
    }
}

fn owner_of(kind: &SecretKind) -> String {
    match kind {
        SecretKind::RamUser { user } => user_arn(user),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_key_stays_valid_for_the_overlap() {
        let mut cloud = Aliyun::default();
        cloud.put_secret("s", SecretKind::RamUser { user: "app".into() }, 1000);
        let first = cloud.keys[0].id.clone();
        assert!(cloud.rotate_secret("s", 50, 2000) && !cloud.rotate_secret("t", 50, 2000));
        let second = cloud.keys[1].id.clone();
        assert!(cloud.valid_key(&first, None, 2049).is_ok() && cloud.valid_key(&second, None, 2049).is_ok());
        assert_eq!(cloud.valid_key(&first, None, 2050).err(), Some(KeyError::Unknown));
        // A later overlap does not bring it back.
        cloud.revoke(&first, 9000);
        assert!(cloud.valid_key(&first, None, 2050).is_err());
        let secret = cloud.secret_mut("s").unwrap();
        (secret.interval_ms, secret.next_rotation_ms, secret.overlap_ms) = (Some(100), Some(3000), 10);
        cloud.tick(2999);
        assert_eq!(cloud.secret("s").unwrap().rotations, 1);
        cloud.tick(3250);
        let secret = cloud.secret("s").unwrap();
        assert_eq!((secret.rotations, secret.last_rotation_ms, secret.next_rotation_ms), (2, Some(3200), Some(3300)));
        assert!(cloud.valid_key(&second, None, 3209).is_ok() && cloud.valid_key(&second, None, 3210).is_err());
        cloud.remove_secret("s", 4000);
        assert!(cloud.keys.iter().all(|key| cloud.valid_key(&key.id, None, 4000).is_err()));
    }
}
