//! Base64 of secrets, for all clouds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Decodes standard base64 with padding. The result is wiped when dropped, and no copy is left behind.
pub fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // The whole capacity is reserved first, since a growing buffer leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD.decode_vec(text, &mut bytes).ok()?;
    Some(bytes)
}
