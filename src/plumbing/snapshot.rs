//! The value that a handle returned last, for the hot path: one atomic addition makes a reference to it.
//!
//! A counter of references beside the value is not enough, because another thread may replace and free the
//! value between the read of its address and the count. So the word that holds the address also counts the
//! references that are taken through it, and one addition does both. The node is born with a large number of references
//! that belong to the word; who replaces the word gives back those that were not taken.

use std::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};

use super::quietly;

/// A value with the references of C's handles to it. The alignment frees the low bits of its address.
#[repr(align(64))]
pub(crate) struct Node<T> {
    references: AtomicU64,
    revision: u64,
    value: Arc<T>,
}

/// The low bits of an address that are 0.
const ALIGNED_BITS: u32 = 6;
/// An address below 2^48 has that many other bits. Where the system gives higher ones, the word stays empty.
const ADDRESS_BITS: u32 = 42;
const ADDRESS: u64 = (1 << ADDRESS_BITS) - 1;
/// One reference taken through the word.
const ONE: u64 = 1 << ADDRESS_BITS;
/// The references that belong to the word: many more than it can count.
const OWN: u64 = 1 << 40;
/// At this count a thread moves the taken references to the node. Every thread that sees such a count does so before it
/// goes on, so that the 22 bits of the count overflow only with millions of threads.
const MOST_TAKEN: u64 = if cfg!(test) { 16 } else { 1 << 20 };

impl<T> Node<T> {
    fn allocate(value: Arc<T>, revision: u64, references: u64) -> NonNull<Node<T>> {
        let node = Node { references: AtomicU64::new(references), revision, value };
        NonNull::from(Box::leak(Box::new(node)))
    }

    /// The value.
    pub(crate) fn value(&self) -> &T {
        &self.value
    }
}

/// A new node with one reference, which the caller owns and gives back with [`release`].
pub(crate) fn node<T>(value: Arc<T>) -> NonNull<Node<T>> {
    Node::allocate(value, 0, 1)
}

/// Gives back one reference.
///
/// # Safety
/// The caller owns a reference, and does not use it again.
pub(crate) unsafe fn release<T>(node: NonNull<Node<T>>) {
    // SAFETY: the caller's contract.
    unsafe { give_back(node, 1) };
}

/// # Safety
/// The caller owns that many references, and does not use them again.
unsafe fn give_back<T>(node: NonNull<Node<T>>, count: u64) {
    // SAFETY: the node lives as long as there is a reference.
    if unsafe { node.as_ref() }.references.fetch_sub(count, Ordering::Release) == count {
        // SAFETY: these were the last references.
        unsafe { deallocate(node) };
    }
}

/// # Safety
/// There is no reference any more.
#[cold]
#[inline(never)]
unsafe fn deallocate<T>(node: NonNull<Node<T>>) {
    // Every use of the node comes before the end of its memory.
    fence(Ordering::Acquire);
    // SAFETY: the caller's contract; `allocate` made the node with a box.
    quietly((), || drop(unsafe { Box::from_raw(node.as_ptr()) }));
}

/// The node from which the hot path takes references; empty at first.
pub(crate) struct Snapshot<T> {
    word: AtomicU64,
    /// The same address for leak checkers, which do not find it in the word. Nothing reads it.
    visible: AtomicPtr<Node<T>>,
}

impl<T> Default for Snapshot<T> {
    fn default() -> Snapshot<T> {
        Snapshot { word: AtomicU64::new(0), visible: AtomicPtr::new(null_mut()) }
    }
}

impl<T> Snapshot<T> {
    /// A reference to the node, if it holds the value of this revision.
    pub(crate) fn take(&self, revision: u64) -> Option<NonNull<Node<T>>> {
        // Acquire: `put` wrote the node before the word.
        let before = self.word.fetch_add(ONE, Ordering::Acquire);
        let Some(node) = address(before) else {
            // Nothing is taken from an empty word; the count is reset when a node comes.
            return None;
        };
        if taken(before) >= MOST_TAKEN {
            self.settle(node);
        }
        // SAFETY: the reference that was taken keeps the node.
        if unsafe { node.as_ref() }.revision == revision {
            return Some(node);
        }
        // SAFETY: it is this caller's own.
        unsafe { release(node) };
        None
    }

    /// Replaces the node by one of this value. Returns a reference to it.
    pub(crate) fn put(&self, value: Arc<T>, revision: u64) -> NonNull<Node<T>> {
        let fresh = Node::allocate(value, revision, OWN + 1);
        let address = fresh.as_ptr().expose_provenance() as u64;
        if address >> (ALIGNED_BITS + ADDRESS_BITS) == 0 {
            self.replace(address >> ALIGNED_BITS);
            self.visible.store(fresh.as_ptr(), Ordering::Relaxed);
        } else {
            self.clear();
            // SAFETY: the references of a word that does not take the node.
            unsafe { give_back(fresh, OWN) };
        }
        fresh
    }

