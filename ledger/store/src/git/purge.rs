//! Removing objects for good from this repository's own files (H-33).
//!
//! Git drops unreachable objects weeks later, and from its own packs alone when it is told to. A pack
//! of whole objects is written anew without them here; a pack that git made may hold others as deltas
//! of them, and is left to git.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ledgit_core::limits;

use super::consolidate::{read_any, whole_objects};
use super::{Batch, GitError, KEEP_TEXT, ObjectId, Repository};
use crate::durable::Writer;

/// Files of a pack, its index first: without it nobody finds an object there.
const ENDS: [&str; 6] = ["idx", "rev", "bitmap", "mtimes", "pack", "keep"];
/// Lists of what is in all packs together. Git makes them anew, and does without.
const OF_ALL: &str = "multi-pack-index";

/// A place that still holds an object, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// A pack of deltas, which git made.
    Pack(PathBuf),
    /// A pack that somebody told git to keep.
    Kept(PathBuf),
    /// A pack larger than is written anew.
    Large(PathBuf),
    /// Another repository that this one borrows objects from, or a place that is not looked into.
    Elsewhere(ObjectId),
}

/// Removes objects from every pack and loose file where that can be done, and says what is left.
/// Nothing may reach them any more.
///
/// At every moment each other object can be read: a new pack is read back before an old one goes.
///
/// # Errors
/// [`GitError`]; whatever was not removed can be removed by the same call again.
pub fn purge(
    repository: &Repository,
    writer: &Writer,
    objects: &BTreeSet<ObjectId>,
) -> Result<Vec<Left>, GitError> {
    let mut left = BTreeSet::new();
    let packs = repository.common_dir().join("objects/pack");
    for index in indexes(&packs)? {
        left.extend(purge_pack(repository, writer, &index, objects)?);
    }
    for id in objects {
        let hex = id.hex();
        let (directory, name) = hex.split_at(2);
        writer.remove(&repository.common_dir().join("objects").join(directory).join(name))?;
    }
    if left.is_empty() {
        // What was opened before may show what was there before.
        let now = Repository::open(repository.git_dir())?;
        left.extend(objects.iter().filter(|id| now.has(**id)).map(|id| Left::Elsewhere(*id)));
    }
    Ok(left.into_iter().collect())
}

fn indexes(packs: &Path) -> Result<Vec<PathBuf>, GitError> {
    let failed = |source| GitError::Io { path: packs.to_owned(), source };
    let files = match fs::read_dir(packs) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for file in files {
        let path = file.map_err(failed)?.path();
        if path.extension().is_some_and(|end| end == "idx") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn purge_pack(
    repository: &Repository,
    writer: &Writer,
    index: &Path,
    objects: &BTreeSet<ObjectId>,
) -> Result<Option<Left>, GitError> {
    let pack = index.with_extension("pack");
    let ids = match super::consolidate::ids(repository, index) {
        Some(ids) if ids.iter().any(|id| objects.contains(id)) => ids,
        _ => return Ok(None),
    };
    let keep = fs::read(index.with_extension("keep")).ok();
    if keep.is_some_and(|text| text != KEEP_TEXT) {
        return Ok(Some(Left::Kept(pack)));
    }
    if whole_objects(repository, index).is_none() {
        return Ok(Some(Left::Pack(pack)));
    }
    if fs::metadata(&pack).is_ok_and(|file| file.len() > limits::PURGED_PACK_BYTES) {
        return Ok(Some(Left::Large(pack)));
    }
    let mut batch = Batch::new(repository.object_format());
    for id in ids.iter().filter(|id| !objects.contains(id)) {
        let (kind, bytes) = read_any(repository, *id)?;
        batch.add(kind, bytes)?;
    }
    batch.write(repository, writer, false)?;
    for all in [OF_ALL.to_owned(), bitmap_of_all(index)] {
        writer.remove(&index.with_file_name(all))?;
    }
    for end in ENDS {
        writer.remove(&index.with_extension(end))?;
    }
    tracing::debug!(pack = %pack.display(), "pack written anew without what is erased");
    Ok(None)
}

/// The bitmap of all packs bears a checksum in its name.
fn bitmap_of_all(index: &Path) -> String {
    let directory = index.parent().and_then(|packs| fs::read_dir(packs).ok());
    let names = directory.into_iter().flatten().flatten();
    let names = names.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut bitmaps = names.filter(|name| name.starts_with(OF_ALL) && name.ends_with(".bitmap"));
    bitmaps.next().unwrap_or_else(|| OF_ALL.to_owned())
}
