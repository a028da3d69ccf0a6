//! Options of Alibaba Cloud: endpoints and requests.

use crate::client::aliyun::{regions_option, secret_names};
use crate::client::options::spec::{About, Spec, Takes, client, source};

/// The table.
pub(in crate::client) const TABLE: &[Spec] = &[
    source(
        "aliyun_region",
        About::Value,
        Takes::Region,
        "",
        "The region of KMS, such as `cn-hangzhou`. The host is `kms.<region>.aliyuncs.com`.",
    ),
    source(
        "aliyun_network",
        About::Value,
        Takes::Choice(&["public", "vpc"]),
        "public",
        "`vpc` uses `kms-vpc.<region>.aliyuncs.com`, which is reachable only from within a VPC.",
    ),
    source(
        "aliyun_kms_endpoint",
        About::Value,
        Takes::Host,
        "",
        "The host (or host:port) of KMS, for example of an instance gateway, instead of the host of `aliyun_region` and `aliyun_network`.",
    ),
    source(
        "aliyun_scheme",
        About::ValueAndIdentity,
        Takes::Choice(&["https", "http"]),
        "https",
        "`http` sends requests without encryption: for tests only.",
    ),
    source(
        "aliyun_signature",
        About::Handling,
        Takes::Choice(&["acs3", "rpc"]),
        "acs3",
        "The signature of requests: `acs3` is ACS3-HMAC-SHA256, `rpc` is the HMAC-SHA1 of RPC.",
    ),
    source(
        "aliyun_version_stage",
        About::Value,
        Takes::Text,
        "ACSCurrent",
        "The stage of the secret's version to fetch.",
    ),
    source(
        "aliyun_ca_file",
        About::Handling,
        Takes::Path,
        "",
        "A file of CA certificates (PEM) for KMS, such as the private CA of a KMS instance gateway. They replace those of the system and of `ca_file`, also for `aliyun_regions`.",
    ),
    source(
        "aliyun_regions",
        About::Value,
        Takes::Secret,
        "",
        "Several backends, instead of `aliyun_region` and `aliyun_kms_endpoint`: a JSON list of objects with `regionId`, `endpoint`, `vpc`, `caFilePath`, `protocol` (`https` or `http`, by default `aliyun_scheme`), `connectTimeout` and `readTimeout` (ms). An object with `clientKeyFile` is an instance of dedicated KMS, which uses that key instead of the login identity. It may have `password`, `passwordVariable` or `passwordFile`; otherwise the password is in `aliyun_client_key_password`, `aliyun_client_key_password_file` or the environment variable `client_key_password`. It may have `ignoreSslCerts`, which accepts any certificate: for tests only, and shown in the log and in the status. The first backend is asked alone, the others only if it has a temporary failure or is slow. A failed backend is not asked for a while (up to 15 minutes), and one that is much slower than another is asked later; otherwise the order of the list applies. At most 32 backends.",
    )
    .checked_by(regions_option::check),
    client(
        "secret_names",
        About::Handling,
        Takes::Text,
        "",
        "Managed secrets, separated by commas, that are opened and fetched when the client is created. Opening one of them later shares its source. The official configuration has the same key. At most 10000 names.",
    )
    .checked_by(secret_names::check),
    source(
        "config_generation",
        About::Handling,
        Takes::Choice(&["auto", "v1", "v2"]),
        "auto",
        "How an official configuration that is loaded afterwards is read: `v1` as by the first generation of the official client, `v2` as by the second (`alibabacloud-secretsmanager-client-v2`), `auto` as by the generation that supports its `credentials_type`.",
    ),
    source(
        "aliyun_hedge_after_ms",
        About::Handling,
        Takes::Milliseconds(1, 600_000),
        "2000",
        "How long the first of several backends may take before the others are asked too; at most half of `total_timeout_ms`.",
    ),
    source(
        "aliyun_import_cache_dir",
        About::Handling,
        Takes::Path,
        "",
        "The directory in which the official client of either generation keeps its encrypted secrets. It is read, never written, while KMS cannot be reached and there is no other value.",
    ),
    source(
        "aliyun_import_cache_salt",
        About::Handling,
        Takes::Secret,
        "",
        "The salt with which the files of `aliyun_import_cache_dir` were written.",
    ),
];
