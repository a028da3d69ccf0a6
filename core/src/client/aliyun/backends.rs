//! Opens the KMS backends of a managed secret, with their identities, by the options.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::client::aliyun::identity;
use crate::client::aliyun::regions_option::{self, BackendSettings, DedicatedSettings, ENDPOINT_RULE};
use crate::client::fingerprint::fingerprint;
use crate::client::opening::Opening;
use crate::client::shared_identity::{SharedIdentity, identity_settings};
use crate::error::{Error, Result};
use crate::file::anchored;
use crate::http::Endpoint;
use crate::http::Route;
use crate::providers::IdentitySource;
use crate::providers::aliyun::api::endpoint;
use crate::providers::aliyun::identity::{ClientKeyFile, KeyPassword};
use crate::providers::aliyun::kms::backend::{Backend, Service, SignatureKind};
use crate::providers::aliyun::kms::failover::Failover;

/// CA certificates and the option that names their file.
type Ca = (Arc<[u8]>, Arc<str>);

pub(super) fn open(opening: &Opening<'_>) -> Result<Failover> {
    let config = opening.config;
    let opener = Opener(opening);
    let backends = match config.secret("aliyun_regions") {
        Some(list) => opener.listed(&regions_option::parse(&list)?)?,
        None => vec![opener.single()?],
    };
    Ok(Failover::new(backends, config.duration("aliyun_hedge_after_ms")))
}

struct Opener<'a>(&'a Opening<'a>);

impl Opener<'_> {
    /// The one backend of `aliyun_region`, `aliyun_network` and `aliyun_kms_endpoint`.
    fn single(&self) -> Result<Backend> {
        let config = self.0.config;
        let vpc = config.text("aliyun_network") == "vpc";
        let region = config.filled("aliyun_region");
        let endpoint = endpoint::kms(config.filled("aliyun_kms_endpoint"), region, vpc).map_err(|_| {
            let text = "set it, or aliyun_kms_endpoint, or several backends by aliyun_regions (in an official configuration: \
                        cache_client_region_id)";
            Error::option("aliyun_region", text)
        })?;
        let endpoint = Endpoint { scheme: config.text("aliyun_scheme").to_owned(), ..endpoint };
        if endpoint.scheme == "http" {
            self.0.warn(|| String::from("aliyun_scheme is http: requests and keys are not encrypted"));
        }
        let route = Route { ca: self.common_ca()?, ..Route::default() };
        let identity = Arc::new(identity::open(self.0)?);
        Ok(Backend::new(endpoint, self.kms(), route, identity, self.0.core.clock(self.0.cloud())))
    }

    fn listed(&self, list: &[BackendSettings]) -> Result<Vec<Backend>> {
        let common_ca = self.common_ca()?;
        let mut shared: Option<Arc<dyn IdentitySource>> = None;
        let mut backends = Vec::with_capacity(list.len());
        for entry in list {
            let ca = match entry.ca_file.as_deref().map(|path| anchored(Path::new(path))) {
                Some(path) => {
                    let option = format!("aliyun_regions: entry {}: caFilePath", entry.number);
                    Some(self.ca(&option, &path)?)
                }
                None => common_ca.clone(),
            };
            let route = Route {
                ca,
                accept_any_certificate: entry.dedicated.as_ref().is_some_and(|dedicated| dedicated.ignore_ssl_certs),
                connect_timeout: entry.connect_timeout_ms.map(Duration::from_millis),
                read_timeout: entry.read_timeout_ms.map(Duration::from_millis),
                ..Route::default()
            };
            if route.accept_any_certificate {
                let number = entry.number;
                self.0.warn(|| {
                    let text = "any certificate is accepted, so connections can be intercepted";
                    format!("aliyun_regions: entry {number}: ignoreSslCerts is true: {text}")
                });
            }
            let endpoint = self.endpoint(entry)?;
            backends.push(match &entry.dedicated {
                Some(dedicated) => {
                    let identity = Arc::new(self.client_key(entry, dedicated)?);
                    Backend::new(endpoint, Service::Dedicated, route, identity, Arc::default())
                }
                None => {
                    let identity = match &shared {
                        Some(identity) => Arc::clone(identity),
                        None => {
                            let opened: Arc<dyn IdentitySource> = Arc::new(identity::open(self.0)?);
                            shared.insert(opened).clone()
                        }
                    };
                    Backend::new(endpoint, self.kms(), route, identity, Arc::default())
                }
            });
        }
        Ok(backends)
    }

    /// The endpoint of an entry. Its scheme is that of the entry's `endpoint`, otherwise its `protocol`, otherwise
    /// `aliyun_scheme`.
    fn endpoint(&self, entry: &BackendSettings) -> Result<Endpoint> {
        let own = entry.endpoint.as_deref();
        let endpoint = endpoint::kms(own, entry.region_id.as_deref(), entry.vpc)
            .map_err(|_| entry.refused("endpoint", ENDPOINT_RULE))?;
        let scheme = match entry.protocol.as_deref() {
            _ if own.is_some_and(|own| own.contains("://")) => endpoint.scheme,
            Some(protocol) => protocol.to_owned(),
            None => self.0.config.text("aliyun_scheme").to_owned(),
        };
        if scheme == "http" {
            let number = entry.number;
            self.0.warn(|| {
                format!("aliyun_regions: entry {number}: the scheme is http: requests and keys are not encrypted")
            });
        }
        Ok(Endpoint { scheme, ..endpoint })
    }

    /// The client key of a dedicated instance, which is a source of its own. It is read once now, to report a wrong
    /// file or password early.
    fn client_key(&self, entry: &BackendSettings, dedicated: &DedicatedSettings) -> Result<SharedIdentity> {
        let mut password = KeyPassword {
            text: dedicated.password.clone(),
            variable: dedicated.password_variable.clone(),
            file: dedicated.password_file.as_deref().map(|path| anchored(Path::new(path))),
        };
        if password.is_unset() {
            password.text = self.0.config.secret("aliyun_client_key_password");
            password.file = self.0.config.path("aliyun_client_key_password_file");
        }
        let path = Some(&dedicated.client_key_file).map(|path| anchored(Path::new(path))).unwrap_or_default();
        let provider = ClientKeyFile { path, password };
        provider.read(self.0.platform()).map_err(|error| entry.refused("clientKeyFile", error.message()))?;
        let name = String::from("identity/aliyun/client_key");
        // The path is in the list; the password is in the list or in the password options, which are of the identity.
        let list = fingerprint(self.0.config, |spec| spec.name == "aliyun_regions");
        let key = format!("{name}?{}#{list}#{}", self.0.identity_fingerprint(), entry.number);
        Ok(SharedIdentity::share(self.0, &name, &key, identity_settings(self.0), Box::new(provider)))
    }

    fn kms(&self) -> Service {
        Service::Kms(match self.0.config.text("aliyun_signature") {
            "rpc" => SignatureKind::Rpc,
            _ => SignatureKind::Acs3,
        })
    }

    /// The certificates of `aliyun_ca_file`, for backends without their own.
    fn common_ca(&self) -> Result<Option<Ca>> {
        self.0.config.path("aliyun_ca_file").map(|path| self.ca("aliyun_ca_file", &path)).transpose()
    }

    fn ca(&self, option: &str, path: &Path) -> Result<Ca> {
        let ca: Ca = (self.0.core.ca.read(option, path)?, Arc::from(option));
        Route { ca: Some(ca.clone()), ..Route::default() }.check()?;
        Ok(ca)
    }
}
