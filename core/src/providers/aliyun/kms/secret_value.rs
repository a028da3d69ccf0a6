//! Reads the data of a secret, by its kind.
//!
//! Facts: secrets as the official plugin reads them, and the vendor's pages on the kinds of dynamic secrets. The
//! plugin's errors repeat the secret. The errors here never quote it.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::{Class, Code, Error, Result};
use crate::providers::aliyun::kms::answer::SecretAnswer;
use crate::providers::encoding::decode_base64;
use crate::providers::json::{Document, take_secret, take_text};
use crate::secret::Secret;
use crate::sign::utc;

/// The type of a secret that holds a RAM access key.
pub const RAM_CREDENTIALS: &str = "RAMCredentials";
/// The only subtype of [`RAM_CREDENTIALS`].
pub const RAM_USER_ACCESS_KEY: &str = "RamUserAccessKey";

/// The field names of user name and password: in secrets of databases, and in secrets of machines.
const LOGINS: &[(&str, &str)] = &[("AccountName", "AccountPassword"), ("UserName", "Password")];

/// A RAM user's access key.
#[derive(Debug)]
pub struct RamCredential {
    /// The access key id.
    pub access_key_id: String,
    /// The access key secret.
    pub access_key_secret: Secret,
    /// When it expires, in milliseconds since 1970, if the secret contains this in the known format.
    pub expires_at_ms: Option<i64>,
    /// When it was generated, in milliseconds since 1970, under the same condition.
    pub generated_at_ms: Option<i64>,
}

/// A login to a database or a machine.
#[derive(Debug)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// The data of a secret without a known format.
#[derive(Debug)]
pub enum Content {
    /// A text.
    Text(Secret),
    /// Bytes, decoded from base64.
    Binary(Zeroizing<Vec<u8>>),
}

/// Reads a RAM access key. As in the official plugin, the data decides, not the secret's type.
///
/// # Errors
/// [`Code::Malformed`] when the data is not JSON or has no key. A malformed time counts as absent, since the key is
/// usable.
pub fn ram_credential(answer: &SecretAnswer) -> Result<RamCredential> {
    let mut document = data_document(answer)?;
    let fields = document.fields_mut().ok_or_else(|| malformed("its data is not a JSON object"))?;
    let time = |fields: &Map<String, Value>, name| {
        fields.get(name).and_then(Value::as_str).and_then(utc::parse_iso).map(|seconds| seconds * 1_000)
    };
    Ok(RamCredential {
        expires_at_ms: time(fields, "ExpireTimestamp"),
        generated_at_ms: time(fields, "GenerateTimestamp"),
        access_key_id: take_text(fields, "AccessKeyId")
            .ok_or_else(|| malformed("its data has no usable AccessKeyId"))?,
        access_key_secret: take_secret(fields, "AccessKeySecret")
            .ok_or_else(|| malformed("its data has no usable AccessKeySecret"))?,
    })
}

/// Reads a login.
///
/// # Errors
/// [`Code::Malformed`] when the data is not JSON or has no user name or password.
pub fn login(answer: &SecretAnswer) -> Result<Login> {
    let mut document = data_document(answer)?;
    let fields = document.fields_mut().ok_or_else(|| malformed("its data is not a JSON object"))?;
    let both = LOGINS.iter().find_map(|(username, password)| {
        let username = take_text(fields, username)?;
        Some(Login { username, password: take_secret(fields, password)? })
    });
    both.ok_or_else(|| malformed("its data has no usable user name and password"))
}

/// Whether the data is JSON with a `PrivateKey`, as in a machine's secret with an SSH key pair.
pub(super) fn has_private_key(answer: &SecretAnswer) -> bool {
    let document = data_document(answer).ok();
    let key = document.as_ref().and_then(|document| document.fields()?.get("PrivateKey")?.as_str());
    key.is_some_and(|key| !key.is_empty())
}

/// The whole data: text, or bytes if `SecretDataType` is `binary`.
///
/// # Errors
/// [`Code::Malformed`] when there is no data, or when binary data is not base64.
pub fn content(answer: &SecretAnswer) -> Result<Content> {
    let data = answer.data.as_ref().ok_or_else(|| malformed("it has no data"))?;
    if answer.data_type.text() != Some("binary") {
        return Ok(Content::Text(data.clone()));
    }
    let bytes = decode_base64(data.expose_bytes()).ok_or_else(|| malformed("its binary data is not base64"))?;
    Ok(Content::Binary(bytes))
}

/// `SecretSubType` from the extended configuration, if present.
pub fn sub_type(answer: &SecretAnswer) -> Option<String> {
    let document = Document::read(answer.extended_config.text()?.as_bytes())?;
    document.fields()?.get("SecretSubType")?.as_str().map(str::to_owned)
}

fn data_document(answer: &SecretAnswer) -> Result<Document> {
    let data = answer.data.as_ref().ok_or_else(|| malformed("it has no data"))?;
    Document::read(data.expose_bytes()).ok_or_else(|| malformed("its data is not JSON"))
}

/// An error with the slow back-off, since an early retry would return the same secret.
fn malformed(problem: &str) -> Error {
    Error::new(Code::Malformed, format!("the secret cannot be used: {problem}")).with_class(Class::Unknown)
}

#[cfg(test)]
mod tests {
    use super::{Content, content, login, ram_credential, sub_type};
    use crate::error::{Class, Code};
    use crate::providers::aliyun::kms::answer::{Field, SecretAnswer};
    use crate::secret::Secret;

    fn answer(data: &str) -> SecretAnswer {
        SecretAnswer { data: Some(Secret::from_text(data)), ..SecretAnswer::default() }
    }

    #[test]
    fn a_bad_secret_is_never_quoted() {
        for data in [
            "sup3r",
            r#"{"AccessKeyId":"sup3r"}"#,
            r#"["sup3r"]"#,
            r#"{"AccessKeyId":"a\u0000","AccessKeySecret":"sup3r"}"#,
        ] {
            let error = ram_credential(&answer(data)).unwrap_err();
            assert_eq!((error.code(), error.class()), (Code::Malformed, Class::Unknown));
            assert!(!format!("{error}{error:?}").contains("sup3r"));
            assert!(!format!("{:?}", answer(data)).contains("sup3r"));
        }
    }

    #[test]
    fn logins() {
        for data in [r#"{"AccountName":"u","AccountPassword":"p"}"#, r#"{"UserName":"u","Password":"p"}"#] {
            let login = login(&answer(data)).unwrap();
            assert_eq!((login.username.as_str(), login.password.expose()), ("u", "p"));
        }
        assert!(login(&answer(r#"{"AccountName":"u"}"#)).is_err());
    }

    #[test]
    fn plain_content() {
        assert!(matches!(content(&answer("AAEC")), Ok(Content::Text(text)) if text.expose() == "AAEC"));
        let binary = |data| SecretAnswer { data_type: Field::Text("binary".into()), ..answer(data) };
        assert!(matches!(content(&binary("AAEC")), Ok(Content::Binary(bytes)) if **bytes == [0, 1, 2]));
        assert!(content(&binary("A!")).is_err());
        assert!(content(&SecretAnswer::default()).is_err());
        let typed = |config: &str| SecretAnswer { extended_config: Field::Text(config.into()), ..answer("") };
        assert_eq!(sub_type(&typed(r#"{"SecretSubType":"X"}"#)).as_deref(), Some("X"));
        assert_eq!(sub_type(&typed("x")), None);
    }
}
