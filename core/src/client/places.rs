//! The places that managed secrets are asked at: options in, places with their identities out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::client::identity::{SharedIdentity, identity_settings};
use crate::client::sources::fingerprint;
use crate::client::{Config, Core, aliyun_identity};
use crate::error::{Error, Result};
use crate::http::Route;
use crate::log::Level;
use crate::providers::IdentitySource;
use crate::providers::aliyun::endpoint::Endpoint;
use crate::providers::aliyun::identity::{ClientKeyFile, KeyPassword};
use crate::providers::aliyun::place::{Place, Service, SignatureKind};
use crate::providers::aliyun::place_settings::{self, DedicatedPlace, PlaceSettings};
use crate::providers::aliyun::regions::Places;

/// Certificates, and the option that names them.
type Ca = (Arc<[u8]>, Arc<str>);

pub(super) fn open(core: &Arc<Core>, config: &Config) -> Result<Places> {
    let opener = Opener { core, config };
    let places = match config.secret("aliyun_regions") {
        Some(list) => opener.listed(&place_settings::parse(&list)?)?,
        None => vec![opener.single()?],
    };
    Ok(Places::new(places, config.duration("aliyun_hedge_after_ms")))
}

struct Opener<'a> {
    core: &'a Arc<Core>,
    config: &'a Config,
}

impl Opener<'_> {
    /// The one place of `aliyun_region`, `aliyun_network` and `aliyun_kms_endpoint`.
    fn single(&self) -> Result<Place> {
        let config = self.config;
        let vpc = config.text("aliyun_network") == "vpc";
        let region = config.filled("aliyun_region");
        let endpoint = Endpoint::kms(config.filled("aliyun_kms_endpoint"), region, vpc).map_err(|_| {
            let text = "set it, or aliyun_kms_endpoint, or several places as aliyun_regions (in an official configuration: \
                        cache_client_region_id)";
            Error::option("aliyun_region", text)
        })?;
        let endpoint = Endpoint { scheme: config.text("aliyun_scheme").to_owned(), ..endpoint };
        if endpoint.scheme == "http" {
            self.warn(|| String::from("aliyun_scheme is http: requests and keys travel in the clear"));
        }
        let route = Route { ca: self.common_ca()?, ..Route::default() };
        let identity = Arc::new(aliyun_identity::open(self.core, config)?);
        Ok(Place::new(endpoint, self.kms(), route, identity, Arc::clone(&self.core.aliyun_clock)))
    }

    fn listed(&self, list: &[PlaceSettings]) -> Result<Vec<Place>> {
        let common_ca = self.common_ca()?;
        let mut shared: Option<Arc<dyn IdentitySource>> = None;
        let mut places = Vec::with_capacity(list.len());
        for entry in list {
            let ca = match self.anchored(entry.ca_file.as_deref()) {
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
            };
            if route.accept_any_certificate {
                let number = entry.number;
                self.warn(|| {
                    let text = "any certificate is accepted, and so is anybody in between";
                    format!("aliyun_regions: entry {number}: ignoreSslCerts is true: {text}")
                });
            }
            let endpoint = self.endpoint(entry)?;
            places.push(match &entry.dedicated {
                Some(dedicated) => {
                    let identity = Arc::new(self.client_key(entry, dedicated)?);
                    Place::new(endpoint, Service::Dedicated, route, identity, Arc::default())
                }
                None => {
                    let identity = match &shared {
                        Some(identity) => Arc::clone(identity),
                        None => {
                            let opened: Arc<dyn IdentitySource> =
                                Arc::new(aliyun_identity::open(self.core, self.config)?);
                            shared.insert(opened).clone()
                        }
                    };
                    Place::new(endpoint, self.kms(), route, identity, Arc::default())
                }
            });
        }
        Ok(places)
    }

    /// The scheme is the one in front of the entry's endpoint, else its `protocol`, else `aliyun_scheme`.
    fn endpoint(&self, entry: &PlaceSettings) -> Result<Endpoint> {
        let own = entry.endpoint.as_deref();
        let endpoint = Endpoint::kms(own, entry.region_id.as_deref(), entry.vpc)
            .map_err(|_| entry.refused("endpoint", "it takes a host or host:port, with or without https://"))?;
        let scheme = match entry.protocol.as_deref() {
            _ if own.is_some_and(|own| own.contains("://")) => endpoint.scheme,
            Some(protocol) => protocol.to_owned(),
            None => self.config.text("aliyun_scheme").to_owned(),
        };
        if scheme == "http" {
            let number = entry.number;
            self.warn(|| format!("aliyun_regions: entry {number}: http: requests and keys travel in the clear"));
        }
        Ok(Endpoint { scheme, ..endpoint })
    }

    /// The client key of a dedicated instance, as a source of its own. It is opened once now, so that what is wrong with
    /// the file or its password is said early.
    fn client_key(&self, entry: &PlaceSettings, dedicated: &DedicatedPlace) -> Result<SharedIdentity> {
        let mut password = KeyPassword {
            text: dedicated.password.clone(),
            variable: dedicated.password_variable.clone(),
            file: self.anchored(dedicated.password_file.as_deref()),
        };
        if password.is_unset() {
            password.text = self.config.secret("aliyun_client_key_password");
            password.file = self.config.path("aliyun_client_key_password_file");
        }
        let path = self.anchored(Some(&dedicated.client_key_file)).unwrap_or_default();
        let provider = ClientKeyFile { path, password };
        provider.read().map_err(|error| entry.refused("clientKeyFile", error.message()))?;
        let name = String::from("identity/aliyun/client_key");
        let options = |option: &str| option == "aliyun_regions" || option.starts_with("aliyun_client_key");
        let key = format!("{name}?{}#{}", fingerprint(self.config, options), entry.number);
        Ok(SharedIdentity::share(self.core, &name, &key, identity_settings(self.config), Box::new(provider)))
    }

    fn kms(&self) -> Service {
        Service::Kms(match self.config.text("aliyun_signature") {
            "rpc" => SignatureKind::Rpc,
            _ => SignatureKind::Acs3,
        })
    }

    /// What `aliyun_ca_file` names, for every place that has no certificates of its own.
    fn common_ca(&self) -> Result<Option<Ca>> {
        self.config.path("aliyun_ca_file").map(|path| self.ca("aliyun_ca_file", &path)).transpose()
    }

    fn ca(&self, option: &str, path: &Path) -> Result<Ca> {
        let ca: Ca = (Arc::from(self.core.ca.read(option, path)?), Arc::from(option));
        Route { ca: Some(ca.clone()), ..Route::default() }.check()?;
        Ok(ca)
    }

    /// Anchored now: the host may change its working directory later.
    fn anchored(&self, path: Option<&str>) -> Option<PathBuf> {
        path.map(|path| std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)))
    }

    fn warn(&self, text: impl FnOnce() -> String) {
        self.core.config.log.write(Level::Warn, text);
    }
}
