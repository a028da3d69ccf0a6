//! AccessKeys, and why one is refused.

use serde::{Deserialize, Serialize};

/// How far a request's time may differ from the services' clock, in seconds.
pub(crate) const SKEW_S: i64 = 15 * 60;

/// An AccessKey that requests may be signed with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// The session token that a request must carry.
    pub(crate) token: Option<String>,
    pub(crate) expires_at_ms: Option<i64>,
    /// Deleted from this time on.
    pub(crate) revoked_at_ms: Option<i64>,
    /// Disabled; it can be enabled again.
    pub(crate) inactive: bool,
    /// The ARN of its user or session.
    pub(crate) owner: String,
    /// Issued by this emulator, so it may be removed some time after its end.
    pub(crate) issued: bool,
}

/// Why a key is refused. Each service has its own code for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KeyError {
    /// Unknown or deleted.
    Unknown,
    /// Disabled.
    Inactive,
    /// The session token does not belong to this key.
    WrongToken,
    /// The session has ended.
    Expired,
}

impl AccessKey {
    /// Whether the key may be used now with this token.
    pub(crate) fn check(&self, token: Option<&str>, now: i64) -> Result<(), KeyError> {
        let token = token.filter(|token| !token.is_empty());
        if self.revoked_at_ms.is_some_and(|at| at <= now) {
            return Err(KeyError::Unknown);
        }
        if self.inactive {
            return Err(KeyError::Inactive);
        }
        match (&self.token, token) {
            // A session's key without its token is an unknown key.
            (Some(_), None) => Err(KeyError::Unknown),
            (known, sent) if known.as_deref() != sent => Err(KeyError::WrongToken),
            _ if self.expires_at_ms.is_some_and(|end| end <= now) => Err(KeyError::Expired),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks() {
        let lasting = AccessKey { id: "a".into(), revoked_at_ms: Some(100), ..AccessKey::default() };
        assert_eq!(lasting.check(None, 99), Ok(()));
        assert_eq!(lasting.check(Some("t"), 99), Err(KeyError::WrongToken));
        assert_eq!(lasting.check(None, 100), Err(KeyError::Unknown));
        let session = AccessKey { token: Some("t".into()), expires_at_ms: Some(100), ..AccessKey::default() };
        assert_eq!(session.check(Some("t"), 99), Ok(()));
        assert_eq!(session.check(Some("t"), 100), Err(KeyError::Expired));
        assert_eq!(session.check(Some("u"), 99), Err(KeyError::WrongToken));
        assert_eq!(session.check(None, 99), Err(KeyError::Unknown));
        assert_eq!(AccessKey { inactive: true, ..session }.check(Some("t"), 99), Err(KeyError::Inactive));
    }
}
