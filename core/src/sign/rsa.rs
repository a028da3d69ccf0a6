//! RSA PKCS#1 v1.5 with SHA-256: the signature of client keys.
//!
//! Facts: requests recorded from the official SDKs. The key is a PKCS#8 document from a PKCS#12 file. ring supports
//! 2048 to 4096 bits (8192 for verification), which covers every key that the service issues.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};

use crate::error::{Code, Error, Result};

/// An RSA private key for signing. `Debug` shows only its length.
pub struct RsaKey(RsaKeyPair);

impl RsaKey {
    /// Reads a key in PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when it is not an RSA key, is inconsistent, or its length is not supported.
    pub fn from_der(der: &[u8]) -> Result<RsaKey> {
        RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map(RsaKey).map_err(|_| {
            Error::new(Code::InvalidOption, "the private key is not an RSA key of 2048 to 4096 bits in PKCS#8")
        })
    }

    /// Signs a text. The padding of PKCS#1 v1.5 is not random, so the same text gives the same signature.
    ///
    /// # Errors
    /// [`Code::Internal`] when the cryptographic library fails, which it does not for a key that it accepted.
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .map_err(|_| Error::new(Code::Internal, "the private key could not sign"))?;
        Ok(signature)
    }

    /// The public modulus, most significant byte first, without leading zeros.
    pub fn modulus(&self) -> Vec<u8> {
        RsaPublicKeyComponents::<Vec<u8>>::from(self.0.public_key()).n
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaKey({} bits)", self.0.public().modulus_len() * 8)
    }
}
