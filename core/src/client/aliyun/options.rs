//! Options of Alibaba Cloud: where and how it is asked.

use crate::client::options::spec::{About, Spec, Takes, client, source};

/// The table.
pub(in crate::client) const TABLE: &[Spec] = &[
    source(
        "aliyun_region",
        About::Value,
        Takes::Region,
        "",
        "The region of KMS, such as `cn-hangzhou`: `kms.<region>.aliyuncs.com` is asked.",
    ),
    source(
        "aliyun_network",
        About::Value,
        Takes::Choice(&["public", "vpc"]),
        "public",
        "`vpc` asks `kms-vpc.<region>.aliyuncs.com`, which is reached from within a VPC only.",
    ),
    source(
        "aliyun_kms_endpoint",
        About::Value,
        Takes::Host,
        "",
        "The host (or host:port) of KMS, such as an instance gateway's, instead of one made of region and network.",
    ),
    source(
        "aliyun_scheme",
        About::ValueAndIdentity,
        Takes::Choice(&["https", "http"]),
        "https",
        "`http` sends requests in the clear: for tests only.",
    ),
    source(
        "aliyun_signature",
        About::Handling,
        Takes::Choice(&["acs3", "rpc"]),
        "acs3",
        "How requests are signed: ACS3-HMAC-SHA256, or RPC's HMAC-SHA1.",
    ),
    source("aliyun_version_stage", About::Value, Takes::Text, "ACSCurrent", "The stage of the version that is wanted."),
    source(
        "aliyun_ca_file",
        About::Handling,
        Takes::Path,
        "",
        "A file of certificates (PEM) that are trusted for KMS, also of `aliyun_regions`, instead of the system's or `ca_file`'s, such as the private CA of a KMS instance gateway.",
    ),
    source(
        "aliyun_regions",
        About::Value,
        Takes::Secret,
        "",
        "Several places to ask, instead of `aliyun_region` and `aliyun_kms_endpoint`: a JSON list of objects with `regionId`, `endpoint`, `vpc`, `caFilePath`, `protocol` (`https` or `http`, otherwise `aliyun_scheme`), `connectTimeout` and `readTimeout` (ms). One with `clientKeyFile` is an instance of dedicated KMS, asked with that key instead of the login identity; it may have `password`, `passwordVariable` or `passwordFile` (otherwise `aliyun_client_key_password`, `aliyun_client_key_password_file` or the environment variable `client_key_password` hold it), and `ignoreSslCerts`, which accepts any certificate: for tests only, and said so in the log and in the status. The first is asked alone; the others when it fails for a passing reason or is slow. One that failed is left alone for a while (up to 15 minutes), one that is much slower than another comes later; otherwise the order is kept.",
    ),
    client(
        "secret_names",
        About::Handling,
        Takes::Text,
        "",
        "Managed secrets, separated by commas, that are opened and fetched as soon as the client is made; opening one of them later shares what was fetched. The official configuration has the same key.",
    ),
    source(
        "config_generation",
        About::Handling,
        Takes::Choice(&["auto", "v1", "v2"]),
        "auto",
        "What an official configuration that is loaded afterwards means: that of the official client's first generation, of its second (`alibabacloud-secretsmanager-client-v2`), or of the one that knows its `credentials_type`.",
    ),
    source(
        "aliyun_hedge_after_ms",
        About::Handling,
        Takes::Milliseconds(1, 600_000),
        "2000",
        "How long the first of several places may take before the others are asked as well; at most half of `total_timeout_ms`.",
    ),
    source(
        "aliyun_import_cache_dir",
        About::Handling,
        Takes::Path,
        "",
        "The folder in which the official client of either generation kept its encrypted secrets: read, never written, while KMS cannot be reached and nothing else is held.",
    ),
    source(
        "aliyun_import_cache_salt",
        About::Handling,
        Takes::Secret,
        "",
        "The salt that these files were written with.",
    ),
];
