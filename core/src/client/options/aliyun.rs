//! Options of Alibaba Cloud: where and how it is asked.

use super::{Spec, Takes, client, source};

/// The table.
pub(super) const TABLE: &[Spec] = &[
    source(
        "aliyun_region",
        Takes::Host,
        "",
        "The region of KMS, such as `cn-hangzhou`: `kms.<region>.aliyuncs.com` is asked.",
    ),
    source(
        "aliyun_network",
        Takes::Choice(&["public", "vpc"]),
        "public",
        "`vpc` asks `kms-vpc.<region>.aliyuncs.com`, which is reached from within a VPC only.",
    ),
    source(
        "aliyun_kms_endpoint",
        Takes::Host,
        "",
        "The host (or host:port) of KMS, such as an instance gateway's, instead of one made of region and network.",
    ),
    source(
        "aliyun_scheme",
        Takes::Choice(&["https", "http"]),
        "https",
        "`http` sends requests in the clear: for tests only.",
    ),
    source(
        "aliyun_signature",
        Takes::Choice(&["acs3", "rpc"]),
        "acs3",
        "How requests are signed: ACS3-HMAC-SHA256, or RPC's HMAC-SHA1.",
    ),
    source("aliyun_version_stage", Takes::Text, "ACSCurrent", "The stage of the version that is wanted."),
    source(
        "aliyun_ca_file",
        Takes::Path,
        "",
        "A file of certificates (PEM) that are trusted for KMS instead of the system's or `ca_file`'s, such as the private CA of a KMS instance gateway.",
    ),
    source(
        "aliyun_regions",
        Takes::Secret,
        "",
        "Several places to ask, instead of `aliyun_region` and `aliyun_kms_endpoint`: a JSON list of objects with `regionId`, `endpoint`, `vpc` and `caFilePath`; with `clientKeyFile` it is an instance of dedicated KMS, which has `password`, `ignoreSslCerts`, `connectTimeout` and `readTimeout` (ms) as well. The first is asked alone; the others when it fails for a passing reason or is slow.",
    ),
    client(
        "secret_names",
        Takes::Text,
        "",
        "Managed secrets, separated by commas, that are opened and fetched as soon as the client is made; opening one of them later shares what was fetched. The official configuration has the same key.",
    ),
    source(
        "config_generation",
        Takes::Choice(&["auto", "v1", "v2"]),
        "auto",
        "What an official configuration that is loaded afterwards means: that of the official client's first generation, of its second (`alibabacloud-secretsmanager-client-v2`), or of the one that knows its `credentials_type`.",
    ),
    source(
        "aliyun_hedge_after_ms",
        Takes::Milliseconds(1, 600_000),
        "2000",
        "How long the first of several places may take before the others are asked as well.",
    ),
];
