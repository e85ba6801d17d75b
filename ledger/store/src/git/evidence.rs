//! The content-addressed store: bytes that statements name by digest (G-10 to G-13).
//!
//! A batch hangs on a ref of its own and not on the log's commits, so that it can be deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledgit_core::digest::{Blake3, Sha256};
use ledgit_core::limits;

use super::{Batch, CommitSpec, GitError, Mode, ObjectId, ObjectKind, Repository, TreeEntry};

/// Where the refs of evidence are.
pub const EVIDENCE_PREFIX: &str = "refs/ledgit/evidence/";

/// Evidence that is stored together.
#[derive(Debug, Clone, Default)]
pub struct EvidenceBatch(BTreeMap<Sha256, Vec<u8>>);

impl EvidenceBatch {
    /// Adds bytes, at most [`limits::EVIDENCE_BYTES`] of them; the same ones count once.
    pub fn add(&mut self, bytes: Vec<u8>) -> Sha256 {
        let name = Sha256::of(&bytes);
        self.0.insert(name, bytes);
        name
    }

    /// The bytes under a digest.
    pub fn get(&self, sha256: &Sha256) -> Option<&[u8]> {
        self.0.get(sha256).map(Vec::as_slice)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digests, ascending.
    pub fn names(&self) -> impl Iterator<Item = Sha256> {
        self.0.keys().copied()
    }

    /// Takes everything from another batch.
    pub fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Takes what is under some digests out into a batch of its own.
    #[must_use]
    pub fn take(&mut self, names: &BTreeSet<Sha256>) -> Self {
        Self(names.iter().filter_map(|name| self.0.remove_entry(name)).collect())
    }

    /// How many objects there are, and of how many bytes together.
    pub fn extent(&self) -> (u64, u64) {
        (self.0.len() as u64, self.0.values().map(|bytes| bytes.len() as u64).sum())
    }

    /// Adds the objects and a tree of them, under their digests (G-10).
    ///
    /// # Errors
    /// [`GitError`].
    pub fn into_tree(self, batch: &mut Batch) -> Result<ObjectId, GitError> {
        let mut blobs = BTreeMap::new();
        for (name, bytes) in self.0 {
            blobs.insert(name, batch.blob(bytes)?);
        }
        tree_of(batch, &blobs)
    }

    /// Adds the batch's objects, and says which ref is to point at which commit. The ref's name is
    /// the digest of the batch, so it is created once and never moved (G-11).
    ///
    /// # Errors
    /// [`GitError`].
    pub fn into_objects(self, batch: &mut Batch) -> Result<(String, ObjectId), GitError> {
        let mut blobs = BTreeMap::new();
        for (name, bytes) in self.0 {
            blobs.insert(name, batch.blob(bytes)?);
        }
        hang(batch, &blobs)
    }
}

/// Adds the tree of blobs that are stored.
fn tree_of(batch: &mut Batch, blobs: &BTreeMap<Sha256, ObjectId>) -> Result<ObjectId, GitError> {
    let entries = blobs.iter().map(|(name, id)| TreeEntry {
        mode: Mode::File,
        name: name.hex().into_bytes(),
        id: *id,
    });
    batch.tree(entries.collect())
}

/// Adds the tree and the commit of a batch whose blobs are stored, and says which ref is to point at it.
fn hang(
    batch: &mut Batch,
    blobs: &BTreeMap<Sha256, ObjectId>,
) -> Result<(String, ObjectId), GitError> {
    let names: Vec<u8> = blobs.keys().flat_map(|name| name.0).collect();
    let (count, tree) = (blobs.len(), tree_of(batch, blobs)?);
    let commit = batch.commit(&CommitSpec {
        tree,
        parents: Vec::new(),
        author: "ledgit <>".to_owned(),
        time: 0,
        message: format!("evidence: {count} objects\n"),
    })?;
    Ok((format!("{EVIDENCE_PREFIX}{}", Sha256::of(&names).hex()), commit))
}

/// A batch that holds what is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// Its ref.
    pub name: String,
    /// What that points at.
    pub commit: ObjectId,
    /// The ref of the rest, and its commit; none where nothing is left.
    pub rest: Option<(String, ObjectId)>,
    /// Its commit and tree, and the blobs that are to go.
    pub objects: Vec<ObjectId>,
}

