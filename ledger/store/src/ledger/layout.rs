//! Where things stand in the tree of a log commit (L-02 to L-06, L-11), and what new entries change.

use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::tile::{self, TileId, WIDTH};
use ledgit_core::merkle::{Hash, Rfc6962, TileRows, TreeHash as _, bundle};

use super::LedgerError;

/// The signed checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// Entry 0 once more: whoever opens a ledger reads it, and its bundle has 256 entries (L-11).
pub(super) const GENESIS: &str = "genesis";
/// The entries of the unfilled bundle, in a directory that has the bundle's number: Git finds good
/// deltas among trees of one path, and only versions of one bundle's are alike (L-05).
pub(super) const PENDING: &str = "pending";
/// The head that is to be signed, in a reservation.
pub(super) const RESERVED: &str = "reserved";

/// Directory of the entries of an unfilled bundle.
pub(super) fn pending_directory(bundle: u64) -> String {
    format!("{PENDING}/{bundle}")
}

/// Path of an entry of the unfilled bundle.
pub(super) fn pending_path(index: u64, leaf: &LeafHash) -> String {
    let directory = pending_directory(full_bundles(index));
    format!("{directory}/{}", pending_name(index, leaf))
}

fn pending_name(index: u64, leaf: &LeafHash) -> String {
    format!("{index}-{}", leaf.hex())
}

/// Reads the name that an entry has in its directory.
pub(super) fn parse_pending(name: &[u8]) -> Option<(u64, LeafHash)> {
    let (index, leaf) = std::str::from_utf8(name).ok()?.split_once('-')?;
    let (index, leaf) = (index.parse().ok()?, LeafHash::from_hex(leaf).ok()?);
    (pending_name(index, &leaf).as_bytes() == name).then_some((index, leaf))
}

/// Path of the hashes of a level's unfilled tile; level 0 has none, as its hashes are names.
pub(super) fn edge_path(level: u8) -> String {
    format!("edge/{level}")
}

/// Bundles that are full in a log of `size` entries.
pub(super) fn full_bundles(size: u64) -> u64 {
    size / u64::from(WIDTH)
}

/// A file of the tree and its new bytes; none where it goes.
pub(super) type FileChange = (String, Option<Vec<u8>>);

/// The leaf hashes of entries.
pub(super) fn leaves<E: AsRef<[u8]>>(entries: &[E]) -> Vec<Hash> {
    entries.iter().map(|entry| Rfc6962::leaf(entry.as_ref())).collect()
}

/// Adds entries to the rows, and says what changes in the tree beside the checkpoint. `leaves` are
/// their leaf hashes.
///
/// `unfilled` reads the entries of the bundle that is not full yet; it is asked for only if that
/// bundle becomes full.
pub(super) fn grow<E: AsRef<[u8]>>(
    rows: &mut TileRows,
    entries: &[E],
    leaves: &[Hash],
    unfilled: impl FnOnce() -> Result<Vec<Vec<u8>>, LedgerError>,
) -> Result<Vec<FileChange>, LedgerError> {
    let before = rows.size();
    let (mut changes, mut edges) = (Vec::new(), 0_u8);
    for leaf in leaves {
        rows.push(*leaf, &mut |full| {
            let id = TileId { level: full.level, index: full.index, width: WIDTH };
            changes.push((id.path(), Some(tile::to_bytes(full.hashes))));
            edges = edges.max(full.level + 1);
        });
    }
    if before == 0 {
        let genesis = entries.first().map(|entry| entry.as_ref().to_vec());
        changes.push((GENESIS.into(), genesis));
    }
    for level in 1..=edges {
        let row = rows.row(level);
        let bytes = (!row.is_empty()).then(|| tile::to_bytes(row));
        changes.push((edge_path(level), bytes));
    }
    let first_open = full_bundles(rows.size()) * u64::from(WIDTH);
    if first_open > before {
        fill_bundles(&mut changes, before, unfilled()?, entries)?;
    }
    for ((index, entry), leaf) in (before..).zip(entries).zip(leaves) {
        if index >= first_open {
            let path = pending_path(index, &LeafHash(*leaf));
            changes.push((path, Some(entry.as_ref().to_vec())));
        }
    }
    Ok(changes)
}

/// The bundles that become full, and the single entries that go into the first of them.
fn fill_bundles<E: AsRef<[u8]>>(
    changes: &mut Vec<FileChange>,
    before: u64,
    unfilled: Vec<Vec<u8>>,
    entries: &[E],
) -> Result<(), LedgerError> {
    let start = before - unfilled.len() as u64;
    for (index, entry) in (start..).zip(&unfilled) {
        changes.push((pending_path(index, &LeafHash(Rfc6962::leaf(entry))), None));
    }
    let entries = entries.iter().map(AsRef::as_ref);
    let all: Vec<&[u8]> = unfilled.iter().map(Vec::as_slice).chain(entries).collect();
    let full = all.chunks(usize::from(WIDTH)).filter(|chunk| chunk.len() == usize::from(WIDTH));
    for (number, chunk) in (full_bundles(start)..).zip(full) {
        changes.push((tile::bundle_path(number, WIDTH), Some(bundle::encode(chunk)?)));
    }
    Ok(())
}
