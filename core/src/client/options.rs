//! Every option, in one table: it checks what is set, and `docs/CONFIGURATION.md` is generated from it.

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// Any text; never shown.
    Secret,
    /// A path of a file or folder.
    Path,
    /// A host, or host:port, without scheme and path.
    Host,
    /// `environment`, `none` or a proxy's URL; never shown.
    Proxy,
    /// Printable ASCII.
    Printable,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Whole milliseconds within these bounds.
    Milliseconds(u64, u64),
    /// A whole number within these bounds.
    Number(u64, u64),
}

/// Who has the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The client, once for all its sources.
    Client,
    /// The client, and a source may have another value.
    Source,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The key that `evercred_config_set` takes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The value where none is set; empty: none.
    pub default: &'static str,
    /// Who has it.
    pub scope: Scope,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
}

const fn client(name: &'static str, takes: Takes, default: &'static str, doc: &'static str) -> Spec {
    Spec { name, takes, default, scope: Scope::Client, doc }
}

const fn source(name: &'static str, takes: Takes, default: &'static str, doc: &'static str) -> Spec {
    Spec { name, takes, default, scope: Scope::Source, doc }
}

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Ten years: a bound that no honest value meets, so that sums of times stay far from overflowing.
const LONG_MS: u64 = 3650 * DAY_MS;

/// The table.
pub const OPTIONS: &[Spec] = &[
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
        Takes::Choice(&["auto", "static", "environment", "profile", "cvm_role", "oidc", "assume_role", "chain"]),
        "auto",
        "The login identity. `auto`: `assume_role` where a role is named, `static` where an id or key is set, otherwise `chain`, which tries environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN), profile, cvm_role and oidc (TKE) in this order.",
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
        Takes::Choice(&["auto", "static", "environment", "profile", "cvm_role", "oidc", "chain"]),
        "auto",
        "Who assumes the role: `static` where an id or key is set, otherwise `chain`.",
    ),
    source("tencent_oidc_provider_id", Takes::Text, "", "The identity provider's id, instead of TKE_PROVIDER_ID."),
    source(
        "tencent_oidc_token_file",
        Takes::Path,
        "",
        "The file with the web identity token, instead of TKE_WEB_IDENTITY_TOKEN_FILE; read anew each time.",
    ),
    // Alibaba Cloud: where, how and who.
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
    source("aliyun_access_key_id", Takes::Text, "", "The id of the access key that asks for the secret."),
    source("aliyun_access_key_secret", Takes::Secret, "", "The secret of that access key."),
    source("aliyun_security_token", Takes::Secret, "", "The session token, where that access key is a temporary one."),
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

/// The option of a name.
pub fn find(name: &str) -> Option<&'static Spec> {
    OPTIONS.iter().find(|spec| spec.name == name)
}

/// The name that was probably meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    OPTIONS
        .iter()
        .map(|spec| (distance(&name, spec.name), spec.name))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 2)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, taken away or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let value = (diagonal + usize::from(letter != *other)).min(above + 1).min(before + 1);
            diagonal = *above;
            before = value;
            next.push(value);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

impl Spec {
    /// Checks a value; says what is wrong with it, never the value itself.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let number = |least: u64, most: u64, unit: &str| match value.trim().parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(()),
            _ => Err(format!("it takes whole {unit} from {least} to {most}")),
        };
        match self.takes {
            Takes::Text | Takes::Secret | Takes::Path => Ok(()),
            Takes::Proxy if is_proxy(value) => Ok(()),
            Takes::Proxy => Err(String::from("it takes `environment`, `none` or a URL like http://host:port")),
            Takes::Printable if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => Ok(()),
            Takes::Printable => Err(String::from("it takes printable ASCII")),
            Takes::Bool if matches!(value, "true" | "false") => Ok(()),
            Takes::Bool => Err(String::from("it takes `true` or `false`")),
            Takes::Choice(words) if words.contains(&value) => Ok(()),
            Takes::Choice(words) => Err(format!("it takes one of: {}", words.join(", "))),
            Takes::Milliseconds(least, most) => number(least, most, "milliseconds"),
            Takes::Number(least, most) => number(least, most, "numbers"),
            Takes::Host if is_host(value) => Ok(()),
            Takes::Host => Err(String::from("it takes a host or host:port, without scheme, path or spaces")),
        }
    }
}

fn is_proxy(value: &str) -> bool {
    let url = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    matches!(value, "environment" | "none") || url.is_some_and(|rest| !rest.is_empty())
}

fn is_host(value: &str) -> bool {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
    if !value.chars().all(fine) {
        return false;
    }
    let port = match value.rsplit_once(':') {
        // An IPv6 address in brackets has colons of its own.
        Some((_, port)) if !port.ends_with(']') => port,
        _ => return true,
    };
    port.parse::<u16>().is_ok()
}
