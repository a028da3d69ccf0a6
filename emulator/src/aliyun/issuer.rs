//! An OIDC issuer that keeps a token in a file, as Kubernetes does for a pod whose service account has a role (RRSA).

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::token_file::TokenFile;
use crate::state::State;
use crate::util::{ms, random_bytes, random_text};

/// A token of the form of a JSON Web Token. Nobody here looks into it, so its signature is random.
fn token(provider_arn: &str, now_ms: i64, life: Option<Duration>) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let now = now_ms.div_euclid(1000);
    let mut claims = json!({
        "iss": "https://oidc.emulator.example.com", "sub": "system:serviceaccount:default:app",
        "aud": ["sts.aliyuncs.com"], "iat": now, "provider": provider_arn, "jti": random_text(20),
    });
    if let (Some(life), Some(fields)) = (life, claims.as_object_mut()) {
        fields.insert("exp".to_owned(), now_ms.saturating_add(ms(life)).div_euclid(1000).into());
    }
    let head = json!({"alg": "RS256", "typ": "JWT"});
    format!("{}.{}.{}", part(head.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(&random_bytes()))
}

impl State {
    /// Writes a new token into the provider's file and accepts it, and no other of that provider: a client that does not
    /// read the file anew is found out.
    pub(crate) fn issue_oidc_token(&mut self, provider_arn: &str, life: Option<Duration>) -> io::Result<PathBuf> {
        let token = token(provider_arn, self.now_ms(), life);
        let files = &mut self.aliyun.token_files;
        if !files.contains_key(provider_arn) {
            files.insert(provider_arn.to_owned(), TokenFile::new()?);
        }
        let file = files.get(provider_arn).ok_or(io::ErrorKind::NotFound)?;
        let path = file.write(&token)?.to_owned();
        self.set_ram_oidc_token(provider_arn, &token, life);
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_replaced_and_files_removed() {
        let mut state = State::default();
        let first = state.issue_oidc_token("p", Some(Duration::from_secs(60))).unwrap();
        let before = std::fs::read_to_string(&first).unwrap();
        assert_eq!((before.split('.').count(), before.lines().count()), (3, 1));
        assert_eq!(state.issue_oidc_token("p", None).unwrap(), first);
        assert_ne!(std::fs::read_to_string(&first).unwrap(), before);
        assert_eq!(state.saved.aliyun.oidc_tokens.len(), 1);
        let other = state.issue_oidc_token("q", None).unwrap();
        assert!(other != first && state.saved.aliyun.oidc_tokens.len() == 2);
        drop(state);
        assert!(!first.exists() && !other.exists() && !first.parent().unwrap().exists());
    }
}
