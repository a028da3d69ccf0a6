//! The encryption of the cache file: keys, labels and ciphertexts. Without the key, neither names nor values can be
//! read.

use std::num::NonZeroU32;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwapOption;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{hmac, pbkdf2};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secret::{Secret, on_clean_stack};

/// The length of the salt, in bytes.
pub(super) const SALT: usize = 16;
/// The rounds of the key derivation, which runs once per process and file. They slow down guessing of a short secret.
const ROUNDS: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// The keys that are derived from a configured secret and a file's salt.
pub(super) struct Keys {
    seal: LessSafeKey,
    label: hmac::Key,
    /// Identifies the key of an entry. It reveals nothing about the key.
    pub(super) id: String,
}

/// Keys in use, so that several sources derive them only once. There is no lock, since a forked child could inherit it
/// locked.
static DERIVED: ArcSwapOption<Vec<(Input, Weak<Keys>)>> = ArcSwapOption::const_empty();

/// The hash of a secret and a salt.
type Input = [u8; 32];

/// The keys in use for this input.
fn in_use(derived: Option<&[(Input, Weak<Keys>)]>, input: &Input) -> Option<Arc<Keys>> {
    derived?.iter().find(|(other, _)| other == input).and_then(|(_, keys)| keys.upgrade())
}

impl Keys {
    /// The keys for a secret and a salt. The first derivation takes noticeable time.
    pub(super) fn derive(secret: &Secret, salt: &[u8; SALT]) -> Option<Arc<Keys>> {
        let input: Input = on_clean_stack(|| {
            let mut digest = Sha256::new();
            digest.update(salt);
            digest.update(secret.expose_bytes());
            digest.finalize().into()
        });
        if let Some(keys) = in_use(DERIVED.load().as_deref().map(Vec::as_slice), &input) {
            return Some(keys);
        }
        let fresh = Arc::new(on_clean_stack(|| {
            let mut main = Zeroizing::new([0; 32]);
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, secret.expose_bytes(), main.as_mut_slice());
            let main = hmac::Key::new(hmac::HMAC_SHA256, main.as_slice());
            let part = |name: &str| hmac::sign(&main, name.as_bytes());
            Some(Keys {
                seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, part("seal").as_ref()).ok()?),
                label: hmac::Key::new(hmac::HMAC_SHA256, part("label").as_ref()),
                id: hex(part("id").as_ref(), 8),
            })
        })?);
        let mut keys = Arc::clone(&fresh);
        DERIVED.rcu(|derived| {
            let derived = derived.as_deref().map(Vec::as_slice);
            // Another thread may have derived them meanwhile.
            keys = in_use(derived, &input).unwrap_or_else(|| Arc::clone(&fresh));
            let others = derived.unwrap_or_default().iter();
            let others = others.filter(|(other, keys)| *other != input && keys.strong_count() > 0).cloned();
            Some(Arc::new(others.chain([(input, Arc::downgrade(&keys))]).collect::<Vec<_>>()))
        });
        Some(keys)
    }

    /// The label of an entry in the file: 32 hexadecimal digits that depend on its name and the key.
    pub(super) fn label(&self, name: &str) -> String {
        hex(hmac::sign(&self.label, name.as_bytes()).as_ref(), 16)
    }

    /// Encrypts a text with additional authenticated data. Returns a new nonce and the ciphertext.
    pub(super) fn seal(&self, plain: &[u8], associated_data: &str) -> Option<([u8; NONCE_LEN], Vec<u8>)> {
        let nonce = random()?;
        // Encrypted in place, with capacity for the tag, so that no copy of the plaintext remains.
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        let aad = Aad::from(associated_data.as_bytes());
        self.seal.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some((nonce, sealed))
    }

    /// Decrypts a text. Returns `None` if the ciphertext, the key or the additional data differ.
    pub(super) fn open(&self, nonce: &[u8], sealed: Vec<u8>, associated_data: &str) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(sealed);
        let length = self.seal.open_in_place(nonce, Aad::from(associated_data.as_bytes()), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

/// Bytes from the system's secure random source, not from the one for jitter.
pub(super) fn random<const LENGTH: usize>() -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

fn hex(bytes: &[u8], length: usize) -> String {
    bytes.iter().take(length).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_derive_keys_at_the_same_time_do_not_forget_each_others() {
        let derive =
            |number: usize| Keys::derive(&Secret::from_text(&format!("key {}", number / 2)), &[9; SALT]).unwrap();
        let together = std::sync::Barrier::new(8);
        let kept: Vec<Arc<Keys>> = std::thread::scope(|scope| {
            let derive_together = |number: usize| {
                together.wait();
                derive(number)
            };
            let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || derive_together(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (number, keys) in kept.iter().enumerate() {
            assert!(Arc::ptr_eq(keys, &derive(number)), "{number}");
        }
    }
}
