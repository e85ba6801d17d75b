//! The compact form of a tree that only grows: the roots of its full subtrees.

use std::marker::PhantomData;

use super::hash::{Hash, TreeHash};
use crate::limits;

/// The right edge of a tree: one hash for each bit set in its size, the largest
/// subtree first. Memory is O(log n).
#[derive(Debug)]
pub struct Frontier<H> {
    size: u64,
    peaks: Vec<Hash>,
    hash: PhantomData<H>,
}

impl<H> Clone for Frontier<H> {
    fn clone(&self) -> Self {
        Self { size: self.size, peaks: self.peaks.clone(), hash: PhantomData }
    }
}

impl<H: TreeHash> Default for Frontier<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: TreeHash> Frontier<H> {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self { size: 0, peaks: Vec::new(), hash: PhantomData }
    }

    /// From the hashes of the full subtrees, the largest first; `None` unless there is
    /// one for each bit set in `size`, or past [`limits::TREE_SIZE`].
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = size <= limits::TREE_SIZE && peaks.len() as u32 == size.count_ones();
        fits.then_some(Self { size, peaks, hash: PhantomData })
    }

    /// Adds one leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = H::node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over every leaf so far.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return H::empty() };
        peaks.fold(*last, |right, left| H::node(left, &right))
    }
}

/// The root over leaf hashes in memory.
pub fn root_of<H: TreeHash>(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::<H>::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}
