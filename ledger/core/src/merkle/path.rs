//! Building inclusion and consistency proofs from stored hashes of full subtrees.

use std::convert::Infallible;
use std::marker::PhantomData;

use super::hash::{Hash, TreeHash};
use super::root_of;
use crate::limits;

/// Where the hashes of full subtrees come from: tiles, or leaves in memory.
pub trait NodeSource {
    /// Why a hash could not be read.
    type Error;

    /// The hash over leaves `index << level` to `(index + 1) << level`, all of them there.
    ///
    /// # Errors
    /// What the place they are kept in says.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a path could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError<E> {
    /// There is no such leaf, or no such older tree.
    #[error("{wanted} is not within a tree of {size} leaves")]
    Range {
        /// The leaf's position, or the older tree's size.
        wanted: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A hash could not be read.
    #[error("a hash of the tree could not be read")]
    Source(#[source] E),
}

/// The hash over leaves `from` to `until`; `from` is a multiple of the power of two
/// that holds the range, so every full part of it is one stored node.
pub(super) fn range<H: TreeHash, S: NodeSource>(
    source: &S,
    mut from: u64,
    until: u64,
) -> Result<Hash, PathError<S::Error>> {
    let mut parts = Vec::new();
    while from < until {
        let level = (until - from).ilog2() as u8;
        parts.push(source.node(level, from >> level).map_err(PathError::Source)?);
        from += 1 << level;
    }
    let mut parts = parts.iter().rev();
    let Some(last) = parts.next() else { return Ok(H::empty()) };
    Ok(parts.fold(*last, |right, left| H::node(left, &right)))
}

/// Leaf hashes in memory as a source of nodes: each node is computed when it is asked for, one past the
/// leaves over those that there are.
#[derive(Debug, Clone, Copy)]
pub struct Leaves<'a, H> {
    leaves: &'a [Hash],
    tree: PhantomData<H>,
}

impl<'a, H: TreeHash> Leaves<'a, H> {
    /// The tree over these.
    pub fn of(leaves: &'a [Hash]) -> Self {
        Self { leaves, tree: PhantomData }
    }
}

impl<H: TreeHash> NodeSource for Leaves<'_, H> {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let from = usize::try_from(index << level).unwrap_or(usize::MAX);
        let rest = self.leaves.get(from..).unwrap_or_default();
        Ok(root_of::<H>(rest.get(..1 << level).unwrap_or(rest)))
    }
}

/// The largest power of two below `leaves`, which is at least 2.
pub(super) fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The sibling hashes from one leaf up to the root, leaf side first (M-05).
///
/// # Errors
/// [`PathError`] for a leaf outside the tree, or a hash that can't be read.
pub fn inclusion_path<H: TreeHash, S: NodeSource>(
    source: &S,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, PathError<S::Error>> {
    if index >= size || size > limits::TREE_SIZE {
        return Err(PathError::Range { wanted: index, size });
    }
    let (mut from, mut until) = (0, size);
    let mut path = Vec::new();
    while until - from > 1 {
        let middle = from + split(until - from);
        if index < middle {
            path.push(range::<H, S>(source, middle, until)?);
            until = middle;
        } else {
            path.push(range::<H, S>(source, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof from an older size to a newer one (RFC 6962 section 2.1.2; M-06).
///
/// # Errors
/// [`PathError`] when the older tree is the larger, or a hash can't be read.
pub fn consistency_path<H: TreeHash, S: NodeSource>(
    source: &S,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, PathError<S::Error>> {
    if old > new || new > limits::TREE_SIZE {
        return Err(PathError::Range { wanted: old, size: new });
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    let (mut from, mut until) = (0, new);
    while until != old {
        let middle = from + split(until - from);
        if old <= middle {
            path.push(range::<H, S>(source, middle, until)?);
            until = middle;
        } else {
            path.push(range::<H, S>(source, from, middle)?);
            from = middle;
        }
    }
    if from != 0 {
        path.push(range::<H, S>(source, from, until)?);
    }
    path.reverse();
    Ok(path)
}
