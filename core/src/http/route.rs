//! How one server is reached where that is not as the client's settings say.

use std::sync::Arc;
use std::time::Duration;

use super::settings::{HttpSettings, roots};
use crate::error::Result;

/// What differs from the client's settings; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Certificates (PEM) that are trusted instead of those of the settings, and the option that names them, for errors.
    pub ca: Option<(Arc<[u8]>, Arc<str>)>,
    /// Takes whatever certificate the server shows. Loud: whoever sets it logs it.
    pub accept_any_certificate: bool,
    /// How long a connection may take, TLS included.
    pub connect_timeout: Option<Duration>,
    /// How long an answer may take once there is a connection.
    pub read_timeout: Option<Duration>,
}

impl Route {
    /// Finds out early what would fail at the first request.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidOption`], beginning with the option's name, when the certificates are none.
    pub fn check(&self) -> Result<()> {
        if let Some((pem, option)) = &self.ca {
            roots(pem, option)?;
        }
        Ok(())
    }

    /// The settings with what differs over them.
    pub(super) fn over(&self, settings: &HttpSettings) -> HttpSettings {
        HttpSettings {
            connect_timeout: self.connect_timeout.unwrap_or(settings.connect_timeout),
            ca_pem: self.ca.as_ref().map(|(pem, _)| pem.to_vec()).or_else(|| settings.ca_pem.clone()),
            tls_verify: settings.tls_verify && !self.accept_any_certificate,
            ..settings.clone()
        }
    }

    /// The option that names the certificates.
    pub(super) fn ca_option(&self) -> &str {
        self.ca.as_ref().map_or("ca_file", |(_, option)| option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Http, ProxyChoice};

    #[test]
    fn a_route_has_one_transport() {
        let settings = HttpSettings {
            connect_timeout: Duration::from_secs(5),
            ca_pem: None,
            tls_verify: true,
            proxy: ProxyChoice::None,
            no_proxy: String::new(),
            user_agent: String::new(),
        };
        let http = Arc::new(Http::new(settings.clone()));
        assert!(Arc::ptr_eq(&http, &http.by(&Route::default())));
        let quick = Route { connect_timeout: Some(Duration::from_secs(1)), ..Route::default() };
        assert!(Arc::ptr_eq(&http.by(&quick), &http.by(&quick.clone())));
        assert!(!Arc::ptr_eq(&http.by(&quick), &http));
        let blind = Route { accept_any_certificate: true, ..quick };
        assert!(!Arc::ptr_eq(&http.by(&blind), &http.by(&Route::default())));
        assert!(!blind.over(&settings).tls_verify);
        let own = Route { ca: Some((Arc::from(&b"none"[..]), Arc::from("an_option"))), ..Route::default() };
        assert!(own.check().unwrap_err().message().starts_with("an_option: "));
        assert_eq!(own.over(&settings).ca_pem.as_deref(), Some(&b"none"[..]));
    }
}
