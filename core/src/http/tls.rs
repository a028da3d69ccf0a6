//! The TLS settings of a client. The cryptography provider is passed to each, and none is installed for the process: a
//! child that is forked during an installation would wait for its end for ever.

use std::fmt::Display;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, WantsVerifier};

use crate::error::{Code, Error, Result};

/// TLS with the system's root certificates. Blocks while it reads them.
///
/// # Errors
/// [`Code::Tls`] if there are none.
pub(super) fn system_tls() -> Result<ClientConfig> {
    let provider = provider();
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider))
        .map_err(|error| failed(&format!("{error}; a system without root certificates needs the option ca_file")))?;
    Ok(finished(builder(provider)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier))))
}

/// TLS with these root certificates only, which an option names.
///
/// # Errors
/// [`Code::InvalidOption`] if one cannot be used; [`Code::Tls`].
pub(super) fn tls_with_roots(roots: Vec<CertificateDer<'static>>, option: &str) -> Result<ClientConfig> {
    let mut store = RootCertStore::empty();
    for root in roots {
        let unusable = |error| Error::option(option, &format!("a certificate in it cannot be used ({error})"));
        store.add(root).map_err(unusable)?;
    }
    Ok(finished(builder(provider())?.with_root_certificates(store)))
}

/// TLS that accepts any certificate.
///
/// # Errors
/// [`Code::Tls`].
pub(super) fn unverified_tls() -> Result<ClientConfig> {
    let provider = provider();
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    let verifier = Arc::new(AcceptsAny(schemes));
    Ok(finished(builder(provider)?.dangerous().with_custom_certificate_verifier(verifier)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// TLS 1.2 and 1.3.
fn builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| failed(&error))
}

fn finished(builder: ConfigBuilder<ClientConfig, WantsClientCert>) -> ClientConfig {
    builder.with_no_client_auth()
}

fn failed(problem: &dyn Display) -> Error {
    Error::new(Code::Tls, format!("the TLS client could not be created ({problem})"))
}

type Verified<T> = std::result::Result<T, rustls::Error>;

/// Accepts any certificate, with these signature schemes.
#[derive(Debug)]
struct AcceptsAny(Vec<SignatureScheme>);

impl ServerCertVerifier for AcceptsAny {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Verified<ServerCertVerified> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Verified<HandshakeSignatureValid> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Verified<HandshakeSignatureValid> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}
