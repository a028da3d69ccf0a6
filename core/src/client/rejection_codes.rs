//! Which codes of a service mean that it refuses a value.

use crate::client::config::Config;

/// What the drivers of databases say of a refused login: MySQL's and MariaDB's number, SQL state (PostgreSQL has it too)
/// and name of "access denied", PostgreSQL's SQL state of a wrong password, the numbers of SQL Server and MongoDB and the
/// latter's name.
pub(super) const REFUSED_LOGINS: &[&str] =
    &["1045", "28000", "ER_ACCESS_DENIED_ERROR", "28P01", "18456", "18", "AuthenticationFailed"];

/// The codes of the option `rejected_codes`, or `defaults` where it is not set.
pub(super) fn rejection_codes(config: &Config, defaults: &[&[&str]]) -> Vec<String> {
    match config.filled("rejected_codes") {
        Some(list) => list.split(',').map(str::trim).filter(|code| !code.is_empty()).map(String::from).collect(),
        None => defaults.concat().into_iter().map(String::from).collect(),
    }
}
