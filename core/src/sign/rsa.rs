//! RSA PKCS#1 v1.5 with SHA-256, as client keys sign.
//!
//! Facts: requests recorded from the official SDKs. The key is a PKCS#8 document taken out of a PKCS#12 file; ring takes
//! 2048 to 4096 bits (8192 to verify), which covers every key that the service hands out.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};

use crate::error::{Code, Error, Result};

/// An RSA private key, able to sign. Never shown.
pub struct RsaKey(RsaKeyPair);

impl RsaKey {
    /// Takes a key in PKCS#8, or in PKCS#1 as PKCS#8 wraps it.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when it is no RSA key, inconsistent, or of a length that is not supported.
    pub fn from_der(der: &[u8]) -> Result<RsaKey> {
        RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map(RsaKey).map_err(|_| {
            Error::new(Code::InvalidOption, "the private key is not an RSA key of 2048 to 4096 bits in PKCS#8")
        })
    }

    /// Signs a text. The padding of PKCS#1 v1.5 holds nothing random, so the same text gives the same signature.
    ///
    /// # Errors
    /// [`Code::Internal`] when the cryptographic library refuses, which it does not for a key that it has taken.
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
