//! AccessKeys, and why one of them may not be good any more.

use serde::{Deserialize, Serialize};

/// The services' tolerance between its clock and the request's.
pub(crate) const SKEW_S: i64 = 15 * 60;

/// An AccessKey that requests may be signed with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// The session token that has to come with it.
    pub(crate) token: Option<String>,
    pub(crate) expires_at_ms: Option<i64>,
    /// Gone for good from then on.
    pub(crate) revoked_at_ms: Option<i64>,
    /// Switched off by hand; it could be switched on again.
    pub(crate) inactive: bool,
    /// The ARN of whom it speaks for.
    pub(crate) owner: String,
    /// Handed out by this emulator, so it may be forgotten some time after its end.
    pub(crate) issued: bool,
}

/// Why a key is refused. Each service has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// Never heard of, or deleted.
    Unknown,
    /// Switched off.
    Inactive,
    /// The session token is not the one of this key.
    WrongToken,
    /// The session has ended.
    Expired,
}

impl AccessKey {
    /// Whether the key may be used now with this token.
    pub(crate) fn standing(&self, token: Option<&str>, now: i64) -> Result<(), Trouble> {
        let token = token.filter(|token| !token.is_empty());
        if self.revoked_at_ms.is_some_and(|at| at <= now) {
            return Err(Trouble::Unknown);
        }
        if self.inactive {
            return Err(Trouble::Inactive);
        }
        match (&self.token, token) {
            // A session's key is known only together with its token.
            (Some(_), None) => Err(Trouble::Unknown),
            (known, sent) if known.as_deref() != sent => Err(Trouble::WrongToken),
            _ if self.expires_at_ms.is_some_and(|end| end <= now) => Err(Trouble::Expired),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings() {
        let lasting = AccessKey { id: "a".into(), revoked_at_ms: Some(100), ..AccessKey::default() };
        assert_eq!(lasting.standing(None, 99), Ok(()));
        assert_eq!(lasting.standing(Some("t"), 99), Err(Trouble::WrongToken));
        assert_eq!(lasting.standing(None, 100), Err(Trouble::Unknown));
        let session = AccessKey { token: Some("t".into()), expires_at_ms: Some(100), ..AccessKey::default() };
        assert_eq!(session.standing(Some("t"), 99), Ok(()));
        assert_eq!(session.standing(Some("t"), 100), Err(Trouble::Expired));
        assert_eq!(session.standing(Some("u"), 99), Err(Trouble::WrongToken));
        assert_eq!(session.standing(None, 99), Err(Trouble::Unknown));
        assert_eq!(AccessKey { inactive: true, ..session }.standing(Some("t"), 99), Err(Trouble::Inactive));
    }
}
