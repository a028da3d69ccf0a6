//! What the error codes of KMS and STS mean for us.
//!
//! Facts: the vendor's lists of common codes and of the codes of `GetSecretValue`, and the answers recorded from the
//! official clients. Those sort answered errors wrongly (throttling is neither retried nor failed over); here the code
//! alone decides, whatever path it came by.

use crate::error::{Class, Code};

/// The codes that say "this access key is gone": what the official plugins for the SDK core and for OSS listen for.
pub const ACCESS_KEY_GONE: &[&str] = &["InvalidAccessKeyId.NotFound", "InvalidAccessKeyId"];

/// Sorts an error code into ours and its class. `temporary_identity` says that the keys which signed came from somewhere
/// that can be asked again (a role, an exchange, a file), so that an unknown key id may mend itself.
///
/// Codes are compared without case. A family (the part before the first dot) stands for all its members.
pub fn classify(code: &str, temporary_identity: bool) -> (Code, Class) {
    let code = code.to_ascii_lowercase();
    let (family, member) = code.split_once('.').unwrap_or((&code, ""));
    match (family, member) {
        _ if code.contains("throttling") => (Code::Throttled, Class::Transient),
        ("rejected" | "limitexceeded", _) => (Code::Throttled, Class::Transient),
        ("internalfailure" | "internalerror" | "internalservererror", _) => (Code::Service, Class::Transient),
        ("serviceunavailable" | "serviceunavailabletemporary" | "servicetimeout", _) => {
            (Code::Service, Class::Transient)
        }
        // Only a request that was sent twice is refused so; the next one has a nonce of its own.
        ("signaturenonceused", _) => (Code::Service, Class::Transient),
        ("sdk", "httperror" | "readtimeout" | "serverunreachable") => (Code::Network, Class::Transient),

        ("invalidsecuritytoken" | "securitytokenexpired" | "securitytoken", _) => (Code::Identity, Class::Identity),
        ("invalidaccesskeyid", _) if temporary_identity => (Code::Identity, Class::Identity),
        // The token file is rewritten from time to time and read at each exchange.
        ("authenticationfail", _) if member.starts_with("oidctoken") => (Code::Identity, Class::Unknown),

        ("invalidtimestamp" | "illegaltimestamp" | "requesttimetooskewed", _) => (Code::Clock, Class::Clock),

        // Nothing in the program mends a debt, and when it is paid, all goes on: what is cached stays in use.
        ("forbidden", _) if member.starts_with("indebt") => (Code::Refused, Class::Unknown),

        ("forbidden" | "nopermission" | "accessdenied" | "unauthorized" | "authenticationfail", _) => {
            (Code::Refused, Class::Refused)
        }
        ("entitynotexist" | "resourcenotfound" | "signaturedoesnotmatch" | "incompletesignature", _) => {
            (Code::Refused, Class::Refused)
        }
        _ if ["invalid", "missing", "unsupported", "nosuch"].iter().any(|start| family.starts_with(start)) => {
            (Code::Refused, Class::Refused)
        }
        _ if family.ends_with("notfound") || member.ends_with("notfound") => (Code::Refused, Class::Refused),

        _ => (Code::Service, Class::Unknown),
    }
}

