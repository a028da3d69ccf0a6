//! The meaning of the error codes of KMS and STS.
//!
//! Facts: the vendor's lists of common codes and of the codes of `GetSecretValue`, and the answers recorded from the
//! official clients. The official clients classify some errors wrongly: they neither retry nor fail over on throttling.
//! Here the code alone decides.

use crate::error::{Class, Code};
use crate::providers::service_error;

/// The codes for a deleted access key. The official plugins for the SDK core and for OSS react to them.
pub const ACCESS_KEY_GONE: &[&str] = &["InvalidAccessKeyId.NotFound", "InvalidAccessKeyId"];

/// The codes for an access key or session token that the services, OSS included, do not accept any more.
pub const REJECTED_KEYS: &[&str] = &[
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId",
    "InvalidAccessKeyId.Inactive",
    "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed",
    "InvalidSecurityToken.MismatchWithAccessKey",
    "InvalidSecurityToken",
    "SecurityTokenExpired",
];

/// Maps an error code of the service to a code and a class of evercred. `temporary_identity` means that the signing
/// keys can be fetched again (from a role, an exchange or a file), so that an unknown key id can become valid.
///
/// Codes are compared without case. A family (the part before the first dot) matches all its members.
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
        // A request that was sent twice gets this code. The next one has a new nonce.
        ("signaturenonceused", _) => (Code::Service, Class::Transient),
        ("sdk", "httperror" | "readtimeout" | "serverunreachable") => (Code::Network, Class::Transient),

        ("invalidsecuritytoken" | "securitytokenexpired" | "securitytoken", _) => (Code::Identity, Class::Identity),
        ("invalidaccesskeyid", _) if temporary_identity => (Code::Identity, Class::Identity),
        // The token file is replaced from time to time, and read again for each exchange.
        ("authenticationfail", _) if member.starts_with("oidctoken") => (Code::Identity, Class::Unknown),

        ("invalidtimestamp" | "illegaltimestamp" | "requesttimetooskewed", _) => (Code::Clock, Class::Clock),

        // Only the account's owner can settle a debt, and then the service works again. Until then cached values stay
        // in use.
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

/// One sentence for the user: what to do about a code.
pub fn advice(code: &str) -> &'static str {
    let code = code.to_ascii_lowercase();
    let (family, member) = code.split_once('.').unwrap_or((&code, ""));
    match (family, member) {
        _ if code.contains("throttling") => service_error::THROTTLED,
        ("rejected" | "limitexceeded", _) => "A limit of the service is reached: a later retry is automatic.",
        (
            "internalfailure"
            | "internalerror"
            | "internalservererror"
            | "serviceunavailable"
            | "serviceunavailabletemporary"
            | "servicetimeout"
            | "signaturenonceused",
            _,
        ) => service_error::TEMPORARY,
        ("invalidsecuritytoken" | "securitytokenexpired" | "securitytoken", _) => service_error::SESSION_TOKEN,
        ("invalidaccesskeyid", "inactive") => "The access key is disabled: enable it, or configure another one.",
        ("invalidaccesskeyid", _) => {
            "The access key id does not exist: check the configured keys, or that the role's temporary keys are valid."
        }
        ("authenticationfail", _) if member.starts_with("oidctoken") => {
            "The OIDC token was not accepted: check that its file is updated regularly and that the provider matches."
        }
        ("invalidtimestamp" | "illegaltimestamp" | "requesttimetooskewed", _) => service_error::CLOCK,
        ("signaturedoesnotmatch" | "incompletesignature", _) => {
            "The signature was not accepted: check that the secret belongs to the access key id."
        }
        ("forbidden", _) if member.starts_with("indebt") => {
            "The service is suspended because of an unpaid bill: settle the bill; cached values stay in use."
        }
        ("forbidden" | "nopermission" | "accessdenied" | "unauthorized", _) if !member.ends_with("notfound") => {
            "The identity is not permitted to do this: for a secret grant it kms:GetSecretValue and, if the secret has \
             its own key, kms:Decrypt; for a role grant it sts:AssumeRole, and check the role's trust policy and external id."
        }
        ("entitynotexist", _) => "The role or the identity provider does not exist: check its ARN.",
        _ if family.ends_with("notfound") || member.ends_with("notfound") => {
            "The service does not know this secret or its key: check the name, the region and the endpoint."
        }
        _ if ["invalid", "missing", "unsupported"].iter().any(|start| family.starts_with(start)) => {
            "The service does not accept a parameter: check the secret's name, the region and the role."
        }
        _ => service_error::UNKNOWN,
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
