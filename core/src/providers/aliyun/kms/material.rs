//! Converts a secret to a credential, by the secret's type.
//!
//! Facts: the vendor's pages on the types of secrets (`Generic`, `Rds`, `RAMCredentials`, `ECS`, `Redis`, `PolarDB`),
//! and secrets as the official plugin reads them: it takes a key from any secret that contains one.

use crate::error::Result;
use crate::http::short_name;
use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
use crate::providers::aliyun::kms::schedule;
use crate::providers::aliyun::kms::secret_value::Login;
use crate::providers::aliyun::kms::secret_value::{self, Content, RAM_CREDENTIALS};
use crate::providers::{Material, Origin, SecretFacts};
use crate::secret::Secret;

/// The credential in a secret, and its expiration in milliseconds since 1970, if known. A secret with a known format is
/// split into its parts. Any other secret is returned whole.
///
/// # Errors
/// [`crate::error::Code::Malformed`] when a secret with a known format lacks a part, or when there is no usable data.
pub(super) fn material(answer: &SecretAnswer) -> Result<(Material, Option<i64>)> {
    match answer.secret_type.text().filter(|name| !name.is_empty()) {
        Some(RAM_CREDENTIALS) => access_key(answer),
        Some("Rds") => Ok((login(secret_value::login(answer)?), None)),
        // A machine's secret is a password or a pair of SSH keys.
        Some("ECS") => match secret_value::login(answer) {
            Ok(found) => Ok((login(found), None)),
            Err(error) if !secret_value::has_private_key(answer) => Err(error),
            Err(_) => whole(answer),
        },
        // Dedicated KMS sometimes omits the type, and users stored keys as `Generic` before there were managed keys. In
        // both cases the data decides, as it always does in the plugin.
        None | Some("Generic") if answer.data_type.text() != Some("binary") => key_or_whole(answer),
        _ => whole(answer),
    }
}

fn access_key(answer: &SecretAnswer) -> Result<(Material, Option<i64>)> {
    let key = secret_value::ram_credential(answer)?;
    let material = Material::access_key(Origin::Cloud, &key.access_key_id, key.access_key_secret, None);
    Ok((material, key.expires_at_ms))
}

/// An access key if the text has its format. The text itself is returned in both cases.
fn key_or_whole(answer: &SecretAnswer) -> Result<(Material, Option<i64>)> {
    let (whole, _) = whole(answer)?;
    Ok(match access_key(answer) {
        Ok((key, ends_at_ms)) => (Material { value: whole.value, ..key }, ends_at_ms),
        Err(_) => (whole, None),
    })
}

fn login(found: Login) -> Material {
    Material::database(Origin::Cloud, &found.username, found.password)
}

fn whole(answer: &SecretAnswer) -> Result<(Material, Option<i64>)> {
    let material = match secret_value::content(answer)? {
        Content::Text(text) => Material::text(Origin::Cloud, text),
        Content::Binary(bytes) => Material::binary(Origin::Cloud, &bytes),
    };
    Ok((material, None))
}

/// The id of the version; empty if it contains a NUL, which would truncate it in C.
pub(super) fn version_id(answer: &SecretAnswer) -> Secret {
    Secret::from_text(answer.version_id.text().filter(|id| !id.contains('\0')).unwrap_or_default())
}

/// Facts about the secret, for the status report.
pub(super) fn facts(answer: &SecretAnswer) -> SecretFacts {
    let name = |field: &Field| field.text().and_then(short_name);
    let key = secret_value::ram_credential(answer).ok();
    SecretFacts {
        secret_type: name(&answer.secret_type),
        sub_type: secret_value::sub_type(answer).as_deref().and_then(short_name),
        generated_at_ms: key.and_then(|key| key.generated_at_ms),
        next_rotation_at_ms: schedule::rotation_ms(answer),
        rotation_interval_ms: answer.rotation_interval.text().and_then(milliseconds),
        automatic_rotation: name(&answer.automatic_rotation),
    }
}

