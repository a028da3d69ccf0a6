//! The JSON that the control endpoints for Tencent Cloud take.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyInput {
    pub(crate) secret_id: String,
    pub(crate) secret_key: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_in_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyName {
    pub(crate) secret_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountName {
    pub(crate) region: String,
    pub(crate) instance: String,
    pub(crate) user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateInput {
    pub(crate) region: String,
    pub(crate) instance: String,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextRotationInput {
    pub(crate) region: String,
    pub(crate) instance: String,
    pub(crate) user: String,
    pub(crate) in_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnabledInput {
    pub(crate) region: String,
    pub(crate) instance: String,
    pub(crate) user: String,
    pub(crate) enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodInput {
    pub(crate) period_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportInput {
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) cost_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcInput {
    pub(crate) provider_id: String,
    pub(crate) token: String,
}
