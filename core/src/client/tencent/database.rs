//! Opens a database account of Tencent Cloud.

use std::path::Path;
use std::sync::Arc;

use crate::cache::Source;
use crate::client::opening::Opening;
use crate::client::rejection_codes::{REJECTED_LOGINS, rejection_codes};
use crate::client::tencent::endpoint::caller;
use crate::client::tencent::identity;
use crate::client::warm_start::WarmStart;
use crate::error::{Error, Result};
use crate::file::anchored;
use crate::http::is_region;
use crate::providers::tencent::database::{Account, DatabaseToken, FallbackPaths};
use crate::providers::tencent::validate;

/// Opens the source of an account's token.
///
/// # Errors
/// An argument or option cannot be used; the message names it.
pub(in crate::client) fn open(opening: &Opening<'_>, region: &str, instance: &str, user: &str) -> Result<Arc<Source>> {
    let config = opening.config;
    validate::account(region, instance, user)?;
    let places = FallbackPaths {
        file: config.path("fallback_file"),
        folder: config.path("fallback_dir"),
        working_directory: anchored(Path::new(".")),
    };
    let account = Account::new(region, instance, user, &places)?;
    if config.text("tencent_scheme") == "http" {
        opening.warn(|| String::from("tencent_scheme is http: requests and passwords are not encrypted"));
    }
    let identity = identity::open(opening, config.text("tencent_identity"), region)?;
    if config.flag("tencent_regional_endpoint") && !is_region(region) {
        return Err(Error::argument("region", "it becomes part of a host name: letters, digits and hyphens only"));
    }
    let caller = caller(opening, "cam", config.filled("tencent_endpoint"), region)?;
    let name = format!("database/{region}/{instance}/{user}");
    let settings = opening.settings;
    let warm = WarmStart::of(config)?;
    Ok(opening.share(&name, |free_name| {
        let provider = DatabaseToken::new(account, caller, Box::new(identity), config.duration("poll_interval_ms"));
        let provider = warm.keep(opening, &name, &settings, Box::new(provider));
        let codes = rejection_codes(config, [REJECTED_LOGINS, &[]]);
        opening.source(free_name, settings, provider).with_rejection_codes(codes)
    }))
}
