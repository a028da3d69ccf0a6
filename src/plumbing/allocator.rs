//! An allocator that wipes memory when it is freed: TLS and HTTP buffers hold copies of secrets that nothing else wipes.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, with wiping. If there is no memory, the process is aborted here: Rust's own handler would first
/// print to stderr, which belongs to the host. `realloc` keeps its default, which copies and frees, so that it wipes too.
pub(crate) struct WipingAllocator;

// SAFETY: every call is passed on to `System`, which has the same contract; a block is written only while it is
// allocated, and only within its size.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is `System`'s.
        or_abort(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        or_abort(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by contract the caller passes an allocated block of `layout.size()` bytes.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }
}

/// The block, if there is one.
fn or_abort(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        std::process::abort();
    }
    block
}

/// Zeroes memory in a way that the compiler does not remove although nothing reads it afterwards.
///
/// # Safety
/// `block` is writable for `size` bytes.
unsafe fn wipe(block: *mut u8, size: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the caller's contract.
    unsafe {
        libc::explicit_bzero(block.cast(), size);
    }
    #[cfg(not(target_os = "linux"))]
    for offset in 0..size {
        // SAFETY: the caller's contract.
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
        /// The system's allocator keeps its lists at the start of a free block.
        const LISTS: usize = 64;
        let layout = Layout::from_size_align(SIZE, 16).unwrap();
        // SAFETY: the block is written while it is allocated. It is read after it is freed, because nothing else shows
        // what is left; a block of this size stays mapped, and this thread does not allocate in between.
        let left = unsafe {
            let block = WipingAllocator.alloc(layout);
            block.write_bytes(0xA5, SIZE);
            WipingAllocator.dealloc(block, layout);
            (LISTS..SIZE).filter(|offset| block.add(*offset).read_volatile() == 0xA5).count()
        };
        assert_eq!(left, 0, "{left} bytes are left");
    }

    #[test]
    fn out_of_memory_prints_nothing() {
        const MARK: &str = "EVERCRED_TEST_OUT_OF_MEMORY";
        if std::env::var_os(MARK).is_some() {
            drop(std::hint::black_box(Vec::<u8>::with_capacity(isize::MAX as usize)));
            return;
        }
        let test = "plumbing::allocator::tests::out_of_memory_prints_nothing";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture", "--test-threads", "1"])
            .env(MARK, "1")
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }

    #[test]
    fn wiping_is_done() {
        let mut block = *b"a secret";
        // SAFETY: the array is local and has this length.
        unsafe { wipe(block.as_mut_ptr(), block.len()) };
        assert_eq!(block, [0; 8]);
    }
}
