//! Memory that is wiped when it is freed: TLS and HTTP buffers hold copies of secrets that nobody else wipes.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, wiping. `realloc` is left to the default, which moves and frees, so that it wipes too.
pub(crate) struct WipingAllocator;

// SAFETY: every call is passed on to `System`, whose contract is the same; a block is written to only while it is still
// allocated, and only within its size.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's to give back, `layout.size()` bytes long.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }
}

/// Zeroes in a way that is not optimised away although nobody reads it afterwards.
///
/// # Safety
/// `block` is writable for `size` bytes.
unsafe fn wipe(block: *mut u8, size: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the caller's promise.
    unsafe {
        libc::explicit_bzero(block.cast(), size);
    }
    #[cfg(not(target_os = "linux"))]
    for offset in 0..size {
        // SAFETY: the caller's promise.
        unsafe { block.add(offset).write_volatile(0) };
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::{GlobalAlloc, Layout};

    use super::{WipingAllocator, wipe};

    #[test]
    fn freed_memory_holds_nothing_of_what_it_held() {
        const SIZE: usize = 4096;
        /// The system's allocator keeps its lists at the start of what is free.
        const LISTS: usize = 64;
        let layout = Layout::from_size_align(SIZE, 16).unwrap();
        // SAFETY: written while it is allocated. It is read after it was freed: the only way to see what is left there;
        // a block of this size stays mapped, and nobody else of this test's thread allocates in between.
        let left = unsafe {
            let block = WipingAllocator.alloc(layout);
            block.write_bytes(0xA5, SIZE);
            WipingAllocator.dealloc(block, layout);
            (LISTS..SIZE).filter(|offset| block.add(*offset).read_volatile() == 0xA5).count()
        };
        assert_eq!(left, 0, "{left} bytes are left");
    }

    #[test]
    fn wiping_is_done() {
        let mut block = *b"a secret";
        // SAFETY: the array is ours and that long.
        unsafe { wipe(block.as_mut_ptr(), block.len()) };
        assert_eq!(block, [0; 8]);
    }
}
