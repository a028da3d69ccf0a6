//! Secrets of KMS: versions, stages and rotation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key::AccessKey;
use crate::util::{iso_text, random_text, uuid};

/// What a secret holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SecretKind {
    /// A RAM user's AccessKey that KMS creates and rotates (`RAMCredentials`).
    RamUser {
        /// The RAM user's name.
        user: String,
    },
    /// A database account (`Rds`); the password is random at each rotation.
    Rds {
        /// The account's name.
        user: String,
    },
    /// A text that KMS does not interpret (`Generic`).
    Text(String),
    /// Bytes that KMS does not interpret (`Generic`), in base64.
    Binary(String),
}

/// One version of a secret's value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) data: String,
    pub(crate) stages: Vec<String>,
    pub(crate) created_ms: i64,
    /// The AccessKeyId inside, with a RAM user's secret.
    pub(crate) key_id: Option<String>,
}

pub(crate) const CURRENT: &str = "ACSCurrent";
pub(crate) const PREVIOUS: &str = "ACSPrevious";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) kind: SecretKind,
    /// Oldest first.
    pub(crate) versions: Vec<Version>,
    pub(crate) created_ms: i64,
    pub(crate) interval_ms: Option<i64>,
    pub(crate) last_rotation_ms: Option<i64>,
    pub(crate) next_rotation_ms: Option<i64>,
    /// How long the previous key stays valid after a scheduled rotation.
    pub(crate) overlap_ms: i64,
    pub(crate) rotations: u64,
    /// Whether values hold `GenerateTimestamp` and `ExpireTimestamp`.
    pub(crate) timestamps: bool,
    /// Key ids that may not read it; `*` is every key.
    pub(crate) denied: Vec<String>,
    /// Fields of answers that are replaced, or left out with `None`.
    pub(crate) replaced: BTreeMap<String, Option<String>>,
}

/// How long the service keeps the previous key after a scheduled rotation: two days.
pub(crate) const OVERLAP_MS: i64 = 2 * 24 * 3_600_000;

impl Secret {
    /// A secret with its first value, and the AccessKey in it if there is one.
    pub(crate) fn new(name: &str, kind: SecretKind, owner: String, now: i64) -> (Secret, Option<AccessKey>) {
        let mut secret = Secret {
            name: name.to_owned(),
            kind,
            versions: Vec::new(),
            created_ms: now,
            interval_ms: None,
            last_rotation_ms: None,
            next_rotation_ms: None,
            overlap_ms: OVERLAP_MS,
            rotations: 0,
            timestamps: false,
            denied: Vec::new(),
            replaced: BTreeMap::new(),
        };
        let key = secret.make_version(now, owner);
        (secret, key)
    }

    /// A new current version; the AccessKey in it, if there is one.
    fn make_version(&mut self, now: i64, owner: String) -> Option<AccessKey> {
        let mut key = None;
        let data = match &self.kind {
            SecretKind::RamUser { .. } => {
                let made = AccessKey {
                    id: format!("LTAI5t{}", random_text(18)),
                    secret: random_text(30),
                    owner,
                    issued: true,
                    ..AccessKey::default()
                };
                let mut data = json!({"AccessKeyId": made.id, "AccessKeySecret": made.secret});
                if let (true, Some(fields)) = (self.timestamps, data.as_object_mut()) {
                    let end = self.interval_ms.map_or(now, |interval| now.saturating_add(interval));
                    fields.insert("GenerateTimestamp".to_owned(), iso_text(now.div_euclid(1000)).into());
                    fields.insert("ExpireTimestamp".to_owned(), iso_text(end.div_euclid(1000)).into());
                }
                key = Some(made);
                data.to_string()
            }
            SecretKind::Rds { user } => json!({"AccountName": user, "AccountPassword": random_text(24)}).to_string(),
            SecretKind::Text(text) | SecretKind::Binary(text) => text.clone(),
        };
        self.push_version(data, key.as_ref().map(|key| key.id.clone()), now);
        key
    }

    /// Adds a value as `ACSCurrent`; the current value becomes `ACSPrevious`.
    pub(crate) fn push_version(&mut self, data: String, key_id: Option<String>, now: i64) {
        for version in &mut self.versions {
            version.stages.retain(|stage| stage != PREVIOUS);
            for stage in &mut version.stages {
                if stage == CURRENT {
                    PREVIOUS.clone_into(stage);
                }
            }
        }
        let stages = vec![CURRENT.to_owned()];
        self.versions.push(Version { id: uuid(), data, stages, created_ms: now, key_id });
        // The service also removes old versions without a stage.
        if self.versions.len() > 20 {
            self.versions.remove(0);
        }
    }

    /// Rotates now: the previous AccessKeyId, which stays valid for the overlap, and the new AccessKey.
    pub(crate) fn rotate(&mut self, now: i64, owner: String) -> (Option<String>, Option<AccessKey>) {
        let before = self.staged(CURRENT).and_then(|version| version.key_id.clone());
        let made = self.make_version(now, owner);
        self.rotations += 1;
        self.last_rotation_ms = Some(now);
        self.next_rotation_ms = self.interval_ms.map(|interval| now.saturating_add(interval));
        (before, made)
    }

