//! Entries that are named by others, looked up in one pass over the leaf hashes.

use std::collections::HashMap;

use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::Hash;
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::replay::{Fault, Object, Reference};

use super::super::{LedgerError, Log};
use super::Tracked;

/// References to what does not stand before the entry that names it.
pub(super) fn dangling(
    log: &Log<'_>,
    references: &[Reference],
    past: &impl Tracked,
) -> Result<Vec<(Object, Fault)>, LedgerError> {
    let asked = references.iter().map(|one| (*one, past.stands(&one.leaf, one.by)));
    let (told, unknown): (Vec<_>, Vec<_>) = asked.partition(|(_, stands)| stands.is_some());
    let gone = told.into_iter().filter(|(_, stands)| *stands == Some(false)).map(|(one, _)| one);
    let unknown: Vec<_> = unknown.into_iter().map(|(one, _)| one).collect();
    let mut missing: Vec<_> = gone.collect();
    if !unknown.is_empty() {
        missing.extend(not_found(log, &unknown)?);
    }
    let fault = |one: Reference| (Object::Entry(one.by), Fault::Reference(one.leaf));
    Ok(missing.into_iter().map(fault).collect())
}

fn not_found(log: &Log<'_>, references: &[Reference]) -> Result<Vec<Reference>, LedgerError> {
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
    Ok(references.iter().copied().filter(|one| !stands(&one.leaf, one.by)).collect())
}
