//! Options of every source and client: how values are kept, and how the cloud is reached.

use super::{DAY_MS, LONG_MS, Spec, Takes, client, source};

/// The table.
pub(super) const TABLE: &[Spec] = &[
    // How values are kept.
    client(
        "refresh",
        Takes::Choice(&["background", "lazy"]),
        "background",
        "Whether a background thread keeps the values fresh, or each `get` does what is due (`lazy`: serverless programs, parents that fork). In lazy mode a thread lives only while a fetch is under way.",
    ),
    source(
        "prefetch",
        Takes::Choice(&["off", "on"]),
        "off",
        "Whether the first fetch starts when the source is opened instead of at the first `get`.",
    ),
    source(
        "poll_interval_ms",
        Takes::Milliseconds(1000, DAY_MS),
        "300000",
        "How often a good value is asked for all the same, so that an early rotation is noticed; ±10 % at random. Not in lazy mode, where only `report_rejected` notices one. The database token's mean of 5 minutes makes 288 requests a day.",
    ),
    source(
        "max_stale_ms",
        Takes::Milliseconds(0, LONG_MS),
        "3600000",
        "How long past its end a database token is handed out, in state STALE, while the cloud cannot be reached; a managed credential for 24 hours unless this is set, counted from its renewal where no end is known. 0: never.",
    ),
    source(
        "rejected_settle_ms",
        Takes::Milliseconds(0, 3_600_000),
        "60000",
        "How long after `report_rejected` another value is waited for, while the cloud still hands out the refused one.",
    ),
    source(
        "rejected_codes",
        Takes::List,
        "",
        "The codes, separated by commas, with which a service says that it refuses the value: `evercred_source_judge` goes by them. Where none are set: those of databases' drivers for a refused login (`1045`, `28000`, `ER_ACCESS_DENIED_ERROR`, `28P01`, `18456`, `18`, `AuthenticationFailed`), and for a managed secret `InvalidAccessKeyId.NotFound` and `InvalidAccessKeyId` as well.",
    ),
    source(
        "forced_refresh_burst",
        Takes::Number(1, 1000),
        "5",
        "How many `report_rejected` and `refresh` are acted upon within `forced_refresh_period_ms`; more get RATE_LIMITED.",
    ),
    source(
        "forced_refresh_period_ms",
        Takes::Milliseconds(1, DAY_MS),
        "600000",
        "The period of `forced_refresh_burst`.",
    ),
    source(
        "max_attempts",
        Takes::Number(1, 10),
        "3",
        "Tries within one fetch while no usable value is held; between them a short wait with full jitter.",
    ),
    source(
        "backoff_initial_ms",
        Takes::Milliseconds(1, 600_000),
        "1000",
        "Upper bound of the first wait after a failed refresh; it doubles with each further failure, with full jitter.",
    ),
    source("backoff_max_ms", Takes::Milliseconds(100, DAY_MS), "60000", "Upper bound of all these waits."),
    source(
        "refusal_memory_ms",
        Takes::Milliseconds(1, 600_000),
        "10000",
        "How long a refusal is remembered: within this time `get` without a usable value returns it again instead of asking the cloud.",
    ),
    // What outlives the process.
    source(
        "cache_file",
        Takes::Path,
        "",
        "A file in which fetched values are kept, encrypted, for the next start and for the other processes of this host, which then share one refresher. It takes `cache_secret` or `cache_key_file`; several sources and programs may share it, whoever asks: so programs of two accounts that have secrets of one name take a file each.",
    ),
    source(
        "cache_secret",
        Takes::Secret,
        "",
        "The long random text that the key of `cache_file` is derived from. Keep it elsewhere than that file.",
    ),
    source(
        "cache_key_file",
        Takes::Path,
        "",
        "A file of at most 64 KiB that only its owner and group may read, whose bytes, a last line end included, serve instead of `cache_secret`.",
    ),
    // How the cloud is reached.
    client(
        "connect_timeout_ms",
        Takes::Milliseconds(1, 600_000),
        "5000",
        "How long a connection may take, TLS included.",
    ),
    source(
        "total_timeout_ms",
        Takes::Milliseconds(1, 600_000),
        "30000",
        "How long one fetch may take in all, and the time that a `get` with a negative timeout waits.",
    ),
    client(
        "proxy",
        Takes::Proxy,
        "environment",
        "`environment` (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured), `none`, or a proxy's URL, with `user:password@` where it wants them. A metadata service is never asked through a proxy.",
    ),
    client(
        "no_proxy",
        Takes::Text,
        "",
        "Hosts, domains and networks, separated by commas, that are reached without the proxy that `proxy` names.",
    ),
    client("ca_file", Takes::Path, "", "A file of certificates (PEM) that are trusted instead of the system's."),
    client(
        "ca_expiry_warning_ms",
        Takes::Milliseconds(0, LONG_MS),
        "2592000000",
        "How long before its end a certificate of a CA file is warned of, in the log and by an event, once a day. 0: when it has ended.",
    ),
    client(
        "tls_verify",
        Takes::Bool,
        "true",
        "`false` accepts any certificate: for tests only, and said so in the log and in every status.",
    ),
    client(
        "user_agent_extra",
        Takes::Printable,
        "",
        "What the host program adds to the User-Agent, such as `myservice/2.1`.",
    ),
];
