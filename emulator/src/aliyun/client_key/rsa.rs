//! RSA keys: making one and checking PKCS#1 v1.5 SHA-256 signatures.

use num_bigint::BigUint;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use super::der::{NULL, number, octets, oid, sequence, unsigned};
use crate::util::random_bytes;

const EXPONENT: u32 = 65_537;
/// Enough for a random number of this size to be prime beyond doubt.
const ROUNDS: usize = 12;

/// A key of 2048 bits. It is for tests: nothing was done about timing.
pub(crate) struct PrivateKey {
    p: BigUint,
    q: BigUint,
    d: BigUint,
}

impl PrivateKey {
    pub(crate) fn generate() -> PrivateKey {
        let one = BigUint::from(1u32);
        loop {
            let (p, q) = (prime(), prime());
            let phi = (&p - &one) * (&q - &one);
            if p != q
                && let Some(d) = BigUint::from(EXPONENT).modinv(&phi)
            {
                return PrivateKey { p, q, d };
            }
        }
    }

    pub(crate) fn modulus(&self) -> Vec<u8> {
        (&self.p * &self.q).to_bytes_be()
    }

    pub(crate) fn exponent() -> Vec<u8> {
        BigUint::from(EXPONENT).to_bytes_be()
    }

    /// The key as PKCS#8.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        let one = BigUint::from(1u32);
        let integer = |value: &BigUint| unsigned(&value.to_bytes_be());
        let inverse = self.q.modinv(&self.p).unwrap_or_default();
        let key = sequence(&[
            &number(0),
            &integer(&(&self.p * &self.q)),
            &number(EXPONENT),
            &integer(&self.d),
            &integer(&self.p),
            &integer(&self.q),
            &integer(&(&self.d % (&self.p - &one))),
            &integer(&(&self.d % (&self.q - &one))),
            &integer(&inverse),
        ]);
        // rsaEncryption
        let algorithm = sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), NULL]);
        sequence(&[&number(0), &algorithm, &octets(&key)])
    }
}

/// Whether a signature is that of a message by the key of this modulus and exponent.
pub(crate) fn verify(modulus: &[u8], exponent: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = RsaPublicKeyComponents { n: modulus, e: exponent };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
}

/// A random prime of 1024 bits whose product with another has 2048.
fn prime() -> BigUint {
    let small = small_primes();
    loop {
        let mut bytes: Vec<u8> = (0..4).flat_map(|_| random_bytes()).collect();
        if let Some(first) = bytes.first_mut() {
            *first |= 0xc0;
        }
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        let number = BigUint::from_bytes_be(&bytes);
        let divided = small.iter().any(|prime| &number % prime == BigUint::ZERO);
        if !divided && (&number - 1u32) % EXPONENT != BigUint::ZERO && is_prime(&number) {
            return number;
        }
    }
}

fn small_primes() -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for number in 2..2000u32 {
        if found.iter().all(|prime| number % prime != 0) {
            found.push(number);
        }
    }
    found
}

/// Miller and Rabin.
fn is_prime(number: &BigUint) -> bool {
    let one = BigUint::from(1u32);
    let below = number - &one;
    let twos = below.trailing_zeros().unwrap_or(0);
    let odd = &below >> twos;
    (0..ROUNDS).all(|_| {
        let base = BigUint::from_bytes_be(&random_bytes()) + 2u32;
        let mut power = base.modpow(&odd, number);
        if power == one || power == below {
            return true;
        }
        (1..twos).any(|_| {
            power = &power * &power % number;
            power == below
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

    #[test]
    fn a_key_that_others_take() {
        let key = PrivateKey::generate();
        // Checks that the parts belong together.
        let pair = RsaKeyPair::from_pkcs8(&key.pkcs8()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"hello", &mut signature).unwrap();
        let (modulus, exponent) = (key.modulus(), PrivateKey::exponent());
        assert!(verify(&modulus, &exponent, b"hello", &signature));
        assert!(!verify(&modulus, &exponent, b"hell", &signature) && !verify(&modulus, &exponent, b"hello", b"x"));
    }

    #[test]
    fn primes() {
        assert!(is_prime(&((BigUint::from(1u32) << 521u32) - 1u32)));
        assert!(!is_prime(&((BigUint::from(1u32) << 523u32) - 1u32)));
    }
}
