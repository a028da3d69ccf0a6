//! The input and output of the control endpoints of both clouds.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::action::Cloud;
use crate::fault::{Fault, FaultKind};

/// The answer of a control endpoint: JSON, or a status and an error message.
pub(crate) type Answer = Result<Value, (u16, String)>;

pub(crate) fn unknown(name: &str) -> (u16, String) {
    (404, format!("there is no control endpoint {name:?} for this method"))
}

/// Parses the body; an empty body is an empty object.
pub(crate) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, (u16, String)> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| (400, error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldInput {
    pub(crate) hold: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockInput {
    pub(crate) offset_ms: Option<i64>,
    pub(crate) advance_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleInput {
    pub(crate) name: String,
    pub(crate) life_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleArnInput {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) life_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostInput {
    pub(crate) host: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionInput {
    pub(crate) cloud: Cloud,
    pub(crate) service: Option<String>,
    pub(crate) version: String,
    pub(crate) action: String,
}

/// A fault; `kind` decides which of the other fields are read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultInput {
    kind: String,
    action: Option<String>,
    times: Option<u64>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    content_type: Option<String>,
    retry_after: Option<String>,
    headers: Option<Vec<(String, String)>>,
    body: Option<String>,
    body_base64: Option<String>,
    ms: Option<u64>,
    bytes: Option<usize>,
    location: Option<String>,
}

impl FaultInput {
    /// Without `times` a fault lasts until it is cleared.
    pub(crate) fn into_fault(self) -> Result<Fault, String> {
        let kind = self.kind.clone();
        let needs = |field: &str| format!("a fault of kind {kind} needs {field}");
        let fault_kind = match kind.as_str() {
            "answer" => FaultKind::Answer {
                status: self.status.unwrap_or(200),
                code: self.code,
                message: self.message,
                content_type: self.content_type,
                retry_after: self.retry_after,
            },
            "raw" => FaultKind::Raw {
                status: self.status.ok_or_else(|| needs("status"))?,
                headers: self.headers.unwrap_or_default(),
                body: match (self.body, self.body_base64) {
                    (Some(text), None) => text.into_bytes(),
                    (None, Some(text)) => STANDARD.decode(text).map_err(|error| format!("body_base64: {error}"))?,
                    (None, None) => Vec::new(),
                    (Some(_), Some(_)) => return Err("body and body_base64 exclude each other".to_owned()),
                },
            },
            "delay" => FaultKind::Delay(Duration::from_millis(self.ms.ok_or_else(|| needs("ms"))?)),
            "truncate" => FaultKind::Truncate { bytes: self.bytes.ok_or_else(|| needs("bytes"))? },
            "drop" => FaultKind::Drop,
            "close-early" => FaultKind::CloseEarly,
            "oversize" => FaultKind::Oversize { bytes: self.bytes.ok_or_else(|| needs("bytes"))? },
            "redirect" => FaultKind::Redirect { location: self.location.ok_or_else(|| needs("location"))? },
            _ => {
                let known = "answer, raw, delay, truncate, drop, close-early, oversize, redirect";
                return Err(format!("unknown kind {kind}; known: {known}"));
            }
        };
        Ok(Fault { action: self.action, times: self.times.unwrap_or(u64::MAX), kind: fault_kind })
    }
}
