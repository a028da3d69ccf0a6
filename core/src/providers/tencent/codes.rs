//! The meaning of the error codes of CAM and STS.
//!
//! Facts: the vendor's lists of common codes and of the codes of `BuildDataFlowAuthToken`, and the official predicate
//! as recorded from dbauth-sdk-python.

use crate::error::{Class, Code};
use crate::providers::service_error;

/// The codes for an access key or session token that the services do not accept any more.
pub const REJECTED_KEYS: &[&str] =
    &["AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId", "AuthFailure.TokenFailure"];

/// Maps an error code of the service to a code and a class of evercred. `temporary_identity` means that the signing
/// keys can be fetched again (from a role, an exchange or a file), so that an unknown key id can become valid.
///
/// Codes are compared without case, as in the official predicate. A family (the part before the dot) matches all its
/// members.
pub fn classify(code: &str, temporary_identity: bool) -> (Code, Class) {
    let code = code.to_ascii_lowercase();
    let (family, member) = code.split_once('.').unwrap_or((&code, ""));
    match (family, member) {
        ("internalerror" | "servernetworkerror" | "serviceunavailable", _) => (Code::Service, Class::Transient),
        ("clientnetworkerror", _) => (Code::Network, Class::Transient),
        ("requestlimitexceeded" | "limitexceeded", _) => (Code::Throttled, Class::Transient),

        ("authfailure", "tokenfailure") => (Code::Identity, Class::Identity),
        ("authfailure", "secretidnotfound" | "invalidsecretid") if temporary_identity => {
            (Code::Identity, Class::Identity)
        }
        ("authfailure", "signatureexpire") => (Code::Clock, Class::Clock),

        ("failedoperation", "flowauthillegal") => (Code::Refused, Class::Refused),
        (
            "authfailure"
            | "unauthorizedoperation"
            | "resourcenotfound"
            | "invalidparameter"
            | "invalidparametervalue"
            | "invalidparametercombination"
            | "missingparameter"
            | "unknownparameter"
            | "unsupportedoperation"
            | "unsupportedregion"
            | "unsupportedprotocol"
            | "invalidaction"
            | "actionoffline"
            | "nosuchversion"
            | "nosuchproduct"
            | "invalidrequest"
            | "requestsizelimitexceeded"
            | "ipinblacklist"
            | "ipnotinwhitelist",
            _,
        ) => (Code::Refused, Class::Refused),

        _ => (Code::Service, Class::Unknown),
    }
}

/// The official SDK's predicate "user notification required", which means that a retry does not help: the code begins
/// with `AuthFailure.` or is `ResourceNotFound.DataFlowAuthClose`, both compared without case.
pub fn user_notification_required(code: &str) -> bool {
    const FAMILY: &str = "AuthFailure.";
    code.get(..FAMILY.len()).is_some_and(|start| start.eq_ignore_ascii_case(FAMILY))
        || code.eq_ignore_ascii_case("ResourceNotFound.DataFlowAuthClose")
}