/// One sentence that tells a user what to do about a code.
pub fn advice(code: &str) -> &'static str {
    let code = code.to_ascii_lowercase();
    let (family, member) = code.split_once('.').unwrap_or((&code, ""));
    match (family, member) {
        _ if code.contains("throttling") => {
            "Too many requests: it is tried again later; ask less often or share one client."
        }
        ("rejected" | "limitexceeded", _) => "A limit of the service is reached: it is tried again later.",
        (
            "internalfailure"
            | "internalerror"
            | "internalservererror"
            | "serviceunavailable"
            | "serviceunavailabletemporary"
            | "servicetimeout"
            | "signaturenonceused",
            _,
        ) => "The service has a passing failure: it is tried again.",
        ("invalidsecuritytoken" | "securitytokenexpired" | "securitytoken", _) => {
            "The session token has expired or does not belong to the keys: get new temporary keys."
        }
        ("invalidaccesskeyid", "inactive") => "The access key is switched off: switch it on, or configure another.",
        ("invalidaccesskeyid", _) => {
            "The access key id does not exist: check the configured keys, or that the role's temporary keys are valid."
        }
        ("authenticationfail", _) if member.starts_with("oidctoken") => {
            "The OIDC token was not accepted: check that its file is still being rewritten and that the provider fits."
        }
        ("invalidtimestamp" | "illegaltimestamp" | "requesttimetooskewed", _) => {
            "The signing time was not accepted: set this machine's clock."
        }
        ("signaturedoesnotmatch" | "incompletesignature", _) => {
            "The signature was not accepted: check that the secret belongs to the access key id."
        }
        ("forbidden", _) if member.starts_with("indebt") => {
            "The account owes money, so the service is suspended: settle the bill; what is cached stays in use."
        }
        ("forbidden" | "nopermission" | "accessdenied" | "unauthorized", _) if !member.ends_with("notfound") => {
            "The identity is not permitted to do this: for a secret grant it kms:GetSecretValue and, if the secret has a \
             key of its own, kms:Decrypt; for a role sts:AssumeRole, have the role trust it, and check the external id."
        }
        ("entitynotexist", _) => "The role or the identity provider does not exist: check its ARN.",
        _ if family.ends_with("notfound") || member.ends_with("notfound") => {
            "The service does not know this secret or its key: check the name, the region and the endpoint."
        }
        _ if ["invalid", "missing", "unsupported"].iter().any(|start| family.starts_with(start)) => {
            "The service does not accept a parameter: check the secret's name, the region and the role."
        }
        _ => "The service refused the request: see its error code in the vendor's documentation.",
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, classify};
    use crate::error::{Class, Code};

    #[test]
    fn classes() {
        for (code, ours, class) in [
            ("Rejected.Throttling", Code::Throttled, Class::Transient),
            ("Throttling", Code::Throttled, Class::Transient),
            ("Throttling.User", Code::Throttled, Class::Transient),
            ("ServiceUnavailableTemporary", Code::Service, Class::Transient),
            ("InternalFailure", Code::Service, Class::Transient),
            ("SDK.HttpError", Code::Network, Class::Transient),
            ("SDK.UnknownServerError", Code::Service, Class::Unknown),
            ("InvalidSecurityToken.Expired", Code::Identity, Class::Identity),
            ("SecurityTokenExpired", Code::Identity, Class::Identity),
            ("AuthenticationFail.OIDCToken.Expired", Code::Identity, Class::Unknown),
            ("InvalidTimeStamp.Expired", Code::Clock, Class::Clock),
            ("IllegalTimestamp", Code::Clock, Class::Clock),
            ("InvalidAccessKeyId.NotFound", Code::Refused, Class::Refused),
            ("InvalidAccessKeyId.Inactive", Code::Refused, Class::Refused),
            ("SignatureDoesNotMatch", Code::Refused, Class::Refused),
            ("Forbidden.NoPermission", Code::Refused, Class::Refused),
            ("Forbidden.ResourceNotFound", Code::Refused, Class::Refused),
            ("Forbidden.KeyNotFound", Code::Refused, Class::Refused),
            ("Forbidden.InDebt", Code::Refused, Class::Unknown),
            ("Forbidden.InDebtOverdue", Code::Refused, Class::Unknown),
            ("EntityNotExist.Role", Code::Refused, Class::Refused),
            ("InvalidParameter", Code::Refused, Class::Refused),
            ("NoPermission", Code::Refused, Class::Refused),
            ("Something.New", Code::Service, Class::Unknown),
            ("", Code::Service, Class::Unknown),
        ] {
            assert_eq!(classify(code, false), (ours, class), "{code}");
            assert!(!advice(code).is_empty());
        }
        assert_eq!(classify("InvalidAccessKeyId.NotFound", true), (Code::Identity, Class::Identity));
    }
}
