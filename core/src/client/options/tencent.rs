//! Options of Tencent Cloud: where and how it is asked, and by whom.

use super::{Spec, Takes, source};

/// The table.
pub(super) const TABLE: &[Spec] = &[
    // Tencent Cloud: where and how.
    source(
        "tencent_endpoint",
        Takes::Host,
        "",
        "The host (or host:port) of CAM, instead of one made from the three options below.",
    ),
    source(
        "tencent_root_domain",
        Takes::Host,
        "tencentcloudapi.com",
        "The domain of the endpoints; `intl.tencentcloudapi.com` for the international site.",
    ),
    source(
        "tencent_network",
        Takes::Choice(&["public", "internal"]),
        "public",
        "`internal` asks `cam.internal.<root domain>`, which is reached from within Tencent Cloud only.",
    ),
    source(
        "tencent_regional_endpoint",
        Takes::Bool,
        "false",
        "Whether `cam.<region>.<root domain>` is asked, with the region of the database.",
    ),
    source(
        "tencent_scheme",
        Takes::Choice(&["https", "http"]),
        "https",
        "`http` sends requests in the clear: for tests only.",
    ),
    source(
        "tencent_sign_method",
        Takes::Choice(&["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"]),
        "TC3-HMAC-SHA256",
        "How requests are signed.",
    ),
    source("tencent_language", Takes::Choice(&["zh-CN", "en-US"]), "en-US", "The language of the service's messages."),
    // Tencent Cloud: who asks.
    source(
        "tencent_identity",
        Takes::Choice(&[
            "auto",
            "static",
            "environment",
            "profile",
            "cvm_role",
            "oidc",
            "assume_role",
            "callback",
            "chain",
        ]),
        "auto",
        "The login identity. `auto`: `assume_role` where a role is named, `callback` where the program has set one, `static` where an id or key is set, otherwise `chain`, which tries environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN), profile, cvm_role and oidc (TKE) in this order.",
    ),
    source("tencent_secret_id", Takes::Text, "", "The id of a static key."),
    source("tencent_secret_key", Takes::Secret, "", "The secret of a static key."),
    source("tencent_session_token", Takes::Secret, "", "The session token, where the static key is a temporary one."),
    source("tencent_profile", Takes::Text, "default", "The section of the profile file."),
    source(
        "tencent_credentials_file",
        Takes::Path,
        "",
        "The profile file, instead of TENCENTCLOUD_CREDENTIALS_FILE, `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`.",
    ),
    source(
        "tencent_cvm_role_name",
        Takes::Text,
        "",
        "The role of the machine; asked of the metadata service where it is not set.",
    ),
    source("tencent_metadata_endpoint", Takes::Host, "metadata.tencentyun.com", "The host of the metadata service."),
    source(
        "tencent_sts_endpoint",
        Takes::Host,
        "",
        "The host (or host:port) of STS, instead of `sts.<root domain>`, or `sts.internal.<root domain>`.",
    ),
    source(
        "tencent_sts_region",
        Takes::Text,
        "",
        "The region that STS is asked in, instead of TKE_REGION or the database's.",
    ),
    source(
        "tencent_role_arn",
        Takes::Text,
        "",
        "The role to assume, instead of TKE_ROLE_ARN where the identity is `oidc`.",
    ),
    source(
        "tencent_role_session_name",
        Takes::Text,
        "",
        "The name of the role's session; `evercred-` and a time where it is not set.",
    ),
    source(
        "tencent_role_duration_s",
        Takes::Number(1, 43200),
        "7200",
        "How long the role's session lasts, in seconds.",
    ),
    source("tencent_role_external_id", Takes::Text, "", "The external id that the role asks for."),
    source("tencent_role_policy", Takes::Text, "", "A policy (JSON) that narrows the role's."),
    source(
        "tencent_role_base_identity",
        Takes::Choice(&["auto", "static", "environment", "profile", "cvm_role", "oidc", "callback", "chain"]),
        "auto",
        "Who assumes the role: `callback` where the program has set one, `static` where an id or key is set, otherwise `chain`.",
    ),
    source("tencent_oidc_provider_id", Takes::Text, "", "The identity provider's id, instead of TKE_PROVIDER_ID."),
    source(
        "tencent_oidc_token_file",
        Takes::Path,
        "",
        "The file with the web identity token, instead of TKE_WEB_IDENTITY_TOKEN_FILE; read anew each time.",
    ),
    // The fallback password file.
    source(
        "fallback_file",
        Takes::Path,
        "",
        "A file with the password, one line of at most 200 bytes, read when the cloud cannot be reached and no usable token is held.",
    ),
    source(
        "fallback_dir",
        Takes::Path,
        "",
        "A folder with such files, named `<region>_<instance>_<user>.pwd`. The folders of the official SDKs below the working directory are looked into as well.",
    ),
];