/// One sentence for the user: what to do about a code.
pub fn advice(code: &str) -> &'static str {
    let code = code.to_ascii_lowercase();
    let (family, member) = code.split_once('.').unwrap_or((&code, ""));
    match (family, member) {
        ("resourcenotfound", "dataflowauthclose") => {
            "CAM authentication is switched off for this database account: switch it on in the console, or use the \
             account's static password."
        }
        ("resourcenotfound", "secretnotexist") => "The secret id does not exist: check the configured keys.",
        ("resourcenotfound", _) => {
            "The service does not know this resource: check its name (region, instance and user, or the role)."
        }
        ("failedoperation", "flowauthillegal") => {
            "This database account does not allow CAM authentication: check its settings in the console."
        }
        ("failedoperation", "buildauthtoken") | ("resourceunavailable", "flowauthsecet") => {
            "The service could not create the token now: a retry is automatic."
        }
        ("authfailure", "signatureexpire") => service_error::CLOCK,
        ("authfailure", "signaturefailure") => {
            "The signature was not accepted: check that the secret key belongs to the secret id."
        }
        ("authfailure", "secretidnotfound" | "invalidsecretid") => {
            "The secret id does not exist or has the wrong type: check that the key was not deleted or disabled, or that \
             the role's temporary keys are still valid."
        }
        ("authfailure", "tokenfailure") => service_error::SESSION_TOKEN,
        ("authfailure", "mfafailure") => {
            "The account demands multi-factor authentication: use keys of another sub-user."
        }
        ("authfailure", "unauthorizedoperation") | ("unauthorizedoperation", _) => {
            "The identity is not permitted to do this: grant it cam:BuildDataFlowAuthToken on the account's resource, or \
             for a role sts:AssumeRole, and check the role's trust policy and external id."
        }
        ("authfailure", _) => "The identity was not accepted: check the configured keys and their permissions.",
        ("invalidparameter", "resourceregionerror") => "The region is not valid: check it.",
        ("invalidparameter", "resourceerror") => "The instance id is not valid: check it.",
        ("invalidparameter", "usernameillegal") => "The user name is not valid: check it.",
        (
            "invalidparameter"
            | "invalidparametervalue"
            | "invalidparametercombination"
            | "missingparameter"
            | "unknownparameter",
            _,
        ) => "The service does not accept a parameter: check the region, instance, user name and role.",
        ("unsupportedregion", _) => "The service does not exist in this region: check the region and the endpoint.",
        ("ipinblacklist" | "ipnotinwhitelist", _) => {
            "The service does not accept requests from this address: ask the \
             account's administrator."
        }
        (
            "unsupportedoperation"
            | "unsupportedprotocol"
            | "invalidaction"
            | "actionoffline"
            | "nosuchversion"
            | "nosuchproduct"
            | "invalidrequest"
            | "requestsizelimitexceeded",
            _,
        ) => "The service does not know this request: check the endpoint.",
        ("requestlimitexceeded" | "limitexceeded", _) => service_error::THROTTLED,
        ("internalerror" | "servernetworkerror" | "serviceunavailable", _) => service_error::TEMPORARY,
        _ => service_error::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, classify, user_notification_required};
    use crate::error::{Class, Code};

    #[test]
    fn classes() {
        for (code, ours, class) in [
            ("InternalError", Code::Service, Class::Transient),
            ("InternalError.SystemError", Code::Service, Class::Transient),
            ("ServerNetworkError", Code::Service, Class::Transient),
            ("RequestLimitExceeded", Code::Throttled, Class::Transient),
            ("RequestLimitExceeded.UinLimitExceeded", Code::Throttled, Class::Transient),
            ("LimitExceeded.Uin", Code::Throttled, Class::Transient),
            ("AuthFailure.TokenFailure", Code::Identity, Class::Identity),
            ("AuthFailure.SignatureExpire", Code::Clock, Class::Clock),
            ("AuthFailure.SignatureFailure", Code::Refused, Class::Refused),
            ("authfailure.anythingnew", Code::Refused, Class::Refused),
            ("AuthFailure.UnauthorizedOperation", Code::Refused, Class::Refused),
            ("UnauthorizedOperation", Code::Refused, Class::Refused),
            ("ResourceNotFound.DataFlowAuthClose", Code::Refused, Class::Refused),
            ("InvalidParameter.ParamError", Code::Refused, Class::Refused),
            ("InvalidParameterValue.NameError", Code::Refused, Class::Refused),
            ("FailedOperation.FlowAuthIllegal", Code::Refused, Class::Refused),
            ("FailedOperation.BuildAuthToken", Code::Service, Class::Unknown),
            ("ResourceUnavailable.FlowAuthSecet", Code::Service, Class::Unknown),
            ("SomethingNew", Code::Service, Class::Unknown),
            ("", Code::Service, Class::Unknown),
        ] {
            assert_eq!(classify(code, false), (ours, class), "{code}");
        }
    }

    #[test]
    fn an_unknown_key_id_can_become_valid_when_the_identity_can_be_fetched_again() {
        for code in ["AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId"] {
            assert_eq!(classify(code, true), (Code::Identity, Class::Identity));
            assert_eq!(classify(code, false), (Code::Refused, Class::Refused));
        }
    }

    #[test]
    fn the_official_predicate() {
        for code in ["AuthFailure.", "authfailure.x", "RESOURCENOTFOUND.DATAFLOWAUTHCLOSE"] {
            assert!(user_notification_required(code), "{code}");
        }
        for code in ["", "AuthFailure", " AuthFailure.X", "ResourceNotFound.DataFlowAuthCloseX", "authfailur\u{e9}.x"] {
            assert!(!user_notification_required(code), "{code}");
        }
    }

    #[test]
    fn advice_fits_the_code() {
        assert!(advice("ResourceNotFound.DataFlowAuthClose").contains("switched off"));
        assert!(advice("AuthFailure.SignatureExpire").contains("clock"));
        assert!(advice("AuthFailure.UnauthorizedOperation").contains("cam:BuildDataFlowAuthToken"));
        assert!(!advice("NeverHeardOf").is_empty());
    }
}
