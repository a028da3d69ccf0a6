//! The TLS settings of a client. The system's root certificates are read once.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

use crate::error::{Code, Error, Result};

/// TLS with the system's root certificates. Blocks while it reads them.
///
/// # Errors
/// [`Code::Tls`] if there are none.
pub(super) fn system_tls() -> Result<ClientConfig> {
    use_ring();
    let failed = |problem: &dyn std::fmt::Display| {
        let text = format!(
            "the TLS client could not be created ({problem}); a system without root certificates needs the option ca_file"
        );
        Error::new(Code::Tls, text)
    };
    let provider = CryptoProvider::get_default().cloned().ok_or_else(|| failed(&"no cryptography provider"))?;
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(|error| failed(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// Selects ring as the cryptography provider of this copy of rustls. Also called early, so that no fork happens during
/// its first use.
pub fn use_ring() {
    // This fails only if a provider was already installed.
    let _earlier = rustls::crypto::ring::default_provider().install_default().is_err();
}
