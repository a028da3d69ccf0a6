//! The certificates, against the strictest of the clients' verifiers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use evercred_emulator::Emulator;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn get(emulator: &Emulator, ca: &Emulator, name: &'static str) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(emulator.host_port())?);
    stream.write_all(b"GET /_emulator/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn names_and_authority_are_right() {
    let (emulator, other) = (Emulator::https().unwrap(), Emulator::https().unwrap());
    for name in ["127.0.0.1", "::1", "localhost"] {
        assert!(get(&emulator, &emulator, name).unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    }
    assert!(get(&emulator, &other, "localhost").unwrap_err().to_string().contains("UnknownIssuer"));
    assert!(get(&emulator, &emulator, "example.com").unwrap_err().to_string().contains("not valid for name"));
    assert_eq!((emulator.connections(), emulator.requests("")), (5, 0));
}

#[test]
fn every_name_of_the_clouds_has_a_certificate() {
    let emulator = Emulator::https().unwrap();
    for name in [
        "kms.cn-hangzhou.aliyuncs.com",
        "kms-vpc.eu-central-1.aliyuncs.com",
        "sts.aliyuncs.com",
        "kst-example.cryptoservice.kms.aliyuncs.com",
        "oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-us-west-1-internal.aliyuncs.com",
        "bucket.oss-accelerate.aliyuncs.com",
        "bucket.cn-hangzhou.oss.aliyuncs.com",
        "cam.tencentcloudapi.com",
        "cam.ap-guangzhou.tencentcloudapi.com",
        "sts.internal.tencentcloudapi.com",
        "cam.intl.tencentcloudapi.com",
        "cvm.ap-shanghai-fsi.tencentcloudapi.com",
        "Bucket.OSS-cn-hangzhou.aliyuncs.com",
    ] {
        assert!(get(&emulator, &emulator, name).unwrap().starts_with("HTTP/1.1 200 OK\r\n"), "{name}");
    }
    for name in ["aliyuncs.com", "bucket.oss-cn-hangzhou.aliyuncs.com.example.com", "eviltencentcloudapi.com"] {
        assert!(get(&emulator, &emulator, name).unwrap_err().to_string().contains("not valid for name"), "{name}");
    }
}
