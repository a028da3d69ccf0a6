//! The error codes of a service that mean a rejected value.

use crate::cache::RejectionCodes;
use crate::client::config::Config;

/// The codes of database drivers for a rejected login: number, SQL state (also of PostgreSQL) and name of "access
/// denied" of MySQL and MariaDB, PostgreSQL's SQL state of a wrong password, the numbers of SQL Server and MongoDB,
/// and MongoDB's name.
pub(super) const REJECTED_LOGINS: &[&str] =
    &["1045", "28000", "ER_ACCESS_DENIED_ERROR", "28P01", "18456", "18", "AuthenticationFailed"];

/// The codes of the option `rejected_codes`, or `defaults` if it is not set.
pub(super) fn rejection_codes(config: &Config, defaults: [&'static [&'static str]; 2]) -> RejectionCodes {
    match config.filled("rejected_codes") {
        Some(list) => {
            let codes = list.split(',').map(str::trim).filter(|code| !code.is_empty());
            RejectionCodes::Own(codes.map(String::from).collect())
        }
        None => RejectionCodes::Known(defaults),
    }
}
