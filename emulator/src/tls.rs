//! A temporary CA and the certificates of the server.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};

use crate::files::private_folder;
use crate::options::EmulatorError;
use crate::util::{random_bytes, random_text};

/// What a TLS server needs, and the CA's certificate for its clients.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca: CaFile,
}

/// The CA's certificate, also as a file that is removed when this is dropped.
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
    // The name differs in each run: some clients identify a CA by its name.
    ca.distinguished_name.push(DnType::CommonName, format!("evercred emulator CA {}", random_text(8)));
    dated(&mut ca);
    let ca_certificate = ca.self_signed(&ca_key).map_err(failed)?;
    let issuer = Issuer::new(ca, ca_key);

    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let certificates = Certificates::new(issuer, names.to_vec())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| EmulatorError::Tls(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let ca = write_ca(ca_certificate.pem())?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), ca })
}

/// The domains of the clouds: every name of theirs gets a certificate, of any service, region, network, site or bucket.
/// `Proxy::start_routing` leads such names to an emulator.
const CLOUDS: [&str; 2] = [".aliyuncs.com", ".tencentcloudapi.com"];
/// How many certificates are kept; a client chooses the names.
const MOST_KEPT: usize = 1024;

/// The server's certificates, all of one key: one for loopback, and one for each of the clouds' names that is asked for.
struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
    loopback: Arc<CertifiedKey>,
    kept: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    fn new(issuer: Issuer<'static, KeyPair>, names: Vec<String>) -> Result<Certificates, EmulatorError> {
        let key = KeyPair::generate().map_err(|error| EmulatorError::Tls(error.to_string()))?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = any_supported_type(&der).map_err(|error| EmulatorError::Tls(error.to_string()))?;
        let loopback = issue(&issuer, &key, &signing, names).map_err(|error| EmulatorError::Tls(error.to_string()))?;
        Ok(Certificates { issuer, key, signing, loopback, kept: Mutex::default() })
    }

    /// The certificate for one of the clouds' names.
    fn of(&self, name: String) -> Option<Arc<CertifiedKey>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&name) {
            return Some(known.clone());
        }
        let made = issue(&self.issuer, &self.key, &self.signing, vec![name.clone()]).ok()?;
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(name, made.clone());
        Some(made)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        match name.filter(|name| CLOUDS.iter().any(|domain| name.ends_with(domain))) {
            Some(name) => self.of(name),
            None => Some(self.loopback.clone()),
        }
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

fn issue(
    issuer: &Issuer<'static, KeyPair>,
    key: &KeyPair,
    signing: &Arc<dyn SigningKey>,
    names: Vec<String>,
) -> Result<Arc<CertifiedKey>, rcgen::Error> {
    let mut leaf = CertificateParams::new(names)?;
    // By default it follows from the key, which all have: some clients refuse a number that was used before.
    leaf.serial_number = random_bytes().first_chunk::<16>().map(|bytes| SerialNumber::from_slice(bytes));
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    dated(&mut leaf);
    let certificate = leaf.signed_by(key, issuer)?;
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing.clone())))
}

/// Valid for any clock that a test sets.
fn dated(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2199, 12, 31);
}

/// Writes it into a new private folder, so that no existing file can interfere.
fn write_ca(pem: String) -> Result<CaFile, EmulatorError> {
    let folder = std::env::temp_dir().join(format!("evercred-emulator-{}-{}", std::process::id(), random_text(12)));
    private_folder(&folder).map_err(EmulatorError::io("creating a temporary folder"))?;
    let path = folder.join("ca.pem");
    // Created before the write, so that a failed write is cleaned up too.
    let file = CaFile { pem, path };
    fs::write(&file.path, &file.pem).map_err(EmulatorError::io("writing the CA file"))?;
    Ok(file)
}
