//! The only type that holds secrets.

use std::fmt;
use std::mem::take;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A secret, mostly a text: wiped on drop, never shown. It is stored with a trailing NUL, so that C can borrow it.
pub struct Secret(Memory);

enum Memory {
    /// The empty secret.
    Empty,
    Heap(Zeroizing<Vec<u8>>),
    Block(Block),
}

/// Memory for one secret, which [`use_memory`] provides.
pub struct Block {
    bytes: &'static mut [u8],
    release: fn(&'static mut [u8]),
}

impl Block {
    /// Zeroed memory, and the function that releases it.
    pub fn new(bytes: &'static mut [u8], release: fn(&'static mut [u8])) -> Block {
        Block { bytes, release }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
        (self.release)(take(&mut self.bytes));
    }
}

/// Provides memory of a length in bytes, or `None` if there is none.
pub type Allocate = fn(usize) -> Option<Block>;

/// There is no lock, since a forked child could inherit it locked.
static MEMORY: ArcSwapOption<Allocate> = ArcSwapOption::const_empty();

/// From now on the bytes of secrets lie in this memory, for example in one that is left out of core dumps. Without it,
/// and where it is exhausted, they lie on the heap.
pub fn use_memory(allocate: Allocate) {
    if MEMORY.load().is_none() {
        MEMORY.store(Some(Arc::new(allocate)));
    }
}

/// What an error says about a text that [`fits_header`] refuses.
pub const HEADER_RULE: &str = "must not begin or end with white space or contain control characters";

/// Whether a header can carry a text: no control characters, and no white space at either end.
pub fn fits_header(text: &str) -> bool {
    text.trim() == text && !text.contains(char::is_control)
}

impl Secret {
    /// Takes a text and wipes its buffer.
    pub fn new(mut text: String) -> Secret {
        let secret = Secret::from_text(&text);
        text.zeroize();
        secret
    }

    /// Copies a text.
    pub fn from_text(text: &str) -> Secret {
        Secret::from_bytes(text.as_bytes())
    }

    /// Copies bytes, which need not be UTF-8.
    pub fn from_bytes(secret: &[u8]) -> Secret {
        if secret.is_empty() {
            return Secret(Memory::Empty);
        }
        let length = secret.len() + 1;
        if let Some(allocate) = &*MEMORY.load()
            && let Some(block) = allocate(length)
            && block.bytes.len() == length
        {
            if let Some((_nul, text)) = block.bytes.split_last_mut() {
                text.copy_from_slice(secret);
            }
            return Secret(Memory::Block(block));
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(secret);
        bytes.push(0);
        Secret(Memory::Heap(Zeroizing::new(bytes)))
    }

    /// The text; empty if the bytes are not UTF-8.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.expose_bytes()).unwrap_or_default()
    }

    /// The bytes, without the trailing NUL.
    pub fn expose_bytes(&self) -> &[u8] {
        self.expose_with_nul().split_last().map_or(&[], |(_, text)| text)
    }

    /// The bytes with the trailing NUL, for C.
    pub fn expose_with_nul(&self) -> &[u8] {
        match &self.0 {
            Memory::Empty => b"\0",
            Memory::Heap(bytes) => bytes,
            Memory::Block(block) => block.bytes,
        }
    }

    /// As [`fits_header`].
    pub fn fits_header(&self) -> bool {
        fits_header(self.expose())
    }

    /// The length in bytes, without the trailing NUL.
    pub fn len(&self) -> usize {
        self.expose_bytes().len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Secret {
    fn default() -> Secret {
        Secret(Memory::Empty)
    }
}

impl Clone for Secret {
    fn clone(&self) -> Secret {
        Secret::from_bytes(self.expose_bytes())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.expose_bytes().ct_eq(other.expose_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(len={})", self.len())
    }
}

/// Runs work and then wipes the part of the stack that it used. Hash functions keep blocks of their input there, and the
/// stack of an ended thread is kept for the next one.
pub fn on_clean_stack<T>(work: impl FnOnce() -> T) -> T {
    let result = apart(work);
    wipe_stack();
    result
}

/// In a frame below the caller's, where [`wipe_stack`] has its own frame afterwards.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe_stack() {
    let mut stack = [0_u8; 16 * 1024];
    // Volatile writes, which are not optimised away.
    stack.zeroize();
    std::hint::black_box(&stack);
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn debug_shows_the_length_only() {
        let secret = Secret::from_text("correct horse");
        assert_eq!(format!("{secret:?}"), "Secret(len=13)");
        assert_eq!(secret.expose(), "correct horse");
        assert_eq!(secret.expose_with_nul().last(), Some(&0));
    }

    #[test]
    fn values_of_headers() {
        assert!(Secret::from_text("a+/=").fits_header() && Secret::from_text("").fits_header());
        for odd in [" a", "a\n", "a\0b", "a\r\nb"] {
            assert!(!Secret::from_text(odd).fits_header(), "{odd:?}");
        }
    }

    #[test]
    fn memory_that_is_provided_is_used_and_returned_wiped() {
        static BLOCK: Mutex<Option<&'static mut [u8]>> = Mutex::new(None);
        const LENGTH: usize = 54321;
        fn allocate(length: usize) -> Option<Block> {
            // Other tests of this process have other lengths, and use the heap.
            let bytes = BLOCK.lock().unwrap().take_if(|_| length == LENGTH)?;
            Some(Block::new(bytes, |bytes| *BLOCK.lock().unwrap() = Some(bytes)))
        }
        *BLOCK.lock().unwrap() = Some(Box::leak(Box::new([0; LENGTH])));
        use_memory(allocate);
        let secret = Secret::from_bytes(&[7; LENGTH - 1]);
        assert!(BLOCK.lock().unwrap().is_none() && secret.len() == LENGTH - 1);
        assert_eq!(secret.expose_with_nul().last(), Some(&0));
        let copy = secret.clone();
        assert!(copy == secret && matches!(copy.0, Memory::Heap(_)), "what is exhausted is not used");
        drop(secret);
        assert!(BLOCK.lock().unwrap().as_ref().unwrap().iter().all(|byte| *byte == 0));
        assert!(matches!(Secret::from_text("").0, Memory::Empty));
    }

    #[test]
    fn equality_is_by_text() {
        assert_eq!(Secret::from_text("a"), Secret::new("a".into()));
        assert_ne!(Secret::from_text("a"), Secret::from_text("ab"));
    }
}
