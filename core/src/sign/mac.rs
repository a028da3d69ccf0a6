//! HMAC with a key of any length. Cannot fail.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The block size of SHA-1 and SHA-256, in bytes. HMAC pads the key to this length (RFC 2104).
const BLOCK: usize = 64;

/// A key padded to a block. A longer key is hashed first. With a key of this size, the HMAC constructor cannot fail.
fn block_key(key: &[u8], hash: impl FnOnce(&[u8], &mut [u8])) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0; BLOCK]);
    if key.len() > BLOCK {
        hash(key, block.as_mut_slice());
    } else {
        copy(key, block.as_mut_slice());
    }
    block
}

fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// HMAC-SHA256.
pub(crate) fn hmac_sha256(key: &[u8], text: &[u8]) -> Zeroizing<[u8; 32]> {
    let key = block_key(key, |key, block| copy(&Sha256::digest(key), block));
    let mac = Hmac::<Sha256>::new((&*key).into()).chain_update(text);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// HMAC-SHA1.
pub(crate) fn hmac_sha1(key: &[u8], text: &[u8]) -> Zeroizing<[u8; 20]> {
    let key = block_key(key, |key, block| copy(&Sha1::digest(key), block));
    let mac = Hmac::<Sha1>::new((&*key).into()).chain_update(text);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::{hmac_sha1, hmac_sha256};
    use crate::sign::encode::hex_lower;

    #[test]
    fn published_vectors() {
        // RFC 4231 case 2 and RFC 2202 case 2.
        assert_eq!(
            hex_lower(hmac_sha256(b"Jefe", b"what do ya want for nothing?").as_slice()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex_lower(hmac_sha1(b"Jefe", b"what do ya want for nothing?").as_slice()),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        // RFC 4231 case 6 and RFC 2202 case 6: keys longer than a block.
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex_lower(hmac_sha256(&[0xaa; 131], text).as_slice()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(hex_lower(hmac_sha1(&[0xaa; 80], text).as_slice()), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    }
}
