//! Counters with addresses that stay, and which a forked child finds 0.
//!
//! Wrappers read a source's generation straight from memory. In a forked child no thread keeps it up to date, so it must
//! read 0 there, without anybody's doing: the pages are marked `MADV_WIPEONFORK`, and where the kernel does not know
//! that, a handler of `pthread_atfork` wipes them. No lock, since a child could find it held for ever.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use evercred_core::platform::GenerationCell;

const CELLS: usize = 512;
const BYTES: usize = CELLS * size_of::<AtomicU64>();
const WORDS: usize = CELLS / 64;

/// One page of counters. Never freed: a wrapper may read an address a moment after its source was freed.
struct Page {
    cells: *const [AtomicU64; CELLS],
    /// A bit for each counter that is lent.
    lent: [AtomicU64; WORDS],
    next: AtomicPtr<Page>,
}

static PAGES: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static FORK_HANDLER: AtomicBool = AtomicBool::new(false);

/// Lends a counter that holds 0.
pub(super) fn lend() -> GenerationCell {
    GenerationCell::new(lend_cell(), give_back)
}

/// A counter that is never given back.
pub(super) fn lend_cell() -> &'static AtomicU64 {
    loop {
        if let Some(cell) = pages().find_map(Page::lend) {
            cell.store(0, Ordering::Release);
            return cell;
        }
        add_page();
    }
}

fn give_back(cell: &'static AtomicU64) {
    cell.store(0, Ordering::Release);
    for page in pages() {
        if let Some(place) = page.cells().iter().position(|other| ptr::eq(other, cell))
            && let Some(word) = page.lent.get(place / 64)
        {
            word.fetch_and(!(1 << (place % 64)), Ordering::AcqRel);
            return;
        }
    }
}

impl Page {
    fn cells(&self) -> &'static [AtomicU64; CELLS] {
        // SAFETY: `cells` was mapped or leaked for ever by `add_page`, aligned to a page.
        unsafe { &*self.cells }
    }

    fn lend(&'static self) -> Option<&'static AtomicU64> {
        for (index, word) in self.lent.iter().enumerate() {
            let mut bits = word.load(Ordering::Acquire);
            while bits != u64::MAX {
                let free = bits.trailing_ones();
                match word.compare_exchange_weak(bits, bits | 1 << free, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => return self.cells().get(index * 64 + usize::try_from(free).ok()?),
                    Err(changed) => bits = changed,
                }
            }
        }
        None
    }
}

fn pages() -> impl Iterator<Item = &'static Page> {
    let first = PAGES.load(Ordering::Acquire);
    // SAFETY: pages are leaked boxes; `next` is set before a page is published and never changes afterwards.
    let page = |page: *mut Page| unsafe { page.as_ref() };
    std::iter::successors(page(first), move |current| page(current.next.load(Ordering::Acquire)))
}

fn add_page() {
    let page =
        Box::leak(Box::new(Page { cells: map_page().cast(), lent: Default::default(), next: AtomicPtr::default() }));
    let mut first = PAGES.load(Ordering::Acquire);
    loop {
        page.next.store(first, Ordering::Release);
        match PAGES.compare_exchange(first, page, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => break,
            Err(changed) => first = changed,
        }
    }
    if !FORK_HANDLER.swap(true, Ordering::AcqRel) {
        // SAFETY: the handler only stores zeroes into memory that is never freed.
        unsafe { libc::pthread_atfork(None, None, Some(wipe_pages)) };
    }
}

extern "C" fn wipe_pages() {
    for page in pages() {
        page.cells().iter().for_each(|cell| cell.store(0, Ordering::Release));
    }
}

/// A zeroed page that a forked child finds zeroed again where the kernel can do that.
fn map_page() -> *const u8 {
    #[cfg(target_os = "linux")]
    // SAFETY: a fresh anonymous mapping of our own; the result is checked before it is used.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let page = libc::mmap(ptr::null_mut(), BYTES, protection, flags, -1, 0);
        if page != libc::MAP_FAILED {
            // Where the kernel does not know it, the fork handler does the same.
            libc::madvise(page, BYTES, libc::MADV_WIPEONFORK);
            return page.cast();
        }
    }
    Box::leak(Box::new([0_u64; CELLS])).as_ptr().cast()
}
