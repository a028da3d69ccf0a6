//! Options for all clouds: how values are kept fresh, the cache file, requests.

use crate::client::options::checks::long_secret;
use crate::client::options::spec::{About, DAY_MS, LONG_MS, Spec, Takes, client, source};

/// The table.
pub(in crate::client) const TABLE: &[Spec] = &[
    // How values are kept fresh.
    client(
        "refresh",
        About::Handling,
        Takes::Choice(&["background", "lazy"]),
        "background",
        "`background`: a background thread keeps the values fresh. `lazy`: each `get` fetches if needed, for serverless programs and for processes that fork; a thread exists only during a fetch.",
    ),
    source(
        "prefetch",
        About::Handling,
        Takes::Choice(&["off", "on"]),
        "off",
        "`on` starts the first fetch when the source is opened, instead of at the first `get`.",
    ),
    source(
        "poll_interval_ms",
        About::Handling,
        Takes::Milliseconds(1000, DAY_MS),
        "300000",
        "How often a good value is fetched again, to detect an early rotation; ±10 % at random. There is no poll in lazy mode, which detects one only by `report_rejected`. For a database token, the default of 5 minutes makes 288 requests a day.",
    ),
    source(
        "max_stale_ms",
        About::Handling,
        Takes::Milliseconds(0, LONG_MS),
        "3600000",
        "How long after its end a value is returned, in state STALE, while the cloud cannot be reached; counted from `renew_at` if the end is not known. If it is not set, the default applies to database tokens, and 24 hours to managed credentials. 0: never.",
    ),
    source(
        "refresh_wait_ms",
        About::Handling,
        Takes::Milliseconds(0, 600_000),
        "1000",
        "How long a `get` waits at most for a refresh if it returns the held value when the refresh fails: in lazy mode when the value is due, in its mandatory window, stale or rejected. The whole timeout of the call is only for having nothing.",
    ),
    source(
        "rejected_settle_ms",
        About::Handling,
        Takes::Milliseconds(0, 3_600_000),
        "60000",
        "How long after `report_rejected` another value is looked for every few seconds while the cloud still returns the rejected one. Afterwards the event RECONFIRMED is sent, and it is looked for more rarely. The value stays REJECTED until another one comes.",
    ),
    source(
        "rejected_codes",
        About::Handling,
        Takes::List,
        "",
        "The error codes of a service, separated by commas, that mean a rejected value, for `evercred_source_is_rejection_code`. If it is not set: the codes of database drivers for a rejected login (`1045`, `28000`, `ER_ACCESS_DENIED_ERROR`, `28P01`, `18456`, `18`, `AuthenticationFailed`), and for a managed secret also `InvalidAccessKeyId.NotFound` and `InvalidAccessKeyId`; for a login identity the cloud's codes for an access key or session token that is not accepted (such as `AuthFailure.TokenFailure`, `InvalidSecurityToken.Expired`). A login identity has the client's codes, because sources share it.",
    ),
    source(
        "forced_refresh_burst",
        About::Handling,
        Takes::Number(1, 1000),
        "5",
        "How many calls of `refresh` are effective within `forced_refresh_period_ms`, and how many reports of a rejected value; each has its own count. Further ones return RATE_LIMITED; a value that is reported then is REJECTED all the same, and is fetched again as soon as a report would be effective.",
    ),
    source(
        "forced_refresh_period_ms",
        About::Handling,
        Takes::Milliseconds(1, DAY_MS),
        "600000",
        "The period of `forced_refresh_burst`.",
    ),
    source(
        "max_attempts",
        About::Handling,
        Takes::Number(1, 10),
        "3",
        "Attempts within one refresh while there is no usable value, with a short wait with full jitter in between.",
    ),
    source(
        "backoff_initial_ms",
        About::Handling,
        Takes::Milliseconds(1, 600_000),
        "1000",
        "The upper bound of the first wait after a failed refresh. It doubles with each further failure; the wait has full jitter.",
    ),
    source(
        "backoff_max_ms",
        About::Handling,
        Takes::Milliseconds(100, DAY_MS),
        "15000",
        "The upper bound of these waits, except after a refusal or if the service asks for a longer one. A `get` without a usable value waits at most about as long as after a first failure, and then asks the cloud itself.",
    ),
    source(
        "refusal_memory_ms",
        About::Handling,
        Takes::Milliseconds(1, 600_000),
        "10000",
        "How long a refusal of the cloud is remembered: within this time, `get` without a usable value returns it again and sends no request.",
    ),
    // The cache file.
    source(
        "cache_file",
        About::Handling,
        Takes::Path,
        "",
        "A file that keeps fetched values, encrypted, for the next start and for the other processes of this host, of which then only one refreshes. Values are written in the background soon after they arrive; closing the client waits for that for at most two seconds. Beside it stays one lock file, whose name ends with `.lock`. A file of another user is not used. It needs `cache_secret` or `cache_key_file`. Several sources and programs may share the file. The login identity is not part of the key of a value: programs of two accounts that have secrets with the same name need different files.",
    ),
    source(
        "cache_secret",
        About::Handling,
        Takes::Secret,
        "",
        "A long random text, of at least 16 bytes, from which the key of `cache_file` is derived. Store it separately from that file.",
    )
    .checked_by(long_secret),
    source(
        "cache_key_file",
        About::Handling,
        Takes::Path,
        "",
        "A file of at most 64 KiB whose bytes replace `cache_secret`; a trailing line break counts. Only its owner and group may have access to it.",
    ),
    // Requests.
    source(
        "connect_timeout_ms",
        About::Connection,
        Takes::Milliseconds(1, 600_000),
        "5000",
        "How long establishing a connection may take, TLS included. This option, `proxy`, `no_proxy` and `ca_file` apply to all requests of a source, its login included: sources that differ in one of them do not share a login identity.",
    ),
    source(
        "total_timeout_ms",
        About::Handling,
        Takes::Milliseconds(1, 600_000),
        "30000",
        "How long one refresh may take in total, and how long a `get` with a negative timeout waits.",
    ),
    client(
        "max_concurrent_fetches",
        About::Handling,
        Takes::Number(1, 1024),
        "16",
        "How many fetches of the client may be in progress at the same time; further ones wait for their turn. Login identities come first, then those that callers wait for, then the oldest. It bounds the sockets and the load on the cloud.",
    ),
    source(
        "proxy",
        About::Connection,
        Takes::Proxy,
        "environment",
        "`environment` (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY), `none`, or the URL of a proxy, with `user:password@` if it needs them. Requests to a metadata service never use a proxy.",
    ),
    source(
        "no_proxy",
        About::Connection,
        Takes::Text,
        "",
        "Hosts, domains and networks, separated by commas, that are reached without the proxy of `proxy`.",
    ),
    source(
        "ca_file",
        About::Connection,
        Takes::Path,
        "",
        "A file of CA certificates (PEM) that replace those of the system.",
    ),
    client(
        "ca_expiry_warning_ms",
        About::Handling,
        Takes::Milliseconds(0, LONG_MS),
        "2592000000",
        "How long before the expiry of a certificate of a CA file the log and an event warn of it, once a day. 0: after its expiry.",
    ),
    client(
        "tls_verify",
        About::Handling,
        Takes::Bool,
        "true",
        "`false` accepts any certificate: for tests only, and shown in the log and in every status.",
    ),
    client(
        "user_agent_extra",
        About::Handling,
        Takes::Printable,
        "",
        "A text that is added to the User-Agent, such as `myservice/2.1`.",
    ),
];
