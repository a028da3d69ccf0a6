//! Checks the certificates of a CA file, so that one that cannot be used is found when the file is read.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The first certificate of a PEM text that cannot be used, with its number, its line, and what is wrong with it; `None`
/// if each can be used, or there is none. Nothing of the text is quoted.
pub fn unusable_certificate(pem: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(pem);
    let mut lines = text.lines().enumerate();
    let mut number = 0;
    while let Some((begin, line)) = lines.next() {
        if line.trim() != BEGIN {
            continue;
        }
        number += 1;
        let mut block = format!("{BEGIN}\n");
        let ended = lines.by_ref().any(|(_, line)| {
            block.push_str(line.trim());
            block.push('\n');
            line.trim() == END
        });
        let problem = if ended { problem(block.as_bytes()) } else { Some("it has no end") };
        if let Some(problem) = problem {
            return Some(format!("certificate {number}, at line {}, cannot be used: {problem}", begin + 1));
        }
    }
    None
}

fn problem(block: &[u8]) -> Option<&'static str> {
    match CertificateDer::from_pem_slice(block) {
        Err(_) => Some("it is not base64"),
        Ok(certificate) => RootCertStore::empty().add(certificate).err().map(|_| "it is not a certificate of X.509"),
    }
}

#[cfg(test)]
mod tests {
    use super::unusable_certificate;

    #[test]
    fn the_number_and_the_line_are_named() {
        assert_eq!(unusable_certificate(b""), None);
        let text = "a comment\n\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let problem = unusable_certificate(text.as_bytes()).unwrap();
        assert!(problem.starts_with("certificate 1, at line 3, cannot be used: "), "{problem}");
        let problem = unusable_certificate(b"-----BEGIN CERTIFICATE-----\nMAA=\n").unwrap();
        assert!(problem.ends_with("it has no end"), "{problem}");
        let broken = text.replace("MAA=", "sup3r!");
        let problem = unusable_certificate(broken.as_bytes()).unwrap();
        assert!(problem.ends_with("it is not base64") && !problem.contains("sup3r"), "{problem}");
    }
}
