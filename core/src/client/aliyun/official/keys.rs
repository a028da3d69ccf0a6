//! The keys of the official clients.

/// The prefixes of their keys; no option of evercred has one of them.
pub(super) const KEY_PREFIXES: [&str; 4] = ["credentials_", "cache_client_", "client_key_", "monitor_"];

/// Their keys without such a prefix that are not options of evercred.
pub(super) const OTHER_KEYS: [&str; 2] = ["rotation_interval", "delay_interval"];

/// The keys that are read. `secret_names` is also an option of evercred, so it does not identify an official file.
pub(super) const READ_KEYS: [&str; 18] = [
    "credentials_type",
    "credentials_access_key_id",
    "credentials_access_secret",
    "credentials_access_token_id",
    "credentials_access_token",
    "credentials_role_arn",
    "credentials_role_session_name",
    "credentials_role_name",
    "credentials_policy",
    "credentials_duration_seconds",
    "credentials_oidc_provider_arn",
    "credentials_oidc_token_file_path",
    "credentials_sts_region_id",
    "credentials_sts_endpoint",
    "cache_client_region_id",
    "client_key_private_key_path",
    "client_key_password_from_env_variable",
    "client_key_password_from_file_path",
];
/// The list of dedicated KMS, which the second generation does not support.
pub(super) const DEDICATED: &str = "cache_client_dkms_config_info";
/// The list of backends.
pub(super) const REGIONS: &str = "cache_client_region_id";
pub(super) const SECRET_NAMES: &str = "secret_names";
pub(in crate::client) const GENERATION: &str = "config_generation";

/// Whether only a file of the official clients has this key.
pub(super) fn is_key(key: &str) -> bool {
    KEY_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) || OTHER_KEYS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::options;

    #[test]
    fn official_keys_and_options_are_distinct() {
        for spec in options::every() {
            assert!(!is_key(spec.name), "{}: it has the prefix of an official key", spec.name);
        }
        assert!(READ_KEYS.iter().chain([&DEDICATED]).all(|key| is_key(key)));
        for option in [SECRET_NAMES, GENERATION, "aliyun_regions"] {
            assert!(options::find(option).is_some(), "{option}");
        }
    }
}
