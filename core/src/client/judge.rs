//! Which codes of a service mean that it refuses a value.

use crate::client::Config;
use crate::providers::aliyun::codes::ACCESS_KEY_GONE;

/// What the drivers of databases say of a refused login: MySQL's and MariaDB's number, SQL state (PostgreSQL has it too)
/// and name of "access denied", PostgreSQL's SQL state of a wrong password, the numbers of SQL Server and MongoDB and the
/// latter's name.
const REFUSED_LOGINS: &[&str] =
    &["1045", "28000", "ER_ACCESS_DENIED_ERROR", "28P01", "18456", "18", "AuthenticationFailed"];

/// The codes for a database account's token.
pub(super) fn database(config: &Config) -> Vec<String> {
    configured(config).unwrap_or_else(|| REFUSED_LOGINS.iter().copied().map(String::from).collect())
}

/// The codes for a managed secret, which is an access key or a database's login.
pub(super) fn managed(config: &Config) -> Vec<String> {
    configured(config)
        .unwrap_or_else(|| ACCESS_KEY_GONE.iter().chain(REFUSED_LOGINS).copied().map(String::from).collect())
}

fn configured(config: &Config) -> Option<Vec<String>> {
    let list = config.filled("rejected_codes")?;
    Some(list.split(',').map(str::trim).filter(|code| !code.is_empty()).map(String::from).collect())
}
