//! Opening a managed secret of Alibaba Cloud: options in, a shared source out.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Source;
use crate::client::database::{fingerprint, source};
use crate::client::{Config, Core, aliyun_identity, settings};
use crate::error::{Code, Error, Result};
use crate::log::Level;
use crate::providers::aliyun::endpoint::Endpoint;
use crate::providers::aliyun::managed::{ManagedSecret, SignatureKind};
use crate::providers::aliyun::schedule::LARGEST_DISTURBANCE_MS;

/// How long an overdue key is handed out while KMS cannot be reached: its end is mostly not known, and the old key outlives
/// the start of a rotation.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);

/// Names longer than this are no names of the service.
const LONGEST_NAME: usize = 256;

pub(super) fn open(core: &Arc<Core>, config: &Config, secret_name: &str) -> Result<Arc<Source>> {
    check(secret_name)?;
    let endpoint = endpoint(config)?;
    if endpoint.scheme == "http" {
        core.config
            .log
            .write(Level::Warn, || String::from("aliyun_scheme is http: requests and keys travel in the clear"));
    }
    let identity = aliyun_identity::open(core, config)?;
    let signature = match config.text("aliyun_signature") {
        "rpc" => SignatureKind::Rpc,
        _ => SignatureKind::Acs3,
    };
    let mut settings = settings(config);
    if !config.is_set("max_stale_ms") {
        settings.max_stale = MAX_STALE;
    }
    let name = format!("managed/{secret_name}");
    let key = format!("{name}?{}", fingerprint(config, |_| true));
    Ok(core.sources.share(core.platform.fork_epoch(), &name, &key, |name| {
        let provider = ManagedSecret {
            name: secret_name.to_owned(),
            stage: config.text("aliyun_version_stage").to_owned(),
            endpoint,
            signature,
            identity: Box::new(identity),
            clock: Arc::clone(&core.aliyun_clock),
            disturbance_ms: (core.platform.random() * LARGEST_DISTURBANCE_MS as f64) as i64,
        };
        source(core, name, settings, Box::new(provider))
    }))
}

/// Whether the service could know such a name.
pub(super) fn check(secret_name: &str) -> Result<()> {
    if secret_name.is_empty() {
        return Err(Error::argument("secret_name", "must not be empty"));
    }
    if secret_name.len() > LONGEST_NAME {
        return Err(Error::argument("secret_name", "must not be longer than 256 bytes"));
    }
    if secret_name.trim() != secret_name || secret_name.contains(char::is_control) {
        let text = "must not begin or end with white space or hold control characters";
        return Err(Error::argument("secret_name", text));
    }
    Ok(())
}

fn endpoint(config: &Config) -> Result<Endpoint> {
    let vpc = config.text("aliyun_network") == "vpc";
    let region = config.filled("aliyun_region");
    if region.is_some_and(|region| !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
        return Err(Error::new(Code::InvalidOption, "aliyun_region: it takes letters, digits and hyphens only"));
    }
    let endpoint = Endpoint::kms(config.filled("aliyun_kms_endpoint"), region, vpc)
        .map_err(|_| Error::new(Code::InvalidOption, "aliyun_region: set it, or aliyun_kms_endpoint"))?;
    Ok(Endpoint { scheme: config.text("aliyun_scheme").to_owned(), ..endpoint })
}
