//! Entries that are named by others, looked up in one pass over the leaf hashes.

use std::collections::HashMap;

use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::Hash;
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::replay::{Fault, Object, Reference};

use super::super::{LedgerError, Log};

/// References to what does not stand before the entry that names it.
pub(super) fn dangling(
    log: &Log<'_>,
    references: &[Reference],
) -> Result<Vec<(Object, Fault)>, LedgerError> {
    let mut first: HashMap<Hash, Option<u64>> =
        references.iter().map(|reference| (reference.leaf.0, None)).collect();
    for number in 0..log.size().div_ceil(u64::from(WIDTH)) {
        let start = number * u64::from(WIDTH);
        for (position, hash) in (start..).zip(log.tile(0, number)?.iter()) {
            if let Some(slot) = first.get_mut(hash) {
                slot.get_or_insert(position);
            }
        }
        log.forget_tiles();
    }
    let stands = |leaf: &LeafHash, by: u64| {
        first.get(&leaf.0).copied().flatten().is_some_and(|position| position < by)
    };
    let missing = references.iter().filter(|reference| !stands(&reference.leaf, reference.by));
    Ok(missing
        .map(|reference| (Object::Entry(reference.by), Fault::Reference(reference.leaf)))
        .collect())
}
