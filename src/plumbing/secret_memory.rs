//! Memory for secrets, which the system leaves out of core dumps.
//!
//! Slabs of equal slots, one list of slabs per size. Slabs are never freed, and their slots are used again. There is no
//! lock, because a forked child could inherit it locked.

use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use evercred_core::secret::{Block, use_memory};

const SLAB: usize = 64 * 1024;
const SMALLEST: usize = 32;
/// Larger secrets are on pages of their own.
const LARGEST: usize = 4096;
/// 32, 64, …, 4096 bytes.
const SIZES: usize = (LARGEST / SMALLEST).ilog2() as usize + 1;
const WORDS: usize = SLAB / SMALLEST / 64;

/// A slab of slots of one size.
struct Slab {
    base: *mut u8,
    /// A bit for each slot that is in use, or does not exist.
    used: [AtomicU64; WORDS],
    free: AtomicUsize,
    next: *mut Slab,
}

static SLABS: [AtomicPtr<Slab>; SIZES] = [const { AtomicPtr::new(ptr::null_mut()) }; SIZES];

/// From now on secrets lie in this memory.
pub(crate) fn protect_secrets() {
    use_memory(allocate);
}

fn allocate(length: usize) -> Option<Block> {
    if length > LARGEST {
        let pages = map(length)?;
        // SAFETY: these are `length` zeroed bytes of a new mapping, which only `release_pages` unmaps.
        return Some(Block::new(unsafe { slice::from_raw_parts_mut(pages, length) }, release_pages));
    }
    let size = size_of_slot(length);
    loop {
        if let Some(slot) = slabs(size).find_map(|slab| slab.take(size)) {
            // SAFETY: the slot has at least `length` bytes, is mapped for ever, and was free: `take` has reserved it.
            return Some(Block::new(unsafe { slice::from_raw_parts_mut(slot, length) }, release));
        }
        add_slab(size)?;
    }
}

fn release(bytes: &'static mut [u8]) {
    let size = size_of_slot(bytes.len());
    let address = bytes.as_ptr() as usize;
    for slab in slabs(size) {
        if let Some(offset) = address.checked_sub(slab.base as usize)
            && offset < SLAB
        {
            slab.give_back(offset / size);
            return;
        }
    }
}

fn release_pages(bytes: &'static mut [u8]) {
    // SAFETY: `allocate` mapped these pages for this block alone.
    unsafe { libc::munmap(bytes.as_mut_ptr().cast(), bytes.len()) };
}

fn size_of_slot(length: usize) -> usize {
    length.next_power_of_two().max(SMALLEST)
}

fn list(size: usize) -> Option<&'static AtomicPtr<Slab>> {
    SLABS.get((size / SMALLEST).ilog2() as usize)
}

fn slabs(size: usize) -> impl Iterator<Item = &'static Slab> {
    let mut next = list(size).map_or(ptr::null_mut(), |first| first.load(Ordering::Acquire));
    std::iter::from_fn(move || {
        // SAFETY: a slab is complete before it is published, and never freed.
        let slab = unsafe { next.as_ref() }?;
        next = slab.next;
        Some(slab)
    })
}

impl Slab {
    /// Reserves a slot.
    fn take(&self, size: usize) -> Option<*mut u8> {
        if self.free.load(Ordering::Relaxed) == 0 {
            return None;
        }
        for (index, word) in self.used.iter().enumerate() {
            let mut bits = word.load(Ordering::Relaxed);
            while bits != u64::MAX {
                let free = bits.trailing_ones();
                match word.compare_exchange_weak(bits, bits | 1 << free, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => {
                        self.free.fetch_sub(1, Ordering::Relaxed);
                        let slot = index * 64 + free as usize;
                        // SAFETY: bits of slots that do not exist are set from the start, so the slot is in the slab.
                        return Some(unsafe { self.base.add(slot * size) });
                    }
                    Err(changed) => bits = changed,
                }
            }
        }
        None
    }

    fn give_back(&self, slot: usize) {
        if let Some(word) = self.used.get(slot / 64) {
            word.fetch_and(!(1 << (slot % 64)), Ordering::Release);
            self.free.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn add_slab(size: usize) -> Option<()> {
    let first = list(size)?;
    let slots = SLAB / size;
    let used = std::array::from_fn(|word| {
        let left = slots.saturating_sub(word * 64);
        AtomicU64::new(if left >= 64 { 0 } else { u64::MAX << left })
    });
    let slab =
        Box::leak(Box::new(Slab { base: map(SLAB)?, used, free: AtomicUsize::new(slots), next: ptr::null_mut() }));
    let mut next = first.load(Ordering::Acquire);
    loop {
        slab.next = next;
        match first.compare_exchange(next, slab, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(()),
            Err(changed) => next = changed,
        }
    }
}

/// New zeroed pages that the system leaves out of core dumps where it can.
fn map(length: usize) -> Option<*mut u8> {
    // SAFETY: this makes a new anonymous mapping; the result is checked before it is used.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let pages = libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0);
        if pages == libc::MAP_FAILED {
            return None;
        }
        #[cfg(target_os = "linux")]
        libc::madvise(pages, length, libc::MADV_DONTDUMP);
        Some(pages.cast())
    }
}

#[cfg(test)]
mod tests {
    use evercred_core::secret::Secret;

    use super::*;

    #[test]
    fn slots_do_not_overlap_and_are_used_again() {
        let mut slabs_in_rounds = Vec::new();
        for _ in 0..2 {
            let lengths = [1, 31, 32, 33, 64, 100, 1000, 4095, 4096, 4097, 100_000];
            let blocks: Vec<_> =
                lengths.into_iter().cycle().take(4000).map(|length| allocate(length).unwrap()).collect();
            slabs_in_rounds.push((0..SIZES).map(|index| slabs(SMALLEST << index).count()).sum::<usize>());
            drop(blocks);
        }
        assert_eq!(slabs_in_rounds[0], slabs_in_rounds[1]);
        // Two secrets share no byte.
        use_memory(allocate);
        let texts: Vec<String> = (0..5000).map(|number| format!("secret {number}").repeat(number % 7 + 1)).collect();
        let secrets: Vec<_> = texts.iter().map(|text| Secret::from_text(text)).collect();
        assert!(secrets.iter().zip(&texts).all(|(secret, text)| secret.expose() == text));
        drop(secrets);
        for size in (0..SIZES).map(|index| SMALLEST << index) {
            for slab in slabs(size) {
                assert_eq!(slab.free.load(Ordering::Relaxed), SLAB / size, "{size}");
            }
        }
    }
}
