//! Counters with stable addresses that are 0 in a forked child.
//!
//! Wrappers read a source's generation directly from memory. In a forked child no thread updates it, so it must read 0
//! there: the pages are marked `MADV_WIPEONFORK`, and a `pthread_atfork` handler wipes them on kernels without that. There
//! is no lock, because a child could inherit it locked for ever.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use evercred_core::platform::GenerationCell;

const CELLS: usize = 512;
const BYTES: usize = CELLS * size_of::<AtomicU64>();
const WORDS: usize = CELLS / 64;

/// One page of counters. It is never freed: a wrapper may read an address shortly after its source is freed.
struct Page {
    cells: *const [AtomicU64; CELLS],
    /// A bit for each counter in use.
    used: [AtomicU64; WORDS],
    /// How many are not in use.
    free: AtomicUsize,
    next: AtomicPtr<Page>,
}

static PAGES: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static FORK_HANDLER: AtomicBool = AtomicBool::new(false);

/// Allocates a counter that holds 0 and is released when it is dropped.
pub(super) fn allocate() -> GenerationCell {
    GenerationCell::new(allocate_for_ever(), release)
}

/// Allocates a counter that is never released.
pub(super) fn allocate_for_ever() -> &'static AtomicU64 {
    loop {
        if let Some(cell) = pages().find_map(Page::allocate) {
            cell.store(0, Ordering::Release);
            return cell;
        }
        add_page();
    }
}

fn release(cell: &'static AtomicU64) {
    cell.store(0, Ordering::Release);
    for page in pages() {
        let offset = (ptr::from_ref(cell) as usize).wrapping_sub(page.cells as usize);
        let index = offset / size_of::<AtomicU64>();
        if let Some(word) = page.used.get(index / 64) {
            word.fetch_and(!(1 << (index % 64)), Ordering::AcqRel);
            page.free.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
}

impl Page {
    fn cells(&self) -> &'static [AtomicU64; CELLS] {
        // SAFETY: `add_page` mapped or leaked `cells` for ever, aligned for `AtomicU64`.
        unsafe { &*self.cells }
    }

    fn allocate(&'static self) -> Option<&'static AtomicU64> {
        // With this, thousands of full pages are passed quickly.
        if self.free.load(Ordering::Relaxed) == 0 {
            return None;
        }
        for (index, word) in self.used.iter().enumerate() {
            let mut bits = word.load(Ordering::Acquire);
            while bits != u64::MAX {
                let free = bits.trailing_ones();
                match word.compare_exchange_weak(bits, bits | 1 << free, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => {
                        self.free.fetch_sub(1, Ordering::Relaxed);
                        return self.cells().get(index * 64 + usize::try_from(free).ok()?);
                    }
                    Err(changed) => bits = changed,
                }
            }
        }
        None
    }
}

fn pages() -> impl Iterator<Item = &'static Page> {
    let first = PAGES.load(Ordering::Acquire);
    // SAFETY: pages are leaked boxes; `next` is set before a page is published and does not change afterwards.
    let page = |page: *mut Page| unsafe { page.as_ref() };
    std::iter::successors(page(first), move |current| page(current.next.load(Ordering::Acquire)))
}

fn add_page() {
    let page = Box::leak(Box::new(Page {
        cells: map_page().cast(),
        used: Default::default(),
        free: AtomicUsize::new(CELLS),
        next: AtomicPtr::default(),
    }));
    let mut first = PAGES.load(Ordering::Acquire);
    loop {
        page.next.store(first, Ordering::Release);
        match PAGES.compare_exchange(first, page, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => break,
            Err(changed) => first = changed,
        }
    }
    if !FORK_HANDLER.swap(true, Ordering::AcqRel) {
        // SAFETY: the handler only stores zeros into memory that is never freed.
        unsafe { libc::pthread_atfork(None, None, Some(wipe_pages)) };
    }
}

extern "C" fn wipe_pages() {
    for page in pages() {
        page.cells().iter().for_each(|cell| cell.store(0, Ordering::Release));
    }
}

/// A zeroed page, which the kernel zeroes again in a forked child if it can.
fn map_page() -> *const u8 {
    #[cfg(target_os = "linux")]
    // SAFETY: this makes a new anonymous mapping; the result is checked before it is used.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let page = libc::mmap(ptr::null_mut(), BYTES, protection, flags, -1, 0);
        if page != libc::MAP_FAILED {
            // If the kernel does not support this, the fork handler does the same.
            libc::madvise(page, BYTES, libc::MADV_WIPEONFORK);
            return page.cast();
        }
    }
    Box::leak(Box::new([0_u64; CELLS])).as_ptr().cast()
}
