//! State that a forked child creates again instead of inheriting it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// Holds state that a forked child must not inherit: a lock that a thread of the parent may hold, or a runtime whose
/// threads do not exist in the child.
///
/// Each process (fork epoch) has its own instance. The first use in a child creates one and leaks the parent's:
/// dropping that could wait for a thread that does not exist.
pub struct Forkable<T>(ArcSwapOption<(u64, Arc<T>)>);

impl<T> Default for Forkable<T> {
    fn default() -> Self {
        Forkable::new()
    }
}

impl<T> Forkable<T> {
    /// Without an instance yet.
    pub const fn new() -> Self {
        Forkable(ArcSwapOption::const_empty())
    }

    /// The instance of this process, if there is one.
    pub fn existing(&self, epoch: u64) -> Option<Arc<T>> {
        self.0.load().as_ref().filter(|held| held.0 == epoch).map(|held| Arc::clone(&held.1))
    }

    /// The instance of this process. The first call creates it by `make`; of two concurrent first calls, one result is
    /// dropped.
    pub fn get(&self, epoch: u64, make: impl Fn() -> T) -> Arc<T> {
        if let Some(held) = self.existing(epoch) {
            return held;
        }
        let fresh = Arc::new((epoch, Arc::new(make())));
        loop {
            let current = self.0.load();
            if let Some(held) = current.as_ref().filter(|held| held.0 == epoch) {
                return Arc::clone(&held.1);
            }
            let previous = self.0.compare_and_swap(&*current, Some(Arc::clone(&fresh)));
            let swapped = match (previous.as_ref(), current.as_ref()) {
                (None, None) => true,
                (Some(left), Some(right)) => Arc::ptr_eq(left, right),
                _ => false,
            };
            if swapped {
                if let Some(inherited) = current.as_ref() {
                    std::mem::forget(Arc::clone(inherited));
                }
                return Arc::clone(&fresh.1);
            }
        }
    }

    /// For the owner's drop: drops an instance of this process and leaks an inherited one.
    pub fn abandon(&self, epoch: u64) {
        if let Some(held) = self.0.swap(None)
            && held.0 != epoch
        {
            std::mem::forget(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Forkable;
    use std::sync::Arc;

    #[test]
    fn each_epoch_has_its_own() {
        let slot = Forkable::default();
        assert!(slot.existing(1).is_none());
        let first = slot.get(1, || String::from("parent"));
        assert!(Arc::ptr_eq(&first, &slot.get(1, || String::from("other"))));
        assert_eq!(*slot.get(2, || String::from("child")), "child");
        assert!(slot.existing(1).is_none());
    }
}
