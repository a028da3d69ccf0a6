//! The JSON that the control endpoints for Alibaba Cloud take.

use serde::Deserialize;

use super::secret::SecretKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyInput {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_in_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdInput {
    pub(crate) id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveInput {
    pub(crate) id: String,
    pub(crate) active: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameInput {
    pub(crate) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretInput {
    pub(crate) name: String,
    kind: Option<String>,
    user: Option<String>,
    data: Option<String>,
}

impl SecretInput {
    /// Without a kind it is a RAM user's AccessKey.
    pub(crate) fn kind(&self) -> Result<SecretKind, String> {
        let kind = self.kind.as_deref().unwrap_or("ram");
        let user = || self.user.clone().unwrap_or_else(|| "app".to_owned());
        let data = || self.data.clone().ok_or_else(|| format!("a secret of kind {kind} needs data"));
        match kind {
            "ram" => Ok(SecretKind::RamUser { user: user() }),
            "rds" => Ok(SecretKind::Rds { user: user() }),
            "text" => Ok(SecretKind::Text(data()?)),
            "binary" => Ok(SecretKind::Binary(data()?)),
            _ => Err(format!("unknown kind {kind}; known: ram, rds, text, binary")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationInput {
    pub(crate) name: String,
    pub(crate) interval_ms: Option<u64>,
    pub(crate) next_in_ms: Option<u64>,
    pub(crate) overlap_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateInput {
    pub(crate) name: String,
    pub(crate) overlap_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataInput {
    pub(crate) name: String,
    pub(crate) data: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldInput {
    pub(crate) name: String,
    pub(crate) field: String,
    pub(crate) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeniedInput {
    pub(crate) name: String,
    pub(crate) key_id: String,
    pub(crate) denied: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimestampsInput {
    pub(crate) name: String,
    pub(crate) timestamps: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcInput {
    pub(crate) provider_arn: String,
    pub(crate) token: String,
    pub(crate) expires_in_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcFileInput {
    pub(crate) provider_arn: String,
    pub(crate) expires_in_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EcsInput {
    pub(crate) v1: Option<bool>,
    pub(crate) v2: Option<bool>,
    pub(crate) hop_limited: Option<bool>,
}

/// What is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionInput {
    pub(crate) region: String,
    pub(crate) down: Option<bool>,
    pub(crate) silent: Option<bool>,
    pub(crate) unavailable: Option<bool>,
    pub(crate) delay_ms: Option<u64>,
    pub(crate) throttle: Option<u64>,
    pub(crate) throttle_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordInput {
    pub(crate) password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketInput {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) domains: Vec<String>,
}
