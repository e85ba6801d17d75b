//! Checking inclusion (RFC 9162 section 2.1.3.2) and consistency (2.1.4.2) proofs.

use super::hash::{Hash, TreeHash};
use crate::limits;

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree is larger than any that ledgit reads.
    #[error("a tree of {0} leaves is past the limit")]
    Size(u64),
    /// The leaf would stand outside the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    Index {
        /// Position asked for.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// Too few or too many hashes: exactly one count is right.
    #[error("the proof has {found} hashes; this leaf and size need {needed}")]
    Length {
        /// Hashes in the proof.
        found: usize,
        /// Hashes that belong there.
        needed: usize,
    },
    /// The tree shrank.
    #[error("a tree of {new} leaves does not extend one of {old}")]
    Shrunk {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// The proof leads to another root than the one given.
    #[error("the proof leads to another root")]
    Root,
    /// The proof does not contain the older tree.
    #[error("the proof leads to another old root")]
    OldRoot,
}

/// Hashes below the point where the paths to `index` and to the last leaf part, and all.
fn inclusion_length(index: u64, size: u64) -> (u32, u32) {
    let inner = 64 - (index ^ (size - 1)).leading_zeros();
    let border = (index.checked_shr(inner).unwrap_or(0)).count_ones();
    (inner, inner + border)
}

/// The root that a path leads to from one leaf (M-05).
///
/// # Errors
/// [`ProofError`] when index, size and number of hashes do not fit together.
pub fn root_from_inclusion<H: TreeHash>(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
) -> Result<Hash, ProofError> {
    if size > limits::TREE_SIZE {
        return Err(ProofError::Size(size));
    }
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (inner, all) = inclusion_length(index, size);
    if path.len() != all as usize {
        return Err(ProofError::Length { found: path.len(), needed: all as usize });
    }
    let mut hash = *leaf;
    for (level, sibling) in path.iter().enumerate() {
        let right_child = level < inner as usize && index >> level & 1 == 0;
        hash = if right_child { H::node(&hash, sibling) } else { H::node(sibling, &hash) };
    }
    Ok(hash)
}

/// Checks that a leaf stands at `index` in the tree with that size and root (M-05).
///
/// # Errors
/// [`ProofError`]: what does not fit.
pub fn verify_inclusion<H: TreeHash>(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let found = root_from_inclusion::<H>(index, size, leaf, path)?;
    if found == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the newer tree begins with every leaf of the older one (M-06).
///
/// From size 0 every tree follows, and between equal sizes the roots are equal; both
/// take an empty proof alone.
///
/// # Errors
/// [`ProofError`]: what does not fit.
pub fn verify_consistency<H: TreeHash>(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if new_size > limits::TREE_SIZE {
        return Err(ProofError::Size(new_size));
    }
    if old_size > new_size {
        return Err(ProofError::Shrunk { old: old_size, new: new_size });
    }
    if old_size == 0 || old_size == new_size {
        return verify_trivial::<H>(old_size, old_root, new_size, new_root, path);
    }
    verify_extension::<H>(old_size, old_root, new_size, new_root, path)
}

fn verify_trivial<H: TreeHash>(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if !path.is_empty() {
        return Err(ProofError::Length { found: path.len(), needed: 0 });
    }
    if old_size == 0 && *old_root != H::empty() {
        return Err(ProofError::OldRoot);
    }
    if new_size == 0 && *new_root != H::empty() {
        return Err(ProofError::Root);
    }
    if old_size == new_size && old_root != new_root { Err(ProofError::Root) } else { Ok(()) }
}

/// The path starts at the largest full subtree that ends at the old size. Where that is
/// the whole old tree its hash is the old root and is not repeated in the proof.
fn verify_extension<H: TreeHash>(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    let shift = old_size.trailing_zeros();
    let (inner, all) = inclusion_length(old_size - 1, new_size);
    let whole = old_size.is_power_of_two();
    let needed = (all - shift) as usize + usize::from(!whole);
    if path.len() != needed {
        return Err(ProofError::Length { found: path.len(), needed });
    }
    let (start, rest) = match path.split_first() {
        Some((first, rest)) if !whole => (first, rest),
        _ => (old_root, path),
    };
    let (mut old, mut new) = (*start, *start);
    for (level, sibling) in rest.iter().enumerate() {
        let level = level as u32 + shift;
        if level < inner && (old_size - 1) >> level & 1 == 0 {
            new = H::node(&new, sibling);
        } else {
            old = H::node(sibling, &old);
            new = H::node(sibling, &new);
        }
    }
    if old != *old_root {
        return Err(ProofError::OldRoot);
    }
    if new == *new_root { Ok(()) } else { Err(ProofError::Root) }
}
