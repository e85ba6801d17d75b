//! Trees: parsed strictly, written in the one order that Git has.

use std::collections::HashSet;

use super::{GitError, ObjectFormat, ObjectId, ObjectKind};

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link; its bytes are the target.
    Link,
    /// A directory.
    Tree,
    /// A commit of another repository.
    Submodule,
    /// A file that the group may write, which old versions of Git wrote.
    GroupWritable,
}

impl Mode {
    const ALL: [(Self, &'static [u8]); 6] = [
        (Self::File, b"100644"),
        (Self::Executable, b"100755"),
        (Self::Link, b"120000"),
        (Self::Tree, b"40000"),
        (Self::Submodule, b"160000"),
        (Self::GroupWritable, b"100664"),
    ];

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::ALL.iter().find(|(_, digits)| *digits == bytes).map(|(mode, _)| *mode)
    }

    /// As a tree holds it.
    pub fn digits(self) -> &'static [u8] {
        let found = Self::ALL.iter().find(|(mode, _)| *mode == self);
        found.map_or(b"100644", |(_, digits)| digits)
    }
}

/// One name in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// What it is.
    pub mode: Mode,
    /// Its name.
    pub name: Vec<u8>,
    /// The object.
    pub id: ObjectId,
}

impl TreeEntry {
    /// Directories sort as if their name ended in a slash.
    pub(super) fn order(&self) -> Vec<u8> {
        let mut key = self.name.clone();
        if self.mode == Mode::Tree {
            key.push(b'/');
        }
        key
    }
}

/// Reads the bytes of a tree; its order and names must be Git's (G-06). `id` is its name, and is
/// not computed here.
///
/// # Errors
/// [`GitError::Malformed`].
pub fn parse(id: ObjectId, mut bytes: &[u8]) -> Result<Vec<TreeEntry>, GitError> {
    let bad = |why| GitError::Malformed { id, kind: ObjectKind::Tree, why };
    let length = id.format().bytes();
    let mut entries: Vec<TreeEntry> = Vec::new();
    while !bytes.is_empty() {
        let (mode, rest) = cut(bytes, b' ').ok_or(bad("an entry has no mode"))?;
        let mode =
            Mode::from_bytes(mode).ok_or(bad("an entry has a mode that Git does not write"))?;
        let (name, rest) = cut(rest, 0).ok_or(bad("an entry has no name"))?;
        let (object, rest) = rest.split_at_checked(length).ok_or(bad("an entry is cut short"))?;
        let object = ObjectId::from_bytes(object).ok_or(bad("an entry is cut short"))?;
        let entry = TreeEntry { mode, name: name.to_vec(), id: object };
        if !is_name(&entry.name) {
            return Err(bad("an entry has a name that is not allowed"));
        }
        if entries.last().is_some_and(|before| before.order() >= entry.order()) {
            return Err(bad("its entries are not in order"));
        }
        entries.push(entry);
        bytes = rest;
    }
    if twice(&entries).is_some() {
        return Err(bad("a name in it stands for a directory and for something else"));
    }
    Ok(entries)
}

/// A tree's bytes; entries may come in any order.
///
/// # Errors
/// [`GitError::TreeName`] for a name that is not allowed, or stands twice.
pub fn encode(format: ObjectFormat, mut entries: Vec<TreeEntry>) -> Result<Vec<u8>, GitError> {
    entries.sort_by_cached_key(TreeEntry::order);
    let shown = |entry: &TreeEntry| String::from_utf8_lossy(&entry.name).into_owned();
    if let Some(entry) = twice(&entries) {
        return Err(GitError::TreeName(shown(entry)));
    }
    let mut bytes = Vec::new();
    let mut before: Option<&TreeEntry> = None;
    for entry in &entries {
        let twice = before.is_some_and(|before| before.name == entry.name);
        if twice || !is_name(&entry.name) || entry.id.format() != format {
            return Err(GitError::TreeName(shown(entry)));
        }
        bytes.extend_from_slice(entry.mode.digits());
        bytes.push(b' ');
        bytes.extend_from_slice(&entry.name);
        bytes.push(0);
        bytes.extend_from_slice(entry.id.as_bytes());
        before = Some(entry);
    }
    Ok(bytes)
}

/// A name that a directory has, and something else: in Git's order others may stand between the
/// two (`a`, `a.b`, `a/`), so that comparing neighbours does not show it.
fn twice(entries: &[TreeEntry]) -> Option<&TreeEntry> {
    let (directories, others): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| entry.mode == Mode::Tree);
    if directories.is_empty() {
        return None;
    }
    let names: HashSet<&[u8]> = others.iter().map(|entry| entry.name.as_slice()).collect();
    directories.into_iter().find(|entry| names.contains(entry.name.as_slice()))
}

fn is_name(name: &[u8]) -> bool {
    let special = matches!(name, b"" | b"." | b"..") || name.eq_ignore_ascii_case(b".git");
    !special && !name.contains(&b'/') && !name.contains(&0)
}

/// What stands before a byte, and what after.
pub(super) fn cut(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((bytes.get(..place)?, bytes.get(place + 1..)?))
}
