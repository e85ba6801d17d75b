//! Many small packs become one (G-08).
//!
//! Git looks for an object in one pack after the other, so that hundreds of them make everything
//! slow. Which packs are the ledger's needs no list: a small one that holds one of the last
//! commits of the log or what their trees name, and nothing but whole objects.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::merge::merge;
use super::{GitError, ObjectId, ObjectKind, Repository};
use crate::durable::Writer;

/// From how many small packs on they are made one.
pub const PACKS: usize = 32;

/// The largest pack that is taken, in bytes of its file.
const SMALL_BYTES: u64 = 64 << 20;

/// How much larger all others together are than the largest that is taken. So each object is written again
/// a logarithmic number of times, and of packs of one size there are at most so many.
const LARGER: u64 = 3;

/// Commits by which packs of the log are known, and those of them whose trees are read too: an append
/// writes a pack of what its tree names, and one of its commit; a pack of several has commits.
const COMMITS: usize = 1_024;
const TREES: usize = 2 * PACKS;

struct Small {
    stem: PathBuf,
    bytes: u64,
}

/// Makes one pack of the small ones that hold a part of the history of `head`, if there are [`PACKS`] of
/// them. Returns how many it replaced.
///
/// The new pack is written and read back before an old one is removed, and of an old one its
/// index goes first: at every moment each object can be read.
///
/// # Errors
/// [`GitError`]; everything that was there still is.
pub fn consolidate(
    repository: &Repository,
    writer: &Writer,
    head: ObjectId,
) -> Result<usize, GitError> {
    let dir = repository.common_dir().join("objects/pack");
    let mut small = small_packs(&dir)?;
    // To look into packs costs more than to see that there are too few.
    small.truncate(worth_merging(&small));
    if !small.is_empty() {
        let recent = recent(repository, head)?;
        small.retain(|pack| holds_any(repository, &pack.stem, &recent));
        small.truncate(worth_merging(&small));
    }
    if small.is_empty() {
        return Ok(0);
    }
    let stems: Vec<_> = small.iter().map(|pack| pack.stem.clone()).collect();
    let Some(name) = merge(repository, writer, &stems)? else { return Ok(0) };
    let own = dir.join(format!("pack-{}", name.hex()));
    for pack in small.iter().filter(|pack| pack.stem != own) {
        writer.remove(&pack.stem.with_extension("idx"))?;
        writer.remove(&pack.stem.with_extension("pack"))?;
    }
    tracing::debug!(packs = small.len(), into = name.hex(), "packs consolidated");
    Ok(small.len())
}

/// How many of the packs, from the smallest, to merge: as many as can be, of at least [`PACKS`].
fn worth_merging(sorted: &[Small]) -> usize {
    let (mut sum, mut worth) = (0, 0);
    for (count, pack) in (1..).zip(sorted) {
        if count >= PACKS && pack.bytes * LARGER <= sum {
            worth = count;
        }
        sum += pack.bytes;
    }
    worth
}

/// Packs that may be taken by their size, the smallest first.
fn small_packs(dir: &Path) -> Result<Vec<Small>, GitError> {
    let failed = |source| GitError::Io { path: dir.to_owned(), source };
    let mut found = Vec::new();
    let Ok(files) = fs::read_dir(dir) else { return Ok(found) };
    for file in files {
        let path = file.map_err(failed)?.path();
        if path.extension().is_none_or(|end| end != "idx") {
            continue;
        }
        let stem = path.with_extension("");
        let Ok(bytes) = fs::metadata(path.with_extension("pack")).map(|file| file.len()) else {
            continue;
        };
        if bytes <= SMALL_BYTES && !path.with_extension("keep").exists() {
            found.push(Small { stem, bytes });
        }
    }
    found.sort_by_key(|pack| pack.bytes);
    Ok(found)
}

/// The last commits of the log, and what the last of their trees name.
fn recent(repository: &Repository, head: ObjectId) -> Result<BTreeSet<ObjectId>, GitError> {
    let (mut recent, mut at) = (BTreeSet::new(), Some(head));
    for count in 0..COMMITS {
        let Some(commit) = at else { break };
        let read = match repository.read_commit(commit) {
            // A shallow clone ends somewhere.
            Err(GitError::Missing(_)) if count > 0 => break,
            read => read?,
        };
        recent.insert(commit);
        if count < TREES {
            recent.extend(repository.read_tree(read.tree)?.into_iter().map(|entry| entry.id));
        }
        at = read.parents.first().copied();
    }
    Ok(recent)
}

/// Whether a pack holds any of these, and whole objects alone. One that goes away meanwhile was repacked by
/// Git; there is nothing to do then.
fn holds_any(repository: &Repository, stem: &Path, recent: &BTreeSet<ObjectId>) -> bool {
    let ids = whole_objects(repository, &stem.with_extension("idx")).unwrap_or_default();
    ids.iter().any(|id| recent.contains(id))
}

/// The ids in a pack; none where its index can't be read.
pub(super) fn ids(repository: &Repository, index: &Path) -> Option<Vec<ObjectId>> {
    let index = gix::odb::pack::index::File::at(index, repository.object_format().gix()).ok()?;
    Some(index.iter().map(|entry| ObjectId(entry.oid)).collect())
}

/// The ids in a pack that holds whole objects alone, by id; none for another pack.
pub(super) fn whole_objects(repository: &Repository, index: &Path) -> Option<Vec<ObjectId>> {
    let format = repository.object_format().gix();
    let index_file = gix::odb::pack::index::File::at(index, format).ok()?;
    let pack = gix::odb::pack::data::File::at(index.with_extension("pack"), format).ok()?;
    let mut ids = Vec::with_capacity(index_file.num_objects() as usize);
    for entry in index_file.iter() {
        let header = pack.entry(entry.pack_offset).ok()?.header;
        if header.is_delta() {
            return None;
        }
        ids.push(ObjectId(entry.oid));
    }
    Some(ids)
}

pub(super) fn read_any(
    repository: &Repository,
    id: ObjectId,
) -> Result<(ObjectKind, Vec<u8>), GitError> {
    let mut wrong = None;
    for kind in [ObjectKind::Blob, ObjectKind::Tree, ObjectKind::Commit] {
        match repository.read(id, kind, u64::MAX) {
            Ok(bytes) => return Ok((kind, bytes)),
            Err(error @ GitError::Kind { .. }) => wrong = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(wrong.unwrap_or(GitError::Missing(id)))
}