    /// When the rotation that is due was scheduled; `None` if none is due. Skipped rotations (a clock moved by weeks) count as
    /// one, at the last of them.
    pub(crate) fn due(&self, now: i64) -> Option<i64> {
        let next = self.next_rotation_ms.filter(|next| *next <= now)?;
        let interval = self.interval_ms?.max(1);
        Some(next.saturating_add(((now - next) / interval).saturating_mul(interval)))
    }

    pub(crate) fn staged(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.stages.iter().any(|s| s == stage))
    }

    /// The version of an id, of a stage, of both, or the current one.
    pub(crate) fn version(&self, id: Option<&str>, stage: Option<&str>) -> Option<&Version> {
        let Some(id) = id else { return self.staged(stage.unwrap_or(CURRENT)) };
        let found = self.versions.iter().find(|version| version.id == id)?;
        stage.is_none_or(|stage| found.stages.iter().any(|s| s == stage)).then_some(found)
    }

    pub(crate) fn denies(&self, key_id: &str) -> bool {
        self.denied.iter().any(|denied| denied == "*" || denied == key_id)
    }

    /// The fields of an answer, without the request id.
    pub(crate) fn describe(&self, version: &Version, extended: bool) -> Value {
        let date = |ms: i64| iso_text(ms.div_euclid(1000));
        let (kind, data_type) = match &self.kind {
            SecretKind::RamUser { .. } => ("RAMCredentials", "text"),
            SecretKind::Rds { .. } => ("Rds", "text"),
            SecretKind::Text(_) => ("Generic", "text"),
            SecretKind::Binary(_) => ("Generic", "binary"),
        };
        let mut fields = json!({
            "SecretName": self.name, "SecretType": kind, "SecretData": version.data, "SecretDataType": data_type,
            "VersionId": version.id, "VersionStages": {"VersionStage": version.stages},
            "CreateTime": date(version.created_ms),
        });
        let Some(map) = fields.as_object_mut() else { return fields };
        let mut put = |name: &str, value: String| drop(map.insert(name.to_owned(), value.into()));
        let rotates = self.interval_ms.is_some();
        put("AutomaticRotation", if rotates { "Enabled" } else { "Disabled" }.to_owned());
        if let Some(interval) = self.interval_ms {
            put("RotationInterval", format!("{}s", interval / 1000));
        }
        for (name, at) in [("LastRotationDate", self.last_rotation_ms), ("NextRotationDate", self.next_rotation_ms)] {
            if let Some(at) = at {
                put(name, date(at));
            }
        }
        let config = match &self.kind {
            SecretKind::RamUser { user } => Some(json!({"SecretSubType": "RamUserAccessKey", "UserName": user})),
            SecretKind::Rds { user } => Some(json!({"SecretSubType": "SingleUser", "AccountName": user})),
            _ => None,
        };
        if let (true, Some(config)) = (extended, config) {
            put("ExtendedConfig", config.to_string());
        }
        for (name, value) in &self.replaced {
            match value {
                Some(value) => drop(map.insert(name.clone(), value.clone().into())),
                None => drop(map.remove(name)),
            }
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_stages() {
        let kind = SecretKind::RamUser { user: "app".into() };
        let (mut secret, key) = Secret::new("s", kind, "arn".into(), 1000);
        let first = secret.staged(CURRENT).unwrap().clone();
        assert_eq!(first.key_id, key.map(|key| key.id));
        secret.interval_ms = Some(100);
        secret.next_rotation_ms = Some(1100);
        assert_eq!((secret.due(1099), secret.due(1100), secret.due(1350)), (None, Some(1100), Some(1300)));
        let (before, made) = secret.rotate(1300, "arn".into());
        assert_eq!(before, first.key_id);
        assert_eq!((secret.last_rotation_ms, secret.next_rotation_ms), (Some(1300), Some(1400)));
        assert_eq!(secret.staged(PREVIOUS).unwrap().id, first.id);
        assert_eq!(secret.staged(CURRENT).unwrap().key_id, made.map(|key| key.id));
        secret.rotate(1400, "arn".into());
        assert_ne!(secret.staged(PREVIOUS).unwrap().id, first.id);
        assert!(secret.version(Some(&first.id), None).is_some_and(|version| version.stages.is_empty()));
        assert!(secret.version(Some(&first.id), Some(CURRENT)).is_none());
    }

    #[test]
    fn what_answers_hold() {
        let (mut secret, _) = Secret::new("s", SecretKind::Binary("AAEC".into()), String::new(), 0);
        let fields = secret.describe(&secret.versions[0], true);
        assert_eq!((&fields["SecretData"], &fields["SecretDataType"]), (&"AAEC".into(), &"binary".into()));
        assert_eq!((&fields["AutomaticRotation"], &fields["NextRotationDate"]), (&"Disabled".into(), &Value::Null));
        secret.replaced.insert("NextRotationDate".into(), Some("soon".into()));
        secret.replaced.insert("SecretType".into(), None);
        let fields = secret.describe(&secret.versions[0], true);
        assert_eq!((&fields["NextRotationDate"], &fields["SecretType"]), (&"soon".into(), &Value::Null));
    }
}
