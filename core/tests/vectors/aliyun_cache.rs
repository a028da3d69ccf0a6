//! The file `aliyun_file_cache.json`.

use evercred_core::providers::aliyun::kms::official_cache_file::{self, CachedSecret};
use evercred_core::secret::Secret;
use serde_json::Value;

use crate::outcome::{Check, Outcome, same, text, wanted_text};

/// `aliyun_file_cache`
pub fn file(kind: &str, case: &Value) -> Outcome {
    match kind {
        "store" | "store-v2" => stored(case).into(),
        "load" => load(case).into(),
        other => Outcome::Failed(format!("the kind {other} is not known")),
    }
}

fn salt(case: &Value) -> &str {
    text(case, "/inputs/salt").unwrap_or_default()
}

fn stored(case: &Value) -> Check {
    let file = wanted_text(case, "/expected_official/file_text")?;
    let cached = official_cache_file::parse(file.as_bytes(), salt(case)).map_err(|error| error.to_string())?;
    let value = cached.secret.data.as_ref().map(Secret::expose);
    same("secret value", value, text(case, "/inputs/secret_value"))?;
    same("stage", Some(cached.stage.as_str()), text(case, "/inputs/stage"))?;
    let refreshed = case.pointer("/inputs/refresh_time_stamp_ms").and_then(Value::as_i64);
    same("time", Some(cached.refreshed_at_ms), refreshed)?;
    let read_back = case.pointer("/expected_official/read_back").unwrap_or(&Value::Null);
    if read_back.get("secret_info").is_some() { same_secret(&cached, read_back) } else { Ok(()) }
}

fn load(case: &Value) -> Check {
    let expected = case.get("expected_correct").or_else(|| case.get("expected_official")).ok_or("nothing expected")?;
    let read = || -> evercred_core::error::Result<Option<CachedSecret>> {
        // A file of an earlier run is only looked for when the user asks for it, and under the current stage's name.
        let asked = case.pointer("/inputs/reload_on_start").and_then(Value::as_bool) != Some(false);
        let name = official_cache_file::path(std::path::Path::new(""), "s", "ACSCurrent")?;
        let name = name.file_name().and_then(|name| name.to_str());
        let there = text(case, "/inputs/file_name") == name;
        let file = text(case, "/inputs/file_text").filter(|_| asked && there);
        file.map(|file| official_cache_file::parse(file.as_bytes(), salt(case))).transpose()
    };
    let result = read();
    let word = match &result {
        Ok(Some(_)) => "ok",
        Ok(None) => "none",
        Err(_) => "error",
    };
    same("result", word, wanted_text(expected, "/result")?)?;
    if let Ok(Some(cached)) = result { same_secret(&cached, expected) } else { Ok(()) }
}

fn same_secret(cached: &CachedSecret, expected: &Value) -> Check {
    same("stage", Some(cached.stage.as_str()), text(expected, "/stage"))?;
    let refreshed = expected.get("refresh_time_stamp").and_then(Value::as_i64);
    same("time", Some(cached.refreshed_at_ms), refreshed)?;
    let secret = &cached.secret;
    for (name, field) in [
        ("secret_name", secret.name.text()),
        ("version_id", secret.version_id.text()),
        ("secret_value", secret.data.as_ref().map(Secret::expose)),
        ("secret_data_type", secret.data_type.text()),
        ("create_time", secret.create_time.text()),
        ("secret_type", secret.secret_type.text()),
        ("automatic_rotation", secret.automatic_rotation.text()),
        ("extended_config", secret.extended_config.text()),
        ("rotation_interval", secret.rotation_interval.text()),
        ("next_rotation_date", secret.next_rotation_date.text()),
    ] {
        same(name, field, text(expected, &format!("/secret_info/{name}")))?;
    }
    Ok(())
}
