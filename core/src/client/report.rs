//! The report of a client on all its sources, as JSON and in the Prometheus text format.

use std::fmt::Write as _;

use crate::cache::Status;
use crate::client::json_text::Object;

/// The format of a report; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Format {
    /// One JSON object.
    Json = 1,
    /// The Prometheus text format.
    Prometheus = 2,
}

impl Format {
    /// The format with this number in the C header.
    pub fn from_number(number: i32) -> Option<Format> {
        match number {
            1 => Some(Format::Json),
            2 => Some(Format::Prometheus),
            _ => None,
        }
    }
}

/// A finished report.
#[derive(Clone, Debug)]
pub struct Report {
    text: String,
}

impl Report {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without the report.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// The facts of the client as a whole.
pub(super) struct Totals {
    pub(super) tls_verified: bool,
    /// When the first certificate of the CA files expires; 0 if there is none.
    pub(super) ca_expires_at_ms: i64,
    /// Look-ups, file accesses and the like that hang, each with a thread.
    pub(super) left_behind_jobs: usize,
    pub(super) now_ms: i64,
}

pub(super) fn write(statuses: &[Status], format: Format, totals: &Totals) -> Report {
    let text = match format {
        Format::Json => json_text(statuses, totals),
        Format::Prometheus => prometheus_text(statuses, totals),
    };
    Report { text }
}

fn json_text(statuses: &[Status], totals: &Totals) -> String {
    let mut text = String::with_capacity(256 + statuses.len() * 1024);
    let mut json = Object::begin(&mut text);
    json.put_text("evercred", super::VERSION);
    json.put_number("time_ms", totals.now_ms);
    json.put_flag("tls_verified", totals.tls_verified);
    json.put_maybe_number("ca_expires_at_ms", known(totals.ca_expires_at_ms));
    json.put_number("left_behind_jobs", totals.left_behind_jobs);
    json.list("sources", statuses, |status, json| source(status, totals.now_ms, json));
    json.end();
    text
}

fn source(status: &Status, now_ms: i64, json: &mut Object<'_>) {
    json.put_text("name", &status.name);
    json.put_text("state", status.state.name());
    json.put_text("origin", status.origin.name());
    json.put_maybe_number("expires_at_ms", known(status.expires_at_ms));
    json.put_maybe_number("expires_in_ms", ms_left(status, now_ms));
    json.put_maybe_number("renew_at_ms", known(status.renew_at_ms));
    json.put_maybe_number("next_refresh_at_ms", known(status.next_refresh_at_ms));
    json.put_maybe_number("last_success_at_ms", known(status.last_success_at_ms));
    json.put_number("generation", status.generation);
    json.put_number("consecutive_failures", status.failures);
    json.put_number("fetches", status.fetches);
    json.put_number("rejections", status.rejections);
    match &status.last_error {
        Some(error) => json.object("last_error", |json| {
            json.put_text("code", error.code().name());
            json.put_text("message", error.message());
            json.put_maybe_text("provider_code", error.provider_code());
            json.put_maybe_text("request_id", error.request_id());
            json.put_flag("retryable", error.is_retryable());
            json.put_maybe_number("retry_after_ms", error.retry_after().map(|wait| wait.as_millis()));
            json.put_flag("user_notification_required", error.user_notification_required());
        }),
        None => json.put_maybe_text("last_error", None),
    }
    json.put_flag("rotation_overdue", status.rotation_overdue);
    json.put_maybe_text("rotation_status", status.rotation_status.as_deref());
    json.put_maybe_number("last_rotation_duration_ms", status.last_rotation_duration_ms);
    json.put_maybe_number("generated_at_ms", status.secret.generated_at_ms);
    json.put_maybe_number("next_rotation_at_ms", status.secret.next_rotation_at_ms);
    json.put_maybe_number("rotation_interval_ms", status.secret.rotation_interval_ms);
    json.put_maybe_text("automatic_rotation", status.secret.automatic_rotation.as_deref());
    json.put_maybe_text("secret_type", status.secret.secret_type.as_deref());
    json.put_maybe_text("secret_sub_type", status.secret.sub_type.as_deref());
    json.put_maybe_text("identity_explanation", status.identity_explanation.as_deref());
    json.put_maybe_text("endpoint", status.endpoint.as_deref());
    json.put_number("clock_skew_ms", status.clock_skew_ms);
    json.put_flag("tls_verified", status.tls_verified);
}

/// A time; `None` if it is not known.
fn known(ms: i64) -> Option<i64> {
    (ms != 0).then_some(ms)
}

/// Milliseconds until the value expires; `None` if that is not known.
fn ms_left(status: &Status, now_ms: i64) -> Option<i64> {
    (status.expires_at_ms != 0).then(|| status.expires_at_ms.saturating_sub(now_ms))
}

type Read = fn(&Status, i64) -> Option<f64>;

/// The metrics of a source: name, type, help, value.
const METRICS: &[(&str, &str, &str, Read)] = &[
    (
        "evercred_source_state",
        "gauge",
        "0 empty, 1 fresh, 2 due, 3 mandatory, 4 stale, 5 ended, 6 rejected",
        |status, _| Some(f64::from(status.state as i32)),
    ),
    (
        "evercred_source_expires_in_seconds",
        "gauge",
        "Time until the value expires; absent if not known",
        |status, now| ms_left(status, now).map(|ms| ms as f64 / 1000.0),
    ),
    ("evercred_source_age_seconds", "gauge", "Time since the last successful fetch", |status, now| {
        (status.last_success_at_ms != 0).then(|| now.saturating_sub(status.last_success_at_ms) as f64 / 1000.0)
    }),
    ("evercred_source_consecutive_failures", "gauge", "Consecutive failed refreshes", |status, _| {
        Some(f64::from(status.failures))
    }),
    ("evercred_source_generation", "gauge", "The published generation", |status, _| Some(status.generation as f64)),
    ("evercred_source_fetches_total", "counter", "Fetches, failed ones included", |status, _| {
        Some(status.fetches as f64)
    }),
    (
        "evercred_source_rejections_total",
        "counter",
        "Reports of a rejected value that caused a refresh",
        |status, _| Some(status.rejections as f64),
    ),
    ("evercred_source_rotation_overdue", "gauge", "1: the service is overdue with its rotation", |status, _| {
        Some(f64::from(u8::from(status.rotation_overdue)))
    }),
    ("evercred_source_clock_skew_seconds", "gauge", "How far the cloud's clock is ahead", |status, _| {
        Some(status.clock_skew_ms as f64 / 1000.0)
    }),
];

fn prometheus_text(statuses: &[Status], totals: &Totals) -> String {
    let mut text = String::new();
    for (name, kind, help, read) in METRICS {
        // Writing to a String does not fail.
        let _written = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} {kind}").is_ok();
        for status in statuses {
            if let Some(value) = read(status, totals.now_ms) {
                let source = escaped(&status.name);
                let _written = writeln!(text, "{name}{{source=\"{source}\"}} {value}").is_ok();
            }
        }
    }
    let _written = writeln!(
        text,
        "# HELP evercred_source_last_error Why the last refresh failed; absent if it succeeded.\n\
         # TYPE evercred_source_last_error gauge"
    )
    .is_ok();
    for status in statuses {
        if let Some(error) = &status.last_error {
            let (source, code) = (escaped(&status.name), error.code().name());
            let provider_code = escaped(error.provider_code().unwrap_or_default());
            let labels = format!("source=\"{source}\",code=\"{code}\",provider_code=\"{provider_code}\"");
            let _written = writeln!(text, "evercred_source_last_error{{{labels}}} 1").is_ok();
        }
    }
    let help = "1: all requests are encrypted and servers' certificates are checked";
    let name = "evercred_tls_verified";
    let value = u8::from(totals.tls_verified);
    let _written = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}").is_ok();
    let help = "Name look-ups, file accesses and starts of programs that hang, each with a thread";
    let (name, value) = ("evercred_left_behind_jobs", totals.left_behind_jobs);
    let _written = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}").is_ok();
    text
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
