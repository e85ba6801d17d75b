//! What is read again before a head is signed: the root comes from stored bytes, by another path
//! than the one that it was computed by. Tests: `ledger/store/tests/flips.rs` (C11).

use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::digest::RootHash;
use ledgit_core::merkle::tile::{self, WIDTH};
use ledgit_core::merkle::{Hash, Rfc6962, TreeHash as _, root_of};
use ledgit_core::name::Origin;

use super::layout::{GENESIS, RESERVED, full_bundles};
use super::log::read_file;
use super::{LedgerError, Log};
use crate::git::{ObjectId, Repository};

/// The head that a reservation asks to be signed.
pub(super) fn read_reserved(
    repository: &Repository,
    next: ObjectId,
) -> Result<Checkpoint, LedgerError> {
    let bytes = read_file(repository, next, RESERVED)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| malformed(next, &error))?;
    Checkpoint::parse(text).map_err(|error| malformed(next, &error))
}

/// Checks a reservation over a log of `before` entries, and returns the entries that it adds.
pub(super) fn check(
    repository: &Repository,
    next: ObjectId,
    before: u64,
    reserved: &Checkpoint,
    origin: &Origin,
) -> Result<Vec<Vec<u8>>, LedgerError> {
    if *reserved != Checkpoint::new(origin, reserved.size, reserved.root) {
        return Err(malformed(next, &format!("it is not a head of {}", origin.as_str())));
    }
    let log = Log::at(repository, next, reserved.size)?;
    let stored = RootHash(log.rows()?.root());
    if stored != reserved.root {
        return Err(LedgerError::ReadBack { stored, computed: reserved.root });
    }
    check_full_tiles(&log, before)?;
    let entries = new_entries(&log, before)?;
    if before == 0 && entries.first() != Some(&log.genesis()?) {
        return Err(LedgerError::Malformed {
            commit: next,
            path: GENESIS.into(),
            why: "it is not entry 0".into(),
        });
    }
    Ok(entries)
}

/// Each tile that became full stands, by its hash, in the tile above it.
fn check_full_tiles(log: &Log<'_>, before: u64) -> Result<(), LedgerError> {
    let full = |size, level| tile::hashes_at(size, level) / u64::from(WIDTH);
    let levels = (0_u8..).take_while(|level| full(log.size(), *level) > 0);
    for level in levels {
        for index in full(before, level)..full(log.size(), level) {
            let hash = root_of::<Rfc6962>(&log.tile(level, index)?);
            stands_in(log, level + 1, index, hash)?;
        }
    }
    Ok(())
}

/// The entries from `before` on. Each one's leaf hash stands in its row or tile, and so does that of
/// an older one which moved into a bundle that became full.
fn new_entries(log: &Log<'_>, before: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
    let open = full_bundles(before);
    let moved = full_bundles(log.size()) > open;
    let from = if moved { open * u64::from(WIDTH) } else { before };
    let mut entries = Vec::new();
    log.each(from, |position, entry| {
        stands_in(log, 0, position, Rfc6962::leaf(&entry))?;
        if position >= before {
            entries.push(entry);
        }
        Ok::<_, LedgerError>(())
    })?;
    Ok(entries)
}

fn stands_in(log: &Log<'_>, level: u8, position: u64, hash: Hash) -> Result<(), LedgerError> {
    let width = u64::from(WIDTH);
    let tile = log.tile(level, position / width)?;
    match tile.get((position % width) as usize) {
        Some(said) if *said == hash => Ok(()),
        said => {
            let computed = RootHash(said.copied().unwrap_or_default());
            Err(LedgerError::ReadBack { stored: RootHash(hash), computed })
        }
    }
}

fn malformed(next: ObjectId, why: &dyn std::fmt::Display) -> LedgerError {
    LedgerError::Malformed { commit: next, path: RESERVED.into(), why: why.to_string() }
}
