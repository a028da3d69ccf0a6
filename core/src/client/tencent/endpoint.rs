//! The endpoints of Tencent Cloud's services, and how requests to them are signed.

use crate::client::config::Config;
use crate::client::opening::Opening;
use crate::error::Result;
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::request::{SignMethod, endpoint as endpoint_of};

/// The caller of a service. Its endpoint is `endpoint`, or made of the root domain, the network and the region.
pub(super) fn caller(opening: &Opening<'_>, service: &str, endpoint: Option<&str>, region: &str) -> Result<Caller> {
    let config = opening.config;
    let domain = domain(config, region);
    Ok(Caller {
        endpoint: endpoint_of(service, config.text("tencent_scheme"), endpoint, Some(&domain))?,
        sign_method: match config.text("tencent_sign_method") {
            "HmacSHA256" => SignMethod::HmacSha256,
            "HmacSHA1" => SignMethod::HmacSha1,
            _ => SignMethod::Tc3,
        },
        language: config.text("tencent_language").to_owned(),
        clock: opening.core.clock(opening.cloud()),
    })
}

/// The domain behind the service's name in its host name.
fn domain(config: &Config, region: &str) -> String {
    let root = config.text("tencent_root_domain");
    if config.text("tencent_network") == "internal" {
        format!("internal.{root}")
    } else if config.flag("tencent_regional_endpoint") {
        format!("{region}.{root}")
    } else {
        root.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_made_of_network_region_and_root() {
        let host = |options: &[(&str, &str)]| {
            let mut config = Config::new();
            options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
            format!("cam.{}", domain(&config, "ap-guangzhou"))
        };
        assert_eq!(host(&[]), "cam.tencentcloudapi.com");
        assert_eq!(host(&[("tencent_network", "internal")]), "cam.internal.tencentcloudapi.com");
        assert_eq!(host(&[("tencent_regional_endpoint", "true")]), "cam.ap-guangzhou.tencentcloudapi.com");
        let international = ("tencent_root_domain", "intl.tencentcloudapi.com");
        assert_eq!(host(&[international]), "cam.intl.tencentcloudapi.com");
    }
}
