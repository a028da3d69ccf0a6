//! The endpoints of Alibaba Cloud's services.
//!
//! Facts: the hosts that the official SDKs connect to.

use crate::error::{Code, Error, Result};
use crate::http::Endpoint;

/// The endpoint of KMS: the configured one, or that of the region, inside a VPC if `vpc` is set. The default scheme is
/// `https`.
///
/// # Errors
/// As [`Endpoint::parse`]; also when neither an endpoint nor a region is given.
pub fn kms(configured: Option<&str>, region: Option<&str>, vpc: bool) -> Result<Endpoint> {
    of_service("kms", configured, region, vpc)?
        .ok_or_else(|| Error::new(Code::InvalidOption, "region: neither a region nor an endpoint is given"))
}

/// The endpoint of STS: the configured one, or that of the region, inside a VPC if `vpc` is set, or the global one.
///
/// # Errors
/// As [`Endpoint::parse`].
pub fn sts(configured: Option<&str>, region: Option<&str>, vpc: bool) -> Result<Endpoint> {
    match of_service("sts", configured, region, vpc)? {
        Some(endpoint) => Ok(endpoint),
        None => Endpoint::parse("sts.aliyuncs.com", "https"),
    }
}

fn of_service(service: &str, configured: Option<&str>, region: Option<&str>, vpc: bool) -> Result<Option<Endpoint>> {
    let text = match (non_blank(configured), non_blank(region)) {
        (Some(endpoint), _) => endpoint.to_owned(),
        (None, Some(region)) if vpc => format!("{service}-vpc.{region}.aliyuncs.com"),
        (None, Some(region)) => format!("{service}.{region}.aliyuncs.com"),
        (None, None) => return Ok(None),
    };
    Endpoint::parse(&text, "https").map(Some)
}

fn non_blank(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{kms, sts};

    #[test]
    fn hosts() {
        let kms_url = |endpoint, region, vpc| kms(endpoint, region, vpc).unwrap().url("/");
        assert_eq!(kms_url(None, Some("cn-a"), false), "https://kms.cn-a.aliyuncs.com/");
        assert_eq!(kms_url(Some(""), Some("cn-a"), true), "https://kms-vpc.cn-a.aliyuncs.com/");
        assert_eq!(kms_url(Some("http://127.0.0.1:8/"), Some("cn-a"), true), "http://127.0.0.1:8/");
        assert!(kms(None, None, false).is_err());
        assert!(kms(None, Some("cn-a/../x"), false).is_err());
        let sts_host = |region, vpc| sts(None, region, vpc).unwrap().host_and_port;
        assert_eq!(sts_host(None, true), "sts.aliyuncs.com");
        assert_eq!(sts_host(Some("cn-a"), false), "sts.cn-a.aliyuncs.com");
        assert_eq!(sts_host(Some("cn-a"), true), "sts-vpc.cn-a.aliyuncs.com");
    }
}
