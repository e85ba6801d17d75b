//! Proofs that some entries are all that a tree has between two positions (M-07, M-08).

use super::hash::{Hash, TreeHash};
use super::path::{NodeSource, PathError, range, split};
use super::proof::ProofError;
use super::root_of;
use crate::limits;

/// Leaves `first` to `end`, `end` not among them, within a tree of `size`.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: u64,
    end: u64,
}

impl Span {
    /// Those that are leaves of such a tree, and at least one.
    fn within(first: u64, end: u64, size: u64) -> Result<Self, ProofError> {
        match () {
            () if size > limits::TREE_SIZE => Err(ProofError::Size(size)),
            () if end > size => Err(ProofError::Index { index: end, size }),
            () if first >= end => Err(ProofError::Index { index: first, size: end }),
            () => Ok(Self { first, end }),
        }
    }

    /// Whether no leaf of a subtree is among them.
    fn misses(self, from: u64, until: u64) -> bool {
        until <= self.first || self.end <= from
    }

    /// Whether every leaf of a subtree is among them.
    fn holds(self, from: u64, until: u64) -> bool {
        self.first <= from && until <= self.end
    }

    /// Calls `each` for the largest subtrees that have no leaf among them, from left to right.
    fn others<E>(
        self,
        from: u64,
        until: u64,
        each: &mut impl FnMut(u64, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.misses(from, until) {
            return each(from, until);
        }
        if self.holds(from, until) {
            return Ok(());
        }
        let middle = from + split(until - from);
        self.others(from, middle, each)?;
        self.others(middle, until, each)
    }

    /// How many hashes a proof of them has.
    fn needed(self, size: u64) -> usize {
        let mut needed = 0;
        // Counting can't fail.
        let _ = self.others(0, size, &mut |_, _| {
            needed += 1;
            Ok::<(), ()>(())
        });
        needed
    }

    /// The root over a subtree, from the leaves and from the next hashes of the proof.
    fn root<H: TreeHash>(
        self,
        (from, until): (u64, u64),
        leaves: &[Hash],
        path: &mut impl Iterator<Item = Hash>,
    ) -> Option<Hash> {
        if self.misses(from, until) {
            return path.next();
        }
        if self.holds(from, until) {
            let at = |position: u64| usize::try_from(position - self.first).ok();
            return leaves.get(at(from)?..at(until)?).map(root_of::<H>);
        }
        let middle = from + split(until - from);
        let left = self.root::<H>((from, middle), leaves, path)?;
        let right = self.root::<H>((middle, until), leaves, path)?;
        Some(H::node(&left, &right))
    }
}

/// The proof for leaves `first` to `end` (M-07).
///
/// # Errors
/// [`PathError`] for leaves outside the tree, for none, or when a hash can't be read.
pub fn range_path<H: TreeHash, S: NodeSource>(
    source: &S,
    first: u64,
    end: u64,
    size: u64,
) -> Result<Vec<Hash>, PathError<S::Error>> {
    let span = Span::within(first, end, size);
    let span = span.map_err(|_| PathError::Range { wanted: end.max(first), size })?;
    let mut path = Vec::new();
    span.others(0, size, &mut |from, until| {
        path.push(range::<H, S>(source, from, until)?);
        Ok(())
    })?;
    Ok(path)
}

/// Checks that exactly these leaves stand from `first` on in the tree with that size and root (M-08).
///
/// # Errors
/// [`ProofError`]: what does not fit.
pub fn verify_range<H: TreeHash>(
    first: u64,
    leaves: &[Hash],
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let end = first.checked_add(leaves.len() as u64).ok_or(ProofError::Size(first))?;
    let span = Span::within(first, end, size)?;
    let needed = span.needed(size);
    if path.len() != needed {
        return Err(ProofError::Length { found: path.len(), needed });
    }
    let found = span.root::<H>((0, size), leaves, &mut path.iter().copied());
    if found.as_ref() == Some(root) { Ok(()) } else { Err(ProofError::Root) }
}
