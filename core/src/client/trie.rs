//! A map that is changed by making a new one, which shares all but a few nodes with the old one: readers need no lock,
//! and a change takes a time that hardly depends on the size.

use std::sync::Arc;

/// A key: a cryptographic hash, so that keys are spread evenly and never collide.
pub(super) type Key = u128;

const BITS: u32 = 4;
const CHILDREN: usize = 1 << BITS;

/// A map from keys to values.
#[derive(Clone)]
pub(super) struct Trie<T>(Node<T>);

/// A node at a depth holds the keys that agree in that many digits of [`BITS`] bits.
enum Node<T> {
    Empty,
    Leaf(Arc<(Key, T)>),
    Branch(Arc<[Node<T>; CHILDREN]>),
}

impl<T> Clone for Node<T> {
    fn clone(&self) -> Node<T> {
        match self {
            Node::Empty => Node::Empty,
            Node::Leaf(leaf) => Node::Leaf(Arc::clone(leaf)),
            Node::Branch(children) => Node::Branch(Arc::clone(children)),
        }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Trie<T> {
        Trie(Node::Empty)
    }
}

impl<T> Trie<T> {
    /// The value of a key.
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let mut node = &self.0;
        let mut depth = 0;
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(leaf) => return (leaf.0 == key).then_some(&leaf.1),
                Node::Branch(children) => node = children.get(digit(key, depth))?,
            }
            depth += 1;
        }
    }

    /// This map with a key that has this value.
    pub(super) fn with(&self, key: Key, value: T) -> Trie<T> {
        Trie(insert(&self.0, Arc::new((key, value)), 0))
    }

    /// This map without a key.
    pub(super) fn without(&self, key: Key) -> Trie<T> {
        Trie(remove(&self.0, key, 0))
    }

    /// Passes all keys and values to a function.
    pub(super) fn for_each<'a>(&'a self, mut visit: impl FnMut(Key, &'a T)) {
        let mut rest = vec![&self.0];
        while let Some(node) = rest.pop() {
            match node {
                Node::Empty => {}
                Node::Leaf(leaf) => visit(leaf.0, &leaf.1),
                Node::Branch(children) => rest.extend(children.iter()),
            }
        }
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        matches!(self.0, Node::Empty)
    }
}

fn digit(key: Key, depth: u32) -> usize {
    // The mask makes it less than CHILDREN.
    usize::try_from(key.checked_shr(depth * BITS).unwrap_or_default() & (CHILDREN as Key - 1)).unwrap_or_default()
}

fn insert<T>(node: &Node<T>, leaf: Arc<(Key, T)>, depth: u32) -> Node<T> {
    let mut children = match node {
        Node::Empty => return Node::Leaf(leaf),
        Node::Leaf(old) if old.0 == leaf.0 => return Node::Leaf(leaf),
        Node::Leaf(old) => {
            let mut children: [Node<T>; CHILDREN] = std::array::from_fn(|_| Node::Empty);
            if let Some(child) = children.get_mut(digit(old.0, depth)) {
                *child = node.clone();
            }
            children
        }
        Node::Branch(children) => <[Node<T>; CHILDREN]>::clone(children),
    };
    if let Some(child) = children.get_mut(digit(leaf.0, depth)) {
        *child = insert(child, leaf, depth + 1);
    }
    Node::Branch(Arc::new(children))
}

fn remove<T>(node: &Node<T>, key: Key, depth: u32) -> Node<T> {
    match node {
        Node::Leaf(leaf) if leaf.0 == key => Node::Empty,
        Node::Empty | Node::Leaf(_) => node.clone(),
        Node::Branch(children) => {
            let mut children = <[Node<T>; CHILDREN]>::clone(children);
            if let Some(child) = children.get_mut(digit(key, depth)) {
                *child = remove(child, key, depth + 1);
            }
            let mut left = children.iter().filter(|child| !matches!(child, Node::Empty));
            match (left.next(), left.next()) {
                (None, _) => Node::Empty,
                // A branch with one leaf is that leaf.
                (Some(Node::Leaf(leaf)), None) => Node::Leaf(Arc::clone(leaf)),
                _ => Node::Branch(Arc::new(children)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_holds_what_a_map_holds_and_old_maps_stay() {
        let mut trie = Trie::default();
        let mut map = BTreeMap::new();
        let mut random: Key = 1;
        for step in 0..4000_u32 {
            random = random.wrapping_mul(0x0012_e157_29a4_1b5f_8f1d_3c27_5a95_71d3).wrapping_add(11);
            // Few keys, some of which agree in many digits.
            let key = ((random >> 100) % 500) | (((random >> 90) % 3) << 120);
            let before = trie.clone();
            if step % 3 == 0 {
                trie = trie.without(key);
                map.remove(&key);
            } else {
                trie = trie.with(key, step);
                assert_ne!(before.get(key), Some(&step));
                map.insert(key, step);
            }
            assert_eq!(trie.get(key), map.get(&key));
        }
        let mut values = Vec::new();
        trie.for_each(|_, value| values.push(*value));
        values.sort();
        let mut expected: Vec<u32> = map.values().copied().collect();
        expected.sort();
        assert_eq!(values, expected);
        for key in map.keys() {
            trie = trie.without(*key);
        }
        assert!(trie.is_empty());
    }
}
