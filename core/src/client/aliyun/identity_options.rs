//! Options of Alibaba Cloud: the login identity.

use crate::client::options::checks::{header_text, url};
use crate::client::options::spec::{About, Spec, Takes, source};
use crate::providers::aliyun::identity::split_command;

/// The table.
pub(in crate::client) const TABLE: &[Spec] = &[
    source(
        "aliyun_identity",
        About::Identity,
        Takes::Choice(&[
            "auto",
            "static",
            "environment",
            "profile",
            "ram_role",
            "ecs_ram_role",
            "oidc",
            "credentials_uri",
            "process",
            "client_key",
            "callback",
            "chain",
        ]),
        "auto",
        "The login identity, which signs requests. `auto` uses the first that applies: `client_key` if `aliyun_client_key_file` is set, `oidc` if `aliyun_oidc_provider_arn` is set, `ram_role` if `aliyun_role_arn` is set, `callback` if the program has set one, `static` if an access key is set, otherwise `chain`. `chain` tries the identities of the official SDK in the same order, and the status says why each was skipped. The identity that worked is left only when it is known to be gone, not when it cannot be read; those before it are tried again at each renewal, and every five minutes if its key has no end. A file that exists and cannot be used, as one that is half written, is left only until it can be used.",
    ),
    source("aliyun_access_key_id", About::Identity, Takes::Text, "", "The id of a static access key.")
        .checked_by(header_text),
    source("aliyun_access_key_secret", About::Identity, Takes::Secret, "", "The secret of a static access key.")
        .checked_by(header_text),
    source(
        "aliyun_security_token",
        About::Identity,
        Takes::Secret,
        "",
        "The session token of a temporary static access key.",
    )
    .part_of("aliyun_access_key_id")
    .checked_by(header_text),
    source(
        "aliyun_role_arn",
        About::Identity,
        Takes::Text,
        "",
        "The RAM role to assume, instead of ALIBABA_CLOUD_ROLE_ARN, which `ram_role` and `oidc` use. Of several roles, separated by commas, each assumes the next, and the last one signs; with `oidc` the token is exchanged for the first.",
    ),
    source(
        "aliyun_role_session_name",
        About::Identity,
        Takes::Text,
        "",
        "The name of the role session, instead of ALIBABA_CLOUD_ROLE_SESSION_NAME. If neither is set, it is `evercred-` and a time.",
    ),
    source(
        "aliyun_role_duration_s",
        About::Identity,
        Takes::Number(900, 43200),
        "3600",
        "The session duration of the (last) role, in seconds. A role that is assumed by another role gets at most one hour from the service.",
    ),
    source(
        "aliyun_role_external_id",
        About::Identity,
        Takes::Text,
        "",
        "The external id that the role requires. Several roles all get the same one.",
    ),
    source(
        "aliyun_role_policy",
        About::Identity,
        Takes::Lines,
        "",
        "A policy (JSON) that restricts the permissions of the (last) role.",
    ),
    source(
        "aliyun_role_base_identity",
        About::Identity,
        Takes::Choice(&[
            "auto",
            "static",
            "environment",
            "profile",
            "ecs_ram_role",
            "oidc",
            "credentials_uri",
            "process",
            "callback",
            "chain",
        ]),
        "auto",
        "The identity that assumes the role. `auto`: `callback` if the program has set one, `static` if an access key is set, otherwise `chain`.",
    ),
    source(
        "aliyun_sts_endpoint",
        About::Identity,
        Takes::Host,
        "",
        "The host (or host:port) of STS, instead of `sts.<region>.aliyuncs.com`.",
    ),
    source(
        "aliyun_sts_region",
        About::Identity,
        Takes::Region,
        "",
        "The region of STS, instead of ALIBABA_CLOUD_STS_REGION. If neither is set, the host is `sts.aliyuncs.com`.",
    ),
    source(
        "aliyun_sts_network",
        About::IdentityService,
        Takes::Choice(&["auto", "public", "vpc"]),
        "auto",
        "`vpc` uses `sts-vpc.<region>.aliyuncs.com`. `auto` is `vpc` if ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED is `true`, otherwise `public`.",
    ),
    source(
        "aliyun_oidc_provider_arn",
        About::Identity,
        Takes::Text,
        "",
        "The ARN of the identity provider, instead of ALIBABA_CLOUD_OIDC_PROVIDER_ARN.",
    ),
    source(
        "aliyun_oidc_token_file",
        About::Identity,
        Takes::Path,
        "",
        "The file with the OIDC token, instead of ALIBABA_CLOUD_OIDC_TOKEN_FILE. It is read again for each exchange.",
    ),
    source(
        "aliyun_ecs_role_name",
        About::Identity,
        Takes::Text,
        "",
        "The RAM role of the ECS instance, instead of ALIBABA_CLOUD_ECS_METADATA. If neither is set, the metadata service returns its name. ALIBABA_CLOUD_ECS_METADATA_DISABLED disables the role in `chain` and `profile`.",
    ),
    source(
        "aliyun_metadata_endpoint",
        About::IdentityService,
        Takes::Host,
        "100.100.100.200",
        "The host of the metadata service.",
    ),
    source(
        "aliyun_metadata_v1",
        About::IdentityService,
        Takes::Choice(&["auto", "on", "off"]),
        "auto",
        "Whether requests to the metadata service may have no token (version 1) if it issues none. `auto` is `off` if ALIBABA_CLOUD_IMDSV1_DISABLED or ALIBABA_CLOUD_IMDSV1_DISABLE is `true`, otherwise `on`.",
    ),
    source(
        "aliyun_credentials_uri",
        About::Identity,
        Takes::Text,
        "",
        "The URL (http or https) that returns keys, instead of ALIBABA_CLOUD_CREDENTIALS_URI. Messages show its host only.",
    )
    .checked_by(url),
    source(
        "aliyun_process_command",
        About::Identity,
        Takes::Lines,
        "",
        "The program that prints keys as JSON (`mode` AK or StsToken, `access_key_id`, `access_key_secret`, `sts_token`, `expiration`), with its arguments. It runs without a shell: white space separates arguments, single and double quotes group characters, and a backslash escapes the next character (within double quotes only a quote or a backslash, within single quotes nothing).",
    )
    .checked_by(command),
    source(
        "aliyun_process_timeout_ms",
        About::IdentityService,
        Takes::Milliseconds(1, 600_000),
        "60000",
        "How long the program of `aliyun_process_command` may run before it is killed.",
    ),
    source(
        "aliyun_credentials_file",
        About::Identity,
        Takes::Path,
        "",
        "The profile file, instead of ALIBABA_CLOUD_CREDENTIALS_FILE and `~/.alibabacloud/credentials` (or `credentials.ini` there). The identity `profile` reads it after the file of `aliyun_config_file`; if only one of the two options is set, it reads that file only.",
    ),
    source(
        "aliyun_config_file",
        About::Identity,
        Takes::Path,
        "",
        "The configuration file of the vendor's command line, instead of ALIBABA_CLOUD_CONFIG_FILE and `~/.aliyun/config.json`. Profiles of modes with an interactive login (CloudSSO, OAuth) are refused. ALIBABA_CLOUD_CLI_PROFILE_DISABLED disables the file.",
    ),
    source(
        "aliyun_profile",
        About::Identity,
        Takes::Text,
        "",
        "The profile in the files of `aliyun_config_file` and `aliyun_credentials_file`, instead of ALIBABA_CLOUD_PROFILE, the file's current profile and `default`.",
    ),
    source(
        "aliyun_client_key_file",
        About::Identity,
        Takes::Path,
        "",
        "The file of a client key, which signs instead of an access key. It is read again if the service rejects the key.",
    ),
    source(
        "aliyun_client_key_password",
        About::Identity,
        Takes::Secret,
        "",
        "The password of the file `aliyun_client_key_file`.",
    ),
    source(
        "aliyun_client_key_password_file",
        About::Identity,
        Takes::Path,
        "",
        "A file with the password of `aliyun_client_key_file`. If neither password option is set, the environment variable `client_key_password` has it.",
    ),
];

/// A command line that can be run without a shell. An assignment in front of the program is the shell's.
fn command(value: &str) -> Result<(), String> {
    let arguments = split_command(value).map_err(String::from)?;
    let program = arguments.first().map_or("", String::as_str);
    if program.split('/').next().is_some_and(|start| start.contains('=')) {
        return Err(String::from("it begins with an assignment to a variable, which only a shell understands"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn commands() {
        assert!(command("/opt/a=b/helper x=y").is_ok() && command("'helper' a").is_ok());
        for wrong in ["PASSWORD=hunter2 helper", "P='hun ter2' helper", "helper 'a", "helper \\", "''", " "] {
            let problem = command(wrong).unwrap_err();
            assert!(!problem.contains("hun"), "{problem}");
        }
    }
}
