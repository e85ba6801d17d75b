//! The tree that a log commit must have, given the entries: every name, every id.

use std::collections::BTreeMap;

use crate::git::{
    GitError, Mode, ObjectFormat, ObjectId, ObjectKind, Repository, TreeEntry, tree_bytes,
};

/// Differences that are named for one commit.
const DIFFERENCES: usize = 20;

/// An object that a commit must bring.
pub(super) struct New {
    pub(super) id: ObjectId,
    pub(super) kind: ObjectKind,
    pub(super) bytes: Vec<u8>,
}

impl New {
    /// Demands that it stands in the repository. Equal bytes have an equal id, so that nothing is
    /// hashed but what differs (V-31).
    pub(super) fn check(&self, repository: &Repository) -> Result<(), GitError> {
        let max = self.bytes.len() as u64;
        match repository.read_unchecked(self.id, self.kind, max) {
            Ok(bytes) if bytes == self.bytes => Ok(()),
            _ => repository.read(self.id, self.kind, max).map(drop),
        }
    }
}

/// A directory of the expected tree.
#[derive(Debug, Default)]
pub(super) struct Expected {
    nodes: BTreeMap<String, Node>,
    /// Its id, while nothing below it changed.
    id: Option<ObjectId>,
    /// Whether only the id is known so far: of a tree that was verified before.
    unread: bool,
}

#[derive(Debug)]
enum Node {
    File(ObjectId),
    Directory(Expected),
}

impl Expected {
    /// A tree that was verified before.
    pub(super) fn of_tree(id: ObjectId) -> Self {
        Self { nodes: BTreeMap::new(), id: Some(id), unread: true }
    }

    /// Reads what is in it, where only its id is known.
    fn open(&mut self, repository: &Repository) -> Result<(), GitError> {
        let Some(id) = self.id.filter(|_| self.unread) else { return Ok(()) };
        for TreeEntry { mode, name, id } in repository.read_tree(id)? {
            let name = String::from_utf8_lossy(&name).into_owned();
            let node = match mode {
                Mode::Tree => Node::Directory(Self::of_tree(id)),
                _ => Node::File(id),
            };
            self.nodes.insert(name, node);
        }
        self.unread = false;
        Ok(())
    }

    /// Puts a file at a path, or takes it away; directories that become empty go. What is not read
    /// yet of the tree is read from the repository.
    pub(super) fn put(
        &mut self,
        path: &str,
        blob: Option<ObjectId>,
        repository: &Repository,
    ) -> Result<(), GitError> {
        self.open(repository)?;
        self.id = None;
        let Some((first, rest)) = path.split_once('/') else {
            match blob {
                Some(blob) => drop(self.nodes.insert(path.to_owned(), Node::File(blob))),
                None => drop(self.nodes.remove(path)),
            }
            return Ok(());
        };
        let directory = || Node::Directory(Self::default());
        let node = self.nodes.entry(first.to_owned()).or_insert_with(directory);
        if let Node::Directory(below) = node {
            below.put(rest, blob, repository)?;
            if below.nodes.is_empty() {
                self.nodes.remove(first);
            }
        }
        Ok(())
    }

    /// The id of the tree. `changed` is told every directory whose id was not known.
    pub(super) fn id(
        &mut self,
        format: ObjectFormat,
        changed: &mut Vec<New>,
    ) -> Result<ObjectId, GitError> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let mut entries = Vec::with_capacity(self.nodes.len());
        for (name, node) in &mut self.nodes {
            let (mode, id) = match node {
                Node::File(id) => (Mode::File, *id),
                Node::Directory(below) => (Mode::Tree, below.id(format, changed)?),
            };
            entries.push(TreeEntry { mode, name: name.clone().into_bytes(), id });
        }
        let bytes = tree_bytes(format, entries)?;
        let id = ObjectId::of(format, ObjectKind::Tree, &bytes)?;
        self.id = Some(id);
        changed.push(New { id, kind: ObjectKind::Tree, bytes });
        Ok(id)
    }

    /// Paths at which a tree differs from this one, and how.
    pub(super) fn differences(
        &mut self,
        repository: &Repository,
        tree: ObjectId,
    ) -> Result<Vec<(String, &'static str)>, GitError> {
        let mut found = Vec::new();
        self.compare(repository, tree, "", &mut found)?;
        Ok(found)
    }

    fn compare(
        &mut self,
        repository: &Repository,
        tree: ObjectId,
        path: &str,
        found: &mut Vec<(String, &'static str)>,
    ) -> Result<(), GitError> {
        if self.id == Some(tree) {
            return Ok(());
        }
        self.open(repository)?;
        let mut missing: BTreeMap<&[u8], &mut Node> =
            self.nodes.iter_mut().map(|(name, node)| (name.as_bytes(), node)).collect();
        for entry in repository.read_tree(tree)? {
            if found.len() >= DIFFERENCES {
                return Ok(());
            }
            let shown = join(path, &String::from_utf8_lossy(&entry.name));
            match (missing.remove(entry.name.as_slice()), entry.mode) {
                (Some(Node::File(id)), Mode::File) if *id == entry.id => {}
                (Some(Node::File(_)), Mode::File) => {
                    found.push((shown, "is not what the entries say"));
                }
                (Some(Node::Directory(below)), Mode::Tree) => {
                    below.compare(repository, entry.id, &shown, found)?;
                }
                (Some(_), _) => found.push((shown, "has another mode than belongs there")),
                (None, _) => found.push((shown, "does not belong there")),
            }
        }
        for (name, node) in missing {
            node.all_missing(join(path, &String::from_utf8_lossy(name)), repository, found)?;
        }
        found.truncate(DIFFERENCES);
        Ok(())
    }
}

impl Node {
    /// Names every file at and below a path that is not there.
    fn all_missing(
        &mut self,
        path: String,
        repository: &Repository,
        found: &mut Vec<(String, &'static str)>,
    ) -> Result<(), GitError> {
        match self {
            Self::File(_) => found.push((path, "is missing")),
            Self::Directory(below) => {
                below.open(repository)?;
                for (name, node) in &mut below.nodes {
                    node.all_missing(join(&path, name), repository, found)?;
                }
            }
        }
        Ok(())
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}