    /// Forgets the node: references that were taken keep it.
    pub(crate) fn clear(&self) {
        self.replace(0);
    }

    fn replace(&self, word: u64) {
        let before = self.word.swap(word, Ordering::AcqRel);
        if let Some(node) = address::<T>(before) {
            // SAFETY: the word had these references, and nobody takes one through it any more.
            unsafe { give_back(node, OWN - taken(before)) };
        }
    }

    /// Moves the references that were taken from the word to the node. The caller owns one of them.
    #[cold]
    #[inline(never)]
    fn settle(&self, node: NonNull<Node<T>>) {
        let mut word = self.word.load(Ordering::Acquire);
        // Another node: who replaced this one has counted what was taken. The address cannot come again, because the
        // caller's reference keeps the node.
        while address(word) == Some(node) && taken(word) >= MOST_TAKEN {
            let moved = taken(word);
            // SAFETY: the caller's reference keeps the node.
            let references = &unsafe { node.as_ref() }.references;
            // Before the word forgets them, so that the count never falls below what exists.
            references.fetch_add(moved, Ordering::Relaxed);
            match self.word.compare_exchange_weak(word, word & ADDRESS, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => {
                    // The caller's reference is still counted, by the word or by the node.
                    references.fetch_sub(moved, Ordering::Release);
                    word = now;
                }
            }
        }
    }
}

impl<T> Drop for Snapshot<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn taken(word: u64) -> u64 {
    word >> ADDRESS_BITS
}

fn address<T>(word: u64) -> Option<NonNull<Node<T>>> {
    let address = usize::try_from((word & ADDRESS) << ALIGNED_BITS).unwrap_or_default();
    NonNull::new(with_exposed_provenance_mut(address))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_reference_keeps_the_node_and_the_last_one_frees_it() {
        let held = Arc::new(());
        let snapshot = Snapshot::default();
        assert!(snapshot.take(7).is_none());
        let first = snapshot.put(Arc::clone(&held), 7);
        let second = snapshot.take(7).unwrap();
        assert_eq!(first, second);
        assert!(snapshot.take(8).is_none());
        snapshot.clear();
        assert!(snapshot.take(7).is_none());
        assert_eq!(Arc::strong_count(&held), 2);
        // SAFETY: these are the test's own references, one each.
        unsafe { release(first) };
        assert_eq!(Arc::strong_count(&held), 2);
        // SAFETY: as above.
        unsafe { release(second) };
        assert_eq!(Arc::strong_count(&held), 1);
        let third = snapshot.put(Arc::clone(&held), 8);
        for _ in 0..100 {
            // The count in the word stays low.
            let one = snapshot.take(8).unwrap();
            assert!(taken(snapshot.word.load(Ordering::Relaxed)) <= MOST_TAKEN + 1);
            // SAFETY: as above.
            unsafe { release(one) };
        }
        snapshot.clear();
        assert_eq!(Arc::strong_count(&held), 2, "the reference of put");
        // SAFETY: as above.
        unsafe { release(third) };
        let alone = node(Arc::clone(&held));
        // SAFETY: as above.
        unsafe { release(alone) };
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn threads_that_take_while_others_replace_leave_nothing_and_read_nothing_freed() {
        let snapshot = Snapshot::default();
        let values: Vec<_> = (1..=8_u64).map(Arc::new).collect();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut kept = Vec::new();
                    while !over.load(Ordering::Relaxed) {
                        for revision in 1..=8 {
                            if let Some(node) = snapshot.take(revision) {
                                // SAFETY: the reference keeps the node.
                                assert_eq!(*unsafe { node.as_ref() }.value(), revision);
                                kept.push(node);
                            }
                        }
                        // Some live longer than the node is in the word.
                        // SAFETY: each is this thread's own.
                        kept.drain(..kept.len().saturating_sub(20)).for_each(|node| unsafe { release(node) });
                    }
                    // SAFETY: as above.
                    kept.into_iter().for_each(|node| unsafe { release(node) });
                });
            }
            for round in 0..20_000 {
                let value = &values[round % 8];
                let one = snapshot.put(Arc::clone(value), **value);
                // SAFETY: the test's own reference.
                unsafe { release(one) };
                if round % 100 == 0 {
                    thread::sleep(Duration::from_micros(100));
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        drop(snapshot);
        for value in &values {
            assert_eq!(Arc::strong_count(value), 1);
        }
    }
}
