//! A tree like another one, with some paths changed.

use std::collections::BTreeMap;

use super::{Batch, GitError, Mode, ObjectId, Repository, TreeEntry};

/// What becomes of a path: a blob that is put there, or nothing.
#[derive(Debug, Clone)]
pub struct Change {
    /// Path from the root, with slashes.
    pub path: String,
    /// The blob; `None` removes what is there.
    pub blob: Option<ObjectId>,
}

/// Writes to `batch` the trees that differ from `base`, and returns the new root.
///
/// A directory that becomes empty is left out, but for the root.
///
/// # Errors
/// [`GitError`] when a tree of the base can't be read or a name is not allowed.
pub fn edit_tree(
    repository: &Repository,
    batch: &mut Batch,
    base: Option<ObjectId>,
    changes: &[Change],
) -> Result<ObjectId, GitError> {
    let changes: Vec<Step<'_>> =
        changes.iter().map(|change| Step { path: &change.path, blob: change.blob }).collect();
    match edit(repository, batch, base, &changes)? {
        Some(root) => Ok(root),
        None => batch.tree(Vec::new()),
    }
}

#[derive(Clone, Copy)]
struct Step<'a> {
    path: &'a str,
    blob: Option<ObjectId>,
}

fn edit(
    repository: &Repository,
    batch: &mut Batch,
    base: Option<ObjectId>,
    changes: &[Step<'_>],
) -> Result<Option<ObjectId>, GitError> {
    let mut entries = BTreeMap::new();
    if let Some(base) = base {
        for entry in repository.read_tree(base)? {
            entries.insert(entry.name.clone(), entry);
        }
    }
    let mut below: BTreeMap<&str, Vec<Step<'_>>> = BTreeMap::new();
    for step in changes {
        match step.path.split_once('/') {
            Some((first, rest)) => {
                below.entry(first).or_default().push(Step { path: rest, ..*step });
            }
            None => put(&mut entries, step.path, Mode::File, step.blob),
        }
    }
    for (name, steps) in below {
        let old = entries.get(name.as_bytes()).filter(|entry| entry.mode == Mode::Tree);
        let new = edit(repository, batch, old.map(|entry| entry.id), &steps)?;
        put(&mut entries, name, Mode::Tree, new);
    }
    if entries.is_empty() {
        return Ok(None);
    }
    batch.tree(entries.into_values().collect()).map(Some)
}

fn put(entries: &mut BTreeMap<Vec<u8>, TreeEntry>, name: &str, mode: Mode, id: Option<ObjectId>) {
    let name = name.as_bytes().to_vec();
    match id {
        Some(id) => drop(entries.insert(name.clone(), TreeEntry { mode, name, id })),
        None => drop(entries.remove(&name)),
    }
}
