//! What a statement says of a code commit: digests that do not rest on SHA-1 (G-20 to G-23).

use std::collections::HashMap;

use ledgit_core::digest::Sha256;
use ledgit_core::limits;

use super::tree::{self, TreeEntry};
use super::{GitError, Mode, ObjectFormat, ObjectId, ObjectKind, Repository};

/// A commit and the digests that pin it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorFacts {
    /// The commit, as its repository names it.
    pub commit: ObjectId,
    /// SHA-256 of the commit object's bytes.
    pub commit_sha256: Sha256,
    /// The id that its tree has in a SHA-256 repository; none where it holds submodules, as
    /// their commits have no such id.
    pub tree_sha256: Option<Sha256>,
    /// Submodules by path, and their commits.
    pub submodules: Vec<(String, ObjectId)>,
}

/// Where the refs of anchored commits are.
pub const ANCHOR_PREFIX: &str = "refs/ledgit/anchors/";

/// The ref that keeps an anchored commit alive (G-23).
pub fn anchor_ref(commit: ObjectId) -> String {
    format!("{ANCHOR_PREFIX}{commit}")
}

/// Reads a commit and computes the digests that pin it.
///
/// # Errors
/// [`GitError`] when an object is missing or corrupt, or the tree is past the limits.
pub fn anchor(repository: &Repository, commit: ObjectId) -> Result<AnchorFacts, GitError> {
    let read = repository.read_commit(commit)?;
    let mut walk = Walk::new(repository, commit);
    let tree = walk.tree(read.tree, "", 0)?;
    let Walk { mut submodules, .. } = walk;
    submodules.sort();
    let tree_sha256 = submodules.is_empty().then_some(tree);
    Ok(AnchorFacts { commit, commit_sha256: Sha256::of(&read.raw), tree_sha256, submodules })
}

/// Objects whose SHA-256 is kept from one tree to the next; so many, and they are forgotten.
const KEPT: usize = 1 << 18;

/// SHA-256 ids of many trees that share most of what they hold.
#[derive(Debug, Default)]
pub struct Trees {
    trees: HashMap<ObjectId, Sha256>,
    blobs: HashMap<ObjectId, Sha256>,
}

impl Trees {
    /// The id that a commit's tree has in a SHA-256 repository; none where it holds submodules.
    ///
    /// # Errors
    /// As [`anchor`].
    pub fn id(
        &mut self,
        repository: &Repository,
        commit: ObjectId,
        tree: ObjectId,
    ) -> Result<Option<Sha256>, GitError> {
        if self.trees.len() + self.blobs.len() > KEPT {
            *self = Self::default();
        }
        let Self { trees, blobs } = std::mem::take(self);
        let mut walk = Walk { trees, blobs: Some(blobs), ..Walk::new(repository, commit) };
        let id = walk.tree(tree, "", 0);
        let Walk { submodules, trees, blobs, .. } = walk;
        *self = Self { trees, blobs: blobs.unwrap_or_default() };
        id.map(|id| submodules.is_empty().then_some(id))
    }
}

struct Walk<'a> {
    repository: &'a Repository,
    commit: ObjectId,
    /// Trees without submodules that were seen before.
    trees: HashMap<ObjectId, Sha256>,
    /// Blobs that were seen before, where they are kept.
    blobs: Option<HashMap<ObjectId, Sha256>>,
    objects: u64,
    submodules: Vec<(String, ObjectId)>,
}

impl<'a> Walk<'a> {
    fn new(repository: &'a Repository, commit: ObjectId) -> Self {
        let (trees, submodules) = (HashMap::new(), Vec::new());
        Self { repository, commit, trees, blobs: None, objects: 0, submodules }
    }

    /// The id of a tree in a SHA-256 repository; zeros stand for a submodule's commit.
    fn tree(&mut self, id: ObjectId, path: &str, depth: usize) -> Result<Sha256, GitError> {
        if let Some(known) = self.trees.get(&id) {
            return Ok(*known);
        }
        if depth > limits::ANCHOR_DEPTH {
            return Err(GitError::AnchorLimit(self.commit));
        }
        let submodules = self.submodules.len();
        let mut entries = Vec::new();
        for entry in self.repository.read_tree(id)? {
            self.objects += 1;
            if self.objects > limits::ANCHOR_OBJECTS {
                return Err(GitError::AnchorLimit(self.commit));
            }
            let digest = self.entry(&entry, path, depth)?;
            let id = ObjectId::from_bytes(&digest.0).ok_or(GitError::AnchorLimit(self.commit))?;
            entries.push(TreeEntry { id, ..entry });
        }
        let bytes = tree::encode(ObjectFormat::Sha256, entries)?;
        let digest = object_sha256(ObjectKind::Tree, &bytes)?;
        if submodules == self.submodules.len() {
            self.trees.insert(id, digest);
        }
        Ok(digest)
    }

    fn entry(&mut self, entry: &TreeEntry, path: &str, depth: usize) -> Result<Sha256, GitError> {
        let name = String::from_utf8_lossy(&entry.name);
        let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
        match entry.mode {
            Mode::Tree => self.tree(entry.id, &path, depth + 1),
            Mode::Submodule => {
                self.submodules.push((path, entry.id));
                Ok(Sha256([0; 32]))
            }
            _ if entry.id.format() == ObjectFormat::Sha256 => Ok(named(entry.id)),
            _ => self.blob(entry.id),
        }
    }

    fn blob(&mut self, id: ObjectId) -> Result<Sha256, GitError> {
        if let Some(known) = self.blobs.as_ref().and_then(|blobs| blobs.get(&id)) {
            return Ok(*known);
        }
        let bytes = self.repository.read(id, ObjectKind::Blob, limits::ANCHOR_BLOB_BYTES)?;
        let digest = object_sha256(ObjectKind::Blob, &bytes)?;
        if let Some(blobs) = &mut self.blobs {
            blobs.insert(id, digest);
        }
        Ok(digest)
    }
}

/// A SHA-256 repository names its objects so already.
fn named(id: ObjectId) -> Sha256 {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(id.as_bytes()).for_each(|(to, from)| *to = *from);
    Sha256(bytes)
}

fn object_sha256(kind: ObjectKind, bytes: &[u8]) -> Result<Sha256, GitError> {
    ObjectId::of(ObjectFormat::Sha256, kind, bytes).map(named)
}
