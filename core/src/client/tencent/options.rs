//! Options of Tencent Cloud: endpoints, requests and the login identity.

use crate::client::options::checks::header_text;
use crate::client::options::spec::{About, Spec, Takes, source};

/// The table.
pub(in crate::client) const TABLE: &[Spec] = &[
    // Endpoints and requests.
    source(
        "tencent_endpoint",
        About::Value,
        Takes::Host,
        "",
        "The host (or host:port) of CAM, instead of the host of `tencent_root_domain`, `tencent_network` and `tencent_regional_endpoint`.",
    ),
    source(
        "tencent_root_domain",
        About::ValueAndIdentity,
        Takes::Host,
        "tencentcloudapi.com",
        "The domain of the endpoints, such as `intl.tencentcloudapi.com` for the international site.",
    ),
    source(
        "tencent_network",
        About::ValueAndIdentity,
        Takes::Choice(&["public", "internal"]),
        "public",
        "`internal` uses `cam.internal.<root domain>`, which is reachable only from within Tencent Cloud.",
    ),
    source(
        "tencent_regional_endpoint",
        About::ValueAndIdentity,
        Takes::Bool,
        "false",
        "Whether to use `cam.<region>.<root domain>`, with the region of the database, and `sts.<region>.<root domain>`.",
    ),
    source(
        "tencent_scheme",
        About::ValueAndIdentity,
        Takes::Choice(&["https", "http"]),
        "https",
        "`http` sends requests without encryption: for tests only.",
    ),
    source(
        "tencent_sign_method",
        About::IdentityService,
        Takes::Choice(&["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"]),
        "TC3-HMAC-SHA256",
        "The signature method of requests.",
    ),
    source(
        "tencent_language",
        About::Handling,
        Takes::Choice(&["zh-CN", "en-US"]),
        "en-US",
        "The language of the service's messages.",
    ),
    // The login identity.
    source(
        "tencent_identity",
        About::Identity,
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
        "The login identity, which signs requests. `auto` uses the first that applies: `assume_role` if `tencent_role_arn` is set and `tencent_oidc_provider_id` is not, `callback` if the program has set one, `static` if an id or key is set, otherwise `chain`. `chain` tries environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN), profile, cvm_role and oidc (TKE) in this order, as the official SDK, and at last the profile of the command line, `~/.tccli/<profile>.credential`. The identity that worked is left only when it is known to be gone, not when it cannot be read; those before it are tried again at each renewal, and every five minutes if its key has no end. A file that exists and cannot be used, as one that is half written, is left only until it can be used.",
    ),
    source("tencent_secret_id", About::Identity, Takes::Text, "", "The id of a static key.").checked_by(header_text),
    source("tencent_secret_key", About::Identity, Takes::Secret, "", "The secret of a static key.")
        .checked_by(header_text),
    source("tencent_session_token", About::Identity, Takes::Secret, "", "The session token of a temporary static key.")
        .part_of("tencent_secret_id")
        .checked_by(header_text),
    source(
        "tencent_profile",
        About::Identity,
        Takes::Text,
        "default",
        "The section in the profile file. If it is set, also the profile of the command line, instead of TCCLI_PROFILE.",
    ),
    source(
        "tencent_credentials_file",
        About::Identity,
        Takes::Path,
        "",
        "The profile file, instead of TENCENTCLOUD_CREDENTIALS_FILE, `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`.",
    ),
    source(
        "tencent_cvm_role_name",
        About::Identity,
        Takes::Text,
        "",
        "The role of the CVM instance. If it is not set, the metadata service returns its name.",
    ),
    source(
        "tencent_metadata_endpoint",
        About::IdentityService,
        Takes::Host,
        "metadata.tencentyun.com",
        "The host of the metadata service.",
    ),
    source(
        "tencent_sts_endpoint",
        About::Identity,
        Takes::Host,
        "",
        "The host (or host:port) of STS, instead of `sts.<root domain>`, or `sts.internal.<root domain>`.",
    ),
    source(
        "tencent_sts_region",
        About::Identity,
        Takes::Region,
        "",
        "The region of STS, instead of TKE_REGION or the region of the database. If it is not set, a login identity that is opened by itself uses `ap-guangzhou`.",
    ),
    source(
        "tencent_role_arn",
        About::Identity,
        Takes::Text,
        "",
        "The role to assume, instead of TENCENTCLOUD_ROLE_ARN, which `assume_role` uses; for the identity `oidc` it replaces TKE_ROLE_ARN.",
    ),
    source(
        "tencent_role_session_name",
        About::Identity,
        Takes::Text,
        "",
        "The name of the role session, instead of TENCENTCLOUD_ROLE_SESSION_NAME. If neither is set, it is `evercred-` and a time.",
    ),
    source(
        "tencent_role_duration_s",
        About::Identity,
        Takes::Number(1, 43200),
        "7200",
        "The duration of the role session, in seconds.",
    ),
    source("tencent_role_external_id", About::Identity, Takes::Text, "", "The external id that the role requires."),
    source(
        "tencent_role_policy",
        About::Identity,
        Takes::Lines,
        "",
        "A policy (JSON) that restricts the permissions of the role.",
    ),
    source(
        "tencent_role_base_identity",
        About::Identity,
        Takes::Choice(&["auto", "static", "environment", "profile", "cvm_role", "oidc", "callback", "chain"]),
        "auto",
        "The identity that assumes the role. `auto`: `callback` if the program has set one, `static` if an id or key is set, otherwise `chain`.",
    ),
    source(
        "tencent_oidc_provider_id",
        About::Identity,
        Takes::Text,
        "",
        "The id of the identity provider, instead of TKE_PROVIDER_ID.",
    ),
    source(
        "tencent_oidc_token_file",
        About::Identity,
        Takes::Path,
        "",
        "The file with the web identity token, instead of TKE_WEB_IDENTITY_TOKEN_FILE. It is read again for each exchange.",
    ),
    // The fallback password file.
    source(
        "fallback_file",
        About::Handling,
        Takes::Path,
        "",
        "A file with the password, one line of at most 200 bytes. It is read if the cloud cannot be asked (no connection, a temporary failure, no login identity) and there is no usable token.",
    ),
    source(
        "fallback_dir",
        About::Handling,
        Takes::Path,
        "",
        "A directory with password files, named `<region>_<instance>_<user>.pwd`. The directories of the official SDKs below the working directory are searched too.",
    ),
];
