//! A throw-away CA and one certificate of it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::files::private_folder;
use crate::options::EmulatorError;
use crate::util::random_text;

/// What a TLS server needs, and the CA's certificate for its clients.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca: CaFile,
}

/// The CA's certificate, also as a file that goes when this does.
pub(crate) struct CaFile {
    pub(crate) pem: String,
    pub(crate) path: PathBuf,
}

impl Drop for CaFile {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
        if let Some(folder) = self.path.parent() {
            fs::remove_dir(folder).ok();
        }
    }
}

pub(crate) fn make() -> Result<Tls, EmulatorError> {
    let failed = |error: rcgen::Error| EmulatorError::Tls(error.to_string());

    let ca_key = KeyPair::generate().map_err(failed)?;
    let mut ca = CertificateParams::new(Vec::<String>::new()).map_err(failed)?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Names differ from run to run: some clients keep CAs apart by name.
    ca.distinguished_name.push(DnType::CommonName, format!("evercred emulator CA {}", random_text(8)));
    dated(&mut ca);
    let ca_certificate = ca.self_signed(&ca_key).map_err(failed)?;
    let issuer = Issuer::new(ca, ca_key);

    let key = KeyPair::generate().map_err(failed)?;
    // The clouds' names as well: a proxy of tests routes them here.
    let names = [
        "localhost",
        "127.0.0.1",
        "::1",
        "*.cn-hangzhou.aliyuncs.com",
        "*.aliyuncs.com",
        "*.cryptoservice.kms.aliyuncs.com",
        "*.tencentcloudapi.com",
    ];
    let names = names.map(str::to_owned);
    let mut leaf = CertificateParams::new(names).map_err(failed)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    dated(&mut leaf);
    let certificate = leaf.signed_by(&key, &issuer).map_err(failed)?;

    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| EmulatorError::Tls(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .map_err(|error| EmulatorError::Tls(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let ca = write_ca(ca_certificate.pem())?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), ca })
}

/// Valid whatever a test does to its clock.
fn dated(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2199, 12, 31);
}

/// In a new folder of its own, so that nobody else's file can be in the way.
fn write_ca(pem: String) -> Result<CaFile, EmulatorError> {
    let folder = std::env::temp_dir().join(format!("evercred-emulator-{}-{}", std::process::id(), random_text(12)));
    private_folder(&folder).map_err(EmulatorError::io("making a temporary folder"))?;
    let path = folder.join("ca.pem");
    // Made before the write, so that a failed write is cleaned up too.
    let file = CaFile { pem, path };
    fs::write(&file.path, &file.pem).map_err(EmulatorError::io("writing the CA file"))?;
    Ok(file)
}
