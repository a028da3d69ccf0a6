//! Opening a login identity of Alibaba Cloud: options in, a shared source out.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Settings;
use crate::client::database::{fingerprint, source};
use crate::client::identity::SharedIdentity;
use crate::client::{Config, Core, settings};
use crate::error::{Code, Error, Result};
use crate::providers::aliyun::client_key_file::{ClientKeyFile, KeyPassword};
use crate::providers::{Provider, StaticKey};

pub(super) fn open(core: &Arc<Core>, config: &Config) -> Result<SharedIdentity> {
    if let Some(path) = config.path("aliyun_client_key_file") {
        let password = KeyPassword {
            text: config.secret("aliyun_client_key_password"),
            file: config.path("aliyun_client_key_password_file"),
            variable: None,
        };
        return Ok(share(core, config, "client_key", Box::new(ClientKeyFile { path, password })));
    }
    let (Some(id), Some(secret)) = (config.filled("aliyun_access_key_id"), config.secret("aliyun_access_key_secret"))
    else {
        let missing =
            if config.is_set("aliyun_access_key_id") { "aliyun_access_key_secret" } else { "aliyun_access_key_id" };
        return Err(Error::new(
            Code::InvalidOption,
            format!("{missing}: it must be set: it is who asks for the secret"),
        ));
    };
    let token = config.secret("aliyun_security_token");
    for (option, value) in [
        ("aliyun_access_key_id", id),
        ("aliyun_access_key_secret", secret.expose()),
        ("aliyun_security_token", token.as_ref().map_or("", |token| token.expose())),
    ] {
        if value.trim() != value || value.contains(char::is_control) {
            let text = format!("{option}: must not begin or end with white space or hold control characters");
            return Err(Error::new(Code::InvalidOption, text));
        }
    }
    Ok(share(core, config, "static", Box::new(StaticKey { id: id.to_owned(), secret, token })))
}

fn share(core: &Arc<Core>, config: &Config, kind: &str, provider: Box<dyn Provider>) -> SharedIdentity {
    // An identity has no life beyond its end, and is asked for again only when it is due or refused.
    let settings =
        Settings { max_stale: Duration::ZERO, poll_interval: None, settle: Duration::ZERO, ..settings(config) };
    let name = format!("identity/aliyun/{kind}");
    let key = format!("{name}?{}", fingerprint(config, |option| option.starts_with("aliyun_")));
    SharedIdentity(
        core.sources.share(core.platform.fork_epoch(), &name, &key, |name| source(core, name, settings, provider)),
    )
}