/// Parses whole seconds, followed by `s`, to milliseconds.
fn milliseconds(text: &str) -> Option<i64> {
    let seconds: i64 = text.trim().trim_end_matches('s').parse().ok()?;
    (seconds > 0).then(|| seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::{facts, material};
    use crate::providers::Kind;
    use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
    use crate::secret::Secret;

    const KEY: &str = r#"{"AccessKeyId":"id","AccessKeySecret":"sup3r","GenerateTimestamp":"1970-01-01T00:00:07Z"}"#;
    const LOGIN: &str = r#"{"UserName":"u","Password":"sup3r"}"#;

    fn answer(secret_type: Option<&str>, data_type: &str, data: &str) -> SecretAnswer {
        SecretAnswer {
            secret_type: secret_type.map_or(Field::Absent, |name| Field::Text(name.into())),
            data_type: Field::Text(data_type.into()),
            data: Some(Secret::from_text(data)),
            ..SecretAnswer::default()
        }
    }

    #[test]
    fn the_type_decides_the_kind() {
        for (secret_type, data_type, data, kind) in [
            (Some("RAMCredentials"), "text", KEY, Kind::AccessKey),
            (None, "text", KEY, Kind::AccessKey),
            (Some(""), "text", KEY, Kind::AccessKey),
            (Some("Generic"), "text", KEY, Kind::AccessKey),
            (Some("Generic"), "text", r#"{"AccessKeyId":"id"}"#, Kind::Text),
            (None, "text", "just a text", Kind::Text),
            (None, "binary", "AAEC", Kind::Binary),
            (Some("Generic"), "binary", "AAEC", Kind::Binary),
            (Some("Rds"), "text", LOGIN, Kind::Database),
            (Some("ECS"), "text", LOGIN, Kind::Database),
            (Some("ECS"), "text", r#"{"UserName":"u","PrivateKey":"sup3r"}"#, Kind::Text),
            (Some("Redis"), "text", LOGIN, Kind::Text),
            (Some("FutureType"), "text", "{}", Kind::Text),
        ] {
            let (found, expires_at) = material(&answer(secret_type, data_type, data)).unwrap();
            assert_eq!((found.kind, expires_at), (kind, None), "{secret_type:?} {data_type}");
            // A secret that was split into its parts has no whole text.
            let parts = matches!(
                (secret_type, kind),
                (Some("RAMCredentials" | "Rds" | "ECS"), Kind::AccessKey | Kind::Database)
            );
            assert_eq!(found.value.is_empty(), parts, "{secret_type:?}");
        }
        let bytes = material(&answer(Some("Generic"), "binary", "AAEC")).unwrap().0;
        assert_eq!(bytes.value.expose_bytes(), [0, 1, 2]);
        let text = material(&answer(Some("Generic"), "text", "a\0b")).unwrap().0;
        assert_eq!(text.value.expose(), "a\0b");
    }

    #[test]
    fn a_malformed_secret_is_refused_and_not_quoted() {
        for (secret_type, data_type, data) in [
            ("RAMCredentials", "text", "sup3r"),
            ("RAMCredentials", "text", r#"{"AccessKeyId":"sup3r"}"#),
            ("Rds", "text", r#"{"AccountName":"sup3r"}"#),
            ("ECS", "text", "sup3r"),
            ("Generic", "binary", "sup3r!"),
        ] {
            let error = material(&answer(Some(secret_type), data_type, data)).unwrap_err();
            assert!(!format!("{error}{error:?}").contains("sup3r"), "{secret_type}");
        }
        assert!(material(&SecretAnswer::default()).is_err());
    }

    #[test]
    fn facts_that_cannot_be_parsed_are_none() {
        let good = SecretAnswer {
            rotation_interval: Field::Text("604800s".into()),
            next_rotation_date: Field::Text("1970-01-01T00:00:09Z".into()),
            automatic_rotation: Field::Text("Enabled".into()),
            extended_config: Field::Text(r#"{"SecretSubType":"RamUserAccessKey"}"#.into()),
            ..answer(Some("RAMCredentials"), "text", KEY)
        };
        let found = facts(&good);
        assert_eq!(found.secret_type.as_deref(), Some("RAMCredentials"));
        assert_eq!(found.sub_type.as_deref(), Some("RamUserAccessKey"));
        assert_eq!((found.generated_at_ms, found.next_rotation_at_ms), (Some(7_000), Some(9_000)));
        assert_eq!(
            (found.rotation_interval_ms, found.automatic_rotation.as_deref()),
            (Some(604_800_000), Some("Enabled"))
        );

        let odd = SecretAnswer {
            rotation_interval: Field::Text("soon".into()),
            next_rotation_date: Field::NotText,
            automatic_rotation: Field::NotText,
            extended_config: Field::Text("{".into()),
            ..answer(None, "text", "sup3r")
        };
        assert_eq!(facts(&odd), Default::default());
        assert_eq!(facts(&SecretAnswer { rotation_interval: Field::Text("-1s".into()), ..odd }), Default::default());
    }
}