/// Every batch that holds any of some evidence. The tree and commit of what is left of each are added
/// to `batch`.
///
/// # Errors
/// [`GitError`] when a ref, commit or tree can't be read.
pub fn without(
    repository: &Repository,
    batch: &mut Batch,
    gone: &BTreeSet<Sha256>,
) -> Result<Vec<Without>, GitError> {
    let mut found = Vec::new();
    for (name, commit) in repository.refs_under(EVIDENCE_PREFIX)? {
        let tree = repository.read_commit(commit)?.tree;
        let (mut blobs, mut objects) = (BTreeMap::new(), vec![commit, tree]);
        for entry in repository.read_tree(tree)? {
            let named = std::str::from_utf8(&entry.name).ok();
            match named.and_then(|named| Sha256::from_hex(named).ok()) {
                Some(sha256) if gone.contains(&sha256) => objects.push(entry.id),
                Some(sha256) => drop(blobs.insert(sha256, entry.id)),
                None => {}
            }
        }
        if objects.len() == 2 {
            continue;
        }
        let rest = (!blobs.is_empty()).then(|| hang(batch, &blobs)).transpose()?;
        found.push(Without { name, commit, rest, objects });
    }
    Ok(found)
}

/// What was found under a digest. Missing and mismatch are never confused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The bytes, with both digests and the size that were asked for.
    Verified(Vec<u8>),
    /// Bytes are stored under the name, and are others.
    Mismatch {
        /// SHA-256 of what is stored.
        sha256: Sha256,
        /// Its size in bytes.
        size: u64,
    },
    /// Nothing is stored under the name.
    Missing,
}

impl Found {
    /// The bytes, if they are those that were asked for.
    pub fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Verified(bytes) => Some(bytes),
            Self::Mismatch { .. } | Self::Missing => None,
        }
    }
}

/// Where evidence is, read once from the refs.
///
/// Whoever may push a batch can put other bytes under a name that is taken; all that stand under it
/// are tried, so that they take nothing away.
#[derive(Debug, Clone, Default)]
pub struct EvidenceIndex {
    first: HashMap<Sha256, ObjectId>,
    /// Where more than one object has a name.
    more: HashMap<Sha256, Vec<ObjectId>>,
}

impl EvidenceIndex {
    /// Reads the trees of all batches.
    ///
    /// # Errors
    /// [`GitError`] when a ref, commit or tree can't be read.
    pub fn open(repository: &Repository) -> Result<Self, GitError> {
        let mut index = Self::default();
        for (_, commit) in repository.refs_under(EVIDENCE_PREFIX)? {
            let tree = repository.read_commit(commit)?.tree;
            for entry in repository.read_tree(tree)? {
                let name = std::str::from_utf8(&entry.name).ok();
                if let Some(Ok(name)) = name.map(Sha256::from_hex) {
                    index.add(name, entry.id);
                }
            }
        }
        Ok(index)
    }

    fn add(&mut self, name: Sha256, id: ObjectId) {
        let first = *self.first.entry(name).or_insert(id);
        let more = || self.more.get(&name).is_none_or(|more| !more.contains(&id));
        if first != id && more() {
            self.more.entry(name).or_default().push(id);
        }
    }

    /// Whether something is stored under a digest.
    pub fn has(&self, sha256: &Sha256) -> bool {
        self.first.contains_key(sha256)
    }

    fn stored(&self, sha256: &Sha256) -> impl Iterator<Item = ObjectId> {
        let more = self.more.get(sha256).into_iter().flatten();
        self.first.get(sha256).into_iter().chain(more).copied()
    }

    /// The bytes with a SHA-256, if they are stored under it.
    ///
    /// # Errors
    /// [`GitError`] when the only object under it is there and can't be read.
    pub fn find(
        &self,
        repository: &Repository,
        sha256: &Sha256,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let mut failed = None;
        for id in self.stored(sha256) {
            match repository.read(id, ObjectKind::Blob, limits::EVIDENCE_BYTES) {
                Ok(bytes) if Sha256::of(&bytes) == *sha256 => return Ok(Some(bytes)),
                Ok(_) | Err(GitError::Missing(_)) => {}
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// Reads evidence and holds it against what a statement says of it (G-13).
    ///
    /// # Errors
    /// [`GitError`] when the object is there and can't be read.
    pub fn read(
        &self,
        repository: &Repository,
        size: u64,
        blake3: Option<&Blake3>,
        sha256: &Sha256,
    ) -> Result<Found, GitError> {
        let mut outcome = Ok(Found::Missing);
        for id in self.stored(sha256) {
            let read = match repository.read(id, ObjectKind::Blob, limits::EVIDENCE_BYTES) {
                Err(GitError::Missing(_)) => continue,
                read => read.map(|bytes| held(bytes, size, blake3, sha256)),
            };
            match read {
                Ok(Found::Verified(bytes)) => return Ok(Found::Verified(bytes)),
                other => outcome = other,
            }
        }
        outcome
    }
}

/// Holds bytes against what is said of them.
fn held(bytes: Vec<u8>, size: u64, blake3: Option<&Blake3>, sha256: &Sha256) -> Found {
    let found = Sha256::of(&bytes);
    let same = found == *sha256
        && bytes.len() as u64 == size
        && blake3.is_none_or(|blake3| Blake3::of(&bytes) == *blake3);
    match same {
        true => Found::Verified(bytes),
        false => Found::Mismatch { sha256: found, size: bytes.len() as u64 },
    }
}
